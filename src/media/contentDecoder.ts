import { FilterAPI } from 'node-av/api'
import { Frame, type Packet, Rational, type Stream } from 'node-av/lib'
import { createAllowance } from '../clock/allowance.ts'
import { createSystemClock } from '../clock/clock.ts'
import type { Evidence } from '../shared/media.ts'
import { type ContentWatch, isSoundCheck } from '../shared/probeContent.ts'
import type { TakeContent } from './checks.ts'
import { isColourBars } from './colourBars.ts'
import { createPictureFacts, leastStepMs, pictureFilter, soundFactsOf, soundFilter } from './contentFilters.ts'
import { createContentMeter } from './contentMeter.ts'
import { openDecoder } from './openDecoder.ts'
import { toJpeg } from './toJpeg.ts'

/** Decodes and checks the pictures and the sound of one stream. */
export interface ContentDecoder {
  /** Whether a key frame at this time should be decoded: at most about one a second. */
  readonly wantsPicture: (atMs: number) => boolean
  /** Decodes and checks a key frame. */
  readonly picture: (packet: Packet, atMs: number) => Promise<void>
  readonly wantsSound: boolean
  readonly sound: (packet: Packet, atMs: number) => void
  /** Call when the stream has reached this time: if no sound came for some seconds, that counts as silence. */
  readonly reached: (atMs: number) => void
  /** Whether there is a new finding, or one became a fault, since the last call. */
  readonly hasNews: () => boolean
  /** Ends the look and returns its findings, with the last picture as JPEG if there are any or the picture is wanted. */
  readonly take: TakeContent
  readonly [Symbol.dispose]: () => void
}

/**
 * Limits of decoding, which is costly, for streams whose timestamps go back and forth: this many pictures at once (as when a long look arrives at once), and
 * about one a second on average.
 */
const mostAtOnce = 60
const mostAnHour = 3_600_000 / leastStepMs
/** If sound is this far behind the picture, it counts as missing, ms. */
const missingSoundMs = 5_000
const jpegQuality = 75
/** Maximum size of a JPEG, bytes: even pure noise takes less at this width. */
const largestJpeg = 300_000
const clock = createSystemClock()

const milliseconds = new Rational(1, 1_000)

/** `wantsPicture`: a look returns its last picture even if nothing was found. */
export function createContentDecoder(watch: ContentWatch, video: Stream | null, audio: Stream | null, wantsPicture = false): ContentDecoder {
  const meter = createContentMeter(watch)
  const pictures = watch.checks.some((check) => !isSoundCheck(check)) && video !== null ? createPictureDecoder(watch, video) : null
  const sounds = watch.checks.some(isSoundCheck) && audio !== null ? createSoundDecoder(watch, audio) : null
  let lastMs = Number.NEGATIVE_INFINITY
  let soundMs = Number.NaN
  const allowance = createAllowance()
  let tried = { video: 0, audio: 0 }
  let decoded = { video: 0, audio: 0 }
  let evidence: Evidence | null = null
  return {
    wantsPicture: (atMs) => pictures !== null && (atMs < lastMs || atMs - lastMs >= leastStepMs) && allowance(mostAtOnce, mostAnHour, clock.monotonic()),
    picture: async (packet, atMs) => {
      if (pictures === null) return
      lastMs = atMs
      tried.video++
      const facts = await pictures.read(packet, atMs)
      if (facts === null) return
      decoded.video++
      meter.picture(facts)
      const made = wantsPicture || meter.hasFindings() ? await pictures.toJpeg() : null
      evidence = made !== null && made.jpeg.length <= largestJpeg ? made : null
    },
    wantsSound: sounds !== null,
    sound: (packet, atMs) => {
      if (sounds === null) return
      tried.audio++
      for (const facts of sounds.read(packet, atMs)) {
        decoded.audio++
        soundMs = facts.atMs
        meter.sound(facts)
      }
    },
    reached: (atMs) => {
      if (sounds === null) return
      if (Number.isNaN(soundMs) || atMs < soundMs) soundMs = atMs
      const lengthMs = atMs - soundMs
      if (lengthMs <= missingSoundMs) return
      soundMs = atMs
      meter.sound({ atMs, lengthMs, peakDbfs: Number.NEGATIVE_INFINITY, rmsDbfs: Number.NEGATIVE_INFINITY, momentaryLufs: null })
    },
    hasNews: meter.hasNews,
    take: () => {
      // Sound is checked in pieces of a tenth of a second, which only several packets fill.
      const undecoded = (['video', 'audio'] as const).filter((kind) => tried[kind] > (kind === 'audio' ? 20 : 0) && decoded[kind] === 0)
      const taken = { content: { ...meter.take(), undecoded }, evidence: wantsPicture || meter.hasFindings() ? evidence : null }
      tried = { video: 0, audio: 0 }
      decoded = { video: 0, audio: 0 }
      return taken
    },
    [Symbol.dispose]: () => {
      pictures?.[Symbol.dispose]()
      sounds?.[Symbol.dispose]()
    },
  }
}

