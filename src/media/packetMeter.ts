import type { ProbeReading } from '../shared/probeReadings.ts'
import { median } from '../shared/statistics.ts'

export type PacketKind = 'video' | 'audio' | 'other'

/** What is known from the headers of a stream, before any packet is measured. */
export interface StreamHeader {
  readonly video: Omit<NonNullable<ProbeReading['video']>, 'fps'> | null
  readonly audio: ProbeReading['audio']
  /** Whether packets carry a flag for corruption. */
  readonly tellsCorrupt: boolean
  /** Whether timestamps are corrected after the sender's first report, as with RTSP: they then go back a little, which is not a fault of the stream. */
  readonly settles?: boolean
  /** false: key frames are not marked, so that nothing is known of them. */
  readonly tellsKeys?: boolean
}

/** See `ProbeReading.response`. `answers`: false where nobody is asked: by UDP, and where a caller is awaited. */
export interface ReachTimes {
  readonly answers: boolean
  readonly dnsMs: number | null
  readonly connectMs: number | null
}

/** What is measured from packets without decoding them. */
export type PacketReading = Omit<ProbeReading, 'content' | 'hls' | 'ts' | 'canary' | 'srt'>

/** A timestamp step longer than this is a jump, ms. */
const jumpMs = 10_000
/** A gap lacks at least this much time, ms, and at least this many pictures. */
const gapMs = 200
const gapPictures = 2
/** Tolerance for rounded timestamps, in pictures: a step that lacks nearly two pictures counts as lacking two. */
const rounding = 0.25
/** If packets only have presentation times, pictures in coding order go back by less than this, ms. */
const reorderMs = 1_000
/** How long after joining timestamps may be corrected, ms: senders report every 5 s (RFC 3550), MediaMTX every 10 s. */
const settlingMs = 15_000
/** Maximum number of corrections per track: each report corrects once; if pictures are reordered, the next one or two go back, too. */
const mostSettlings = 3
/** Minimum stream time for measuring a bit rate, ms. */
const leastMs = 500
/** Maximum number of long steps of one look that are kept until it is known which of them are gaps. */
const mostLongSteps = 1_000

const mostMs = 86_400_000
/** Limits a value and rounds it to thousandths, because conversion of timestamp units leaves fractions. */
const within = (value: number, most: number, least = 0): number => (value >= least ? Math.round(Math.min(value, most) * 1_000) / 1_000 : least)
const withinOr = (value: number | null, most: number, least = 0): number | null => (value === null ? null : within(value, most, least))

/**
 * Measures the packets of one stream, look by look. Memory is bounded to a few thousand numbers, whatever is sent.
 * `answeredMs`: time from the request until data came, when reading begins. `acceptedMs`: until the server accepted it, where that is known to be
 * earlier. `answers`: whether a server answered then; otherwise what is sent anyway was received.
 */
