import { hash32 } from '../clock/every.ts'
import { type NewEvent, newEvent } from '../shared/events.ts'
import type { MetricId } from '../shared/metrics.ts'
import { streamStateCodes } from '../shared/streams.ts'
import type { StreamState } from '../shared/watchedStates.ts'
import { type MachineLoad, machine, machineFigures, machineName } from './demoMachine.ts'
import { type DemoPathOptions, type DemoServerOptions, defaultSrt } from './demoOptions.ts'
import { showcase } from './demoWorkloads.ts'

/** The values of one moment: `values[row * metrics.length + column]`, NaN where not known. */
interface PastRound {
  readonly of: 'server' | 'host'
  readonly at: number
  /** A row for each of these streams or devices; null: one row, its own. */
  readonly parts: readonly string[] | null
  readonly metrics: readonly MetricId[]
  readonly values: Float64Array<ArrayBuffer>
}

/** What a console would have kept of a server of the fleet, had it been there. */
export interface DemoPast {
  /** The server's name. */
  readonly name: string
  /** That of the machine under it. */
  readonly hostName: string
  /** Oldest first. */
  readonly rounds: () => Iterable<PastRound>
  /** Facts about its streams from a moment on. */
  readonly facts: readonly { readonly at: number; readonly path: string; readonly facts: object }[]
  /** Of its streams, without the server. */
  readonly events: readonly { readonly path: string; readonly event: NewEvent }[]
}

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
/**
 * How far apart samples are, by how long ago. History takes more than three usual intervals without a sample for a gap, and judges
 * by the quarter of an hour: no step is more than three times as long as the next finer one, and quarters begin with a sample.
 */
const quarter = 15 * minute
/** A little more than the day that a page may show. */
const pastMs = 25 * hour
const steps = [
  { within: quarter, ms: 36_000 },
  { within: 4 * quarter, ms: 100_000 },
  { within: pastMs, ms: 300_000 },
] as const
/** Up to what is measured from now on. */
const lastMoments = [12_000, 4_000, 1_000]

const pathMetrics = [
  'path.state',
  'path.bitrateIn',
  'path.bitrateOut',
  'path.readers',
  'path.lostLastMinute',
  'path.rtt',
  'path.latency',
] as const satisfies MetricId[]
const serverMetrics = [
  'server.reachable',
  'server.answerMs',
  'server.bitrateIn',
  'server.bitrateOut',
  'server.readers',
  'server.streamsLive',
  'server.streamsInTrouble',
] as const satisfies MetricId[]

/**
 * The trouble of the night that is worth finding: the link of a bridge loses more and more packets, first seen on one of its SRT
 * streams, until all of them leave at once; they come back when it is repaired. Their server was up all the time.
 */
interface Night {
  readonly lossFrom: number
  readonly goneFrom: number
  readonly backAt: number
}
const nightServer = 'Hamburg-2'
const isOfNight = (path: DemoPathOptions) => path.name.startsWith('bridge/')
const nightMs = 41 * minute
/** At twelve past three by the clock of this machine; where that is too near to either end of the day, in its middle. */
function nightBefore(to: number): Night {
  const date = new Date(to)
  date.setHours(3, 12, 0, 0)
  const night = [date.getTime(), date.getTime() - day].find((at) => at + nightMs + quarter < to && at > to - day)
  const lossFrom = night ?? to - day / 2
  return { lossFrom, goneFrom: lossFrom + 13 * minute + 20_000, backAt: lossFrom + nightMs }
}

/** A day of the showcase before `to`. The same seed gives the same day, and it ends with what the fleet does now. */
export function showcasePast(seed: string, to: number): readonly DemoPast[] {
  return showcase(seed).map((options) => pastOfServer(options, to))
}

function pastOfServer(options: DemoServerOptions, to: number): DemoPast {
  const paths = typeof options.paths === 'object' ? options.paths : []
  const night = options.name === nightServer ? nightBefore(to) : null
  const streams = paths.map((path) => pastOfPath(options, path, night !== null && isOfNight(path) ? night : null, to))
  const from = to - pastMs
  return {
    name: options.name,
    hostName: machineName(options.name),
    rounds: () => roundsOf(options.name, streams, momentsOf(to, night), to),
    facts: streams.flatMap(({ name, factsFrom }) => factsFrom(from).map((one) => ({ ...one, path: name }))),
    events: streams.flatMap(({ events }) => events).sort((a, b) => a.event.at - b.event.at),
  }
}