function newFrame(): Frame {
  const frame = new Frame()
  frame.alloc()
  return frame
}
const oneThread = { graph: { nbThreads: 1 } } as const

function createPictureDecoder(watch: ContentWatch, stream: Stream) {
  const frame = newFrame()
  const filter = FilterAPI.create(pictureFilter(watch), oneThread)
  const factsOf = createPictureFacts()
  let evaluated: Frame | null = null
  return {
    read: async (packet: Packet, atMs: number) => {
      // A new decoder for each picture: a kept one would hold 15 MB between two pictures of 1080p.
      const opened = openDecoder(stream)
      if (!opened.ok) return null
      const decoder = opened.value
      await decoder.sendPacket(packet)
      // Drained, so that the picture is not held back until the next key frame.
      await decoder.sendPacket(null)
      const got = await decoder.receiveFrame(frame)
      decoder.freeContext()
      if (got < 0) return null
      frame.pts = BigInt(Math.round(atMs))
      frame.timeBase = milliseconds
      await filter.process(frame)
      frame.unref()
      const made = await filter.receive()
      if (!(made instanceof Frame)) return null
      evaluated?.free()
      evaluated = made
      const metadata = made.getMetadata()
      const [y, u, v] = made.data ?? []
      const [yStride = 0, uStride = 0, vStride = 0] = made.linesize
      const isBars =
        watch.checks.includes('colourBars') &&
        y !== undefined &&
        u !== undefined &&
        v !== undefined &&
        isColourBars({ widthPx: made.width, heightPx: made.height, planes: [y, u, v], strides: [yStride, uStride, vStride] })
      return factsOf((key) => metadata.get(key), atMs, isBars)
    },
    toJpeg: async (): Promise<Evidence | null> => {
      if (evaluated === null) return null
      const { width, height } = evaluated
      return { jpeg: await toJpeg(evaluated, { width, height, quality: jpegQuality }), widthPx: width, heightPx: height }
    },
    [Symbol.dispose]: () => {
      evaluated?.free()
      frame.free()
      filter.close()
    },
  }
}

function createSoundDecoder(watch: ContentWatch, stream: Stream) {
  const opened = openDecoder(stream)
  const decoder = opened.ok ? opened.value : null
  const frame = newFrame()
  const filter = FilterAPI.create(soundFilter(watch, stream.codecpar.sampleRate), oneThread)
  return {
    read: function* (packet: Packet, atMs: number) {
      if (decoder === null || decoder.sendPacketSync(packet) < 0) return
      let endMs = atMs
      while (decoder.receiveFrameSync(frame) >= 0) {
        endMs += (frame.nbSamples * 1_000) / Math.max(1, frame.sampleRate)
        frame.pts = BigInt(Math.round(atMs))
        frame.timeBase = milliseconds
        filter.processSync(frame)
        frame.unref()
        for (let made = filter.receiveSync(); made instanceof Frame; made = filter.receiveSync()) {
          const metadata = made.getMetadata()
          const lengthMs = (made.nbSamples * 1_000) / Math.max(1, made.sampleRate)
          yield soundFactsOf((key) => metadata.get(key), endMs, lengthMs)
          made.free()
        }
      }
    },
    [Symbol.dispose]: () => {
      frame.free()
      filter.close()
      decoder?.freeContext()
    },
  }
}
