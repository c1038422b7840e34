import { FilterAPI } from 'node-av/api'
import { Frame, type Packet, Rational, type Stream } from 'node-av/lib'
import { createSystemClock } from '../clock/clock.ts'
import { createAllowance } from '../clock/semaphore.ts'
import type { Evidence } from '../shared/media.ts'
import { type ContentWatch, isSoundCheck } from '../shared/probeContent.ts'
import type { TakeContent } from './checks.ts'
import { createContentMeter, createPictureFacts, leastStepMs, pictureFilter, soundFactsOf, soundFilter } from './contentMeter.ts'
import { decodePicture, newFrame, openSound, toJpeg } from './decoding.ts'

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

/** Decodes and checks the pictures and the sound of one stream. `wantsPicture`: a look returns its last picture even if nothing was found. */
export function createContentDecoder(watch: ContentWatch, video: Stream | null, audio: Stream | null, wantsPicture = false) {
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
    /** Whether a key frame at this time should be decoded: at most about one a second. */
    wantsPicture: (atMs: number) =>
      pictures !== null && (atMs < lastMs || atMs - lastMs >= leastStepMs) && allowance(mostAtOnce, mostAnHour, clock.monotonic()),
    picture: async (packet: Packet, atMs: number): Promise<void> => {
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
    sound: (packet: Packet, atMs: number) => {
      if (sounds === null) return
      tried.audio++
      for (const facts of sounds.read(packet, atMs)) {
        decoded.audio++
        soundMs = facts.atMs
        meter.sound(facts)
      }
    },
    /** Call when the stream has reached this time: if no sound came for some seconds, that counts as silence. */
    reached: (atMs: number) => {
      if (sounds === null) return
      if (Number.isNaN(soundMs) || atMs < soundMs) soundMs = atMs
      const lengthMs = atMs - soundMs
      if (lengthMs <= missingSoundMs) return
      soundMs = atMs
      meter.sound({ atMs, lengthMs, peakDbfs: Number.NEGATIVE_INFINITY, rmsDbfs: Number.NEGATIVE_INFINITY, momentaryLufs: null })
    },
    hasNews: meter.hasNews,
    /** Ends the look and returns its findings, with the last picture as JPEG if there are any or the picture is wanted. */
    take: (): ReturnType<TakeContent> => {
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
export type ContentDecoder = ReturnType<typeof createContentDecoder>

const oneThread = { graph: { nbThreads: 1 } } as const

function createPictureDecoder(watch: ContentWatch, stream: Stream) {
  const frame = newFrame()
  const filter = FilterAPI.create(pictureFilter(watch), oneThread)
  const factsOf = createPictureFacts()
  let evaluated: Frame | null = null
  return {
    read: async (packet: Packet, atMs: number) => {
      if (!(await decodePicture(stream, packet, frame))) return null
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
    toJpeg: async (): Promise<Evidence | null> => (evaluated === null ? null : await toJpeg(evaluated, evaluated.width, jpegQuality)),
    [Symbol.dispose]: () => {
      evaluated?.free()
      frame.free()
      filter.close()
    },
  }
}

function createSoundDecoder(watch: ContentWatch, stream: Stream) {
  const sound = openSound(stream)
  const filter = FilterAPI.create(soundFilter(watch, stream.codecpar.sampleRate), oneThread)
  return {
    read: function* (packet: Packet, atMs: number) {
      let endMs = atMs
      for (const frame of sound.frames(packet)) {
        endMs += (frame.nbSamples * 1_000) / Math.max(1, frame.sampleRate)
        frame.pts = BigInt(Math.round(atMs))
        frame.timeBase = milliseconds
        filter.processSync(frame)
        for (let made = filter.receiveSync(); made instanceof Frame; made = filter.receiveSync()) {
          const metadata = made.getMetadata()
          const lengthMs = (made.nbSamples * 1_000) / Math.max(1, made.sampleRate)
          yield soundFactsOf((key) => metadata.get(key), endMs, lengthMs)
          made.free()
        }
      }
    },
    [Symbol.dispose]: () => {
      sound[Symbol.dispose]()
      filter.close()
    },
  }
}

/** A picture with 8 bits and half the colour resolution, as `yuv420p` has it. */
interface PlanarPicture {
  readonly widthPx: number
  readonly heightPx: number
  /** Y, U and V; `strides`: bytes of each row. */
  readonly planes: readonly [y: Uint8Array, u: Uint8Array, v: Uint8Array]
  readonly strides: readonly [y: number, u: number, v: number]
}

/**
 * Where each colour lies in the plane of Cb and Cr, in degrees: halfway between BT.601 and BT.709, which are at most 6° apart. Test pictures differ in
 * strength (75 or 100 %), in height and in what stands beside and below, but all have these bars in this order (SMPTE EG 1, RP 219; EBU Tech 3325).
 */
const barAngles = { yellow: 173, cyan: -74, green: -129, magenta: 51, red: 106, blue: -7 } as const
const colours = Object.values(barAngles)
const angleTolerance = 20
/** Chroma of grey is less, of a bar more, of 128. */
const [mostGrey, leastColour] = [12, 35]
const leastWhite = 120
/** Rows that all kinds of bars reach, as shares of the height. */
const rows = [0.1, 0.25, 0.4] as const
/** Colours of neighbouring pixels of one bar differ by less. */
const sameBar = 12
/** Narrower pieces are edges between bars, as a share of the width. */
const leastBar = 0.05
const mostUneven = 1.7

/** Whether a picture has white, yellow, cyan, green, magenta, red and blue bars side by side. */
export function isColourBars(picture: PlanarPicture): boolean {
  return rows.every((row) => hasBars(picture, Math.floor((picture.heightPx * row) / 2)))
}

interface Piece {
  readonly y: number
  readonly cb: number
  readonly cr: number
  width: number
}
/** `row`: of the colour planes, which have half the height. */
function hasBars({ widthPx, planes: [luma, blue, red], strides }: PlanarPicture, row: number): boolean {
  const pieces: Piece[] = []
  const half = Math.floor(widthPx / 2)
  for (let x = 0; x < half; x++) {
    const y = luma[row * 2 * strides[0] + x * 2] ?? 0
    const cb = (blue[row * strides[1] + x] ?? 128) - 128
    const cr = (red[row * strides[2] + x] ?? 128) - 128
    const piece = pieces.at(-1)
    if (piece && Math.abs(piece.y - y) + Math.abs(piece.cb - cb) + Math.abs(piece.cr - cr) < sameBar) piece.width++
    else pieces.push({ y, cb, cr, width: 1 })
  }
  const wide = pieces.filter(({ width }) => width >= half * leastBar)
  return wide.some((white, at) => {
    const bars = wide.slice(at, at + 1 + colours.length)
    if (bars.length <= colours.length || white.y < leastWhite || chromaOf(white) > mostGrey) return false
    const widths = bars.map(({ width }) => width)
    if (Math.max(...widths) > Math.min(...widths) * mostUneven) return false
    return colours.every((angle, no) => {
      const bar = bars[no + 1] as Piece
      return chromaOf(bar) >= leastColour && apart((Math.atan2(bar.cr, bar.cb) * 180) / Math.PI, angle) <= angleTolerance
    })
  })
}
const chromaOf = ({ cb, cr }: Piece): number => Math.hypot(cb, cr)
/** Of two angles, 0 to 180. */
const apart = (a: number, b: number): number => Math.abs(((a - b + 540) % 360) - 180)
