import type { Clock } from '../../clock/clock.ts'
import type { SeriesColumns } from '../../shared/history.ts'
import type { Host, HostReading, Sizing } from '../../shared/hosts.ts'
import type { MetricId, MetricIdOf } from '../../shared/metrics.ts'
import { deviceSubject, hostSubject, partOf, type Series, serverSubject } from '../../shared/subjects.ts'
import { formatDuration, formatValue } from '../../shared/units.ts'
import type { History } from '../history/history.ts'
import { diskFullAt, forecastSpanMs, isPaceKnown } from './diskForecast.ts'
import { fitLine, spreadOf } from './fitLine.ts'
import { diskPath, networkPath } from './hostSamples.ts'
import { median, type TrendPoint, theilSen } from './trend.ts'

/** Limits are reached here: beyond, machines and links begin to drop and to wait. */
const limitPercent = 90
const minuteMs = 60_000
const quarterMs = 900_000
const dayMs = 86_400_000
/** Less than so many moments at which both the host and its server were read says nothing. */
const leastMoments = 30
/** A line that explains less than this of what a figure does is no cost of streams. */
const leastExplained = 0.3
/** x must differ by this share of its median, and streams by two. */
const leastSpread = 0.15
const nowMs = 3_600_000
const historyPoints = 672
/** Of one question to history. */
const mostDevices = 12

/** What load is measured in, beside streams. */
const loads = [
  { id: 'streams', words: 'streams' },
  { id: 'traffic', words: 'traffic' },
  { id: 'readers', words: 'readers' },
] as const

/** Series of equal length, one entry a moment; NaN where it is not known. */
export interface SizingHistory {
  readonly at: readonly number[]
  readonly cpu: readonly number[]
  readonly memory: readonly number[]
  readonly streams: readonly number[]
  /** In and out, bit/s. */
  readonly traffic: readonly number[]
  readonly readers: readonly number[]
  /** Sent, by interface. */
  readonly sent: ReadonlyMap<string, readonly number[]>
}

interface Cost {
  readonly perStream: number
  readonly words: string
}

const known = (value: number | undefined): value is number => value !== undefined && Number.isFinite(value)

/** What one more stream of the usual kind adds to a figure: by the load that explains it best. The error is in words. */
function costOf(history: SizingHistory, ys: readonly number[], write: (value: number) => string): Cost | string {
  let best: { readonly explains: number; readonly cost: Cost } | null = null
  let why = 'The load of its server did not differ enough to see what a stream costs.'
  for (const load of loads) {
    const rows = history.at.flatMap((_, i) => {
      const [x, y, streams] = [history[load.id][i], ys[i], history.streams[i]]
      return known(x) && known(y) && known(streams) && streams > 0 ? [{ x, y, streams }] : []
    })
    if (rows.length < leastMoments) {
      if (load.id === 'streams') why = `Known of both the host and its server: ${rows.length} of the ${leastMoments} moments that it takes.`
      continue
    }
    const xs = rows.map(({ x }) => x)
    const spread = spreadOf(xs)
    if (spread < leastSpread * median(xs) || (load.id === 'streams' && spread < 2)) continue
    const line = fitLine(
      xs,
      rows.map(({ y }) => y),
    )
    if (line === null || line.slope <= 0 || line.explains < leastExplained) continue
    const perStreamLoad = load.id === 'streams' ? 1 : median(rows.map(({ x, streams }) => x / streams))
    const perStream = line.slope * perStreamLoad
    const unit = load.id === 'traffic' ? 'Mbit/s' : load.id === 'readers' ? 'reader' : 'stream'
    const slope = load.id === 'traffic' ? line.slope * 1e6 : line.slope
    const usual =
      load.id === 'streams'
        ? ''
        : `; a usual stream has ${load.id === 'traffic' ? `${(perStreamLoad / 1e6).toFixed(2)} Mbit/s` : `${perStreamLoad.toFixed(2)} readers`}`
    const words = `${write(line.base)} + ${write(slope)} × ${unit}${usual} (Theil–Sen, ${line.points} moments, explains ${Math.round(line.explains * 100)} %) = ${write(perStream)} a stream`
    // What is nearest to the question wins where others are hardly better.
    if (best === null || line.explains > best.explains + 0.05) best = { explains: line.explains, cost: { perStream, words } }
  }
  return best?.cost ?? why
}

