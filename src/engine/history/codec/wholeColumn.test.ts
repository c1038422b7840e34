import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ByteCursor, ChunkDamaged, createByteSink, readHead, sinkBytes } from './varint.ts'
import { putWholes, readWholes, skipWholes } from './wholeColumn.ts'

/** The same numbers each time, evenly spread from 0 to 1. */
function createDice() {
  let state = 1
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

function columnOf(numbers: readonly number[]): Uint8Array {
  const sink = createByteSink(1)
  putWholes(sink, Float64Array.from(numbers), numbers.length, 21)
  return sinkBytes(sink)
}
const codecOf = (numbers: readonly number[]): number => (columnOf(numbers)[0] as number) & 7

/** Reads it, and passes over it: between other bytes, which stay out of it. */
function expectBack(numbers: readonly number[]): void {
  const column = columnOf(numbers)
  const bytes = Uint8Array.from([99, ...column, 77])
  const cursor: ByteCursor = { bytes, at: 1 }
  const into = new Float64Array(numbers.length + 1).fill(-1)
  const head = readHead(cursor)
  expect(head >> 3).toBe(21)
  readWholes(cursor, head, into, numbers.length)
  expect([...into]).toEqual([...numbers, -1])
  expect(cursor.at).toBe(bytes.length - 1)
  cursor.at = 2
  skipWholes(cursor, head)
  expect(cursor.at).toBe(bytes.length - 1)
}

test('noise of every width comes back, alone, with outliers on both sides, and in levels', () => {
  const dice = createDice()
  for (let width = 1; width <= 51; width++) {
    const noise = Array.from({ length: 200 }, () => Math.floor(dice() * 2 ** width))
    expectBack(noise)
    expectBack(noise.map((n) => n - 2 ** (width - 1)))
    expectBack(noise.map((n, i) => (i % 67 === 5 ? 2 ** 51 - i : i % 71 === 0 ? -(2 ** 51) + i : n)))
    expectBack(noise.map((n, i) => Math.min(2 ** 51, n + Math.floor(i / 40) * 2 ** 40)))
  }
})

test('any numbers come back', () => {
  const number = fc.oneof(
    fc.integer({ min: -50, max: 50 }),
    fc.integer({ min: 0, max: 1e6 }),
    fc.maxSafeInteger(),
    fc.constantFrom(2 ** 53, -(2 ** 53), 2 ** 51, -(2 ** 51)),
  )
  fc.assert(fc.property(fc.array(number, { maxLength: 300 }), expectBack), { numRuns: 500 })
  expectBack([0.5, 1, 2])
  expect(() => columnOf([1, Number.NaN])).toThrow(ChunkDamaged)
  expect(() => columnOf([1, Number.POSITIVE_INFINITY])).toThrow(ChunkDamaged)
})

test('each codec is taken where it is the smallest', () => {
  const dice = createDice()
  const noise = (spread: number) => Array.from({ length: 300 }, () => Math.floor(dice() * spread))
  expect(codecOf(new Array(300).fill(0))).toBe(0)
  expect(codecOf(new Array(300).fill(7))).toBe(1)
  expect(codecOf(Array.from({ length: 300 }, (_, i) => Math.floor(i / 40) ** 3))).toBe(2)
  expect(codecOf(noise(5000))).toBe(3)
  let at = 0
  expect(codecOf(noise(9).map((step) => (at += step)))).toBe(4)
  expect(codecOf([...noise(9), 2 ** 53])).toBe(5)
})

test('columns that contradict themselves are damage', () => {
  const read = (bytes: readonly number[], count: number): number[] => {
    const cursor: ByteCursor = { bytes: Uint8Array.from(bytes), at: 1 }
    const into = new Float64Array(count)
    readWholes(cursor, bytes[0] as number, into, count)
    return [...into]
  }
  // One frame, base 0, no bits but one number listed: it lies where the list says, or outside.
  expect(read([3, 6, 3, 0, 64, 1, 2, 10], 3)).toEqual([0, 0, 5])
  expect(() => read([3, 6, 3, 0, 64, 1, 3, 10], 3)).toThrow('outside')
  // More are listed than there are.
  expect(() => read([3, 6, 3, 0, 64, 4, 2, 10], 3)).toThrow('outliers')
  // More bits than a number can have, frames of more numbers than there are or of none, no codec of that number.
  expect(() => read([3, 4, 1, 0, 49, 0], 1)).toThrow('49 bits')
  expect(() => read([3, 4, 2, 0, 0, 0], 1)).toThrow('numbers in a frame')
  expect(() => read([3, 4, 0, 0, 0, 0], 1)).toThrow('of no number')
  expect(() => read([6, 0], 1)).toThrow('codec 6')
  // Runs: what they say, too many numbers, and bytes that belong to nothing.
  expect(read([2, 2, 2, 2], 3)).toEqual([1, 1, 1])
  expect(() => read([2, 2, 3, 2], 3)).toThrow('run')
  expect(() => read([2, 3, 2, 2, 0], 3)).toThrow('longer or shorter')
  // Numbers that go on where the column ends.
  expect(() => read([3, 4, 3, 0, 8, 1, 2, 3], 3)).toThrow('longer or shorter')
})
