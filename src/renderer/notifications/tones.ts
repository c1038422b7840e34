import type { Severity } from '../../shared/severities.ts'

/** A tone of a signal: pitch in Hz, begin and length in seconds. */
interface Tone {
  readonly hz: number
  readonly at: number
  readonly seconds: number
}
/** A signal, which is repeated as long as it sounds. */
export interface Signal {
  readonly tones: readonly Tone[]
  /** From one begin to the next, s. */
  readonly everySeconds: number
  /** Loudness at full volume, 0 to 1. */
  readonly gain: number
}

const row = (hz: readonly number[], seconds: number, apart: number): readonly Tone[] => hz.map((pitch, place) => ({ hz: pitch, at: place * apart, seconds }))
/** The worse, the higher, the more tones and the sooner again, so that each is recognized without looking. */
export const signals: Readonly<Record<Severity, Signal>> = {
  critical: { tones: [...row([988, 784, 988, 784, 988], 0.13, 0.17)], everySeconds: 3, gain: 0.5 },
  major: { tones: row([659, 659, 880], 0.18, 0.26), everySeconds: 8, gain: 0.42 },
  minor: { tones: row([523, 415], 0.3, 0.4), everySeconds: 20, gain: 0.34 },
  warning: { tones: row([349], 0.45, 0), everySeconds: 30, gain: 0.28 },
}

/** Samples a second: enough for these pitches, and a sixth of the memory of what sound cards take. */
export const sampleRate = 8_000
/** Tones begin and end softly, s: otherwise they click. */
const edgeSeconds = 0.015

/** One period of a signal, from -1 to 1. */
export function drawSignal({ tones, everySeconds, gain }: Signal): Float32Array<ArrayBuffer> {
  const samples = new Float32Array(everySeconds * sampleRate)
  for (const { hz, at, seconds } of tones) {
    const first = Math.round(at * sampleRate)
    const count = Math.round(seconds * sampleRate)
    for (let place = 0; place < count; place++) {
      const time = place / sampleRate
      const edge = Math.min(1, time / edgeSeconds, (seconds - time) / edgeSeconds)
      // A second harmonic lets small loudspeakers be heard.
      const wave = 0.8 * Math.sin(2 * Math.PI * hz * time) + 0.2 * Math.sin(4 * Math.PI * hz * time)
      samples[first + place] = gain * Math.max(0, edge) * wave
    }
  }
  return samples
}
