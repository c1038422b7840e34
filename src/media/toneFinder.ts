// Where the tones of the test signal begin. A tone is told by its loudness alone: between two of them the signal is silent.

/** Loudness is the mean of so much sound, s. */
const windowSeconds = 0.001
/** Mean of the samples' sizes, of 1, above which something is heard; a tone has 0.3. What codecs put before a beginning stays below. */
const loud = 0.1
/** Silence before a tone, s: what begins sooner after a sound belongs to it. */
const leastSilenceSeconds = 0.3

/** Finds beginnings of tones in samples that are given piece by piece. */
export interface ToneFinder {
  /** `sampleAt` gives one of `count` samples, from -1 to 1. Returns where in them tones begin, s from the first. */
  readonly listen: (sampleAt: (index: number) => number, count: number, rateHz: number) => number[]
}

/** A sound that is there from the beginning is no beginning of a tone. */
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