/** The value of the last hour, and when it reaches a limit at the growth of its history; null: it does not grow, or that is not known. */
function growthOf(
  history: SizingHistory,
  ys: readonly number[],
  limit: number,
  now: number,
): { readonly value: number | null; readonly known: boolean; readonly at: number | null; readonly words: string } {
  const points = history.at.flatMap((at, i): TrendPoint[] => (known(ys[i]) ? [{ at, value: ys[i] as number }] : []))
  const recent = points.filter(({ at }) => at >= now - nowMs)
  const value = recent.length === 0 ? null : median(recent.map((point) => point.value))
  const span = (points.at(-1)?.at ?? 0) - (points[0]?.at ?? 0)
  if (value === null) return { value, known: false, at: null, words: 'not read in the last hour' }
  // A day has its rhythm: what grows within one need not grow.
  if (span < dayMs) return { value, known: false, at: null, words: `growth is not known before ${formatDuration(dayMs)} of history` }
  const trend = theilSen(points)
  if (trend === null || trend.lowerQuartile <= 0) return { value, known: true, at: null, words: 'it does not grow' }
  const inMs = Math.max(0, limit - value) / trend.slope
  if (inMs > 5 * 365 * dayMs) return { value, known: true, at: null, words: 'it hardly grows' }
  return {
    value,
    known: true,
    at: Math.round(now + inMs),
    words: `grows by ${((trend.slope * dayMs * 100) / limit).toFixed(2)} % of that a day (Theil–Sen over ${formatDuration(span)})`,
  }
}

/** The figures of one host, of its own history. Pure. */
export function sizeUp(
  host: { readonly id: string; readonly reading: HostReading | null; readonly tied: boolean },
  history: SizingHistory,
  disks: ReadonlyMap<string, Pick<SeriesColumns, 'at' | 'mean'>>,
  now: number,
): Sizing {
  const { reading } = host
  const seen = history.at.filter((_, i) => known(history.cpu[i]))
  const spanMs = seen.length === 0 ? 0 : (seen.at(-1) as number) - (seen[0] as number)
  const percent = (value: number) => `${value.toFixed(2)} %`
  const bytes = (value: number) => formatValue(value, 'bytes')
  const bps = (value: number) => formatValue(value, 'bps')
  const noServer = 'It is not tied to a media server: name the one that runs there.'
  const cost = (ys: readonly number[], write: (value: number) => string) => (host.tied ? costOf(history, ys, write) : noServer)
  const cpu = cost(history.cpu, percent)
  const memory = cost(history.memory, bytes)
  const busiest = [...history.sent].map(([name, ys]) => ({ name, ys, mean: median(ys.filter(known)) || 0 })).sort((a, b) => b.mean - a.mean)[0]
  const sent = busiest === undefined ? 'No network interface was read.' : cost(busiest.ys, bps)
  const perStreamOf = (one: Cost | string) => (typeof one === 'string' ? null : one.perStream)
  const costs = [
    ['CPU', cpu],
    ['memory', memory],
    ['sent', sent],
  ] as const
  const found = costs.filter(([, one]) => typeof one !== 'string')
  const left = (room: number, one: Cost | string): number | null => (typeof one === 'string' ? null : Math.max(0, Math.floor(room / one.perStream)))
  const streamWords = (one: Cost | string) => (typeof one === 'string' ? '' : `; one stream: ${one.words}`)

  const limits: Sizing['limits'] = []
  const cpuGrowth = growthOf(history, history.cpu, limitPercent, now)
  if (cpuGrowth.value !== null)
    limits.push({
      what: 'cpu',
      name: 'CPU',
      usedPercent: cpuGrowth.value,
      streamsLeft: left(limitPercent - cpuGrowth.value, cpu),
      growthKnown: cpuGrowth.known,
      runsOutAt: cpuGrowth.at,
      formula: `${percent(cpuGrowth.value)} now, ${limitPercent} % is the limit; ${cpuGrowth.words}${streamWords(cpu)}`,
    })
  const total = reading?.memoryTotalBytes ?? null
  if (total !== null && total > 0) {
    const limit = (total * limitPercent) / 100
    const growth = growthOf(history, history.memory, limit, now)
    if (growth.value !== null)
      limits.push({
        what: 'memory',
        name: 'Memory',
        usedPercent: (growth.value / total) * 100,
        streamsLeft: left(limit - growth.value, memory),
        growthKnown: growth.known,
        runsOutAt: growth.at,
        formula: `${bytes(growth.value)} of ${bytes(total)} now, ${limitPercent} % is the limit; ${growth.words}${streamWords(memory)}`,
      })
  }
  for (const network of reading?.networks ?? []) {
    const ys = history.sent.get(network.name)
    if (network.linkBps === null || network.linkBps <= 0 || ys === undefined) continue
    const limit = (network.linkBps * limitPercent) / 100
    const growth = growthOf(history, ys, limit, now)
    if (growth.value === null) continue
    const one = network.name === busiest?.name ? sent : 'Its streams go out elsewhere.'
    limits.push({
      what: 'network',
      name: network.name,
      usedPercent: (growth.value / network.linkBps) * 100,
      streamsLeft: left(limit - growth.value, one),
      growthKnown: growth.known,
      runsOutAt: growth.at,
      formula: `${bps(growth.value)} of ${bps(network.linkBps)} sent now, ${limitPercent} % is the limit; ${growth.words}${streamWords(one)}`,
    })
  }
  for (const disk of reading?.disks ?? []) {
    const past = disks.get(disk.mount)
    limits.push({
      what: 'disk',
      name: disk.mount,
      usedPercent: disk.usedPercent,
      streamsLeft: null,
      growthKnown: past !== undefined && isPaceKnown(past, now),
      runsOutAt: past === undefined ? null : diskFullAt(past, disk.usedPercent, now),
      formula: `${percent(disk.usedPercent)} of ${bytes(disk.sizeBytes)} now; full where the slope of up to 7 days (Theil–Sen) reaches 100 %`,
    })
  }
  const failures = [...new Set(costs.flatMap(([, one]) => (typeof one === 'string' ? [one] : [])))]
  return {
    hostId: host.id,
    spanMs,
    words: found.length > 0 ? null : (failures[0] ?? null),
    perStream:
      found.length === 0
        ? null
        : {
            cpuPercent: perStreamOf(cpu),
            memoryBytes: perStreamOf(memory),
            sentBps: perStreamOf(sent),
            formula: found.map(([name, one]) => `${name}: ${typeof one === 'string' ? '' : one.words}`).join('; '),
          },
    limits,
  }
}

