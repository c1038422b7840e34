import { type SeriesColumns, tierStepMs, tiers } from '../../shared/history.ts'
import type { Host } from '../../shared/hosts.ts'
import type { MetricId, MetricIdOf } from '../../shared/metrics.ts'
import { deviceSubject, hostSubject, partOf, type Series } from '../../shared/subjects.ts'
import { type HostFigures, type HostView, networksBusiestFirst, staleHostMs } from './hostFigures.ts'

const machine = [
  'host.reachable',
  'host.answerMs',
  'host.cpu',
  'host.steal',
  'host.iowait',
  'host.load1',
  'host.memoryPercent',
  'host.memoryUsed',
  'host.swapUsed',
  'host.temperature',
  'host.clockSkew',
  'host.tcpRetransmits',
  'host.udpBufferErrors',
  'host.mediaCpu',
  'host.mediaMemory',
  'host.mediaThreads',
  'host.mediaFiles',
  'host.mediaGoroutines',
] as const satisfies readonly MetricId[]
/** Longest time between two attempts on a host that is down, with some margin, ms. */
const triedEveryMs = 85_000
/** Maximum number of parts per host read from history for a list. */
const mostParts = 4

/** Parts of a host by their current names, because history has no list of names. */
const partsOf = (host: Host) => ({
  disks: (host.reading?.disks ?? []).slice(0, mostParts).map(({ mount }) => mount),
  networks: networksBusiestFirst(host.reading?.networks ?? [])
    .slice(0, mostParts)
    .map(({ name }) => name),
  gpus: (host.reading?.gpus ?? []).slice(0, mostParts).map(({ name }) => name),
})

/** Series needed to show a host at a moment. */
export function pastSeries(host: Host): readonly Series[] {
  const { disks, networks, gpus } = partsOf(host)
  const ofDevice = (device: string, metrics: readonly MetricIdOf<'device'>[]): Series[] =>
    metrics.map((metric) => ({ subject: deviceSubject(host.id, device), metric }))
  return [
    ...machine.map((metric): Series => ({ subject: hostSubject(host.id), metric })),
    ...disks.flatMap((mount) => ofDevice(`disk:${mount}`, ['device.used', 'device.read', 'device.written'])),
    ...networks.flatMap((name) => ofDevice(`net:${name}`, ['device.received', 'device.sent', 'device.errors', 'device.drops', 'device.used'])),
    ...gpus.flatMap((_, place) => ofDevice(`gpu:${place}`, ['device.used', 'device.encoder', 'device.memory', 'device.temperature'])),
  ]
}

/**
 * The value at a moment: that of the last bucket up to it, if it is at most `toleranceMs` back, or if the next one follows without
 * a gap: then the samples are that far apart, as those of the demo's past.
 */
export function valueAt(columns: SeriesColumns | undefined, at: number, toleranceMs: number): number | null {
  if (!columns) return null
  let place = columns.at.length - 1
  while (place >= 0 && (columns.at[place] ?? 0) > at) place--
  const from = columns.at[place]
  if (from === undefined) return null
  const next = columns.at[place + 1]
  const isBetween = next !== undefined && !columns.gaps.some(([start, end]) => start < next && end > from)
  if (at - from > Math.max(toleranceMs, tierStepMs[columns.tier]) && !isBetween) return null
  return columns.last?.[place] ?? columns.mean[place] ?? null
}

/** How far before the moment to query history, ms: one bucket of the coarsest tier found, and at least some readings. */
export const reachMs = (columns: readonly SeriesColumns[], intervalMs: number): number =>
  Math.max(3 * intervalMs, 90_000, ...columns.map(({ tier }) => (tiers.indexOf(tier) > 0 ? 1.1 * tierStepMs[tier] : 0)))