export function createPacketMeter(
  header: StreamHeader,
  { dnsMs, connectMs, answers, answeredMs, acceptedMs = answeredMs }: ReachTimes & { readonly answeredMs: number; readonly acceptedMs?: number | undefined },
) {
  const { tellsKeys = true } = header
  const video = createTrack(header.settles === true)
  const audio = createTrack(header.settles === true)
  let joinedMs = Number.NaN
  const isSettling = (arrivedMs: number): boolean => {
    if (Number.isNaN(joinedMs)) joinedMs = arrivedMs
    return header.settles === true && arrivedMs - joinedMs < settlingMs
  }
  const offsets = createOffsets()
  const firstKey = createFirstKey(answeredMs)
  const groups = createGroups()
  const steps = createBoundedMedian()
  let longSteps: number[] = []
  let packets = { video: 0, audio: 0, other: 0, corrupt: 0, corruptBytes: 0 }
  let keyframes = 0
  let beganMs = answeredMs
  let isFirstCheck = true
  let isAudioRead = true
  let audioBytes = 0
  /** Audio rate of the last look that read audio, bytes per ms. */
  let audioRate = 0
  /**
   * The part of this look before the first picture, which the bit rate excludes: servers send audio immediately, but video only from the next key
   * frame on.
   */
  let early = { ms: 0, bytes: 0 }
  let hasVideo = false

  const addVideo = (ptsMs: number, dtsMs: number, isKey: boolean, arrivedMs: number) => {
    if (!hasVideo) early = { ms: audio.spanMs(), bytes: audio.bytes() }
    hasVideo = true
    const step = video.step(ptsMs, dtsMs, isSettling(arrivedMs))
    const atMs = video.lastMs()
    if (!Number.isNaN(step)) {
      steps.add(step)
      if (step > gapMs && longSteps.length < mostLongSteps) longSteps.push(step)
    }
    if (isKey) keyframes++
    groups.add(atMs, isKey, video.isBroken())
    firstKey.add(atMs, isKey, video.isBroken(), arrivedMs)
    offsets.add('video', audio.lastMs() - atMs)
  }

  const gaps = (): number => {
    const usual = steps.value() ?? 0
    return longSteps.filter((step) => step - usual >= gapMs && step >= (1 + gapPictures - rounding) * usual).length
  }

  const countOf = (count: number): number => within(count, 1e9)
  return {
    add: (kind: PacketKind, ptsMs: number, dtsMs: number, bytes: number, isKey: boolean, isCorrupt: boolean, arrivedMs: number) => {
      // Audio packets may still be buffered after audio was switched off.
      if (kind === 'audio' && !isAudioRead) return
      packets[kind]++
      if (isCorrupt) {
        packets.corrupt++
        packets.corruptBytes += bytes
      }
      if (kind === 'video') addVideo(ptsMs, dtsMs, isKey, arrivedMs)
      else if (kind === 'audio') {
        audioBytes += bytes
        audio.step(ptsMs, dtsMs, isSettling(arrivedMs))
        offsets.add('audio', audio.lastMs() - video.lastMs())
      }
      video.addBytes(bytes)
      audio.addBytes(bytes)
    },
    /**
     * Sets whether audio packets are counted in this look (default: yes). Call it at the beginning of a look. If audio is not read, the stream's bit
     * rate includes the audio bit rate of the last look that read it.
     */
    readAudio: (isRead: boolean) => {
      if (isAudioRead === isRead) return
      isAudioRead = isRead
      audio.forget()
      offsets.forget()
    },
    count: () => packets.video + packets.audio + packets.other,
    /** Stream time that this look covers so far, ms. */
    mediaMs: () => Math.max(video.spanMs(), audio.spanMs()),
    /** There is video, but no whole group of pictures came in this look yet: servers may send pictures only from the next key frame on. */
    awaitsGroup: () => tellsKeys && header.video !== null && groups.count() === 0,
    /**
     * Ends this look, returns its figures and begins the next look; `atMs` counts from the request. What spans both looks, that is the step from the
     * last picture to the next one and a group of pictures that is still open, counts in the look in which it ends.
     */
    take: (atMs: number): PacketReading => {
      const mediaMs = Math.max(video.spanMs(), audio.spanMs())
      const isByAudio = audio.spanMs() - early.ms > video.spanMs()
      const rateMs = isByAudio ? audio.spanMs() - early.ms : video.spanMs()
      const pictures = video.steps()
      if (isAudioRead && mediaMs > 0) audioRate = audioBytes / mediaMs
      const bytes = (isByAudio ? audio.bytes() - early.bytes : video.bytes()) + (isAudioRead ? 0 : audioRate * rateMs)
      const reading: PacketReading = {
        response: {
          dnsMs: isFirstCheck ? withinOr(dnsMs, mostMs) : null,
          connectMs: isFirstCheck ? withinOr(connectMs, mostMs) : null,
          answerMs: isFirstCheck && answers ? within(acceptedMs, mostMs) : null,
          keyframeMs: withinOr(firstKey.take(), mostMs),
        },
        wallMs: within(atMs - beganMs, mostMs),
        mediaMs: mediaMs > 0 ? within(mediaMs, mostMs) : null,
        packets: {
          video: countOf(packets.video),
          audio: isAudioRead ? countOf(packets.audio) : null,
          other: countOf(packets.other),
          corrupt: header.tellsCorrupt ? countOf(packets.corrupt) : null,
          corruptBytes: header.tellsCorrupt ? within(packets.corruptBytes, 1e15) : null,
        },
        keyframes: tellsKeys ? countOf(keyframes) : null,
        video: header.video && { ...header.video, fps: pictures < 2 || video.spanMs() <= 0 ? null : within((pictures * 1_000) / video.spanMs(), 10_000) },
        audio: header.audio,
        ...(tellsKeys ? groups.take(video.lastMs()) : { gop: null, gopAtLeastMs: null }),
        bitrateBps: rateMs < leastMs ? null : within((bytes * 8_000) / rateMs, 1e13),
        ptsGaps: gaps(),
        // A source that restarts makes both tracks jump at once.
        ptsJumps: countOf(Math.max(video.jumps(), audio.jumps())),
        audioAheadMs: withinOr(offsets.take(), mostMs, -mostMs),
      }
      isFirstCheck = false
      video.nextCheck()
      audio.nextCheck()
      steps.clear()
      longSteps = []
      packets = { video: 0, audio: 0, other: 0, corrupt: 0, corruptBytes: 0 }
      keyframes = 0
      audioBytes = 0
      early = { ms: 0, bytes: 0 }
      beganMs = atMs
      return reading
    },
  }
}
export type PacketMeter = ReturnType<typeof createPacketMeter>

