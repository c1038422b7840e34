import type { Clock } from '../../clock/clock.ts'
import type { SeriesColumns } from '../../shared/history.ts'
import { diskPath, type Host, type HostReading, networkPath } from '../../shared/hosts.ts'
import type { MetricId, MetricIdOf } from '../../shared/metrics.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { Sizing, SizingWhy } from '../../shared/sizing.ts'
import { median, quantile } from '../../shared/statistics.ts'
import { deviceSubject, hostSubject, serverSubject } from '../../shared/subjectNames.ts'
import type { Series } from '../../shared/subjects.ts'
import type { History } from '../history/history.ts'
import { diskFullAt, forecastSpanMs, isPaceKnown, slopesOf, type TrendPoint, theilSen } from './trend.ts'

/** Load that counts as the limit: beyond it, machines and links begin to drop and to delay. */
const limitPercent = 90
const minuteMs = 60_000
const quarterMs = 900_000
const dayMs = 86_400_000
/** The fewest moments at which both the host and its server were read for a meaningful result. */
const leastMoments = 30
/** A line that explains less than this share of a figure's changes is not a cost of streams. */
const leastExplained = 0.3
/** x must spread by this share of its median, and the number of streams by two. */
const leastSpread = 0.15
const nowMs = 3_600_000
/** What would run out later than this does not, for all that anybody plans, ms. */
const farthestMs = 5 * 365 * dayMs
const historyPoints = 672
/** Most devices in one request to history. */
const mostDevices = 12

/** Series of equal length, one entry per moment; NaN: unknown. */
export interface SizingHistory {
  /** Time between two moments, ms. */
  readonly stepMs: number
  readonly at: readonly number[]
  readonly cpu: readonly number[]
  readonly memory: readonly number[]
  readonly streams: readonly number[]
  /** Inbound plus outbound, bit/s. */
  readonly traffic: readonly number[]
  readonly readers: readonly number[]
  /** Outbound, by interface. */
  readonly sent: ReadonlyMap<string, readonly number[]>
}

const known = (value: number | undefined): value is number => value !== undefined && Number.isFinite(value)
/** What may explain a figure, the most direct one first. */
const loads = ['streams', 'traffic', 'readers'] as const

/** What one more typical stream adds to a figure, computed from the load that explains it best. */
function costOf(history: SizingHistory, ys: readonly number[]): Result<number, SizingWhy> {
  let best: { readonly perStream: number; readonly explains: number } | null = null
  let why: SizingWhy = { kind: 'steady' }
  for (const load of loads) {
    const rows = history.at.flatMap((_, i) => {
      const [x, y, streams] = [history[load][i], ys[i], history.streams[i]]
      return known(x) && known(y) && known(streams) && streams > 0 ? [{ x, y, streams }] : []
    })
    if (rows.length < leastMoments) {
      if (load === 'streams') why = { kind: 'needsData', minutes: Math.ceil(((leastMoments - rows.length) * history.stepMs) / minuteMs) }
      continue
    }
    const xs = rows.map(({ x }) => x)
    const spread = spreadOf(xs)
    if (spread < leastSpread * median(xs) || (load === 'streams' && spread < 2)) continue
    const line = fitLine(
      xs,
      rows.map(({ y }) => y),
    )
    if (line === null || line.slope <= 0 || line.explains < leastExplained) continue
    const loadOfStream = load === 'streams' ? 1 : median(rows.map(({ x, streams }) => x / streams))
    // The first, most direct explanation wins unless another one is clearly better.
    if (best === null || line.explains > best.explains + 0.05) best = { perStream: line.slope * loadOfStream, explains: line.explains }
  }
  return best === null ? err(why) : ok(best.perStream)
}

/** The value of the last hour, and when it reaches the limit at the pace of its history. null: not read in the last hour. */
function growthOf(
  history: SizingHistory,
  ys: readonly number[],
  limit: number,
  now: number,
): { readonly value: number; readonly isKnown: boolean; readonly at: number | null } | null {
  const points = history.at.flatMap((at, i): TrendPoint[] => (known(ys[i]) ? [{ at, value: ys[i] as number }] : []))
  const recent = points.filter(({ at }) => at >= now - nowMs)
  const span = (points.at(-1)?.at ?? 0) - (points[0]?.at ?? 0)
  if (recent.length === 0) return null
  const value = median(recent.map((point) => point.value))
  // Loads vary over a day, so growth within one day may not be a trend.
  if (span < dayMs) return { value, isKnown: false, at: null }
  const trend = theilSen(points)
  const inMs = trend === null || trend.lowerQuartile <= 0 ? Number.POSITIVE_INFINITY : Math.max(0, limit - value) / trend.slope
  return { value, isKnown: true, at: inMs > farthestMs ? null : Math.round(now + inMs) }
}

