import { randomInt } from 'node:crypto'

const rotate = 15
const [evenFactor, oddFactor] = [0x9e3779b1, 0x85ebca77] as const
/** Another one in each process, so that nobody can make other bytes of the same checksum. */
const seed = randomInt(2 ** 32)

/**
 * Tells whether bytes are those of before, where nothing else of them is needed: 64 bits instead of the bytes. Of changes it misses one in 4 billion
 * at most, and one in 2^64 where more than a few bytes changed.
 */
export interface BytesChecksum {
  readonly begin: () => void
  /** Goes on with `length` bytes of `view`. */
  readonly add: (view: DataView, from: number, length: number) => void
  /** Its two halves. */
  readonly even: () => number
  readonly odd: () => number
}

/**
 * Each of two lanes takes every second word of 4 bytes, so that the machine works on both at once. What a lane does with a word can be undone: once
 * two entries differ in it, the same bytes behind that don't make them the same again.
 */
export function createBytesChecksum(): BytesChecksum {
  let even = 0
  let odd = 0
  return {
    begin: () => {
      even = seed | 0
      odd = ~seed
    },
    add: (view, from, length) => {
      let [a, b, at] = [even, odd, from]
      const end = from + length
      for (; at + 8 <= end; at += 8) {
        a = Math.imul(a ^ view.getInt32(at, true), evenFactor)
        a = (a << rotate) | (a >>> (32 - rotate))
        b = Math.imul(b ^ view.getInt32(at + 4, true), oddFactor)
        b = (b << rotate) | (b >>> (32 - rotate))
      }
      for (; at < end; at++) {
        a = Math.imul(a ^ view.getUint8(at), evenFactor)
        a = (a << rotate) | (a >>> (32 - rotate))
      }
      even = a
      odd = b
    },
    even: () => even,
    odd: () => odd,
  }
}
