import type { Clock, Timer } from '../clock/clock.ts'
import type { CanaryReading } from '../shared/canaryReadings.ts'
import type { Evidence, MediaError, WholeProbeRequest } from '../shared/media.ts'
import type { Content } from '../shared/probeContent.ts'
import type { ProbeReading } from '../shared/probeReadings.ts'
import { createPacketMeter, type PacketKind, type PacketMeter, type StreamHeader } from './packetMeter.ts'
import type { SourceAddress } from './sourceAddress.ts'

/**
 * Reads a stream and feeds its packets to `looks`, until `looks.signal` aborts or the stream ends: null, or why it broke off. Whatever it
 * returns after the signal has aborted is ignored.
 */
export type ProbeStream = (source: SourceAddress, request: WholeProbeRequest, looks: Looks) => Promise<MediaError | null>

/** One probe in progress: its looks, its deadlines, and how it ends. */
export interface Looks {
  /** Aborts when the probe has ended. Reading must then stop. */
  readonly signal: AbortSignal
  /** What was measured before the stream is opened. */
  readonly reached: (times: ReachTimes) => void
  /** Reading begins anew, in another way, and so do all times but those. false: packets have come, so it can't. */
  readonly startOver: () => boolean
  /** The server has answered and sends: from now on the stream is inspected and read. */
  readonly answered: () => void
  /** Resolves when the server has answered, or the probe has ended. */
  readonly whenAnswered: Promise<unknown>
  /** What the headers say is known: packets follow. */
  readonly began: (header: StreamHeader) => void
  /** A packet; see `PacketMeter.add`. */
  readonly add: (kind: PacketKind, ptsMs: number, dtsMs: number, bytes: number, isKey: boolean, isCorrupt: boolean) => void
  /**
   * What each look found in pictures and sound is taken from here when it ends. `hasSeen`: whether pictures and sound were looked at for so long
   * that a look may end, ms of the stream; by default they are as its packets come.
   */
  readonly judgedBy: (take: TakeContent, hasSeen?: (lookMs: number) => boolean) => void
  /** What is measured beside the packets, by readers of its own, is taken when a look ends. */
  readonly measuredBy: (beside: Beside) => void
  /** What the times in pictures of our own test signal say is taken from here when a look ends. */
  readonly timedBy: (take: () => CanaryReading) => void
  /** What is measured beside the packets may have seen enough for this look. */
  readonly seen: () => void
  /** Something was found: the look ends as soon as it is long enough to tell a bit rate. */
  readonly hurry: () => void
  /** Looks that have ended. */
  readonly count: () => number
  /** See `PacketMeter.readAudio`. */
  readonly readAudio: (isRead: boolean) => void
  /** How much more of the stream was read than time has passed since its first packet, ms; below 0: less. */
  readonly leadMs: () => number
  /** The stream ended (null), or broke off. */
  readonly broken: (error: MediaError | null) => void
  readonly cancel: () => void
  /** null: it has been measured. */
  readonly ended: Promise<MediaError | null>
}

/** See `ProbeReading.response`. */
export interface ReachTimes {
  readonly dnsMs: number | null
  readonly connectMs: number | null
}

/** Something that is measured beside the packets. */
export interface Beside {
  /** Whether it has seen enough for a look to end, which may have to wait for it until twice its time. */
  readonly hasSeen: (lookMs: number) => boolean
  /** The stream has nothing new to send, and its server says so: without packets it is still there. */
  readonly isStale: () => boolean
  /** How long it may send nothing between two pieces, ms. */
  readonly pauseMs: () => number
  readonly take: () => Pick<ProbeReading, 'hls' | 'ts'>
}

export type TakeContent = () => { readonly content: Content; readonly evidence: Evidence | null }

/** A look that found something may end after this much of the stream, ms. */
const leastLookMs = 1_000
/** Packets that were read while the stream was inspected come at once. */
const bufferedMs = 200

/**
 * The rules of a probe, whatever reads it:
 * 1. The server must answer within `answerMs`, and may not be silent for longer afterwards, unless it is known from beside why (see `Beside`).
 * 2. A look ends after `lookMs` of the stream, or twice that time if any packet came or the stream is stale.
 * 3. `onReading` gets each look; a probe in turns ends with the first one, a continuous one only when it breaks off or is cancelled.
 */
