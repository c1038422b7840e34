import type { RouterClient } from '@orpc/server'
import { z } from 'zod'
import type { Clock } from '../clock/clock.ts'
import { every } from '../clock/every.ts'
import type { Engine } from '../engine/createEngine.ts'
import type { Log } from '../engine/ports.ts'
import type { Language } from '../i18n/languages.ts'
import { troubleText } from '../i18n/reasonText.ts'
import { withTexts } from '../i18n/withTexts.ts'
import type { Alarm } from '../shared/alarms.ts'
import { type FleetSummary, pageInputSchema, pageOf, pageText, troubleReportSchema, troubleReports } from '../shared/fleet.ts'
import { type HostReading, hostReadingSchema } from '../shared/hosts.ts'
import { type CallContext, view } from '../shared/permissions.ts'
import { momentErrors } from '../shared/refusals.ts'
import { alarmKindSchema } from '../shared/rules.ts'
import { sumsLackSchema } from '../shared/servers.ts'
import { type Severity, severitySchema } from '../shared/severities.ts'
import { largestKnown, sumKnown } from '../shared/statistics.ts'
import { type StreamReport, streamReportSchema, streamsInputSchema } from '../shared/streams.ts'
import { pathOf } from '../shared/subjectNames.ts'
import { isoOf } from '../shared/time.ts'
import { jsonList, streamJson } from './jsonStream.ts'
import { type Denial, notAccepted, problemsIn } from './requests.ts'

const minuteMs = 60_000
const hourPoints = 60

interface MonitoringDeps extends Pick<Engine, 'eachReport' | 'listedReports' | 'inTrouble'> {
  readonly clock: Clock
  readonly log: Log
  readonly client: Pick<RouterClient<Engine['router']>, 'fleet' | 'hosts'>
  readonly signal: AbortSignal
}

/** Answers the routes that scripts of other consoles use. Keeps one hour of this machine's load, one point per minute. */
export function createMonitoring({ clock, client, eachReport, listedReports, inTrouble, signal, log }: MonitoringDeps) {
  const load: HostReading[] = []
  const loop = every(clock)(
    { intervalMs: minuteMs, timeoutMs: 20_000, seed: 'load', signal, onBug: (error) => log.error({ error }, 'The load of this machine cannot be read') },
    async () => {
      load.push(await client.hosts.local())
      if (load.length > hourPoints + 1) load.shift()
    },
  )

  const system = async (): Promise<SystemReport> => {
    const reading = await client.hosts.local()
    return { ...reading, at: isoOf(reading.at), temperatureC: largestKnown(reading.temperaturesC.map(({ celsius }) => celsius)) }
  }
  /** A part of a list as `write` puts its items, with the total in headers. */
  const page = <Item>(all: readonly Item[], write: (item: Item) => unknown, query: Readonly<Record<string, string>>): Response | Denial => {
    const wanted = pageInputSchema.safeParse(query)
    if (!wanted.success) return notAccepted(400, problemsIn(wanted.error))
    const listed = [...pageOf(all, wanted.data)]
    return streamJson(jsonList(listed.values().map(write)), { 'X-Total-Count': String(all.length), 'X-Shown-Count': String(listed.length) })
  }
  const history = (): HistoryReport => historyReport(load, Math.floor(clock.now() / minuteMs) * minuteMs - hourPoints * minuteMs)

  /** The streams with their totals, in pieces. */
  function* streamsPieces(fleet: FleetSummary, language: Language): Iterable<string> {
    yield `{"at":${JSON.stringify(isoOf(fleet.at))},"summary":${JSON.stringify(streamsSummary(fleet))},"streams":`
    yield* jsonList(monitoredStreams(eachReport(language), fleet.at))
    yield '}'
  }
  async function whole(withHistory: boolean, language: Language): Promise<Iterable<string>> {
    const before = JSON.stringify({ at: isoOf(clock.now()), system: await system() }).slice(0, -1)
    const after = withHistory ? `,"history":${JSON.stringify(history())}}` : '}'
    const fleet = await client.fleet.summary()
    return (function* () {
      yield `${before},"streams":`
      yield* streamsPieces(fleet, language)
      yield ',"alerts":'
      yield* jsonList(
        inTrouble()
          .values()
          .map((alarm) => alertOf(alarm, language)),
      )
      yield after
    })()
  }

  return {
    /** Answers the routes of this file, and those of long lists in pieces. null: another route, or the contract has to refuse it. */
    answer: async (
      path: string,
      query: Readonly<Record<string, string>>,
      { operator, language }: Required<Pick<CallContext, 'operator' | 'language'>>,
      asking?: AbortSignal,
    ): Promise<Response | Denial | null> => {
      switch (path) {
        case '/streams':
        case '/streams/latest': {
          const wanted = streamsInputSchema.safeParse(query)
          const reports = wanted.success ? await listedReports(wanted.data, { operator, language }, asking).catch(() => null) : null
          return reports && streamJson(jsonList(reports))
        }
        case '/troubles': {
          const all = query.at === undefined ? troubleReports(inTrouble()) : await client.fleet.troubles({ at: query.at }).catch(() => null)
          return all && page(all, (trouble) => withTexts(troubleReportSchema, trouble, language), query)
        }
        case '/monitoring/system':
          return Response.json(await system())
        case '/monitoring/alerts':
          return page(inTrouble(), (alarm) => alertOf(alarm, language), query)
        case '/monitoring/history':
          return Response.json(history())
        case '/monitoring/streams':
          return streamJson(streamsPieces(await client.fleet.summary(), language))
        case '/monitoring/data': {
          const { data, error } = wholeInputSchema.safeParse(query)
          return error ? notAccepted(400, problemsIn(error)) : streamJson(await whole(data?.history ?? false, language))
        }
        default:
          return null
      }
    },
    /** Resolves when the loop has ended, after `signal`. */
    ended: loop,
  }
}

