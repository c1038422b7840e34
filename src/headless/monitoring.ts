import { implement, type RouterClient } from '@orpc/server'
import type { Clock } from '../clock/clock.ts'
import { every } from '../clock/every.ts'
import type { Engine } from '../engine/createEngine.ts'
import type { Log } from '../engine/ports.ts'
import { requirePermission } from '../engine/requirePermission.ts'
import type { Language } from '../i18n/languages.ts'
import { troubleText } from '../i18n/reasonText.ts'
import { withTexts } from '../i18n/withTexts.ts'
import type { Alarm } from '../shared/alarms.ts'
import { pageInputSchema, pageOf, troubleReportSchema, troubleReports } from '../shared/fleet.ts'
import type { SeriesColumns } from '../shared/history.ts'
import type { HostReading } from '../shared/hosts.ts'
import type { MetricIdOf } from '../shared/metrics.ts'
import type { CallContext } from '../shared/permissions.ts'
import { isNothingKnown, type Server, type SumsLack, sumsLack } from '../shared/servers.ts'
import type { Severity } from '../shared/severities.ts'
import { type StreamReport, selectedReports, streamsInputSchema } from '../shared/streams.ts'
import { pathOf, serverSubject } from '../shared/subjectNames.ts'
import type { Series } from '../shared/subjects.ts'
import { addKnown, sumKnown } from '../shared/sumKnown.ts'
import type { Tier } from '../shared/tiers.ts'
import { isoOf } from '../shared/time.ts'
import { denialBody, notAccepted } from './denial.ts'
import { jsonList, streamJson } from './jsonStream.ts'
import { type AlertReport, type HistoryReport, type StreamsReport, type SystemReport, shortAnswers, wholeInputSchema } from './monitoringContract.ts'

const minuteMs = 60_000
const hourPoints = 60
/** The contract's limit of series in one request. */
const seriesLimit = 64

type EngineClient = RouterClient<Engine['router']>