export function createLooks({
  clock,
  request: { answerMs, lookMs, isContinuous },
  onReading,
}: {
  readonly clock: Clock
  readonly request: Pick<WholeProbeRequest, 'answerMs' | 'lookMs' | 'isContinuous'>
  readonly onReading: (reading: ProbeReading, evidence: Evidence | null) => void
}): Looks {
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
  let reach: ReachTimes = { dnsMs: null, connectMs: null }
  let meter: PacketMeter | null = null
  let takeContent: TakeContent | null = null
  let beside: Beside | null = null
  let takeCanary: (() => CanaryReading) | null = null
  let hasSeenEnough = (_lookMs: number) => true
  let answeredMs = 0
  let lookBeganMs = 0
  /** When something came at last, or nothing had to. */
  let heardMs = 0
  let silentMs = answerMs
  let firstMs = 0
  let earlierMs = 0
  let count = 0
  let timer: Timer | null = null
  /** The stream has ended, and something beside it has not seen enough yet. */
  let hasEnded = false
  const sinceStart = () => clock.monotonic() - startedAt

  const end = (error: MediaError | null) => {
    if (own.signal.aborted) return
    if (timer !== null) clock.clearTimeout(timer)
    resolveEnded(error)
    own.abort()
  }
  const finishLook = (atMs: number) => {
    if (meter === null) return
    earlierMs += meter.mediaMs()
    count++
    lookBeganMs = atMs
    const taken = takeContent?.()
    const besides = { content: taken?.content ?? null, ...(beside?.take() ?? { hls: null, ts: null }), canary: takeCanary?.() ?? null }
    onReading({ ...meter.take(atMs), ...besides }, taken?.evidence ?? null)
    if (!isContinuous) end(null)
  }
  const isBesideSeen = () => beside?.hasSeen(lookMs) ?? true
  const isSeen = () => meter !== null && meter.mediaMs() >= lookMs && hasSeenEnough(lookMs) && isBesideSeen()
  const finishLast = () => {
    finishLook(sinceStart())
    end({ kind: 'unreachable', doing: 'reading', said: { kind: 'ended' } })
  }
  const isStale = () => meter !== null && (beside?.isStale() ?? false)
  const mayEndLook = () => meter !== null && (meter.count() > 0 || isStale())
  const isLookOver = (atMs: number) => mayEndLook() && atMs - lookBeganMs >= 2 * lookMs
  const silenceMs = () => Math.max(silentMs, beside?.pauseMs() ?? 0)
  const watch = () => {
    if (own.signal.aborted) return
    const atMs = sinceStart()
    if (isStale()) heardMs = atMs
    if (isLookOver(atMs)) {
      if (hasEnded) finishLast()
      else finishLook(atMs)
    } else if (!hasEnded && atMs - heardMs >= silenceMs()) end({ kind: 'timedOut', limitMs: silenceMs() })
    schedule()
  }
  const schedule = () => {
    if (own.signal.aborted) return
    if (timer !== null) clock.clearTimeout(timer)
    const atMs = sinceStart()
    const lookLeftMs = mayEndLook() ? lookBeganMs + 2 * lookMs - atMs : Number.POSITIVE_INFINITY
    timer = clock.setTimeout(watch, Math.max(1, Math.ceil(Math.min(lookLeftMs, hasEnded ? lookLeftMs : heardMs + silenceMs() - atMs))))
  }
  schedule()

  return {
    signal: own.signal,
    reached: (times) => {
      reach = times
    },
    startOver: () => {
      if (meter !== null || own.signal.aborted) return false
      startedAt = clock.monotonic() - (reach.dnsMs ?? 0) - (reach.connectMs ?? 0)
      answeredMs = 0
      lookBeganMs = 0
      heardMs = 0
      silentMs = answerMs
      schedule()
      return true
    },
    whenAnswered: Promise.race([answered, ended]),
    answered: () => {
      resolveAnswered()
      answeredMs = sinceStart()
      lookBeganMs = answeredMs
      heardMs = answeredMs
      // Inspecting reads packets, too, but nobody sees them until it ends.
      silentMs = 2 * lookMs
      schedule()
    },
    began: (header) => {
      meter = createPacketMeter(header, { ...reach, answeredMs })
      // Had nothing come while it was inspected, the time was silence.
      heardMs = Math.max(answeredMs, sinceStart() + bufferedMs - answerMs)
      silentMs = answerMs
      schedule()
    },
    add: (kind, ptsMs, dtsMs, bytes, isKey, isCorrupt) => {
      if (meter === null || own.signal.aborted) return
      const atMs = sinceStart()
      const isFirst = firstMs === 0
      if (isFirst) firstMs = atMs
      heardMs = atMs
      meter.add(kind, ptsMs, dtsMs, bytes, isKey, isCorrupt, atMs)
      if (isFirst) schedule()
      if (isSeen() || isLookOver(atMs)) finishLook(atMs)
    },
    judgedBy: (take, hasSeen = hasSeenEnough) => {
      takeContent = take
      hasSeenEnough = hasSeen
    },
    measuredBy: (next) => {
      beside = next
    },
    timedBy: (take) => {
      takeCanary = take
    },
    seen: () => {
      if (own.signal.aborted) return
      if (hasEnded && isBesideSeen()) return finishLast()
      if (hasEnded) return
      if (isSeen()) finishLook(sinceStart())
      if (isStale()) watch()
    },
    hurry: () => {
      if (isContinuous && meter !== null && meter.mediaMs() >= leastLookMs && !own.signal.aborted) finishLook(sinceStart())
    },
    count: () => count,
    readAudio: (isRead) => meter?.readAudio(isRead),
    leadMs: () => earlierMs + (meter?.mediaMs() ?? 0) - (sinceStart() - firstMs),
    broken: (error) => {
      if (own.signal.aborted) return
      if (error === null && meter !== null && meter.count() > 0) {
        if (isBesideSeen()) return finishLast()
        hasEnded = true
        return schedule()
      }
      end(error ?? { kind: 'undecodable', because: 'endedEarly' })
    },
    cancel: () => end({ kind: 'cancelled' }),
    ended,
  }
}