/** When it was sampled, oldest first. */
function momentsOf(to: number, night: Night | null): readonly number[] {
  const moments = new Set<number>()
  let until = 0
  for (const { within, ms } of steps) {
    for (let ago = until + ms; ago <= within; ago += ms) moments.add(to - ago)
    until = within
  }
  for (const ago of lastMoments) moments.add(to - ago)
  // Finer where something happens.
  if (night !== null) {
    const first = Math.ceil((to - night.lossFrom) / quarter) * quarter
    const last = Math.floor((to - night.backAt) / quarter) * quarter
    for (let ago = last; ago < first; ago += 100_000) if (ago > 0) moments.add(to - ago)
  }
  return [...moments].sort((a, b) => a - b)
}

/** Viewers come in the evening and sleep at night: 1 at nine in the evening, by the clock of this machine. */
function dayCurve(at: number): number {
  const date = new Date(at)
  const hours = date.getHours() + date.getMinutes() / 60
  return 0.62 + 0.38 * Math.cos(((hours - 21) / 24) * 2 * Math.PI)
}
/** The same number between -1 and 1 for the same thing and moment. */
const waver = (phase: number, at: number): number => wave(phase + at / 97_000) * 0.6 + wave(phase * 3 + at / 411_000) * 0.4
/** The sine of a large angle takes many times as long as that of a small one. */
const wave = (angle: number): number => Math.sin(angle % (2 * Math.PI))

interface PastStream {
  readonly name: string
  readonly isLive: (at: number) => boolean
  readonly isTroubled: (at: number) => boolean
  readonly isRecorded: boolean
  /** In the order of `pathMetrics`. `viewers`: how many there are, by the time of day, of those that there are now. */
  readonly put: (values: Float64Array, row: number, at: number, viewers: number) => void
  readonly factsFrom: (from: number) => readonly { readonly at: number; readonly facts: object }[]
  readonly events: DemoPast['events']
}

function pastOfPath(server: DemoServerOptions, path: DemoPathOptions, night: Night | null, to: number): PastStream {
  const { name, mode = 'publisher' } = path
  const minor = Number((server.version ?? '1.20').slice(2))
  const usually: StreamState =
    mode === 'alwaysAvailable' && minor >= 17 && path.live === false ? 'slate' : (path.live ?? (mode !== 'onDemand' && mode !== 'dead')) ? 'live' : 'waiting'
  const stateAt = (at: number): StreamState => (night !== null && at >= night.goneFrom && at < night.backAt ? 'gone' : usually)
  // One muxer serves all HLS viewers: before 1.18 they are one reader.
  const hls = path.readers?.filter((type) => type === 'hlsSession').length ?? 0
  const readersNow = (path.readers?.length ?? 0) - (minor < 18 ? hls : 0)
  const hash = hash32(`${server.name}/${name}`)
  const phase = hash / 1000
  const share = (hash % 997) / 997
  const bitrateBps = path.bitrateBps ?? 4_000_000
  const isSrt = path.source === 'srtConn'
  const lossAt = (at: number): number =>
    night === null || at < night.lossFrom || at >= night.goneFrom ? 0 : (at - night.lossFrom) / (night.goneFrom - night.lossFrom)
  const firstHit = name === 'bridge/cam-7'

  const put = (values: Float64Array, row: number, at: number, viewers: number) => {
    const start = row * pathMetrics.length
    const state = stateAt(at)
    values[start] = streamStateCodes[state]
    if (state !== 'live') {
      if (state === 'slate') values[start + 3] = 0
      return
    }
    const loss = firstHit ? lossAt(at) : Math.max(0, lossAt(at) * 2 - 1)
    const bitrate = bitrateBps * (1 + 0.05 * waver(phase, at)) * (1 - 0.1 * loss)
    // Each stream's viewers come and go at times of their own.
    const readers = Math.floor(readersNow * viewers + share)
    values[start + 1] = bitrate
    values[start + 2] = bitrate * readers
    values[start + 3] = readers
    if (!isSrt) return
    values[start + 4] = Math.round(loss * 900)
    values[start + 5] = (path.rttMs ?? defaultSrt.rttMs) * (1 + 0.02 * waver(phase, at) + 1.6 * loss)
    values[start + 6] = path.latencyMs ?? defaultSrt.latencyMs
  }
  const since = to - Math.min(path.liveForMs ?? day * 2, server.upForMs ?? day * 2)
  const factsOf = (state: StreamState, stateSince: number, outageSince: number | null) => ({
    state,
    stateSince,
    reason: null,
    sourceType: state === 'live' ? (path.source ?? (mode === 'pulled' ? 'rtspSource' : 'rtspSession')) : null,
    tracks: [],
    width: path.width ?? null,
    height: path.height ?? null,
    upSince: state === 'live' ? stateSince : null,
    lastLiveAt: outageSince,
    outageSince,
    onDemand: mode === 'onDemand',
    expected: mode !== 'onDemand',
    publisher: null,
    ...(outageSince !== null && readersNow > 0 && { readersLost: readersNow }),
  })
  const sender = { sourceType: path.source ?? null, remoteAddr: null }
  return {
    name,
    isLive: (at) => stateAt(at) === 'live',
    isRecorded: path.record ?? false,
    isTroubled: (at) => stateAt(at) === 'gone' || stateAt(at) === 'slate' || (isSrt && lossAt(at) > (firstHit ? 0 : 0.5)),
    put,
    factsFrom: (from) => [
      { at: from, facts: factsOf(usually, usually === 'live' ? Math.min(since, from) : from, null) },
      ...(night === null
        ? []
        : [
            { at: night.goneFrom, facts: factsOf('gone', night.goneFrom, night.goneFrom) },
            { at: night.backAt, facts: factsOf('live', night.backAt, null) },
          ]),
    ],
    events:
      night === null
        ? []
        : [
            newEvent('streamOff', night.goneFrom, { ...sender, outageSince: night.goneFrom }),
            newEvent('streamOn', night.backAt, { ...sender, minMs: night.backAt - night.goneFrom, maxMs: night.backAt - night.goneFrom, tracks: [] }),
          ].map((event) => ({ path: name, event })),
  }
}

