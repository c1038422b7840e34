import type { CanaryReading } from '../shared/canaryReadings.ts'
import { createBoundedMedian } from './median.ts'
import type { TimeCode } from './timeCode.ts'

/** A time in a picture that is older, or ahead of this clock, was not written by who it says, ms. */
const oldestMs = 600_000
const mostAheadMs = 20
/** Most tones of one look. */
const mostTones = 600

/** Measures by the times that stand in pictures how old they are, and how far the sound is from them. All times of the stream are in ms of its own clock. */
export interface CanaryMeter {
  /** A picture that came at `arrivedMs` of the clock by which times are written. null: no time can be read in it. */
  readonly picture: (code: TimeCode | null, streamMs: number, arrivedMs: number) => void
  readonly tone: (streamMs: number) => void
  readonly take: () => CanaryReading
}

/** `owner`: whose times count. `inPieces`: pictures come many at once, as segments do; then the oldest counts, not the usual one. */
export function createCanaryMeter({ owner, inPieces }: { readonly owner: number; readonly inPieces: boolean }): CanaryMeter {
  const delays = createBoundedMedian()
  /** By how much times in pictures are ahead of the stream's own. */
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

/** A tone belongs to the whole second that is nearest. */
const soundAheadMs = (atMs: number): number => Math.round(atMs / 1_000) * 1_000 - atMs
