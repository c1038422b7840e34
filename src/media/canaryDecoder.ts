import { AV_SAMPLE_FMT_FLT, AV_SAMPLE_FMT_FLTP, AV_SAMPLE_FMT_S16, AV_SAMPLE_FMT_S16P } from 'node-av/constants'
import type { Frame, Packet, Stream } from 'node-av/lib'
import { createSystemClock } from '../clock/clock.ts'
import { createAllowance } from '../clock/semaphore.ts'
import type { CanaryReading } from '../shared/probeReadings.ts'
import { decodePicture, newFrame, openSound } from './decoding.ts'
import { createBoundedMedian } from './packetMeter.ts'
import { readTimeCode, signalOwner, type TimeCode } from './timeCode.ts'

const clock = createSystemClock()
/** Limits of decoding, at once and in an hour, for whatever stream is there in place of the test signal, which has a key frame a second. */
const mostAtOnce = 30
const mostAnHour = 2 * 3_600

export function createCanaryDecoder(video: Stream | null, audio: Stream | null, inPieces: boolean) {
  const meter = createCanaryMeter({ owner: signalOwner, inPieces })
  const sounds = audio === null ? null : createListener(audio)
  const frame = newFrame()
  const allowance = createAllowance()
  return {
    /** A key frame that came at `arrivedMs` (monotonic). */
    picture: async (packet: Packet, atMs: number, arrivedMs: number) => {
      if (video === null || !allowance(mostAtOnce, mostAnHour, clock.monotonic())) return
      meter.picture(await codeIn(packet, video, frame), atMs, arrivedMs)
    },
    sound: (packet: Packet, atMs: number) => {
      for (const beginsMs of sounds?.tones(packet, atMs) ?? []) meter.tone(beginsMs)
    },
    take: meter.take,
    [Symbol.dispose]: () => {
      frame.free()
      sounds?.[Symbol.dispose]()
    },
  }
}
export type CanaryDecoder = ReturnType<typeof createCanaryDecoder>

async function codeIn(packet: Packet, stream: Stream, frame: Frame): Promise<TimeCode | null> {
  if (!(await decodePicture(stream, packet, frame))) return null
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
  const sound = openSound(stream)
  const finder = createToneFinder()
  return {
    tones: (packet: Packet, atMs: number): number[] => {
      const found: number[] = []
      let fromMs = atMs
      for (const frame of sound.frames(packet)) {
        const rateHz = Math.max(1, frame.sampleRate)
        const sampleAt = sampleAccess(frame)
        if (sampleAt !== null) for (const second of finder.listen(sampleAt, frame.nbSamples, rateHz)) found.push(fromMs + second * 1_000)
        fromMs += (frame.nbSamples * 1_000) / rateHz
      }
      return found
    },
    [Symbol.dispose]: sound[Symbol.dispose],
  }
}
/** Plausible ages of pictures, ms: a time code outside of them was not written by this process. */
const oldestMs = 600_000
const mostAheadMs = 20
/** Most tones of one look. */
const mostTones = 600
/**
 * Measures the age of pictures by the times drawn in them, and the offset of the sound from the pictures. Stream times are in ms of the stream's own clock.
 * `owner`: only its times count. `inPieces`: pictures arrive many at once, in segments; the longest delay is then reported instead of the median.
 */
export function createCanaryMeter({ owner, inPieces }: { readonly owner: number; readonly inPieces: boolean }) {
  const delays = createBoundedMedian()
  /** Drawn times minus stream times, ms. */
  const offsets = createBoundedMedian()
  let oldest: number | null = null
  let tones: number[] = []
  let pictures = 0
  let strange = 0
  return {
    /** `arrivedMs`: by the clock whose times are drawn. `code` null: no time could be read in the picture. */
    picture: (code: TimeCode | null, streamMs: number, arrivedMs: number) => {
      const delayMs = code === null || code.owner !== owner ? null : arrivedMs - code.ms
      if (code === null || delayMs === null || delayMs > oldestMs || delayMs < -mostAheadMs) strange++
      else {
        pictures++
        oldest = Math.max(oldest ?? 0, delayMs)
        delays.add(Math.max(0, delayMs))
        if (!Number.isNaN(streamMs)) offsets.add(code.ms - streamMs)
      }
    },
    tone: (streamMs: number) => {
      if (tones.length < mostTones) tones.push(streamMs)
    },
    take: (): CanaryReading => {
      const offsetMs = offsets.value()
      const ahead = createBoundedMedian()
      if (offsetMs !== null) for (const at of tones) ahead.add(soundAheadMs(at + offsetMs))
      const taken = { delayMs: inPieces ? oldest : delays.value(), soundAheadMs: ahead.value(), pictures, strange }
      delays.clear()
      offsets.clear()
      oldest = null
      tones = []
      pictures = 0
      strange = 0
      return taken
    },
  }
}
/** A tone belongs to the nearest whole second. */
const soundAheadMs = (atMs: number): number => Math.round(atMs / 1_000) * 1_000 - atMs
// Finds where the tones of the test signal begin, by loudness alone: between two tones the signal is silent.
/** Loudness is averaged over this time, s. */
const windowSeconds = 0.001
/** Mean amplitude, of 1, above which sound counts as loud: a tone has 0.3, and the pre-echo of codecs stays below. */
const loud = 0.1
/** Minimum silence before a tone, s: a sound that begins sooner belongs to the one before. */
const leastSilenceSeconds = 0.3
/** Finds beginnings of tones in samples that are given piece by piece. A sound at the very beginning does not count as the beginning of a tone. */
export function createToneFinder() {
  let silentSeconds = 0
  return {
    /** `sampleAt` returns one of `count` samples, from -1 to 1. Returns the beginnings of tones, s from the first sample. */
    listen: (sampleAt: (index: number) => number, count: number, rateHz: number): number[] => {
      const found: number[] = []
      const length = Math.max(1, Math.round(rateHz * windowSeconds))
      for (let from = 0; from < count; from += length) {
        const until = Math.min(count, from + length)
        let sum = 0
        for (let index = from; index < until; index++) sum += Math.abs(sampleAt(index))
        const isLoud = sum / (until - from) > loud
        if (isLoud && silentSeconds >= leastSilenceSeconds) found.push(from / rateHz)
        silentSeconds = isLoud ? 0 : silentSeconds + (until - from) / rateHz
      }
      return found
    },
  }
}