/** The sizing of one host from its history. */
export function sizeUp(
  host: { readonly id: string; readonly reading: HostReading | null; readonly tied: boolean },
  history: SizingHistory,
  disks: ReadonlyMap<string, Pick<SeriesColumns, 'at' | 'mean'>>,
  now: number,
): Sizing {
  const { reading } = host
  const seen = history.at.filter((_, i) => known(history.cpu[i]))
  const cost = (ys: readonly number[]): Result<number, SizingWhy> => (host.tied ? costOf(history, ys) : err({ kind: 'notTied' }))
  const orNull = (one: Result<number, SizingWhy>) => (one.ok ? one.value : null)
  const cpu = cost(history.cpu)
  const busiest = [...history.sent].map(([name, ys]) => ({ name, ys, mean: median(ys.filter(known)) || 0 })).sort((a, b) => b.mean - a.mean)[0]
  const perStream = { cpuPercent: orNull(cpu), memoryBytes: orNull(cost(history.memory)), sentBps: busiest === undefined ? null : orNull(cost(busiest.ys)) }

  const limits: Sizing['limits'] = []
  /** `whole`: what 100 % is, in the unit of the history. */
  const limitOf = (what: 'cpu' | 'memory' | 'network', name: string, ys: readonly number[], whole: number, ofStream: number | null) => {
    const limit = (whole * limitPercent) / 100
    const found = growthOf(history, ys, limit, now)
    if (found === null) return
    limits.push({
      what,
      name,
      usedPercent: (found.value / whole) * 100,
      streamsLeft: ofStream === null ? null : Math.max(0, Math.floor((limit - found.value) / ofStream)),
      growthKnown: found.isKnown,
      runsOutAt: found.at,
    })
  }
  limitOf('cpu', 'CPU', history.cpu, 100, perStream.cpuPercent)
  const total = reading?.memoryTotalBytes ?? null
  if (total !== null && total > 0) limitOf('memory', 'Memory', history.memory, total, perStream.memoryBytes)
  for (const { name, linkBps } of reading?.networks ?? []) {
    const ys = history.sent.get(name)
    // Streams are assumed to leave by the busiest interface.
    if (linkBps !== null && linkBps > 0 && ys !== undefined) limitOf('network', name, ys, linkBps, name === busiest?.name ? perStream.sentBps : null)
  }
  for (const { mount, usedPercent } of reading?.disks ?? []) {
    const past = disks.get(mount)
    limits.push({
      what: 'disk',
      name: mount,
      usedPercent,
      streamsLeft: null,
      growthKnown: past !== undefined && isPaceKnown(past, now),
      runsOutAt: past === undefined ? null : diskFullAt(past, usedPercent, now),
    })
  }
  const isKnown = Object.values(perStream).some((one) => one !== null)
  return {
    hostId: host.id,
    spanMs: seen.length === 0 ? 0 : (seen.at(-1) as number) - (seen[0] as number),
    why: isKnown || cpu.ok ? null : cpu.error,
    perStream: isKnown ? perStream : null,
    limits,
  }
}

/** Puts values of different moments on one grid; several in one cell are averaged. */
export function onGrid(
  widthMs: number,
  columns: readonly Pick<SeriesColumns, 'at' | 'mean'>[],
): { readonly at: readonly number[]; readonly values: readonly (readonly number[])[] } {
  const cells = columns.map(({ at, mean }) => {
    const sums = new Map<number, { sum: number; count: number }>()
    at.forEach((moment, i) => {
      const cell = sums.get(Math.floor(moment / widthMs)) ?? { sum: 0, count: 0 }
      cell.sum += mean[i] as number
      cell.count++
      sums.set(Math.floor(moment / widthMs), cell)
    })
    return sums
  })
  const all = [...new Set(cells.flatMap((sums) => [...sums.keys()]))].sort((a, b) => a - b)
  return {
    at: all.map((cell) => cell * widthMs),
    values: cells.map((sums) =>
      all.map((cell) => {
        const found = sums.get(cell)
        return found === undefined ? Number.NaN : found.sum / found.count
      }),
    ),
  }
}