/** Answers the routes that scripts of other consoles use. Keeps one hour of this machine's load, one point per minute. */
export function createMonitoring(deps: {
  readonly clock: Clock
  readonly log: Log
  readonly client: Pick<EngineClient, 'fleet' | 'hosts' | 'history' | 'servers'>
  readonly eachReport: (language: Language) => Iterable<StreamReport>
  readonly reportsThen: Engine['reportsThen']
  readonly inTrouble: () => readonly Alarm[]
  readonly signal: AbortSignal
}) {
  const { clock, client, eachReport, reportsThen, inTrouble, signal, log } = deps
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
    const celsius = reading.temperaturesC.map((sensor) => sensor.celsius)
    return { ...reading, at: isoOf(reading.at), temperatureC: celsius.length === 0 ? null : Math.max(...celsius) }
  }
  /** A part of a list as `write` puts its items, with the total in headers. null: the parameters are invalid, which the contract answers. */
  const page = <Item>(all: readonly Item[], write: (item: Item) => unknown, query: Readonly<Record<string, string>>): Response | null => {
    const wanted = pageInputSchema.safeParse(query)
    if (!wanted.success) return null
    const listed = [...pageOf(all, wanted.data)]
    return streamJson(jsonList(written(listed, write)), { 'X-Total-Count': String(all.length), 'X-Shown-Count': String(listed.length) })
  }
  const history = async (): Promise<HistoryReport> => {
    const to = Math.floor(clock.now() / minuteMs) * minuteMs
    const from = to - hourPoints * minuteMs
    const servers = await client.servers.list()
    const range = async (series: readonly Series[], tier?: Tier) => {
      const columns: SeriesColumns[] = []
      // With one point more, buckets are whole minutes.
      const asked = { from, to, points: hourPoints + 1, ...(tier && { tier }) }
      for (let first = 0; first < series.length; first += seriesLimit)
        columns.push(...(await client.history.range({ ...asked, series: series.slice(first, first + seriesLimit) })))
      return columns
    }
    const seriesOf = (metric: MetricIdOf<'server'>) => servers.map(({ id }): Series => ({ subject: serverSubject(id), metric }))
    const series = historyMetrics.flatMap(seriesOf)
    // Gaps within a minute are only in the samples. Paused servers have no gaps.
    const asked = servers.filter(({ state }) => state !== 'paused').map(({ id }): Series => ({ subject: serverSubject(id), metric: 'server.reachable' }))
    return historyReport({ series, columns: await range(series), answers: await range(asked, 'samples'), load, from, to })
  }

  /** The streams with their totals, in pieces. */
  function* streamsPieces(servers: readonly Server[], language: Language): Iterable<string> {
    const now = clock.now()
    // Iterates twice, because totals come first and the whole list must not be kept in memory.
    const summary = { ...(isNothingKnown(servers) ? nothingCounted : streamsSummary(eachReport(language))), ...sumsLack(servers) }
    yield `{"at":${JSON.stringify(isoOf(now))},"summary":${JSON.stringify(summary)},"streams":`
    yield* jsonList(monitoredStreams(eachReport(language), now))
    yield '}'
  }
  async function whole(withHistory: boolean, language: Language): Promise<Iterable<string>> {
    const before = JSON.stringify({ at: isoOf(clock.now()), system: await system() }).slice(0, -1)
    const after = withHistory ? `,"history":${JSON.stringify(await history())}}` : '}'
    const servers = await client.servers.list()
    return (function* () {
      yield `${before},"streams":`
      yield* streamsPieces(servers, language)
      yield ',"alerts":'
      yield* jsonList(written(inTrouble(), (alarm) => alertOf(alarm, language)))
      yield after
    })()
  }

  const api = implement(shortAnswers)
    .$context<CallContext>()
    .use(({ context, procedure, next }) => {
      requirePermission(context.operator, procedure['~orpc'].meta.needs)
      return next()
    })
  return {
    router: api.router({
      system: api.system.handler(system),
      alerts: api.alerts.handler(({ input, context: { language = 'en' } }) => [...written(pageOf(inTrouble(), input), (alarm) => alertOf(alarm, language))]),
      history: api.history.handler(history),
    }),
    /** Answers the routes with long lists; null: another route, or the contract itself answers. */
    longList: async (
      path: string,
      query: Readonly<Record<string, string>>,
      { operator, language }: Required<Omit<CallContext, 'sent'>>,
      asking?: AbortSignal,
    ): Promise<Response | null> => {
      switch (path) {
        case '/streams': {
          const wanted = streamsInputSchema.safeParse(query)
          if (!wanted.success) return null
          const { at, serverId } = wanted.data ?? {}
          // What is refused, the contract refuses in words.
          if (at === undefined && serverId !== undefined && !(await client.servers.list()).some(({ id }) => id === serverId)) return null
          const reports = at === undefined ? eachReport(language) : await reportsThen(operator, at, language, asking).catch(() => null)
          return reports && streamJson(jsonList(selectedReports(reports, wanted.data)))
        }
        case '/troubles': {
          const all = query.at === undefined ? troubleReports(inTrouble()) : await client.fleet.troubles({ at: query.at }).catch(() => null)
          return all && page(all, (trouble) => withTexts(troubleReportSchema, trouble, language), query)
        }
        case '/monitoring/alerts':
          return page(inTrouble(), (alarm) => alertOf(alarm, language), query)
        case '/monitoring/streams':
          return streamJson(streamsPieces(await client.servers.list(), language))
        case '/monitoring/data': {
          const wanted = wholeInputSchema.safeParse(query)
          if (wanted.success) return streamJson(await whole(wanted.data?.history ?? false, language))
          return Response.json(denialBody(notAccepted(400, [{ at: '', key: 'history', validationError: { kind: 'notOfType', type: 'boolean' } }]), language), {
            status: 400,
          })
        }
        default:
          return null
      }
    },
    /** Resolves when the loop has ended, after `signal`. */
    ended: loop,
  }
}

const historyMetrics = [
  'server.streamsLive',
  'server.streamsInTrouble',
  'server.readers',
  'server.bitrateIn',
  'server.bitrateOut',
] as const satisfies readonly MetricIdOf<'server'>[]

const onlineOf: Readonly<Record<StreamReport['state'], boolean | null>> = {
  live: true,
  slate: false,
  waiting: false,
  stalled: false,
  gone: false,
  unknown: null,
  ended: false,
}

/** Totals if no server has ever answered. */
const nothingCounted: Omit<StreamsReport['summary'], keyof SumsLack> = {
  total: null,
  online: null,
  offline: null,
  unknown: null,
  clients: null,
  bitrateInBps: null,
  bitrateOutBps: null,
}

type Counts = Record<'total' | 'online' | 'offline' | 'unknown', number> & Record<'clients' | 'bitrateInBps' | 'bitrateOutBps', number | null>