/** A slate counts as offline, because it has no publisher. */
const onlineOf = ({ state }: StreamReport): boolean | null => (state === 'unknown' ? null : state === 'live')

function streamsSummary({ totals, complete, unknownServers, unknownServerNames }: FleetSummary): StreamsReport['summary'] {
  const { streams, live, unknown, readers, bitrateInBps, bitrateOutBps } = totals
  const offline = streams === null ? null : streams - (live ?? 0) - (unknown ?? 0)
  return { total: streams, online: live, offline, unknown, clients: readers, bitrateInBps, bitrateOutBps, complete, unknownServers, unknownServerNames }
}

export function* monitoredStreams(reports: Iterable<StreamReport>, now: number): Iterable<StreamsReport['streams'][number]> {
  for (const report of reports) {
    const online = onlineOf(report)
    const upSince = online === null || report.upSince === null ? null : Date.parse(report.upSince)
    yield { ...report, online, uptimeSeconds: upSince === null ? null : Math.max(0, Math.round((now - upSince) / 1000)) }
  }
}

const levelOf: Readonly<Record<Severity, AlertReport['level']>> = { critical: 'critical', major: 'warning', minor: 'warning', warning: 'info' }

function alertOf(alarm: Alarm, language: Language): AlertReport {
  const { id, severity, kind, rule, serverName, subject, since } = alarm
  const { text, todo } = troubleText(alarm, language)
  return {
    ...{ id, level: levelOf[severity], severity, type: kind, rule },
    server: serverName,
    stream: pathOf(subject),
    message: text,
    todo,
    since: isoOf(since),
  }
}

