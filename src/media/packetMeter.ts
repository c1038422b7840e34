import type { ProbeReading } from '../shared/probeReadings.ts'
import { createBoundedMedian } from './median.ts'

export type PacketKind = 'video' | 'audio' | 'other'

/** What the headers of a stream say, before any packet is measured. */
export interface StreamHeader {
  readonly video: Omit<NonNullable<ProbeReading['video']>, 'fps'> | null
  readonly audio: ProbeReading['audio']
  /** Whether packets say that they are damaged. */
  readonly tellsCorrupt: boolean
  /** Whether times are set right once the sender's first report has come, as with RTSP: they go back a little then, which is no fault of the stream. */
  readonly settles?: boolean
}

/** What packets tell without being decoded. */
export type PacketReading = Omit<ProbeReading, 'content' | 'hls' | 'ts' | 'canary'>

/** Measures the packets of one stream, look by look. It never holds more than a few thousand numbers, whatever is sent. */
export interface PacketMeter {
  /** Times are ms; NaN: the packet has none. `arrivedMs` counts from the request. */
  readonly add: (kind: PacketKind, ptsMs: number, dtsMs: number, bytes: number, isKey: boolean, isCorrupt: boolean, arrivedMs: number) => void
  /**
   * Whether audio is read in this look, and what comes of it counts. Call at the beginning of a look. By default it is. Without, the stream's
   * bit rate includes what the audio had when it was read last.
   */
  readonly readAudio: (isRead: boolean) => void
  /** Packets of this look. */
  readonly count: () => number
  /** Stream time that this look covers so far, ms. */
  readonly mediaMs: () => number
  /**
   * The figures of this look, which ends now and the next one begins; `atMs` counts from the request. What spans both is not lost: the step
   * from the last picture to the next one, and a group of pictures that is still open, count where they end.
   */
  readonly take: (atMs: number) => PacketReading
}

/** A step of more than this is a jump, ms. */
const jumpMs = 10_000
/** A gap leaves out at least so much, ms, and so many pictures. */
const gapMs = 200
const gapPictures = 2
/** Timestamps are rounded: a step that leaves out nearly two pictures leaves out two. */
const rounding = 0.25
/** Where packets only tell when they are shown, pictures in coding order go back by less than this, ms. */
const reorderMs = 1_000
/** Senders report every 5 s (RFC 3550), MediaMTX every 10 s: so long after joining times may be set right, ms. */
const settlingMs = 15_000
/** Each report sets them right once; where pictures come in another order, the next one or two go back, too. */
const mostSettlings = 3
/** Shorter pieces of a stream say nothing about its bit rate, ms. */
const leastMs = 500
/** Most long steps of one look that are kept until it is known which of them are gaps. */
const mostLongSteps = 1_000

const mostMs = 86_400_000
/** To thousandths: units of timestamps leave fractions behind. */
const within = (value: number, most: number, least = 0): number => (value >= least ? Math.round(Math.min(value, most) * 1_000) / 1_000 : least)
const withinOr = (value: number | null, most: number, least = 0): number | null => (value === null ? null : within(value, most, least))

