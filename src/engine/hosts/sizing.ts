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
const mostDevices = 12

/** Values by the moment at which they were known, epoch ms. */
type Values = ReadonlyMap<number, number>
export interface SizingHistory {
  readonly stepMs: number
  readonly cpu: Values
  readonly memory: Values
  /** Outbound, by interface. */
  readonly sent: ReadonlyMap<string, Values>
  /** Of all servers on the host together. */
  readonly streams: Values
  /** Inbound plus outbound, bit/s. */
  readonly traffic: Values
}

/** What one more typical stream adds to a figure: by the number of streams or, where that does not explain it, by their traffic. */
function costOf({ stepMs, streams, traffic }: SizingHistory, figure: Values): Result<number, SizingWhy> {
  const moments = [...figure.keys()].filter((at) => (streams.get(at) ?? 0) > 0)
  if (moments.length < leastMoments) return err({ kind: 'needsData', minutes: Math.ceil(((leastMoments - moments.length) * stepMs) / minuteMs) })
  for (const load of [streams, traffic]) {
    const known = moments.filter((at) => load.has(at))
    const loads = known.map((at) => load.get(at) as number)
    const spread = quantile(loads, 0.95) - quantile(loads, 0.05)
    if (spread < leastSpread * median(loads) || (load === streams && spread < 2)) continue
    const line = fitLine(
      loads,
      known.map((at) => figure.get(at) as number),
    )
    if (line === null || line.slope <= 0 || line.explains < leastExplained) continue
    return ok(line.slope * median(known.map((at, i) => (loads[i] as number) / (streams.get(at) as number))))
  }
  return err({ kind: 'steady' })
}

/** The value of the last hour, and when it reaches the limit at the pace of its history. null: not read in the last hour. */
function growthOf(values: Values, limit: number, now: number) {
  const points = [...values].map(([at, value]): TrendPoint => ({ at, value }))
  const recent = points.filter(({ at }) => at >= now - nowMs)
  if (recent.length === 0) return null
  const value = median(recent.map((point) => point.value))
  // Loads vary over a day, so growth within one day may not be a trend.
  if (spanOf(values) < dayMs) return { value, growthKnown: false, runsOutAt: null }
  return { value, growthKnown: true, runsOutAt: usedUpAt(points, limit - value, now) }
}
const spanOf = (values: Values): number => ([...values.keys()].at(-1) ?? 0) - ([...values.keys()][0] ?? 0)

export function sizeUp(
  host: { readonly id: string; readonly reading: HostReading | null; readonly tied: boolean },
  history: SizingHistory,
  now: number,
): Sizing {
  const cost = (figure: Values): Result<number, SizingWhy> => (host.tied ? costOf(history, figure) : err({ kind: 'notTied' }))
  const orNull = (one: Result<number, SizingWhy>) => (one.ok ? one.value : null)
  const cpu = cost(history.cpu)
  // Streams are assumed to leave by the busiest interface.
  const [busiest] = [...history.sent].map(([name, values]) => ({ name, values, mean: median([...values.values()]) || 0 })).sort((a, b) => b.mean - a.mean)
  const sentBps = busiest === undefined ? null : orNull(cost(busiest.values))
  const perStream = { cpuPercent: orNull(cpu), memoryBytes: orNull(cost(history.memory)), sentBps }

  const limits: Sizing['limits'] = []
  /** `whole`: what 100 % is, in the unit of the history; null: not known. */
  const limitOf = (what: 'cpu' | 'memory' | 'network', name: string, values: Values | undefined, whole: number | null, ofStream: number | null) => {
    if (values === undefined || whole === null || whole <= 0) return
    const limit = (whole * limitPercent) / 100
    const found = growthOf(values, limit, now)
    if (found === null) return
    const { value, ...growth } = found
    const streamsLeft = ofStream === null ? null : Math.max(0, Math.floor((limit - value) / ofStream))
    limits.push({ what, name, usedPercent: (value / whole) * 100, streamsLeft, ...growth })
  }
  limitOf('cpu', 'CPU', history.cpu, 100, perStream.cpuPercent)
  limitOf('memory', 'Memory', history.memory, host.reading?.memoryTotalBytes ?? null, perStream.memoryBytes)
  for (const { name, linkBps } of host.reading?.networks ?? [])
    limitOf('network', name, history.sent.get(name), linkBps, name === busiest?.name ? sentBps : null)
  const isKnown = Object.values(perStream).some((one) => one !== null)
  return { hostId: host.id, spanMs: spanOf(history.cpu), why: isKnown || cpu.ok ? null : cpu.error, perStream: isKnown ? perStream : null, limits }
}

