import { hash32 } from '../clock/every.ts'

/**
 * Simulated media flow, as a function of time.
 *
 * 1. Counters are closed-form integrals of a fluctuating rate: they don't depend on how often they are read.
 * 2. Running counters never decrease: the amplitudes of the waves add up to less than 1.
 */
export interface Flow {
  readonly mean: number
  readonly waves: readonly { readonly speed: number; readonly phase: number; readonly gain: number }[]
}

/** A mean bit rate with 5 to 12 % of noise: on the scale of key frames, of a minute, and of a quarter of an hour. */
export function createFlow(random: DemoRandom, bitrateBps: number): Flow {
  const wave = (amplitude: number, periodMs: number) => {
    const speed = (2 * Math.PI) / periodMs
    return { speed, phase: random.between(0, 2 * Math.PI), gain: amplitude / speed }
  }
  return {
    mean: bitrateBps / 8000,
    waves: [
      wave(random.between(0.03, 0.08), random.between(2_700, 5_300)),
      wave(random.between(0.02, 0.05), random.between(23_000, 71_000)),
      wave(random.between(0.02, 0.06), random.between(400_000, 900_000)),
    ],
  }
}

function integral(flow: Flow, t: number): number {
  let waver = 0
  for (const wave of flow.waves) waver -= wave.gain * Math.cos(wave.speed * t + wave.phase)
  return flow.mean * (t + waver)
}

export class Meter {
  #flow: Flow
  /** Times the flow's rate; 0: it stands still. */
  #factor = 1
  /** Counted until the last change, and the integral of the flow then. */
  #base: number
  #from: number

  /** Begins with `base` at the monotonic time `at`. */
  constructor(flow: Flow, at: number, base = 0) {
    this.#flow = flow
    this.#base = base
    this.#from = integral(flow, at)
  }
  /** Mean rate now, bytes per millisecond. */
  get rate(): number {
    return this.#flow.mean * this.#factor
  }
  /** Whole bytes at the monotonic time `t`; never decreases. */
  read(t: number): number {
    return Math.floor(this.#base + this.#factor * (integral(this.#flow, t) - this.#from))
  }
  /** Continues from its value at `t`, at `factor` times the rate of `flow`. */
  run(t: number, factor = 1, flow = this.#flow): void {
    this.#base = this.read(t)
    this.#factor = factor
    this.#flow = flow
    this.#from = integral(flow, t)
  }
}

/** A slow wave around 1 for jitter and round trip times: 1 ± `amplitude`, deterministic by `seed` and time. */
export function wavering(t: number, seed: number, amplitude: number): number {
  return 1 + amplitude * (0.6 * Math.sin(t / (1_700 + (seed % 900)) + seed) + 0.4 * Math.sin(t / (390 + (seed % 170)) + seed * 3))
}

export type DemoRandom = ReturnType<typeof createDemoRandom>

const hex8 = (value: number) => (value >>> 0).toString(16).padStart(8, '0')

/** Repeatable chance: the same seed gives the same fleet. Not for secrets. */
export function createDemoRandom(seed: string) {
  let state = hash32(seed)
  const bits = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  /** 0 up to, not including, 1. */
  const next = () => bits() / 4294967296
  /** Whole number, `from` and `to` included. */
  const whole = (from: number, to: number) => from + Math.floor(next() * (to - from + 1))
  return {
    next,
    between: (from: number, to: number) => from + next() * (to - from),
    whole,
    pick: <T>(list: readonly T[]): T => {
      const found = list[whole(0, list.length - 1)]
      if (found === undefined) throw new Error('nothing to pick from')
      return found
    },
    /** In the form of a UUID version 4. */
    uuid: () => {
      const [a, b, c, d] = [hex8(bits()), hex8(bits()), hex8(bits()), hex8(bits())]
      return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-${'89ab'[whole(0, 3)]}${c.slice(1, 4)}-${c.slice(4)}${d}`
    },
  }
}