/**
 * Timing of one track: its timestamp steps, their total length, and how many bytes of all tracks arrived in that time. `settles`: the time of its first
 * packet is not used, because FFmpeg sets it before it knows the others' [measured: WHEP of MediaMTX 1.20.1, 1.56 s off].
 */
function createTrack(settles: boolean) {
  let lastMs = Number.NaN
  let isFirstUnsure = settles
  /** Decoding times are used because they never go back; presentation times are used if a track has none. */
  let hasDts = false
  let isBroken = false
  let spanMs = 0
  let steps = 0
  let jumps = 0
  let settlings = 0
  let bytes = 0
  /** Bytes since the last step: they belong to the time until the next one. */
  let pending = 0
  const restart = (atMs: number) => {
    lastMs = atMs
    isBroken = true
    pending = 0
    return Number.NaN
  }
  return {
    /**
     * Time from the previous packet to this one, ms; NaN: the packet has no time, is the first one, or follows a jump. `isSettling`: a small step
     * back is not counted as a jump.
     */
    step: (ptsMs: number, dtsMs: number, isSettling: boolean): number => {
      isBroken = false
      if (!hasDts && !Number.isNaN(dtsMs)) {
        hasDts = true
        return restart(dtsMs)
      }
      const atMs = hasDts ? dtsMs : ptsMs
      if (Number.isNaN(atMs)) return Number.NaN
      if (Number.isNaN(lastMs)) return restart(atMs)
      let step = atMs - lastMs
      const isFirst = isFirstUnsure
      isFirstUnsure = false
      if (isFirst && (step < 0 || step > gapMs)) return restart(atMs)
      if (!hasDts && step < 0 && step > -reorderMs) step = 0
      else if (step < 0 || step > jumpMs) {
        if (isSettling && step < 0 && step > -reorderMs && settlings < mostSettlings) settlings++
        else jumps++
        return restart(atMs)
      } else lastMs = atMs
      spanMs += step
      steps++
      bytes += pending
      pending = 0
      return step
    },
    addBytes: (more: number) => {
      pending += more
    },
    lastMs: () => lastMs,
    /** Whether the last packet started a new timeline, unrelated to earlier times. */
    isBroken: () => isBroken,
    spanMs: () => spanMs,
    steps: () => steps,
    jumps: () => jumps,
    bytes: () => bytes,
    /** Call when packets of this track will be skipped: the next one is measured as the first. */
    forget: () => {
      lastMs = Number.NaN
      pending = 0
    },
    nextCheck: () => {
      spanMs = 0
      steps = 0
      jumps = 0
      bytes = 0
    },
  }
}

/** Measures groups of pictures, from one key frame to the next. */
function createGroups() {
  const lengths = createBoundedMedian()
  let count = 0
  let longestMs = 0
  let lastMs = 0
  let lastFrames = 0
  /** Pictures without a key frame before the first one of this look, ms. */
  let leadMs = 0
  /** Time of the first picture of what is still open: a group, or pictures before the first key frame. NaN: nothing, or it has no time. */
  let openMs = Number.NaN
  let hasKey = false
  let frames = 0
  return {
    count: () => count,
    add: (atMs: number, isKey: boolean, isBroken: boolean) => {
      if (isBroken) {
        openMs = Number.NaN
        lastMs = 0
        hasKey = false
      }
      const lengthMs = Math.max(0, atMs - openMs)
      if (isKey && !Number.isNaN(lengthMs)) {
        if (hasKey) {
          count++
          lastMs = lengthMs
          lastFrames = frames
          longestMs = Math.max(longestMs, lastMs)
          lengths.add(lastMs)
        } else leadMs = Math.max(leadMs, lengthMs)
      }
      hasKey ||= isKey
      if (isKey || Number.isNaN(openMs)) openMs = atMs
      if (isKey) frames = 0
      frames++
    },
    take: (atMs: number): Pick<ProbeReading, 'gop' | 'gopAtLeastMs'> => {
      const usualMs = lengths.value()
      const gop =
        usualMs === null
          ? null
          : {
              count: within(count, 1e6),
              frames: within(lastFrames, 1e6),
              lastMs: within(lastMs, mostMs),
              usualMs: within(usualMs, mostMs),
              longestMs: within(longestMs, mostMs),
            }
      // Where no group ended in this look, the one before still counts.
      const atLeastMs = Math.max(leadMs, atMs - openMs || 0, gop === null ? lastMs : 0)
      lengths.clear()
      count = 0
      longestMs = 0
      leadMs = 0
      return { gop, gopAtLeastMs: atLeastMs > (gop?.longestMs ?? 0) ? within(atLeastMs, mostMs) : null }
    },
  }
}