/** The load of this machine minute by minute; what was not read then is null. */
export function historyReport(load: readonly HostReading[], from: number): HistoryReport {
  const points = Array.from({ length: hourPoints }, (_, minute) => {
    const host = load.findLast((reading) => Math.floor((reading.at - from) / minuteMs) === minute)
    return {
      at: isoOf(from + minute * minuteMs),
      cpuPercent: host?.cpuPercent ?? null,
      memoryPercent: host?.memoryPercent ?? null,
      receivedBps: host ? sumKnown(host.networks.map((network) => network.receivedBps)) : null,
      sentBps: host ? sumKnown(host.networks.map((network) => network.sentBps)) : null,
    }
  })
  return { from: isoOf(from), to: isoOf(from + hourPoints * minuteMs), intervalSeconds: minuteMs / 1000, points }
}

/** Load of the machine that the console runs on; `at` is ISO 8601. */
const systemReportSchema = hostReadingSchema.extend({
  at: z.string(),
  temperatureC: z.number().nullable(),
})
type SystemReport = z.infer<typeof systemReportSchema>

const monitoredStreamSchema = streamReportSchema.extend({
  /** Live; null where its server can't be asked. */
  online: z.boolean().nullable(),
  /** null: it is not live, or nobody knows. */
  uptimeSeconds: z.number().nullable(),
})
const streamsReportSchema = z.object({
  at: z.string(),
  /** Totals; null if no server has ever answered. */
  summary: z.object({
    ...sumsLackSchema.shape,
    total: z.number().nullable(),
    online: z.number().nullable(),
    offline: z.number().nullable(),
    unknown: z.number().nullable(),
    clients: z.number().nullable(),
    bitrateInBps: z.number().nullable(),
    bitrateOutBps: z.number().nullable(),
  }),
  streams: z.array(monitoredStreamSchema),
})
export type StreamsReport = z.infer<typeof streamsReportSchema>

const alertLevelSchema = z.enum(['info', 'warning', 'critical'])
const alertReportSchema = z.object({
  id: z.string(),
  level: alertLevelSchema,
  severity: severitySchema,
  type: alarmKindSchema,
  rule: z.string(),
  server: z.string(),
  stream: z.string().nullable(),
  message: z.string(),
  todo: z.string(),
  since: z.string(),
})
export type AlertReport = z.infer<typeof alertReportSchema>

/** The load of this machine in the last hour, one point a minute, oldest first. null: not known then. */
const historyReportSchema = z.object({
  from: z.string(),
  to: z.string(),
  intervalSeconds: z.number(),
  points: z.array(
    z.object({
      at: z.string(),
      cpuPercent: z.number().nullable(),
      memoryPercent: z.number().nullable(),
      receivedBps: z.number().nullable(),
      sentBps: z.number().nullable(),
    }),
  ),
})
type HistoryReport = z.infer<typeof historyReportSchema>

const wholeInputSchema = z.object({ history: z.stringbool().optional() }).optional()

const monitoring = (path: `/${string}`, summary: string, description?: string) =>
  view.route({ method: 'GET', path, tags: ['monitoring'], summary, ...(description !== undefined && { description }) })

/** Routes beside the contract, for scripts written for other consoles. */
export const monitoringContract = {
  /** Answered as `/streams`. */
  latest: monitoring('/streams/latest', 'All streams: now, or at a moment of the past')
    .errors(momentErrors)
    .input(streamsInputSchema)
    .output(z.array(streamReportSchema)),
  system: monitoring('/monitoring/system', 'Load of the machine that the console runs on').output(systemReportSchema),
  alerts: monitoring('/monitoring/alerts', 'What is in trouble now, worst first', pageText).input(pageInputSchema).output(z.array(alertReportSchema)),
  history: monitoring('/monitoring/history', 'The load of the machine that the console runs on in the last hour, one point a minute').output(
    historyReportSchema,
  ),
  streams: monitoring('/monitoring/streams', 'All streams, with sums').output(streamsReportSchema),
  whole: monitoring('/monitoring/data', 'System, streams and alerts at once; with ?history=true the last hour too')
    .input(wholeInputSchema)
    .output(
      z.object({
        at: z.string(),
        system: systemReportSchema,
        streams: streamsReportSchema,
        alerts: z.array(alertReportSchema),
        history: historyReportSchema.optional(),
      }),
    ),
}