/** Computes the sizing of hosts from their history and that of all servers on them. */
export function createSizing({ clock, range }: { readonly clock: Clock; readonly range: History['range'] }) {
  const read = (series: readonly Series[], now: number, signal: AbortSignal | undefined, from = now - forecastSpanMs) =>
    range({ series: [...series], from, to: now, points: historyPoints }, signal)

  return {
    of: async (host: Host, signal?: AbortSignal): Promise<Sizing> => {
      const now = clock.now()
      const networks = (host.reading?.networks ?? []).slice(0, mostDevices).map(({ name }) => name)
      const mounts = (host.reading?.disks ?? []).slice(0, mostDevices).map(({ mount }) => mount)
      const own = hostSubject(host.id)
      const ofServers = (metric: MetricIdOf<'server'>): Series[] => host.serverIds.map((id) => ({ subject: serverSubject(id), metric }))
      const ofDevice = (device: string, metric: MetricIdOf<'device'>): Series => ({ subject: deviceSubject(host.id, device), metric })
      const series: readonly Series[] = [
        { subject: own, metric: 'host.cpu' },
        { subject: own, metric: 'host.memoryUsed' },
        ...networks.map((name) => ofDevice(networkPath({ name }), 'device.sent')),
        ...mounts.map((mount) => ofDevice(diskPath({ mount }), 'device.used')),
        ...ofServers('server.streamsLive'),
        ...ofServers('server.bitrateIn'),
        ...ofServers('server.bitrateOut'),
        ...ofServers('server.readers'),
      ]
      // If the history is short, requesting only that range gives a finer resolution.
      const [whole] = await read(series.slice(0, 1), now, signal)
      const found = await read(series, now, signal, Math.max(now - forecastSpanMs, (whole?.at[0] ?? now) - quarterMs))
      const columnsOf = (metric: MetricId) => found.filter((_, place) => series[place]?.metric === metric)
      const [cpu = { at: [], mean: [] }] = columnsOf('host.cpu')
      const span = (cpu.at.at(-1) ?? 0) - (cpu.at[0] ?? 0)
      const stepMs = span > 2 * dayMs ? quarterMs : minuteMs
      const grid = onGrid(stepMs, found)
      const rowsOf = (metric: MetricId) => grid.values.filter((_, place) => series[place]?.metric === metric)
      /** Of all servers; unknown where one of them is. */
      const ofAll = (metric: MetricIdOf<'server'>): readonly number[] =>
        rowsOf(metric).reduce((sums, row) => (sums.length === 0 ? row : sums.map((sum, i) => sum + (row[i] as number))), [])
      const bitrateOut = ofAll('server.bitrateOut')
      const sent = rowsOf('device.sent')
      const history: SizingHistory = {
        stepMs,
        at: grid.at,
        cpu: rowsOf('host.cpu')[0] ?? [],
        memory: rowsOf('host.memoryUsed')[0] ?? [],
        streams: ofAll('server.streamsLive'),
        traffic: ofAll('server.bitrateIn').map((value, i) => value + (bitrateOut[i] as number)),
        readers: ofAll('server.readers'),
        sent: new Map(networks.map((name, i) => [name, sent[i] ?? []])),
      }
      const used = columnsOf('device.used')
      const disks = new Map(mounts.map((mount, i) => [mount, used[i] ?? { at: [], mean: [] }]))
      return sizeUp({ id: host.id, reading: host.reading, tied: host.serverIds.length > 0 }, history, disks, now)
    },
    /** When these disks will be full; disks without a forecast are missing. */
    fullAt: async (hostId: string, mounts: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, number>> => {
      const now = clock.now()
      const some = mounts.slice(0, mostDevices)
      const found = await read(
        some.map((mount) => ({ subject: deviceSubject(hostId, diskPath({ mount })), metric: 'device.used' })),
        now,
        signal,
      )
      return new Map(
        some.flatMap((mount, i): [string, number][] => {
          const column = found[i]
          const at = column === undefined ? null : diskFullAt(column, column.mean.at(-1) ?? 100, now)
          return at === null ? [] : [[mount, at]]
        }),
      )
    },
  }
}
export type HostSizing = ReturnType<typeof createSizing>
/** `y = base + slope × x`. */
export interface Line {
  readonly slope: number
  readonly base: number
  /** Share of y's deviations from its median that the line explains, 0 to 1. */
  readonly explains: number
  readonly points: number
}
const mostPoints = 200
/** Spread of x: its 95th percentile minus its 5th. */
export function spreadOf(xs: readonly number[]): number {
  return quantile(xs, 0.95) - quantile(xs, 0.05)
}
/**
 * Theil–Sen line through points in any order: the median of the slopes of all pairs whose x differ by at least a fifth of
 * the spread, and the base with as many points above as below the line. null: all x are equal or nearly so.
 */
export function fitLine(xs: readonly number[], ys: readonly number[]): Line | null {
  const step = Math.max(1, Math.ceil(xs.length / mostPoints))
  const x = xs.filter((_, i) => i % step === 0)
  const y = ys.filter((_, i) => i % step === 0)
  const least = spreadOf(x) / 5
  if (!(least > 0)) return null
  const points = x.map((at, i): TrendPoint => ({ at, value: y[i] as number }))
  const slopes = slopesOf(points, least)
  if (slopes.length === 0) return null
  const slope = median(slopes)
  const base = median(points.map(({ at, value }) => value - slope * at))
  const middle = median(y)
  const sum = (of: (value: number, i: number) => number) => y.reduce((total, value, i) => total + Math.abs(of(value, i)), 0)
  const apart = sum((value) => value - middle)
  const left = sum((value, i) => value - base - slope * (x[i] as number))
  return { slope, base, explains: apart === 0 ? 0 : Math.max(0, 1 - left / apart), points: xs.length }
}
