import { hash32 } from '../clock/every.ts'

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