/**
 * Estimates when the first key frame arrived. It may have been buffered while the stream was inspected, but later packets arrive no earlier than in
 * real time, so the least delayed packet gives the latest possible arrival of the key frame. It never precedes the server's answer.
 */
function createFirstKey(answeredMs: number) {
  let atMs = Number.NaN
  let cameMs: number | null = null
  let isClosed = false
  let isTaken = false
  return {
    add: (packetMs: number, isKey: boolean, isBroken: boolean, arrivedMs: number) => {
      if (isClosed) return
      if (cameMs === null) {
        if (!isKey) return
        cameMs = Math.max(answeredMs, arrivedMs)
        atMs = packetMs
      } else if (isBroken) isClosed = true
      else if (!Number.isNaN(packetMs - atMs)) cameMs = Math.max(answeredMs, Math.min(cameMs, arrivedMs - Math.max(0, packetMs - atMs)))
    },
    /** Time of its arrival, in the look in which it came; null in all others. */
    take: () => {
      const taken = isTaken ? null : cameMs
      isTaken = cameMs !== null
      isClosed ||= isTaken
      return taken
    },
  }
}

/**
 * Measures how far audio is ahead of video. Many streams send the two in alternating bursts, so the offset is measured where a burst of one ends and the
 * other begins. Of the two directions the one nearer to zero is used, because the other only reflects the length of the bursts.
 */
function createOffsets() {
  const before = { video: createBoundedMedian(), audio: createBoundedMedian() }
  let last: 'video' | 'audio' | null = null
  let lastMs = Number.NaN
  return {
    add: (kind: 'video' | 'audio', aheadMs: number) => {
      if (last !== null && last !== kind && !Number.isNaN(lastMs)) before[kind].add(lastMs)
      last = kind
      lastMs = aheadMs
    },
    forget: () => {
      last = null
    },
    take: (): number | null => {
      const values = [before.video.value(), before.audio.value()].filter((value) => value !== null)
      before.video.clear()
      before.audio.clear()
      return values.length < 2 ? null : values.reduce((one, other) => (Math.abs(other) < Math.abs(one) ? other : one))
    },
  }
}

/**
 * Returns a function that is told how far reading is ahead of real time, and tells how far it is behind the best so far, ms. The source's clock and ours
 * drift apart, so the best is forgotten after every `often` calls.
 */
export function createLag(often: number): (leadMs: number) => number {
  let bestLeadMs = Number.NEGATIVE_INFINITY
  let asked = 0
  return (leadMs) => {
    if (++asked % often === 0) bestLeadMs = Number.NEGATIVE_INFINITY
    bestLeadMs = Math.max(bestLeadMs, leadMs)
    return bestLeadMs - leadMs
  }
}

/**
 * A median of however many values with bounded memory.
 * Keeps at most `most` values: every one at first, then evenly every second, every fourth and so on. Exact up to `most` values.
 */
export function createBoundedMedian(most = 256) {
  let kept: number[] = []
  let stride = 1
  let seen = 0
  return {
    add: (value: number) => {
      if (seen++ % stride !== 0) return
      kept.push(value)
      if (kept.length < most) return
      kept = kept.filter((_, index) => index % 2 === 0)
      stride *= 2
    },
    /** null: no value yet. */
    value: (): number | null => (kept.length === 0 ? null : median(kept)),
    clear: () => {
      kept = []
      stride = 1
      seen = 0
    },
  }
}
