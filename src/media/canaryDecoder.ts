import { AV_SAMPLE_FMT_FLT, AV_SAMPLE_FMT_FLTP, AV_SAMPLE_FMT_S16, AV_SAMPLE_FMT_S16P } from 'node-av/constants'
import { Frame, type Packet, type Stream } from 'node-av/lib'
import { createAllowance } from '../clock/allowance.ts'
import { createSystemClock } from '../clock/clock.ts'
import type { CanaryReading } from '../shared/canaryReadings.ts'
import { createCanaryMeter } from './canaryMeter.ts'
import { openDecoder } from './openDecoder.ts'
import { signalOwner } from './signalOwner.ts'
import { readTimeCode, type TimeCode } from './timeCode.ts'
import { createToneFinder } from './toneFinder.ts'

const clock = createSystemClock()
/** Limits of decoding, at once and in an hour, for whatever stream is there in place of the test signal, which has a key frame a second. */
const mostAtOnce = 30
const mostAnHour = 2 * 3_600

/** Reads times in the pictures of a stream, and hears its tones. */
export interface CanaryDecoder {
  /** A key frame that came at `arrivedMs` (monotonic). */
  readonly picture: (packet: Packet, atMs: number, arrivedMs: number) => Promise<void>
  readonly sound: (packet: Packet, atMs: number) => void
  readonly take: () => CanaryReading
  readonly [Symbol.dispose]: () => void
}

export function createCanaryDecoder(video: Stream | null, audio: Stream | null, inPieces: boolean): CanaryDecoder {
  const meter = createCanaryMeter({ owner: signalOwner, inPieces })
  const sounds = audio === null ? null : createListener(audio)
  const frame = newFrame()
  const allowance = createAllowance()
  return {
    picture: async (packet, atMs, arrivedMs) => {
      if (video === null || !allowance(mostAtOnce, mostAnHour, clock.monotonic())) return
      meter.picture(await codeIn(packet, video, frame), atMs, arrivedMs)
    },
    sound: (packet, atMs) => {
      for (const beginsMs of sounds?.tones(packet, atMs) ?? []) meter.tone(beginsMs)
    },
    take: meter.take,
    [Symbol.dispose]: () => {
      frame.free()
      sounds?.[Symbol.dispose]()
    },
  }
}

function newFrame(): Frame {
  const frame = new Frame()
  frame.alloc()
  return frame
}

/** The time in a key frame; null: there is none. */
async function codeIn(packet: Packet, stream: Stream, frame: Frame): Promise<TimeCode | null> {
  const opened = openDecoder(stream)
  if (!opened.ok) return null
  using decoder = { context: opened.value, [Symbol.dispose]: () => opened.value.freeContext() }
  await decoder.context.sendPacket(packet)
  // Drained, so that the picture is not held back until the next key frame.
  await decoder.context.sendPacket(null)
  if ((await decoder.context.receiveFrame(frame)) < 0) return null
  const [bytes] = frame.data ?? []
  const found = bytes === undefined ? null : readTimeCode({ bytes, widthPx: frame.width, heightPx: frame.height, stride: frame.linesize[0] ?? 0 })
  frame.unref()
  return found
}

/** Returns a function that reads one sample of the first channel; null: a format that no codec of the test signal outputs. */
function sampleAccess(frame: Frame): ((index: number) => number) | null {
  const [first] = frame.data ?? []
  if (first === undefined) return null
  const { channels } = frame
  switch (frame.format) {
    case AV_SAMPLE_FMT_FLTP:
      return (index) => first.readFloatLE(index * 4)
    case AV_SAMPLE_FMT_FLT:
      return (index) => first.readFloatLE(index * 4 * channels)
    case AV_SAMPLE_FMT_S16P:
      return (index) => first.readInt16LE(index * 2) / 32_768
    case AV_SAMPLE_FMT_S16:
      return (index) => first.readInt16LE(index * 2 * channels) / 32_768
    default:
      return null
  }
}

function createListener(stream: Stream) {
  const opened = openDecoder(stream)
  const decoder = opened.ok ? opened.value : null
  const frame = newFrame()
  const finder = createToneFinder()
  return {
    /** Where tones begin, ms of the stream. */
    tones: (packet: Packet, atMs: number): number[] => {
      if (decoder === null || decoder.sendPacketSync(packet) < 0) return []
      const found: number[] = []
      let fromMs = atMs
      while (decoder.receiveFrameSync(frame) >= 0) {
        const rateHz = Math.max(1, frame.sampleRate)
        const sampleAt = sampleAccess(frame)
        if (sampleAt !== null) for (const second of finder.listen(sampleAt, frame.nbSamples, rateHz)) found.push(fromMs + second * 1_000)
        fromMs += (frame.nbSamples * 1_000) / rateHz
        frame.unref()
      }
      return found
    },
    [Symbol.dispose]: () => {
      frame.free()
      decoder?.freeContext()
    },
  }
}