function* roundsOf(name: string, streams: readonly PastStream[], moments: readonly number[], to: number): Iterable<PastRound> {
  const paths = streams.map((stream) => stream.name)
  const phase = hash32(name) / 1000
  const width = pathMetrics.length
  for (const at of moments) {
    const viewers = dayCurve(at) / dayCurve(to)
    const values = new Float64Array(paths.length * width).fill(Number.NaN)
    const sums = { in: 0, out: 0, readers: 0, live: 0, troubled: 0, recorded: 0 }
    for (const [row, stream] of streams.entries()) {
      stream.put(values, row, at, viewers)
      sums.in += values[row * width + 1] || 0
      if (stream.isRecorded) sums.recorded += values[row * width + 1] || 0
      sums.out += values[row * width + 2] || 0
      sums.readers += values[row * width + 3] || 0
      if (stream.isLive(at)) sums.live++
      if (stream.isTroubled(at)) sums.troubled++
    }
    const answerMs = 3 + waver(phase, at) + Math.abs(waver(phase * 7, to - at)) * 2
    yield { of: 'server', at, parts: paths, metrics: pathMetrics, values }
    yield {
      of: 'server',
      at,
      parts: null,
      metrics: serverMetrics,
      values: Float64Array.of(1, answerMs, sums.in, sums.out, sums.readers, sums.live, sums.troubled),
    }
    yield* roundsOfHost({ streams: sums.live, inBps: sums.in, outBps: sums.out, recordBps: sums.recorded }, at, waver(phase, at))
  }
}

const devices = ['disk:/', 'net:eth0'] as const
const hostMetrics = [
  'host.reachable',
  'host.cpu',
  'host.busiestCore',
  'host.iowait',
  'host.steal',
  'host.load1',
  'host.memoryPercent',
  'host.memoryUsed',
  'host.mediaCpu',
  'host.mediaMemory',
] as const satisfies MetricId[]
const deviceMetrics = ['device.used', 'device.written', 'device.received', 'device.sent'] as const satisfies MetricId[]

/** `restless`: from -1 to 1. No machine is as steady as its load. */
function* roundsOfHost(load: MachineLoad, at: number, restless: number): Iterable<PastRound> {
  const { mediaPercent, mediaBytes, cpuPercent, memoryUsedBytes, diskUsedBytes } = machineFigures(load, at)
  const share = 1 + 0.04 * restless
  const own: Readonly<Record<(typeof hostMetrics)[number], number>> = {
    'host.reachable': 1,
    'host.cpu': cpuPercent * share,
    'host.busiestCore': cpuPercent * share,
    'host.iowait': 0,
    'host.steal': 0,
    'host.load1': (cpuPercent / 100) * machine.cores * share,
    'host.memoryPercent': (memoryUsedBytes / machine.memoryBytes) * 100,
    'host.memoryUsed': memoryUsedBytes,
    'host.mediaCpu': mediaPercent * share,
    'host.mediaMemory': mediaBytes,
  }
  yield { of: 'host', at, parts: null, metrics: hostMetrics, values: Float64Array.from(hostMetrics, (metric) => own[metric]) }
  const rows: readonly Partial<Record<(typeof deviceMetrics)[number], number>>[] = [
    { 'device.used': (diskUsedBytes / machine.diskBytes) * 100, 'device.written': load.recordBps },
    { 'device.used': (Math.max(load.inBps, load.outBps) / (machine.linkMbps * 1e6)) * 100, 'device.received': load.inBps, 'device.sent': load.outBps },
  ]
  const values = Float64Array.from(rows.flatMap((row) => deviceMetrics.map((metric) => row[metric] ?? Number.NaN)))
  yield { of: 'host', at, parts: devices, metrics: deviceMetrics, values }
}
