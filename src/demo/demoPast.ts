import { hash32 } from '../clock/every.ts'
import { type NewEvent, newEvent } from '../shared/events.ts'
import type { MetricId } from '../shared/metrics.ts'
import { streamStateCodes } from '../shared/streams.ts'
import type { StreamState } from '../shared/watchedStates.ts'
import { wavering } from './demoFlow.ts'
import { type DemoPathOptions, type DemoServerOptions, defaultSrt, minorOf } from './demoOptions.ts'
import { machine, machineFigures, machineName, showcase } from './demoWorkloads.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const quarter = 15 * minute
/** A little more than the day that a page may show. */
const pastMs = 25 * hour
/** Up to what is measured from now on. */
const lastMoments = [12_000, 4_000, 1_000]

const pathMetrics = [
  'path.state',
  'path.bitrateIn',
  'path.bitrateOut',
  'path.readers',
  'path.people',
  'path.viewers',
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

const hostMetrics = ['host.reachable', 'host.cpu', 'host.memoryPercent', 'host.mediaCpu', 'host.mediaMemory'] as const satisfies MetricId[]
const devices = ['disk:/', 'net:eth0'] as const
const deviceMetrics = ['device.used', 'device.written', 'device.received', 'device.sent'] as const satisfies MetricId[]

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
const nightMs = 41 * minute
/** At twelve past three by the clock of this machine; where that is too near to either end of the day, in its middle. */
function nightBefore(to: number): Night {
  const date = new Date(to)
  date.setHours(3, 12, 0, 0)
  const night = [date.getTime(), date.getTime() - day].find((at) => at + nightMs + quarter < to && at > to - day)
  const lossFrom = night ?? to - day / 2
  return { lossFrom, goneFrom: lossFrom + 13 * minute + 20_000, backAt: lossFrom + nightMs }
}

/**
 * What a console would have kept of a day of the showcase before `to`, had it been there: per server its `rounds` (the values of one moment, oldest
 * first: `values[row * metrics.length + column]`, a row for each of `parts`, NaN where not known), and facts and events of its streams.
 * The same seed gives the same day, and it ends with what the fleet does now.
 */
export function showcasePast(seed: string, to: number) {
  return showcase(seed).map((options) => {
    const paths = typeof options.paths === 'object' ? options.paths : []
    const night = options.name === nightServer ? nightBefore(to) : null
    const streams = paths.map((path) => pastOfPath(options, path, night !== null && path.name.startsWith('bridge/') ? night : null, to))
    return {
      name: options.name,
      hostName: machineName(options.name),
      rounds: () => roundsOf(options.name, streams, momentsOf(to, night), to),
      facts: streams.flatMap(({ name, facts }) => facts.map((one) => ({ ...one, path: name }))),
      events: streams.flatMap(({ name, events }) => events.map((event) => ({ path: name, event }))).sort((a, b) => a.event.at - b.event.at),
    }
  })
}

/**
 * When it was sampled, oldest first: the longer ago, the farther apart. History takes more than three usual intervals without a sample for a gap, and
 * judges by the quarter of an hour: no step is more than three times as long as the next finer one, and quarters begin with a sample.
 */
function momentsOf(to: number, night: Night | null): readonly number[] {
  // Finer where something happens.
  const first = night === null ? 0 : Math.ceil((to - night.lossFrom) / quarter) * quarter
  const last = night === null ? 0 : Math.floor((to - night.backAt) / quarter) * quarter
  const stepAt = (ago: number) => (ago < quarter ? 36_000 : ago < hour || (ago >= last && ago < first) ? 100_000 : 300_000)
  const moments = lastMoments.map((ago) => to - ago)
  for (let ago = stepAt(0); ago <= pastMs; ago += stepAt(ago)) moments.push(to - ago)
  return moments.sort((a, b) => a - b)
}

/** Viewers come in the evening and sleep at night: 1 at nine in the evening, by the clock of this machine. */
function dayCurve(at: number): number {
  const date = new Date(at)
  const hours = date.getHours() + date.getMinutes() / 60
  return 0.62 + 0.38 * Math.cos(((hours - 21) / 24) * 2 * Math.PI)
}
function pastOfPath(server: DemoServerOptions, path: DemoPathOptions, night: Night | null, to: number) {
  const { name, mode = 'publisher' } = path
  const minor = minorOf(server.version ?? '1.20')
  const usually: StreamState =
    mode === 'alwaysAvailable' && minor >= 17 && path.live === false ? 'slate' : (path.live ?? (mode !== 'onDemand' && mode !== 'dead')) ? 'live' : 'waiting'
  const stateAt = (at: number): StreamState => (night !== null && at >= night.goneFrom && at < night.backAt ? 'gone' : usually)
  // One muxer serves all HLS viewers: before 1.18 they are one reader.
  const hls = path.readers?.filter((type) => type === 'hlsSession').length ?? 0
  const readersNow = (path.readers?.length ?? 0) - (minor < 18 ? hls : 0)
  const hash = hash32(`${server.name}/${name}`)
  const share = (hash % 997) / 997
  const bitrateBps = path.bitrateBps ?? 4_000_000
  const isSrt = path.source === 'srtConn'
  const lossAt = (at: number): number =>
    night === null || at < night.lossFrom || at >= night.goneFrom ? 0 : (at - night.lossFrom) / (night.goneFrom - night.lossFrom)
  const firstHit = name === 'bridge/cam-7'

  /** In the order of `pathMetrics`. `viewers`: how many there are, by the time of day, of those that there are now. */
  const put = (values: Float64Array, row: number, at: number, viewers: number) => {
    const start = row * pathMetrics.length
    const state = stateAt(at)
    values[start] = streamStateCodes[state]
    if (state !== 'live') {
      if (state === 'slate') values.fill(0, start + 3, start + 6)
      return
    }
    const loss = firstHit ? lossAt(at) : Math.max(0, lossAt(at) * 2 - 1)
    const bitrate = bitrateBps * wavering(at - to, hash % 10_000, 0.05) * (1 - 0.1 * loss)
    // Each stream's viewers come and go at times of their own.
    const readers = Math.floor(readersNow * viewers + share)
    values[start + 1] = bitrate
    values[start + 2] = bitrate * readers
    values[start + 3] = readers
    // One in six is a recorder or the like.
    values[start + 4] = readers - Math.floor(readers / 6)
    values[start + 5] = readers - Math.floor(readers / 6)
    if (!isSrt) return
    values[start + 6] = Math.round(loss * 900)
    values[start + 7] = (path.rttMs ?? defaultSrt.rttMs) * (wavering(at - to, hash % 10_000, 0.02) + 1.6 * loss)
    values[start + 8] = path.latencyMs ?? defaultSrt.latencyMs
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
  const from = to - pastMs
  const facts = [{ at: from, facts: factsOf(usually, usually === 'live' ? Math.min(since, from) : from, null) }]
  const events: NewEvent[] = []
  if (night !== null) {
    const { goneFrom, backAt } = night
    facts.push({ at: goneFrom, facts: factsOf('gone', goneFrom, goneFrom) }, { at: backAt, facts: factsOf('live', backAt, null) })
    const lasted = backAt - goneFrom
    events.push(newEvent('streamOff', goneFrom, { ...sender, outageSince: goneFrom }))
    events.push(newEvent('streamOn', backAt, { ...sender, minMs: lasted, maxMs: lasted, tracks: [] }))
  }
  return {
    ...{ name, put, facts, events, isRecorded: path.record ?? false },
    isLive: (at: number) => stateAt(at) === 'live',
    isTroubled: (at: number) => stateAt(at) === 'gone' || stateAt(at) === 'slate' || (isSrt && lossAt(at) > (firstHit ? 0 : 0.5)),
  }
}

function* roundsOf(name: string, streams: readonly ReturnType<typeof pastOfPath>[], moments: readonly number[], to: number) {
  const paths = streams.map((stream) => stream.name)
  const seed = hash32(name) % 10_000
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
    const answerMs = 4 * wavering(at - to, seed, 0.4)
    const ofServer = Float64Array.of(1, answerMs, sums.in, sums.out, sums.readers, sums.live, sums.troubled)
    yield { of: 'server' as const, at, parts: paths, metrics: pathMetrics, values }
    yield { of: 'server' as const, at, parts: null, metrics: serverMetrics, values: ofServer }
    const load = { streams: sums.live, inBps: sums.in, outBps: sums.out, recordBps: sums.recorded }
    const { mediaPercent, mediaBytes, cpuPercent, memoryUsedBytes, diskUsedBytes } = machineFigures(load, at)
    // No machine is as steady as its load.
    const share = wavering(at - to, seed, 0.04)
    const ofHost = Float64Array.of(1, cpuPercent * share, (memoryUsedBytes / machine.memoryBytes) * 100, mediaPercent * share, mediaBytes)
    yield { of: 'host' as const, at, parts: null, metrics: hostMetrics, values: ofHost }
    const disk = [(diskUsedBytes / machine.diskBytes) * 100, load.recordBps, Number.NaN, Number.NaN]
    const network = [(Math.max(load.inBps, load.outBps) / (machine.linkMbps * 1e6)) * 100, Number.NaN, load.inBps, load.outBps]
    yield { of: 'host' as const, at, parts: devices, metrics: deviceMetrics, values: Float64Array.of(...disk, ...network) }
  }
}
