import { type MetricId, type MetricIdOf, pathMetricIds } from '../../shared/metrics.ts'
import type { PreviewFigures } from '../../shared/previews.ts'
import { streamStateCodes } from '../../shared/streams.ts'
import { mostBitsPerSecond } from '../../shared/units.ts'
import type { StreamState } from '../../shared/watchedStates.ts'
import type { SessionReading } from '../servers/readings.ts'

/** Counters of one path in this reading and in the one before. Unknown is NaN, never 0. */
export interface CounterSteps {
  /** Time between the arrivals of the two answers, monotonic ms; NaN: no answer to compare with. */
  readonly elapsedMs: number
  /** The counters continue from the last reading: same stream object, same source, and none went backwards. */
  readonly continued: boolean
  /** The stream object is new since the last reading: its counters started at zero in between. */
  readonly restarted: boolean
  readonly inbound: number
  readonly inboundBefore: number
  readonly outbound: number
  readonly outboundBefore: number
  readonly framesInError: number
  readonly framesInErrorBefore: number
}

/** Input for all metrics of one path. Created for each path and reading, so no value can leak from one to another. */
export interface PathMoment {
  readonly state: StreamState
  readonly counters: CounterSteps
  /** Excludes our own readers. */
  readonly readers: number
  readonly ownReaders: number
  /** Readers that are no machines. */
  readonly people: number
  /** People without CDNs. */
  readonly viewers: number
  readonly lostLastMinute: number
  /** How long the current run of losses has lasted; NaN: nothing is being lost. */
  readonly lossMs: number
  /** Increase since the last poll, computed where session lists are merged, because those are read less often than paths. */
  readonly lostIncrease: number
  readonly repairedIncrease: number
  readonly discardedIncrease: number
  /** Forward destinations of it; NaN: not known. */
  readonly forwards: number
  readonly forwardsFailing: number
  /** Of its pulled source; NaN: not known. */
  readonly sourceState: number
  /** Of the open pictures of it, since the last poll; null: no player reported. */
  readonly preview: PreviewFigures | null
  /** As its server's newest list of recordings says; null: it is not to be recorded, or that is not known. */
  readonly recording: { readonly notRecordedMs: number; readonly missingMs: number } | null
  /** Its publisher's session; null: unknown, or not read recently. */
  readonly publisher: Pick<SessionReading, 'rtp' | 'srt'> | null
}

/** Answers closer together than this give no rate: it would mostly show the jitter of their arrival. */
const shortestMs = 50

/**
 * Growth of a byte counter in bit/s, or NaN. A counter that restarted (trap 3) has no rate for that interval:
 * how much of the interval it ran is not known, and a guess would show as a dip or a spike. The next interval has a rate. A value above what any
 * network carries is NaN, too: it would distort every sum.
 */
export function bitrate(now: number, before: number, elapsedMs: number): number {
  const bps = now >= before && elapsedMs >= shortestMs ? ((now - before) * 8000) / elapsedMs : Number.NaN
  return bps <= mostBitsPerSecond ? bps : Number.NaN
}

/** By how much a counter grew. A counter that restarted or went backwards started from zero. NaN where a reading is unknown. */
export function increase(now: number, before: number, restarted: boolean): number {
  return restarted || now < before ? now : now - before
}

/** Only in these states do counters count media of a publisher or source: a slate feeds them, too (trap 21). */
const hasPublisher = (state: StreamState) => state === 'live' || state === 'stalled'

const bitrateIn = ({ inbound, inboundBefore, elapsedMs }: CounterSteps) => bitrate(inbound, inboundBefore, elapsedMs)
const bitrateOut = ({ outbound, outboundBefore, elapsedMs }: CounterSteps) => bitrate(outbound, outboundBefore, elapsedMs)
const inError = ({ framesInError, framesInErrorBefore, restarted }: CounterSteps) => increase(framesInError, framesInErrorBefore, restarted)

type PathMetric = (path: PathMoment) => number

const metricOf: Readonly<Record<MetricIdOf<'stream'>, PathMetric>> = {
  'path.state': ({ state }) => streamStateCodes[state],
  'path.bitrateIn': ({ state, counters }) => (counters.continued && hasPublisher(state) ? bitrateIn(counters) : Number.NaN),
  'path.bitrateOut': ({ state, counters }) => (counters.continued && (hasPublisher(state) || state === 'slate') ? bitrateOut(counters) : Number.NaN),
  'path.rtt': ({ publisher }) => publisher?.srt?.rttMs ?? Number.NaN,
  'path.packetsLost': ({ lostIncrease }) => lostIncrease,
  'path.jitter': ({ publisher }) => publisher?.rtp?.jitter ?? Number.NaN,
  'path.readers': ({ readers }) => readers,
  'path.ownReaders': ({ ownReaders }) => ownReaders,
  'path.people': ({ people }) => people,
  'path.viewers': ({ viewers }) => viewers,
  'path.lostLastMinute': ({ lostLastMinute }) => lostLastMinute,
  'path.lossMs': ({ lossMs }) => lossMs,
  'path.packetsRepaired': ({ repairedIncrease }) => repairedIncrease,
  'path.framesInError': ({ counters }) => (Number.isNaN(counters.elapsedMs) ? Number.NaN : inError(counters)),
  'path.framesDiscarded': ({ discardedIncrease }) => discardedIncrease,
  'path.latency': ({ publisher }) => publisher?.srt?.latencyMs ?? Number.NaN,
  'path.receiveBuffer': ({ publisher }) => publisher?.srt?.receiveBufferMs ?? Number.NaN,
  'path.receiveRate': ({ publisher }) => publisher?.srt?.rateMbps ?? Number.NaN,
  'path.linkCapacity': ({ publisher }) => publisher?.srt?.linkCapacityMbps ?? Number.NaN,
  'path.forwards': ({ forwards }) => forwards,
  'path.forwardsFailing': ({ forwardsFailing }) => forwardsFailing,
  'path.sourceState': ({ sourceState }) => sourceState,
  'path.previewDelay': ({ preview }) => preview?.delayMs ?? Number.NaN,
  'path.previewRtt': ({ preview }) => preview?.rttMs ?? Number.NaN,
  'path.previewBuffer': ({ preview }) => preview?.bufferMs ?? Number.NaN,
  'path.previewFramesDropped': ({ preview }) => preview?.framesDropped ?? Number.NaN,
  'path.previewFreezes': ({ preview }) => preview?.freezes ?? Number.NaN,
  'path.previewPacketsLost': ({ preview }) => preview?.packetsLost ?? Number.NaN,
  'path.notRecorded': ({ recording }) => recording?.notRecordedMs ?? Number.NaN,
  'path.recordingMissing': ({ recording }) => recording?.missingMs ?? Number.NaN,
  'path.counterResets': ({ counters }) => (Number.isNaN(counters.elapsedMs) ? Number.NaN : counters.continued ? 0 : 1),
}

/** Order of the values that `writePathValues` writes: a batch's `metrics`. */
export const pathMetrics: readonly MetricId[] = pathMetricIds
const inOrder: readonly PathMetric[] = pathMetricIds.map((id) => metricOf[id])

/** Writes one value for each of `pathMetrics` into `values` from `offset` on. NaN is a gap. */
export function writePathValues(moment: PathMoment, values: Float64Array, offset: number): void {
  for (let i = 0; i < inOrder.length; i++) values[offset + i] = (inOrder[i] as PathMetric)(moment)
}

/** Unknown is NaN internally, because number arrays can hold it, and null in the contract. */
export function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value
}
