import type { CanaryReading } from '../shared/canaryReadings.ts'
import { createBoundedMedian } from './median.ts'
import type { TimeCode } from './timeCode.ts'

/** Plausible ages of pictures, ms: a time code outside of them was not written by this process. */
const oldestMs = 600_000
const mostAheadMs = 20
/** Most tones of one look. */
const mostTones = 600

/** Measures the age of pictures by the times drawn in them, and the offset of the sound from the pictures. Stream times are in ms of the stream's own clock. */
export interface CanaryMeter {
  /** `arrivedMs`: by the clock whose times are drawn. `code` null: no time could be read in the picture. */
  readonly picture: (code: TimeCode | null, streamMs: number, arrivedMs: number) => void
  readonly tone: (streamMs: number) => void
  readonly take: () => CanaryReading
}

/** `owner`: only its times count. `inPieces`: pictures arrive many at once, in segments; the longest delay is then reported instead of the median. */
export function createCanaryMeter({ owner, inPieces }: { readonly owner: number; readonly inPieces: boolean }): CanaryMeter {
  const delays = createBoundedMedian()
  /** Drawn times minus stream times, ms. */
  const offsets = createBoundedMedian()
  let oldest: number | null = null
  let tones: number[] = []
  let pictures = 0
  let strange = 0
  return {
    picture: (code, streamMs, arrivedMs) => {
      const delayMs = code === null || code.owner !== owner ? null : arrivedMs - code.ms
      if (code === null || delayMs === null || delayMs > oldestMs || delayMs < -mostAheadMs) strange++
      else {
        pictures++
        oldest = Math.max(oldest ?? 0, delayMs)
        delays.add(Math.max(0, delayMs))
        if (!Number.isNaN(streamMs)) offsets.add(code.ms - streamMs)
      }
    },
    tone: (streamMs) => {
      if (tones.length < mostTones) tones.push(streamMs)
    },
    take: () => {
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
