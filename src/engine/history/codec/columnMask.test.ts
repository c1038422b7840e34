import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMask, mostColumns, putMask, readMask } from './columnMask.ts'
import { ChunkDamaged, createByteSink, putVarint, reserve, sinkBytes } from './varint.ts'

function bytesOf(columns: readonly number[], lowBits: 0 | 1, low: number): Uint8Array {
  const sink = createByteSink(1)
  putMask(sink, { columns: Int32Array.from(columns).sort(), count: columns.length }, lowBits, low)
  return sinkBytes(sink)
}
const sets = (most: number) => fc.uniqueArray(fc.nat(most - 1), { maxLength: 40 })
function read(bytes: Uint8Array, lowBits: 0 | 1) {
  const mask = createMask()
  const cursor = { bytes, at: 0 }
  const low = readMask(cursor, mask, lowBits)
  return { low, columns: [...mask.columns.subarray(0, mask.count)], end: cursor.at }
}

test('any set of columns comes back, alone and behind the bit of something else', () => {
  fc.assert(
    fc.property(sets(mostColumns), fc.constantFrom<0 | 1>(0, 1), fc.nat(1), (columns, lowBits, bit) => {
      const low = lowBits === 0 ? 0 : bit
      const bytes = bytesOf(columns, lowBits, low)
      expect(read(bytes, lowBits)).toEqual({ low, columns: columns.toSorted((a, b) => a - b), end: bytes.length })
    }),
  )
})

test('up to 28 columns it is a plain number', () => {
  fc.assert(
    fc.property(sets(28), fc.constantFrom<0 | 1>(0, 1), fc.nat(1), (columns, lowBits, bit) => {
      const low = lowBits === 0 ? 0 : bit
      const sink = createByteSink()
      reserve(sink, 8)
      putVarint(sink, columns.reduce((sum, column) => sum + 2 ** column, 0) * 2 ** lowBits + low)
      expect(bytesOf(columns, lowBits, low)).toEqual(sinkBytes(sink))
    }),
  )
})

test('one that ends too early, or names a column that no layout has, is damage', () => {
  const bytes = bytesOf([3, 200], 1, 1)
  for (let length = 0; length < bytes.length; length++) expect(() => read(bytes.subarray(0, length), 1)).toThrow(ChunkDamaged)
  expect(() => read(bytesOf([mostColumns + 7], 0, 0), 0)).toThrow(ChunkDamaged)
  expect(() => read(new Uint8Array(1 << 20).fill(255), 0)).toThrow(ChunkDamaged)
})
