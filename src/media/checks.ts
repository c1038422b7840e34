import { afterRunning, type Clock } from '../clock/clock.ts'
import type { Evidence, MediaError, WholeProbeRequest } from '../shared/media.ts'
import type { Content } from '../shared/probeContent.ts'
import type { CanaryReading, ProbeReading } from '../shared/probeReadings.ts'
import { awaitedGroupMs } from '../shared/probeTurns.ts'
import { createPacketMeter, type PacketKind, type PacketMeter, type ReachTimes, type StreamHeader } from './packetMeter.ts'
import type { SourceAddress } from './sourceAddress.ts'

/**
 * Reads a stream and feeds its packets to `checks` until `checks.signal` aborts or the stream ends. Returns null, or why the stream broke off; the result
 * is ignored after the signal has aborted.
 */
export type ProbeStream = (source: SourceAddress, request: WholeProbeRequest, checks: Checks) => Promise<MediaError | null>

/** A measurement made in parallel with the packets by a reader of its own, such as of HLS playlists. */
export interface ParallelMeasurement {
  /** Whether it has seen enough for the look to end; a look waits for this up to twice its length. */
  readonly hasSeen: (checkMs: number) => boolean
  /** The server reports that the stream has nothing new: it counts as present even without packets. */
  readonly isStale: () => boolean
  /** How long the stream may be silent between two pieces, ms. */
  readonly pauseMs: () => number
  readonly take: () => Pick<ProbeReading, 'hls' | 'ts'>
}

export type TakeContent = () => { readonly content: Content; readonly evidence: Evidence | null }

/** A look that found something may end after this much stream time, ms. */
const leastCheckMs = 1_000
/** Packets buffered while the stream was inspected are delivered within this time, ms. */
const bufferedMs = 200

/**
 * One probe in progress: its looks, its deadlines, and how it ends.
 * Implements the rules of a probe, independent of what reads the stream:
 * 1. The server must answer within `answerMs`, and may not be silent for longer afterwards, unless a parallel measurement explains it (see `ParallelMeasurement`).
 * 2. A look ends after `checkMs` of stream time, or after twice that in real time if any packet came or the stream is stale. With `awaitsGroup` it lasts
 *    up to `awaitedGroupMs` until it holds a whole group of pictures.
 * 3. `onReading` is called with each look. A one-time probe ends with the first look, a continuous one only when it breaks off or is cancelled.
 */