/** The means of a series by steps of time, so that several can be compared. */
function inSteps({ at, mean }: Pick<SeriesColumns, 'at' | 'mean'>, stepMs: number): Values {
  const steps = Map.groupBy(at.keys(), (i) => Math.floor((at[i] as number) / stepMs) * stepMs)
  return new Map([...steps].map(([start, places]) => [start, places.reduce((sum, i) => sum + (mean[i] as number), 0) / places.length]))
}
/** Known where all of them are. */
function sumOf(all: readonly Values[]): Values {
  const [first = new Map<number, number>()] = all
  const moments = [...first.keys()].filter((at) => all.every((values) => values.has(at)))
  return new Map(moments.map((at) => [at, all.reduce((sum, values) => sum + (values.get(at) as number), 0)]))
}

/** Computes the sizing of hosts from their history and that of all servers on them. */
export function createSizing({ clock, range }: { readonly clock: Clock; readonly range: History['range'] }) {
  const read = (series: readonly Series[], now: number, signal: AbortSignal | undefined, from = now - forecastSpanMs) =>
    range({ series: [...series], from, to: now, points: historyPoints }, signal)

  return {
    of: async (host: Host, signal?: AbortSignal): Promise<Sizing> => {
      const now = clock.now()
      const networks = (host.reading?.networks ?? []).slice(0, mostDevices).map(({ name }) => name)
      const ofServers = (metric: MetricIdOf<'server'>): Series[] => host.serverIds.map((id) => ({ subject: serverSubject(id), metric }))
      const cpuSeries: Series = { subject: hostSubject(host.id), metric: 'host.cpu' }
      const series: readonly Series[] = [
        cpuSeries,
        { ...cpuSeries, metric: 'host.memoryUsed' },
        ...networks.map((name): Series => ({ subject: deviceSubject(host.id, networkPath({ name })), metric: 'device.sent' })),
        ...ofServers('server.streamsLive'),
        ...ofServers('server.bitrateIn'),
        ...ofServers('server.bitrateOut'),
      ]
      // If the history is short, requesting only that range gives a finer resolution.
      const [whole] = await read([cpuSeries], now, signal)
      const beganAt = whole?.at[0] ?? now
      const found = await read(series, now, signal, Math.max(now - forecastSpanMs, beganAt - quarterMs))
      const stepMs = now - beganAt > 2 * dayMs ? quarterMs : minuteMs
      const valuesOf = (metric: MetricId) => found.filter((_, place) => series[place]?.metric === metric).map((column) => inSteps(column, stepMs))
      const [cpu = new Map(), memory = new Map()] = [...valuesOf('host.cpu'), ...valuesOf('host.memoryUsed')]
      const sent = valuesOf('device.sent')
      const history: SizingHistory = {
        ...{ stepMs, cpu, memory },
        sent: new Map(networks.map((name, i) => [name, sent[i] ?? new Map()])),
        streams: sumOf(valuesOf('server.streamsLive')),
        traffic: sumOf([...valuesOf('server.bitrateIn'), ...valuesOf('server.bitrateOut')]),
      }
      return sizeUp({ id: host.id, reading: host.reading, tied: host.serverIds.length > 0 }, history, now)
    },
    /** When these disks will be full; disks without a forecast are missing. */
    fullAt: async (hostId: string, mounts: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, number>> => {
      const now = clock.now()
      const series = mounts.slice(0, mostDevices).map((mount): Series => ({ subject: deviceSubject(hostId, diskPath({ mount })), metric: 'device.used' }))
      const found = await read(series, now, signal)
      return new Map(
        found.flatMap((column, i): [string, number][] => {
          const at = diskFullAt(column, column.mean.at(-1) ?? 100, now)
          return at === null ? [] : [[mounts[i] as string, at]]
        }),
      )
    },
  }
}
export type HostSizing = ReturnType<typeof createSizing>

const forecastSpanMs = 7 * dayMs
/** The least history that shows how fast a disk fills. */
const leastSpanMs = 6 * 3_600_000
const leastPoints = 12

/**
 * When a disk of which `used` percent are used now will be full, at the pace of its history; null if it does not
 * fill, or there is no forecast: less than 6 h of history, a slope that may be noise, or more than 5 years.
 *
 *     full at = now + (100 - used) / slope
 *
 * The slope is Theil–Sen's (the median of the slopes between all pairs of hourly medians, of 7 days at most): a clean-up
 * or a copy that is removed again hardly changes it. It counts as growth if three quarters of the pairs rise.
 */
export function diskFullAt(history: Pick<SeriesColumns, 'at' | 'mean'>, used: number, now: number): number | null {
  const points = history.at.map((at, i): TrendPoint => ({ at, value: history.mean[i] as number })).filter(({ at }) => at <= now)
  if (points.length < leastPoints || (points.at(-1)?.at ?? 0) - (points[0]?.at ?? 0) < leastSpanMs) return null
  return usedUpAt(points, 100 - used, now)
}

/** When what is left of a limit will be used up at the pace of its history; null: it does not grow, or later than is forecast. */
function usedUpAt(points: readonly TrendPoint[], left: number, now: number): number | null {
  const trend = theilSen(points)
  const inMs = trend === null || trend.lowerQuartile <= 0 ? Number.POSITIVE_INFINITY : Math.max(0, left) / trend.slope
  return inMs > farthestMs ? null : Math.round(now + inMs)
}

interface TrendPoint {
  readonly at: number
  readonly value: number
}

/** The number of pairs grows with the square, so more points than this are merged, by the median of neighbours. */
const mostPoints = 168

/**
 * Theil–Sen slope, per ms: the median of the slopes of all pairs. Up to a quarter of the values may be outliers without changing its direction. Where the
 * lower quartile of the slopes is above 0, the values grow in spite of noise. null: fewer than two moments.
 */
export function theilSen(given: readonly TrendPoint[]): { readonly slope: number; readonly lowerQuartile: number } | null {
  const slopes = slopesOf(thinned(given))
  return slopes.length === 0 ? null : { slope: median(slopes), lowerQuartile: quantile(slopes, 0.25) }
}

/** The slopes of all pairs of points that are apart. */
function slopesOf(points: readonly TrendPoint[]): number[] {
  return points.flatMap((one, place) =>
    points.slice(place + 1).flatMap((other) => {
      const apart = other.at - one.at
      return apart === 0 ? [] : (other.value - one.value) / apart
    }),
  )
}

function thinned(points: readonly TrendPoint[]): readonly TrendPoint[] {
  if (points.length <= mostPoints) return points
  const size = Math.ceil(points.length / mostPoints)
  return Array.from({ length: Math.ceil(points.length / size) }, (_, part) => {
    const some = points.slice(part * size, (part + 1) * size)
    return { at: median(some.map(({ at }) => at)), value: median(some.map(({ value }) => value)) }
  })
}

/**
 * Theil–Sen line through points in any order, `y = base + slope × x` with as many points above as below it; null: all x are equal.
 * `explains`: the share of y's deviations from its median that the line explains, 0 to 1.
 */
export function fitLine(xs: readonly number[], ys: readonly number[]): { readonly slope: number; readonly explains: number } | null {
  const points = xs.map((at, i): TrendPoint => ({ at, value: ys[i] as number })).sort((a, b) => a.at - b.at)
  const slope = theilSen(points)?.slope
  if (slope === undefined) return null
  const base = median(points.map(({ at, value }) => value - slope * at))
  const middle = median(ys)
  const sum = (of: (point: TrendPoint) => number) => points.reduce((total, point) => total + Math.abs(of(point)), 0)
  const apart = sum(({ value }) => value - middle)
  return { slope, explains: apart === 0 ? 0 : Math.max(0, 1 - sum(({ at, value }) => value - base - slope * at) / apart) }
}
