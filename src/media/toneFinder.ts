// Finds where the tones of the test signal begin, by loudness alone: between two tones the signal is silent.

/** Loudness is averaged over this time, s. */
const windowSeconds = 0.001
/** Mean amplitude, of 1, above which sound counts as loud: a tone has 0.3, and the pre-echo of codecs stays below. */
const loud = 0.1
/** Minimum silence before a tone, s: a sound that begins sooner belongs to the one before. */
const leastSilenceSeconds = 0.3

/** Finds beginnings of tones in samples that are given piece by piece. */
export interface ToneFinder {
  /** `sampleAt` returns one of `count` samples, from -1 to 1. Returns the beginnings of tones, s from the first sample. */
  readonly listen: (sampleAt: (index: number) => number, count: number, rateHz: number) => number[]
}

/** A sound at the very beginning does not count as the beginning of a tone. */
export function createToneFinder(): ToneFinder {
  let silentSeconds = 0
  return {
    listen: (sampleAt, count, rateHz) => {
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
