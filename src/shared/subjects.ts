import { z } from 'zod'
import { hostIdSchema, isHostId } from './hosts.ts'
import {
  deviceMetricIds,
  hostMetricIds,
  type MetricId,
  type MetricIdOf,
  type MetricSubject,
  metricIds,
  metrics,
  pathMetricIds,
  probeMetricIds,
  serverMetricIds,
} from './metrics.ts'
import { isProbeId, probeIdSchema } from './probeIds.ts'
import { serverIdSchema } from './servers.ts'

export const serverSubjectSchema = z.object({ kind: z.literal('server'), serverId: serverIdSchema })
export const streamSubjectSchema = z.object({ kind: z.literal('stream'), serverId: serverIdSchema, path: z.string().min(1) })
const hostSubjectSchema = z.object({ kind: z.literal('host'), hostId: hostIdSchema })
/** A part of a host: `disk:/`, `net:eth0` or `gpu:0`. */
const deviceSubjectSchema = z.object({ kind: z.literal('device'), hostId: hostIdSchema, device: z.string().min(1) })
export const probeSubjectSchema = z.object({ kind: z.literal('probe'), probeId: probeIdSchema })

/** Anything that figures are stored for. */
export const subjectSchema = z.discriminatedUnion('kind', [
  serverSubjectSchema,
  streamSubjectSchema,
  hostSubjectSchema,
  deviceSubjectSchema,
  probeSubjectSchema,
])
export type Subject = z.infer<typeof subjectSchema>
export type SubjectKind = Subject['kind']
export const subjectKinds = ['server', 'stream', 'host', 'device', 'probe'] as const satisfies readonly SubjectKind[]
export type SubjectOf<K extends SubjectKind> = Extract<Subject, { kind: K }>

/** What streams come from, and the streams themselves. */
export const serverStreamOrProbeSchema = z.discriminatedUnion('kind', [serverSubjectSchema, streamSubjectSchema, probeSubjectSchema])

const consoleSubjectSchema = z.object({ kind: z.literal('console') })
/** What alarms are about: anything with figures, or this console itself, which has none. */
export const alarmSubjectSchema = z.discriminatedUnion('kind', [...subjectSchema.options, consoleSubjectSchema])
export type AlarmSubject = z.infer<typeof alarmSubjectSchema>
export const consoleSubject: z.infer<typeof consoleSubjectSchema> = { kind: 'console' }
/** Stands for this console in place of the id of a server or host, and its name in place of theirs. */
export const consoleId = 'console'
export const consoleName = 'mtxdeck'

export const serverSubject = (serverId: string): SubjectOf<'server'> => ({ kind: 'server', serverId })
export const streamSubject = (serverId: string, path: string): SubjectOf<'stream'> => ({ kind: 'stream', serverId, path })
export const hostSubject = (hostId: string): SubjectOf<'host'> => ({ kind: 'host', hostId })
export const deviceSubject = (hostId: string, device: string): SubjectOf<'device'> => ({ kind: 'device', hostId, device })
export const probeSubject = (probeId: string): SubjectOf<'probe'> => ({ kind: 'probe', probeId })

/** What figures belong to: it has its own, and those of its parts. */
export type Owner = SubjectOf<'server' | 'host' | 'probe'>
/** Id of the server, host or probe that the subject is or belongs to. */
export const ownerIdOf = (subject: AlarmSubject): string =>
  'hostId' in subject ? subject.hostId : 'serverId' in subject ? subject.serverId : 'probeId' in subject ? subject.probeId : consoleId
/** The server, host or probe that the subject is or belongs to. */
export const ownerOf = (subject: Subject): Owner =>
  'hostId' in subject ? hostSubject(subject.hostId) : 'probeId' in subject ? subject : serverSubject(subject.serverId)
/** Name of the subject within its server or host; null if it is the owner itself. */
export const partOf = (subject: AlarmSubject): string | null => (subject.kind === 'stream' ? subject.path : subject.kind === 'device' ? subject.device : null)
/** The path of a stream; null for other subjects. */
export const pathOf = (subject: AlarmSubject | null): string | null => (subject?.kind === 'stream' ? subject.path : null)
/** The subject for an id and a part without a kind, as in the store's files and older forms of the API. The id shows the kind. */
export function subjectNamed(id: string, part: string | null): Subject {
  if (isProbeId(id)) return probeSubject(id)
  if (isHostId(id)) return part === null ? hostSubject(id) : deviceSubject(id, part)
  return part === null ? serverSubject(id) : streamSubject(id, part)
}
export const sameSubject = (a: Subject, b: Subject): boolean => a.kind === b.kind && ownerIdOf(a) === ownerIdOf(b) && partOf(a) === partOf(b)

/** Metrics of each kind of subject. */
interface MetricsOf {
  readonly server: MetricIdOf<'server'>
  readonly stream: MetricIdOf<'path'>
  readonly host: MetricIdOf<'host'>
  readonly device: MetricIdOf<'device'>
  readonly probe: MetricIdOf<'probe'>
}
const kindOf: Readonly<Record<MetricSubject, SubjectKind>> = { server: 'server', path: 'stream', host: 'host', device: 'device', probe: 'probe' }
/** The kind of subject that a metric belongs to. */
export const kindOfMetric = (metric: MetricId): SubjectKind => kindOf[metrics[metric].of]

/** One metric of one subject of the matching kind. */
export type Series = { [K in SubjectKind]: { subject: SubjectOf<K>; metric: MetricsOf[K] } }[SubjectKind]

/** Pairs a subject and a metric at run time. Throws if the subject has no such metric. */
export function seriesOf(subject: Subject, metric: MetricId): Series {
  if (kindOfMetric(metric) !== subject.kind) throw new Error(`${metric} is no figure of a ${subject.kind}`)
  return { subject, metric } as Series
}

const ids = <M extends MetricId>(of: readonly M[]) => z.enum(of as readonly [M, ...M[]])

/** Form until 2026-11-21, still accepted: a host's id in place of the server's, a device in place of the path, and '' for neither. */
const olderSeriesSchema = z
  .object({ serverId: serverIdSchema, path: z.string(), metric: ids(metricIds) })
  .refine(
    ({ path, metric }) => path !== '' || ['server', 'host', 'probe'].includes(kindOfMetric(metric)),
    'the metric is of a stream or a device: name it as its path',
  )
  .transform(({ serverId, path, metric }) => seriesNamed(serverId, path, metric))

/** The series for an id and a part without a kind. The metric shows the kind; `part` is ignored if the metric is not one of a part. */
export function seriesNamed(id: string, part: string | null, metric: MetricId): Series {
  const subjects: Readonly<Record<SubjectKind, () => Subject>> = {
    server: () => serverSubject(id),
    stream: () => streamSubject(id, part ?? ''),
    host: () => hostSubject(id),
    device: () => deviceSubject(id, part ?? ''),
    probe: () => probeSubject(id),
  }
  return seriesOf(subjects[kindOfMetric(metric)](), metric)
}

export const seriesSchema = z.union([
  z.object({ subject: serverSubjectSchema, metric: ids(serverMetricIds) }),
  z.object({ subject: streamSubjectSchema, metric: ids(pathMetricIds) }),
  z.object({ subject: hostSubjectSchema, metric: ids(hostMetricIds) }),
  z.object({ subject: deviceSubjectSchema, metric: ids(deviceMetricIds) }),
  z.object({ subject: probeSubjectSchema, metric: ids(probeMetricIds) }),
  olderSeriesSchema,
])
