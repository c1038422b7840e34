import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodePack, type Packed, packBytes, packsOf, readPack } from './columnChunk.ts'
import { ChunkDamaged } from './varint.ts'

const bodies = fc.array(fc.tuple(fc.integer({ min: 1, max: 100_000 }), fc.uint8Array({ maxLength: 300 })), { minLength: 1, maxLength: 40 })
/** Numbers that ascend, by the steps given. */
function packed(first: number, parts: readonly (readonly [number, Uint8Array])[]): Packed[] {
  let no = first
  return parts.map(([step, bytes], i) => {
    if (i > 0) no += step
    return { no, bytes }
  })
}
const plain = (parts: readonly Packed[]) => parts.map(({ no, bytes }) => [no, [...bytes]])

test('what was packed comes back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), bodies, (first, given) => {
      const parts = packed(first, given)
      const pack = encodePack(parts)
      expect(plain(readPack(first, pack))).toEqual(plain(parts))
    }),
  )
})

test('a directory that is not what was written is damage, and so is a pack that is cut or goes on', () => {
  fc.assert(
    fc.property(bodies, fc.nat(), fc.integer({ min: 0, max: 7 }), fc.uint8Array({ minLength: 1, maxLength: 20 }), (given, at, bit, more) => {
      const parts = packed(1, given)
      const pack = encodePack(parts)
      const head = pack.length - parts.reduce((bytes, part) => bytes + part.bytes.length, 0)
      const flipped = pack.slice()
      flipped[at % head] = (flipped[at % head] as number) ^ (1 << bit)
      expect(() => readPack(1, flipped)).toThrow(ChunkDamaged)
      expect(() => readPack(1, pack.subarray(0, at % pack.length))).toThrow(ChunkDamaged)
      expect(() => readPack(1, Uint8Array.from([...pack, ...more]))).toThrow(ChunkDamaged)
    }),
  )
})

test('whatever the bytes are, nothing else is thrown', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        readPack(1, bytes)
      } catch (error) {
        expect(error).toBeInstanceOf(ChunkDamaged)
      }
    }),
  )
})

test('a pack is closed when it is full, and the rest is one of its own', () => {
  const part = new Uint8Array(packBytes / 4).fill(7)
  const packs = packsOf([3, 4, 5, 6, 9, 12].map((no) => ({ no, bytes: part })))
  expect(packs.map(({ no }) => no)).toEqual([3, 9])
  expect(readPack(9, packs[1]?.bytes as Uint8Array).map(({ no }) => no)).toEqual([9, 12])
  expect(packsOf([])).toEqual([])
})