/** `answeredMs`: when the server had answered, from the request; reading begins then. */
export function createPacketMeter(
  header: StreamHeader,
  { dnsMs, connectMs, answeredMs }: { readonly dnsMs: number | null; readonly connectMs: number | null; readonly answeredMs: number },
): PacketMeter {
  const video = createTrack()
  const audio = createTrack()
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
  let isAudioRead = true
  let audioBytes = 0
  /** Of the audio when it was read last, bytes per ms. */
  let audioRate = 0
  /** What of this look was before the first picture: servers send audio at once, and video from the next key frame on. It says nothing about the bit rate. */
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
    add: (kind, ptsMs, dtsMs, bytes, isKey, isCorrupt, arrivedMs) => {
      // Some may have been read ahead.
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
    readAudio: (isRead) => {
      if (isAudioRead === isRead) return
      isAudioRead = isRead
      audio.forget()
      offsets.forget()
    },
    count: () => packets.video + packets.audio + packets.other,
    mediaMs: () => Math.max(video.spanMs(), audio.spanMs()),
    take: (atMs) => {
      const mediaMs = Math.max(video.spanMs(), audio.spanMs())
      const isByAudio = audio.spanMs() - early.ms > video.spanMs()
      const rateMs = isByAudio ? audio.spanMs() - early.ms : video.spanMs()
      const pictures = video.steps()
      if (isAudioRead && mediaMs > 0) audioRate = audioBytes / mediaMs
      const bytes = (isByAudio ? audio.bytes() - early.bytes : video.bytes()) + (isAudioRead ? 0 : audioRate * rateMs)
      const reading: PacketReading = {
        response: {
          dnsMs: withinOr(dnsMs, mostMs),
          connectMs: withinOr(connectMs, mostMs),
          answerMs: within(answeredMs, mostMs),
          keyframeMs: withinOr(firstKey.ms(), mostMs),
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
        keyframes: countOf(keyframes),
        video: header.video && { ...header.video, fps: pictures < 2 || video.spanMs() <= 0 ? null : within((pictures * 1_000) / video.spanMs(), 10_000) },
        audio: header.audio,
        gop: groups.take(),
        bitrateBps: rateMs < leastMs ? null : within((bytes * 8_000) / rateMs, 1e13),
        ptsGaps: gaps(),
        // A source that begins again moves both at once.
        ptsJumps: countOf(Math.max(video.jumps(), audio.jumps())),
        audioAheadMs: withinOr(offsets.take(), mostMs, -mostMs),
      }
      firstKey.close()
      video.nextLook()
      audio.nextLook()
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

/** The time of one track: its steps, how long they are together, and how many bytes of all tracks came in that time. */
function createTrack() {
  let lastMs = Number.NaN
  /** Times of decoding go up steadily; where a track has none, those of showing have to do. */
  let hasDts = false
  let isBroken = false
  let spanMs = 0
  let steps = 0
  let jumps = 0
  let settlings = 0
  let bytes = 0
  /** Since the last step: they belong to the time until the next one. */
  let pending = 0
  const restart = (atMs: number) => {
    lastMs = atMs
    isBroken = true
    pending = 0
    return Number.NaN
  }
  return {
    /** How far this packet is after the one before; NaN: it does not say, or is the first one, or behind a jump. `isSettling`: a little back is none. */
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
    /** Whether the last packet began a new time, which has nothing to do with what was before. */
    isBroken: () => isBroken,
    spanMs: () => spanMs,
    steps: () => steps,
    jumps: () => jumps,
    bytes: () => bytes,
    /** Packets are left out from now on. */
    forget: () => {
      lastMs = Number.NaN
      pending = 0
    },
    nextLook: () => {
      spanMs = 0
      steps = 0
      jumps = 0
      bytes = 0
    },
  }
}

/** Groups of pictures, from one key frame to the next one. */
function createGroups() {
  const lengths = createBoundedMedian()
  let count = 0
  let longestMs = 0
  let lastMs = 0
  let lastFrames = 0
  /** Of the open group; NaN: none is open, or its beginning has no time. */
  let keyMs = Number.NaN
  let frames = 0
  return {
    add: (atMs: number, isKey: boolean, isBroken: boolean) => {
      if (isBroken) keyMs = Number.NaN
      if (isKey && !Number.isNaN(keyMs)) {
        count++
        lastMs = Math.max(0, atMs - keyMs)
        lastFrames = frames
        longestMs = Math.max(longestMs, lastMs)
        lengths.add(lastMs)
      }
      if (isKey) {
        keyMs = atMs
        frames = 0
      }
      frames++
    },
    take: (): ProbeReading['gop'] => {
      const usualMs = lengths.value()
      const taken =
        usualMs === null
          ? null
          : {
              count: within(count, 1e6),
              frames: within(lastFrames, 1e6),
              lastMs: within(lastMs, mostMs),
              usualMs: within(usualMs, mostMs),
              longestMs: within(longestMs, mostMs),
            }
      lengths.clear()
      count = 0
      longestMs = 0
      return taken
    },
  }
}

/**
 * When the first key frame came. It may have waited while the stream was inspected, but what is behind it came no earlier than it would in
 * real time: whichever packet was least late says when the key frame can have come at the latest. Nothing came before the server answered.
 */
function createFirstKey(answeredMs: number) {
  let atMs = Number.NaN
  let cameMs: number | null = null
  let isClosed = false
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
    ms: () => cameMs,
    close: () => {
      if (cameMs !== null) isClosed = true
    },
  }
}

/**
 * How far audio is ahead of video. Many streams send some of one and then some of the other: measured is where one ends and the other
 * begins, and of both ways the one that is nearer to zero, because the other one is only how much comes at once.
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