/** Totals of streams by online and offline. A slate counts as offline, because it has no publisher. */
export function streamsSummary(reports: Iterable<StreamReport>): Counts {
  const summary: Counts = { total: 0, online: 0, offline: 0, unknown: 0, clients: null, bitrateInBps: null, bitrateOutBps: null }
  for (const report of reports) {
    const online = onlineOf[report.state]
    summary.total++
    summary[online === null ? 'unknown' : online ? 'online' : 'offline']++
    summary.clients = addKnown(summary.clients, report.clients)
    summary.bitrateInBps = addKnown(summary.bitrateInBps, report.bitrateInBps)
    summary.bitrateOutBps = addKnown(summary.bitrateOutBps, report.bitrateOutBps)
  }
  return summary
}

/** Streams with the fields that users of other consoles look for first. */
export function* monitoredStreams(reports: Iterable<StreamReport>, now: number): Iterable<StreamsReport['streams'][number]> {
  for (const report of reports) {
    const online = onlineOf[report.state]
    const upSince = online === null || report.upSince === null ? null : Date.parse(report.upSince)
    yield { ...report, online, uptimeSeconds: upSince === null ? null : Math.max(0, Math.round((now - upSince) / 1000)) }
  }
}

const levelOf: Readonly<Record<Severity, AlertReport['level']>> = { critical: 'critical', major: 'warning', minor: 'warning', warning: 'info' }

/** Each of them in words or in another form, one by one. */
function* written<Item, Written>(items: Iterable<Item>, write: (item: Item) => Written): Iterable<Written> {
  for (const item of items) yield write(item)
}

function alertOf(alarm: Alarm, language: Language): AlertReport {
  const { id, severity, kind, rule = kind, serverName, subject, since } = alarm
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

interface HourKept {
  readonly series: readonly Series[]
  readonly columns: readonly SeriesColumns[]
  /** Whether each server answered, sample by sample. */
  readonly answers: readonly SeriesColumns[]
  readonly load: readonly HostReading[]
  readonly from: number
  readonly to: number
}

/** Adds up the servers' series minute by minute, together with this machine's load. */
export function historyReport({ series, columns, answers, load, from, to }: HourKept): HistoryReport {
  const sums = new Map<string, number>()
  const minuteOf = (at: number) => Math.floor((at - from) / minuteMs)
  series.forEach(({ metric }, index) => {
    const column = columns[index]
    column?.at.forEach((at, bucket) => {
      const key = `${metric} ${minuteOf(at)}`
      sums.set(key, (sums.get(key) ?? 0) + (column.mean[bucket] ?? 0))
    })
  })
  const coverages = Array.from({ length: Math.round((to - from) / minuteMs) }, (): Record<Coverage, number> => ({ whole: 0, part: 0, none: 0 }))
  for (const column of answers)
    coverageOf(column, coverages.length, minuteOf).forEach((coverage, minute) => {
      const counts = coverages[minute]
      if (counts) counts[coverage]++
    })
  const points = coverages.map(({ none, part }, minute) => {
    const sum = (metric: (typeof historyMetrics)[number]) => {
      const value = sums.get(`${metric} ${minute}`)
      return value === undefined ? null : Math.round(value)
    }
    const host = load.findLast((reading) => minuteOf(reading.at) === minute)
    return {
      at: isoOf(from + minute * minuteMs),
      complete: none + part === 0,
      unknownServers: none,
      partlyUnknownServers: part,
      streamsLive: sum('server.streamsLive'),
      streamsInTrouble: sum('server.streamsInTrouble'),
      clients: sum('server.readers'),
      bitrateInBps: sum('server.bitrateIn'),
      bitrateOutBps: sum('server.bitrateOut'),
      cpuPercent: host?.cpuPercent ?? null,
      memoryPercent: host?.memoryPercent ?? null,
      receivedBps: host ? sumKnown(host.networks.map((network) => network.receivedBps)) : null,
      sentBps: host ? sumKnown(host.networks.map((network) => network.sentBps)) : null,
    }
  })
  return { from: isoOf(from), to: isoOf(to), intervalSeconds: minuteMs / 1000, points }
}

/** How much of a minute a server answered. */
type Coverage = 'whole' | 'part' | 'none'

function coverageOf({ at, min, max, gaps }: SeriesColumns, minutes: number, minuteOf: (at: number) => number): readonly Coverage[] {
  const coverage = Array.from({ length: minutes }, (): Coverage => 'none')
  at.forEach((moment, bucket) => {
    const [lowest = 0, highest = 0] = [min[bucket], max[bucket]]
    if (highest > 0) coverage[minuteOf(moment)] = lowest > 0 ? 'whole' : 'part'
  })
  for (const [since, until] of gaps)
    for (let minute = Math.max(0, minuteOf(since)); minute <= Math.min(minutes - 1, minuteOf(until - 1)); minute++)
      if (coverage[minute] === 'whole') coverage[minute] = 'part'
  return coverage
}
