import { implement, type RouterClient } from '@orpc/server'
import type { Clock } from '../clock/clock.ts'
import { every } from '../clock/every.ts'
import type { Engine } from '../engine/createEngine.ts'
import type { Log } from '../engine/ports.ts'
import type { Series, SeriesColumns } from '../shared/history.ts'
import type { HostReading } from '../shared/hosts.ts'
import type { MetricIdOf } from '../shared/metrics.ts'
import type { StreamReport } from '../shared/streams.ts'
import type { Severity, Trouble } from '../shared/troubles.ts'
import { type AlertReport, type HistoryReport, monitoringContract, type StreamsReport, type SystemReport } from './monitoringContract.ts'

const minuteMs = 60_000
const hourPoints = 60
/** The contract's limit of series in one question. */
const seriesLimit = 64

type EngineClient = RouterClient<Engine['router']>

/** Answers the routes that scripts of other consoles ask. Keeps one hour of the machine's own load, a point a minute. */
export const createMonitoring = (deps: {
  readonly clock: Clock
  readonly log: Log
  readonly client: Pick<EngineClient, 'hosts' | 'fleet' | 'history' | 'servers'>
  readonly reports: () => readonly StreamReport[]
  readonly signal: AbortSignal
}) => {
  const { clock, client, reports, signal, log } = deps
  const load: HostReading[] = []
  const loop = every(clock)(
    { intervalMs: minuteMs, timeoutMs: 20_000, seed: 'load', signal, onBug: (error) => log.error({ error }, 'The load of this machine can not be read') },
    async () => {
      load.push(await client.hosts.local())
      if (load.length > hourPoints + 1) load.shift()
    },
  )

  const iso = (at: number) => new Date(at).toISOString()
  const system = async (): Promise<SystemReport> => {
    const reading = await client.hosts.local()
    return { ...reading, at: iso(reading.at) }
  }
  const streams = (): StreamsReport => streamsReport(reports(), clock.now())
  const alerts = async () => (await client.fleet.troubles()).map(troubleToAlert)
  const history = async (): Promise<HistoryReport> => {
    const to = Math.floor(clock.now() / minuteMs) * minuteMs
    const from = to - hourPoints * minuteMs
    const servers = await client.servers.list()
    const series = servers.flatMap((server) => historyMetrics.map((metric): Series => ({ serverId: server.id, path: '', metric })))
    const columns: SeriesColumns[] = []
    for (let first = 0; first < series.length; first += seriesLimit)
      columns.push(...(await client.history.range({ series: series.slice(first, first + seriesLimit), from, to, points: hourPoints })))
    return historyReport(series, columns, load, from, to)
  }

  const api = implement(monitoringContract)
  return {
    router: api.router({
      latest: api.latest.handler(() => [...reports()]),
      system: api.system.handler(system),
      streams: api.streams.handler(streams),
      alerts: api.alerts.handler(alerts),
      history: api.history.handler(history),
      whole: api.whole.handler(async ({ input }) => ({
        at: iso(clock.now()),
        system: await system(),
        streams: streams(),
        alerts: await alerts(),
        ...(input?.history ? { history: await history() } : {}),
      })),
    }),
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

/** A sum of what is known; null where nothing is. */
const sumOrNull = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0)
}

const onlineOf: Readonly<Record<StreamReport['state'], boolean | null>> = {
  live: true,
  slate: false,
  waiting: false,
  stalled: false,
  gone: false,
  unknown: null,
}

/** All streams with sums, for people who count online and offline. A slate counts as offline: nobody publishes. */
export const streamsReport = (reports: readonly StreamReport[], now: number): StreamsReport => {
  const streams = reports.map((report) => ({
    ...report,
    online: onlineOf[report.state],
    clients: report.readers === null ? null : Math.max(0, report.readers - report.ownReaders),
    uptimeSeconds: report.upSince === null ? null : Math.max(0, Math.round((now - Date.parse(report.upSince)) / 1000)),
  }))
  const count = (online: boolean | null) => streams.filter((stream) => stream.online === online).length
  return {
    at: new Date(now).toISOString(),
    summary: {
      total: streams.length,
      online: count(true),
      offline: count(false),
      unknown: count(null),
      clients: sumOrNull(streams.map((stream) => stream.clients)),
      bitrateInBps: sumOrNull(streams.map((stream) => stream.bitrateInBps)),
      bitrateOutBps: sumOrNull(streams.map((stream) => stream.bitrateOutBps)),
    },
    streams,
  }
}

const levelOf: Readonly<Record<Severity, AlertReport['level']>> = { critical: 'critical', major: 'warning', minor: 'warning', warning: 'info' }

const troubleToAlert = (trouble: Trouble): AlertReport => ({
  id: trouble.id,
  level: levelOf[trouble.severity],
  severity: trouble.severity,
  type: trouble.kind,
  server: trouble.serverName,
  stream: trouble.path,
  message: trouble.text,
  todo: trouble.todo,
  since: new Date(trouble.since).toISOString(),
})

/** Sums the servers' series minute by minute and lays the machine's own load beside them. */
export const historyReport = (
  series: readonly Series[],
  columns: readonly SeriesColumns[],
  load: readonly HostReading[],
  from: number,
  to: number,
): HistoryReport => {
  const sums = new Map<string, number>()
  const minuteOf = (at: number) => Math.floor((at - from) / minuteMs)
  series.forEach(({ metric }, index) => {
    const column = columns[index]
    column?.at.forEach((at, bucket) => {
      const key = `${metric} ${minuteOf(at)}`
      sums.set(key, (sums.get(key) ?? 0) + (column.mean[bucket] ?? 0))
    })
  })
  const points = Array.from({ length: Math.round((to - from) / minuteMs) }, (_, minute) => {
    const sum = (metric: (typeof historyMetrics)[number]) => {
      const value = sums.get(`${metric} ${minute}`)
      return value === undefined ? null : Math.round(value)
    }
    const host = load.findLast((reading) => minuteOf(reading.at) === minute)
    return {
      at: new Date(from + minute * minuteMs).toISOString(),
      streamsLive: sum('server.streamsLive'),
      streamsInTrouble: sum('server.streamsInTrouble'),
      clients: sum('server.readers'),
      bitrateInBps: sum('server.bitrateIn'),
      bitrateOutBps: sum('server.bitrateOut'),
      cpuPercent: host?.cpuPercent ?? null,
      memoryPercent: host?.memoryPercent ?? null,
      receivedBps: host ? sumOrNull(host.networks.map((network) => network.receivedBps)) : null,
      sentBps: host ? sumOrNull(host.networks.map((network) => network.sentBps)) : null,
    }
  })
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString(), intervalSeconds: minuteMs / 1000, points }
}