/** A host at a moment, from the results for `pastSeries`. Figures that history does not store are unknown. */
export function pastView(host: Host, at: number, series: readonly Series[], columns: readonly (SeriesColumns | undefined)[]): HostView {
  const values = new Map<string, number | null>()
  series.forEach((one, place) => {
    const value = valueAt(columns[place], at, staleHostMs(host.intervalSeconds))
    // A host that does not answer is tried at growing intervals and counts as down until the next attempt.
    const lastTry = one.metric === 'host.reachable' && value === null ? valueAt(columns[place], at, triedEveryMs) : null
    values.set(`${partOf(one.subject) ?? ''}\n${one.metric}`, lastTry === 0 ? 0 : value)
  })
  const of = (metric: MetricId, path = ''): number | null => values.get(`${path}\n${metric}`) ?? null
  const reachable = of('host.reachable')
  const state = reachable === null ? 'unknown' : reachable >= 0.5 ? 'up' : 'down'
  if (state !== 'up') return { host, state, figures: null, past: true }
  const parts = partsOf(host)
  const temperature = of('host.temperature')
  const mediaMemory = of('host.mediaMemory')
  const mediaCpu = of('host.mediaCpu')
  const figures: HostFigures = {
    at,
    hostname: null,
    system: null,
    kernel: null,
    cores: null,
    cpuPercent: of('host.cpu'),
    perCorePercent: [],
    stealPercent: of('host.steal'),
    iowaitPercent: of('host.iowait'),
    load1: of('host.load1'),
    load5: null,
    load15: null,
    memoryTotalBytes: null,
    memoryUsedBytes: of('host.memoryUsed'),
    memoryPercent: of('host.memoryPercent'),
    swapTotalBytes: null,
    swapUsedBytes: of('host.swapUsed'),
    disks: parts.disks.flatMap((mount) => {
      const usedPercent = of('device.used', `disk:${mount}`)
      return usedPercent === null
        ? []
        : [
            {
              mount,
              device: null,
              sizeBytes: null,
              usedPercent,
              freeBytes: null,
              readBps: of('device.read', `disk:${mount}`),
              writtenBps: of('device.written', `disk:${mount}`),
              fullAt: null,
            },
          ]
    }),
    networks: parts.networks.map((name) => ({
      name,
      receivedBps: of('device.received', `net:${name}`),
      sentBps: of('device.sent', `net:${name}`),
      errors: of('device.errors', `net:${name}`),
      drops: of('device.drops', `net:${name}`),
      linkBps: null,
      usedPercent: of('device.used', `net:${name}`),
    })),
    temperaturesC: temperature === null ? [] : [{ name: '', celsius: temperature }],
    gpus: parts.gpus.map((name, place) => ({
      name,
      percent: of('device.used', `gpu:${place}`),
      encoderPercent: of('device.encoder', `gpu:${place}`),
      decoderPercent: null,
      memoryUsedBytes: null,
      memoryTotalBytes: null,
      celsius: of('device.temperature', `gpu:${place}`),
    })),
    uptimeSeconds: null,
    clockSkewMs: of('host.clockSkew'),
    tcpRetransmits: of('host.tcpRetransmits'),
    udpBufferErrors: of('host.udpBufferErrors'),
    mediaProcesses: [],
    mediaServerUnknown: null,
    mediaServer:
      mediaCpu === null && mediaMemory === null
        ? null
        : {
            pid: null,
            by: null,
            cpuPercent: mediaCpu,
            memoryBytes: mediaMemory,
            threads: of('host.mediaThreads'),
            openFiles: of('host.mediaFiles'),
            openFilesLimit: null,
            startedAt: null,
            restarts: null,
            goroutines: of('host.mediaGoroutines'),
          },
  }
  return { host, state, figures, past: true }
}

/** How far to look in both directions for samples that are far apart, ms: more than the widest distance in the demo's past. */
const sparseReachMs = 330_000

/** Maximum number of series per query. */
const mostAtOnce = 64

interface RangeAsked {
  readonly series: Series[]
  readonly from: number
  readonly to: number
  readonly points: number
  readonly totals: boolean
}
/** Reads all hosts at a moment, since an omitted one would be listed as unknown. `range` queries history. */
export async function readPast(
  hosts: readonly Host[],
  at: number,
  range: (asked: RangeAsked) => Promise<readonly SeriesColumns[]>,
): Promise<readonly HostView[]> {
  const asked = hosts.map((host) => ({ host, series: pastSeries(host) }))
  const ask = async (of: typeof asked, backMs: number, onMs = 1): Promise<readonly SeriesColumns[]> => {
    const all = of.flatMap(({ series }) => series)
    const chunks = Array.from({ length: Math.ceil(all.length / mostAtOnce) }, (_, place) => all.slice(place * mostAtOnce, (place + 1) * mostAtOnce))
    const answers = await Promise.all(chunks.map((series) => range({ series, from: at - backMs, to: at + onMs, points: 20, totals: true })))
    return answers.flat()
  }
  const viewsFrom = (of: typeof asked, columns: readonly SeriesColumns[]): readonly HostView[] => {
    let place = 0
    return of.map(({ host, series }) => {
      const own = columns.slice(place, place + series.length)
      place += series.length
      return pastView(host, at, series, own)
    })
  }
  const slowest = Math.max(...hosts.map(({ intervalSeconds }) => intervalSeconds), 1) * 1000
  const near = await ask(asked, reachMs([], slowest))
  // The distant past only has wide buckets, which begin long before the moment.
  const reach = reachMs(near, slowest)
  const views = viewsFrom(asked, reach > reachMs([], slowest) ? await ask(asked, reach) : near)
  // Only of those that are still unknown: the others would be read twice at each moment that the cursor passes.
  const unknown = asked.filter((_, place) => views[place]?.state === 'unknown')
  const sparse = viewsFrom(unknown, await ask(unknown, sparseReachMs, sparseReachMs))
  const found = new Map(sparse.map((view) => [view.host.id, view]))
  return views.map((view) => found.get(view.host.id) ?? view)
}