/** Puts columns of different moments on one grid; several in one cell are averaged. */
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

/** Sizes up hosts of what history keeps of them and of the servers on them. */
export function createSizing({ clock, range }: { readonly clock: Clock; readonly range: History['range'] }) {
  const read = (series: readonly Series[], now: number, signal: AbortSignal | undefined, from = now - forecastSpanMs) =>
    range({ series: [...series], from, to: now, points: historyPoints }, signal)

  return {
    of: async (host: Host, signal?: AbortSignal): Promise<Sizing> => {
      const now = clock.now()
      const serverId = host.serverId ?? host.proposedServerId
      const networks = (host.reading?.networks ?? []).slice(0, mostDevices).map(({ name }) => name)
      const mounts = (host.reading?.disks ?? []).slice(0, mostDevices).map(({ mount }) => mount)
      const own = hostSubject(host.id)
      const ofServer = (metric: MetricIdOf<'server'>): Series[] => (serverId === null ? [] : [{ subject: serverSubject(serverId), metric }])
      const ofDevice = (device: string, metric: MetricIdOf<'device'>): Series => ({ subject: deviceSubject(host.id, device), metric })
      const series: readonly Series[] = [
        { subject: own, metric: 'host.cpu' },
        { subject: own, metric: 'host.memoryUsed' },
        ...networks.map((name) => ofDevice(networkPath({ name }), 'device.sent')),
        ...mounts.map((mount) => ofDevice(diskPath({ mount }), 'device.used')),
        ...ofServer('server.streamsLive'),
        ...ofServer('server.bitrateIn'),
        ...ofServer('server.bitrateOut'),
        ...ofServer('server.readers'),
      ]
      // Of a short history more is seen where only it is asked for.
      const [whole] = await read(series.slice(0, 1), now, signal)
      const found = await read(series, now, signal, Math.max(now - forecastSpanMs, (whole?.at[0] ?? now) - quarterMs))
      /** Each metric is of one server or host here; a device's is of several. */
      const columnOf = (metric: MetricId, device: string | null = null): Pick<SeriesColumns, 'at' | 'mean'> => {
        const place = series.findIndex(({ subject, metric: of }) => of === metric && (device === null || partOf(subject) === device))
        return found[place] ?? { at: [], mean: [] }
      }
      const cpu = columnOf('host.cpu')
      const span = (cpu.at.at(-1) ?? 0) - (cpu.at[0] ?? 0)
      const grid = onGrid(span > 2 * dayMs ? quarterMs : minuteMs, [
        cpu,
        columnOf('host.memoryUsed'),
        columnOf('server.streamsLive'),
        columnOf('server.bitrateIn'),
        columnOf('server.bitrateOut'),
        columnOf('server.readers'),
        ...networks.map((name) => columnOf('device.sent', networkPath({ name }))),
      ])
      const [cpuValues = [], memory = [], streams = [], bitrateIn = [], bitrateOut = [], readers = [], ...sent] = grid.values
      const history: SizingHistory = {
        at: grid.at,
        cpu: cpuValues,
        memory,
        streams,
        traffic: bitrateIn.map((value, i) => value + (bitrateOut[i] as number)),
        readers,
        sent: new Map(networks.map((name, i) => [name, sent[i] ?? []])),
      }
      const disks = new Map(mounts.map((mount) => [mount, columnOf('device.used', diskPath({ mount }))]))
      return sizeUp({ id: host.id, reading: host.reading, tied: serverId !== null }, history, disks, now)
    },
    /** When these disks will be full; those of which nothing can be said are not in it. */
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
