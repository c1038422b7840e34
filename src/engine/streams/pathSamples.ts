import { type MetricId, type MetricIdOf, pathMetricIds } from '../../shared/metrics.ts'
import { type StreamState, streamStateCodes } from '../../shared/streams.ts'
import { mostBitsPerSecond } from '../../shared/units.ts'

/**
 * One path in this reading and in the last one. Unknown is NaN, never 0. One object is filled anew for each
 * path, since 50,000 of them a second would otherwise be garbage.
 */
export interface PathMoment {
  state: StreamState
  /** Between the arrivals of the two answers, monotonic ms; NaN where there is no last one to compare with. */
  elapsedMs: number
  /** The counters go on from the last reading: the same stream object, the same source, nothing went backwards. */
  continued: boolean
  /** The stream object is new since the last reading: its counters started at zero in between. */
  anew: boolean
  inbound: number
  inboundBefore: number
  outbound: number
  outboundBefore: number
  framesInError: number
  framesInErrorBefore: number
  /** Without our own. */
  readers: number
  ownReaders: number
  lostLastMinute: number
  /** How long this spell of losses lasts; NaN: nothing is being lost. */
  lossMs: number
  /** Increases since the last poll, made where session lists are merged: these are read less often than paths. */
  lostIncrease: number
  repairedIncrease: number
  discardedIncrease: number
  jitter: number
  rttMs: number
  latencyMs: number
  receiveRateMbps: number
  linkCapacityMbps: number
}

/** Shortest distance of two answers that a rate is made from: below it, jitter of arrival is all there is to see. */
const shortestMs = 50

/**
 * Growth of a byte counter in bit/s, or NaN. A counter that began anew (trap 3) has no rate for that interval:
 * how much of the interval it ran is not known, and a guess would be a dip or a spike. The next one has a rate. More than any network carries
 * is none either: it would be in every sum.
 */
export function bitrate(now: number, before: number, elapsedMs: number): number {
  const bps = now >= before && elapsedMs >= shortestMs ? ((now - before) * 8000) / elapsedMs : Number.NaN
  return bps <= mostBitsPerSecond ? bps : Number.NaN
}

/** By how much a counter grew; one that began anew, or went backwards, started from zero. NaN where a reading is unknown. */
export const increase = (now: number, before: number, anew: boolean): number => (anew || now < before ? now : now - before)

/** Only these have media of a publisher or source behind their counters: a slate feeds them too (trap 21). */
const hasPublisher = (state: StreamState) => state === 'live' || state === 'stalled'

type Reader = (moment: PathMoment) => number

const readers = {
  'path.state': (m) => streamStateCodes[m.state],
  'path.bitrateIn': (m) => (m.continued && hasPublisher(m.state) ? bitrate(m.inbound, m.inboundBefore, m.elapsedMs) : Number.NaN),
  'path.bitrateOut': (m) => (m.continued && (hasPublisher(m.state) || m.state === 'slate') ? bitrate(m.outbound, m.outboundBefore, m.elapsedMs) : Number.NaN),
  'path.readers': (m) => m.readers,
  'path.ownReaders': (m) => m.ownReaders,
  'path.lostLastMinute': (m) => m.lostLastMinute,
  'path.lossMs': (m) => m.lossMs,
  'path.packetsLost': (m) => m.lostIncrease,
  'path.packetsRepaired': (m) => m.repairedIncrease,
  'path.framesInError': (m) => (Number.isNaN(m.elapsedMs) ? Number.NaN : increase(m.framesInError, m.framesInErrorBefore, m.anew)),
  'path.framesDiscarded': (m) => m.discardedIncrease,
  'path.jitter': (m) => m.jitter,
  'path.rtt': (m) => m.rttMs,
  'path.latency': (m) => m.latencyMs,
  'path.receiveRate': (m) => m.receiveRateMbps,
  'path.linkCapacity': (m) => m.linkCapacityMbps,
  'path.counterResets': (m) => (Number.isNaN(m.elapsedMs) ? Number.NaN : m.continued ? 0 : 1),
} as const satisfies Record<MetricIdOf<'path'>, Reader>

/** Order of the values that `writePathValues` writes: a batch's `metrics`. */
export const pathMetrics: readonly MetricId[] = pathMetricIds
const readersInOrder: readonly Reader[] = pathMetricIds.map((id) => readers[id])

/** Writes one value for each of `pathMetrics` into `values` from `offset` on. NaN is a gap. */
export function writePathValues(moment: PathMoment, values: Float64Array, offset: number): void {
  for (let i = 0; i < readersInOrder.length; i++) values[offset + i] = (readersInOrder[i] as Reader)(moment)
}

/** Everything unknown. */
export const createPathMoment = (): PathMoment => ({
  state: 'unknown',
  elapsedMs: Number.NaN,
  continued: false,
  anew: false,
  inbound: Number.NaN,
  inboundBefore: Number.NaN,
  outbound: Number.NaN,
  outboundBefore: Number.NaN,
  framesInError: Number.NaN,
  framesInErrorBefore: Number.NaN,
  readers: Number.NaN,
  ownReaders: Number.NaN,
  lostLastMinute: Number.NaN,
  lossMs: Number.NaN,
  lostIncrease: Number.NaN,
  repairedIncrease: Number.NaN,
  discardedIncrease: Number.NaN,
  jitter: Number.NaN,
  rttMs: Number.NaN,
  latencyMs: Number.NaN,
  receiveRateMbps: Number.NaN,
  linkCapacityMbps: Number.NaN,
})

/** Inside, unknown is NaN, which arrays of numbers can hold; outside it is null. */
export const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value)