export function createChecks({
  clock,
  request: { answerMs, checkMs, isContinuous, awaitsGroup },
  onReading,
}: {
  readonly clock: Clock
  readonly request: Pick<WholeProbeRequest, 'answerMs' | 'checkMs' | 'isContinuous' | 'awaitsGroup'>
  readonly onReading: (reading: ProbeReading, evidence: Evidence | null) => void
}) {
  let startedAt = clock.monotonic()
  const own = new AbortController()
  let resolveEnded: (error: MediaError | null) => void = () => {}
  const ended = new Promise<MediaError | null>((resolve) => {
    resolveEnded = resolve
  })
  let resolveAnswered = () => {}
  const answered = new Promise<void>((resolve) => {
    resolveAnswered = resolve
  })
  let reach: ReachTimes = { answers: true, dnsMs: null, connectMs: null }
  let meter: PacketMeter | null = null
  let takeContent: TakeContent | null = null
  let parallel: ParallelMeasurement | null = null
  let takeCanary: (() => CanaryReading) | null = null
  let hasSeenEnough = (_checkMs: number) => true
  let answeredMs = 0
  let acceptedMs: number | undefined
  let checkBeganMs = 0
  /** When data last arrived, or was last not required. */
  let heardMs = 0
  let silentMs = answerMs
  let firstMs = 0
  let earlierMs = 0
  let count = 0
  let stopTimer = () => {}
  /** The stream has ended, but a parallel measurement has not seen enough yet. */
  let hasEnded = false
  const sinceStart = () => clock.monotonic() - startedAt

  const end = (error: MediaError | null) => {
    if (own.signal.aborted) return
    stopTimer()
    resolveEnded(error)
    own.abort()
  }
  const finishCheck = (atMs: number) => {
    if (meter === null) return
    earlierMs += meter.mediaMs()
    count++
    checkBeganMs = atMs
    const taken = takeContent?.()
    const others = { content: taken?.content ?? null, ...(parallel?.take() ?? { hls: null, ts: null }), canary: takeCanary?.() ?? null, srt: null }
    onReading({ ...meter.take(atMs), ...others }, taken?.evidence ?? null)
    if (!isContinuous) end(null)
  }
  const isParallelDone = () => parallel?.hasSeen(checkMs) ?? true
  const isGroupAwaited = () => awaitsGroup && meter?.awaitsGroup() === true && !isStale()
  const isSeen = () =>
    meter !== null && meter.mediaMs() >= (isGroupAwaited() ? Math.max(checkMs, awaitedGroupMs) : checkMs) && hasSeenEnough(checkMs) && isParallelDone()
  const finishLast = () => {
    finishCheck(sinceStart())
    end({ kind: 'unreachable', doing: 'reading', said: { kind: 'ended' } })
  }
  const isStale = () => meter !== null && (parallel?.isStale() ?? false)
  const mayEndCheck = () => meter !== null && (meter.count() > 0 || isStale())
  const longestCheckMs = () => Math.max(2 * checkMs, isGroupAwaited() ? awaitedGroupMs : 0)
  const isCheckOver = (atMs: number) => mayEndCheck() && atMs - checkBeganMs >= longestCheckMs()
  const silenceMs = () => Math.max(silentMs, parallel?.pauseMs() ?? 0)
  const watch = () => {
    if (own.signal.aborted) return
    const atMs = sinceStart()
    if (isStale()) heardMs = atMs
    if (isCheckOver(atMs)) {
      if (hasEnded) finishLast()
      else finishCheck(atMs)
    } else if (!hasEnded && atMs - heardMs >= silenceMs()) end({ kind: 'timedOut', limitMs: silenceMs() })
    schedule()
  }
  const schedule = () => {
    if (own.signal.aborted) return
    stopTimer()
    const atMs = sinceStart()
    const checkLeftMs = mayEndCheck() ? checkBeganMs + longestCheckMs() - atMs : Number.POSITIVE_INFINITY
    stopTimer = afterRunning(clock, Math.max(1, Math.ceil(Math.min(checkLeftMs, hasEnded ? checkLeftMs : heardMs + silenceMs() - atMs))), watch)
  }
  schedule()

  return {
    /** Aborts when the probe has ended; reading must then stop. */
    signal: own.signal,
    /** Reports the times measured before the stream is opened. */
    reached: (times: ReachTimes) => {
      reach = times
    },
    /** Call where a server has accepted the request, if that is earlier than what our own way to its data takes: it is the time of its answer. */
    accepted: () => {
      acceptedMs = sinceStart()
    },
    /** Call before reading again in another way: restarts all times except those of `reached`. Returns false after `began`, when it is too late. */
    startOver: () => {
      if (meter !== null || own.signal.aborted) return false
      startedAt = clock.monotonic() - (reach.dnsMs ?? 0) - (reach.connectMs ?? 0)
      answeredMs = 0
      acceptedMs = undefined
      checkBeganMs = 0
      heardMs = 0
      silentMs = answerMs
      schedule()
      return true
    },
    /** Resolves when the server has answered, or the probe has ended. */
    whenAnswered: Promise.race([answered, ended]),
    /** Call when the server has answered and sends data: from now on the stream is inspected and read. */
    answered: () => {
      resolveAnswered()
      answeredMs = sinceStart()
      checkBeganMs = answeredMs
      heardMs = answeredMs
      // Inspecting the stream also reads packets, but they are only delivered when it ends: until then a silent stream can't be told from a long inspection.
      silentMs = Math.max(answerMs, 2 * checkMs)
      schedule()
    },
    /** Call when the headers are known and packets will follow. */
    began: (header: StreamHeader) => {
      meter = createPacketMeter(header, { ...reach, answeredMs, acceptedMs })
      // If no packets were buffered during inspection, its duration counts as silence.
      heardMs = Math.max(answeredMs, sinceStart() + bufferedMs - answerMs)
      // Those that were buffered are part of the look, even if inspection took longer than the look may.
      checkBeganMs = Math.max(answeredMs, sinceStart() + bufferedMs - 2 * checkMs)
      silentMs = answerMs
      schedule()
    },
    add: (kind: PacketKind, ptsMs: number, dtsMs: number, bytes: number, isKey: boolean, isCorrupt: boolean) => {
      if (meter === null || own.signal.aborted) return
      const atMs = sinceStart()
      const isFirst = firstMs === 0
      if (isFirst) firstMs = atMs
      heardMs = atMs
      meter.add(kind, ptsMs, dtsMs, bytes, isKey, isCorrupt, atMs)
      if (isFirst) schedule()
      if (isSeen() || isCheckOver(atMs)) finishCheck(atMs)
    },
    /**
     * Sets where the findings on pictures and sound come from when a look ends. `hasSeen`: whether pictures and sound of at least `checkMs` of the stream
     * were checked, so that the look may end; by default this does not delay the end of a look.
     */
    setContentSource: (take: TakeContent, hasSeen: (checkMs: number) => boolean = hasSeenEnough) => {
      takeContent = take
      hasSeenEnough = hasSeen
    },
    setParallelMeasurement: (next: ParallelMeasurement) => {
      parallel = next
    },
    /** Sets the source of measurements from the times in pictures of our own test signal; they are taken when a look ends. */
    setCanarySource: (take: () => CanaryReading) => {
      takeCanary = take
    },
    /** Call when the parallel measurement has new data: it may have seen enough for this look, or its playlist may be stale. */
    parallelChanged: () => {
      if (own.signal.aborted) return
      if (hasEnded && isParallelDone()) return finishLast()
      if (hasEnded) return
      if (isSeen()) finishCheck(sinceStart())
      if (isStale()) watch()
    },
    /** Call when something was found: ends the look of a continuous probe now if it has lasted `leastCheckMs`, enough to tell a bit rate. */
    hurry: () => {
      if (isContinuous && meter !== null && meter.mediaMs() >= leastCheckMs && !own.signal.aborted) finishCheck(sinceStart())
    },
    count: () => count,
    readAudio: (isRead: boolean): void => meter?.readAudio(isRead),
    /** Stream time read minus real time since the first packet, ms; negative: reading lags behind real time. */
    leadMs: () => earlierMs + (meter?.mediaMs() ?? 0) - (sinceStart() - firstMs),
    /** Call when the stream ended (null) or broke off. */
    broken: (error: MediaError | null) => {
      if (own.signal.aborted) return
      if (error === null && meter !== null && meter.count() > 0) {
        if (isParallelDone()) return finishLast()
        hasEnded = true
        return schedule()
      }
      end(error ?? { kind: 'undecodable', because: 'endedEarly' })
    },
    cancel: (): void => end({ kind: 'cancelled' }),
    /** Resolves when the probe has ended; null: the stream was measured. */
    ended,
  }
}
export type Checks = ReturnType<typeof createChecks>
