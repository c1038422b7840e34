import { z } from 'zod'
import { hostIdSchema } from './hosts.ts'
import {
  deviceMetricIds,
  hostMetricIds,
  type MetricId,
  type MetricIdOf,
  metricIds,
  metrics,
  pathMetricIds,
  probeMetricIds,
  serverMetricIds,
} from './metrics.ts'
import { probeIdSchema } from './probeIds.ts'
import { serverIdSchema } from './servers.ts'
import { deviceSubject, hostSubject, probeSubject, type Subject, type SubjectKind, type SubjectOf, serverSubject, streamSubject } from './subjectNames.ts'
import { invalid, type ValidationError } from './validationErrors.ts'

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
/** What streams come from, and the streams themselves. */
export const serverStreamOrProbeSchema = z.discriminatedUnion('kind', [serverSubjectSchema, streamSubjectSchema, probeSubjectSchema])

const consoleSubjectSchema = z.object({ kind: z.literal('console') })
/** What alarms are about: anything with figures, or this console itself, which has none. */
export const alarmSubjectSchema = z.discriminatedUnion('kind', [...subjectSchema.options, consoleSubjectSchema])
export const consoleSubject: z.infer<typeof consoleSubjectSchema> = { kind: 'console' }
/** The console's name, in place of that of a server or host. */
export const consoleName = 'mtxdeck'

/** The kind of subject that a metric belongs to. */
export function kindOfMetric(metric: MetricId): SubjectKind {
  return metrics[metric].of
}

/** One metric of one subject of the matching kind. */
export type Series = { [K in SubjectKind]: { subject: SubjectOf<K>; metric: MetricIdOf<K> } }[SubjectKind]

/** Pairs a subject and a metric at run time. Throws if the subject has no such metric. */
export function seriesOf(subject: Subject, metric: MetricId): Series {
  if (kindOfMetric(metric) !== subject.kind) throw new Error(`${metric} is no figure of a ${subject.kind}`)
  return { subject, metric } as Series
}

const ids = <M extends MetricId>(of: readonly M[]) => z.enum(of as readonly [M, ...M[]])

/** What is said where the part that `of` needs is not named. */
export function pathMissing(of: SubjectKind): ValidationError {
  return of === 'device' ? { kind: 'notSuchAs', example: 'disk:/, net:eth0, gpu:0' } : { kind: 'missing', key: 'path' }
}

/** Form until 2026-11-21, still accepted: a host's id in place of the server's, a device in place of the path, and '' for neither. */
const olderSeriesSchema = z
  .object({ serverId: serverIdSchema, path: z.string(), metric: ids(metricIds) })
  .superRefine(({ path, metric }, ctx) => {
    const of = kindOfMetric(metric)
    if (path === '' && (of === 'stream' || of === 'device')) ctx.addIssue({ code: 'custom', path: ['path'], message: invalid(pathMissing(of)) })
  })
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
