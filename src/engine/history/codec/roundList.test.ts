import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { StoredGap } from '../protocol/protocol.ts'
import { checkedCrc, decodeRounds, decodeSampleRow, encodeRounds, encodeSampleRow, type SealRounds, spanOf, withCrc } from './roundList.ts'
import { ChunkDamaged } from './varint.ts'

const start = 1_795_000_000_000

const step = fc.oneof(
  { weight: 12, arbitrary: fc.constant(2000) },
  { weight: 3, arbitrary: fc.integer({ min: 1994, max: 2006 }) },
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: -3_600_000, max: 3_600_000 }) },
  { weight: 1, arbitrary: fc.constantFrom(-start, 10 * start, 0.1) },
)
const sealRounds: fc.Arbitrary<SealRounds> = fc
  .record({
    steps: fc.array(step, { minLength: 1, maxLength: 400 }),
    gaps: fc.array(fc.tuple(fc.nat(400), fc.integer({ min: -start, max: start })), { maxLength: 2 }),
    usualMs: fc.oneof(fc.constant(null), fc.nat(100_000)),
    partLayout: fc.nat(100),
    ownLayout: fc.nat(2 ** 31 - 1),
  })
  .map(({ steps, gaps: all, ...rest }) => {
    let at = start
    const times = Float64Array.from(steps, (by) => {
      at += by
      return at
    })
    const gaps = all.map(([round, since]): StoredGap => [Math.min(round, times.length), start + since])
    return { ...rest, times, gaps, ...spanOf({ times, gaps }) }
  })

test('rounds come back as they were: regular ones, jittery ones, a clock that jumps, stands still or counts in fractions', () => {
  fc.assert(
    fc.property(fc.array(sealRounds, { maxLength: 8 }), (seals) => {
      expect(decodeRounds(encodeRounds(seals))).toEqual(seals)
    }),
    { numRuns: 300 },
  )
})

test('times so far apart that no difference of them is exact come back, too', () => {
  const seal: SealRounds = { from: 0.25, to: 2 ** 60, usualMs: null, partLayout: 1, ownLayout: 2, times: Float64Array.of(2 ** 60, 1, 0.5), gaps: [[1, 0.25]] }
  expect(decodeRounds(encodeRounds([seal]))).toEqual([seal])
})

test('gaps count as rounds where these are limited: a few bytes may stand for many of both', () => {
  const times = Float64Array.from({ length: 60 }, (_, round) => start + round * 2000)
  const gaps = Array.from(times, (at, round): StoredGap => [round, at - 1000])
  const bytes = encodeRounds([{ usualMs: 2000, partLayout: 1, ownLayout: 2, times, gaps }])
  expect(bytes.length).toBeLessThan(60)
  expect(decodeRounds(bytes, 120)).toHaveLength(1)
  expect(() => decodeRounds(bytes, 119)).toThrow(ChunkDamaged)
})

test('a seal of a gap alone comes back; one of nothing is damage', () => {
  const seal = { usualMs: null, partLayout: 1, ownLayout: 2, times: new Float64Array(0) }
  expect(decodeRounds(encodeRounds([{ ...seal, gaps: [[0, start]] }]))).toEqual([{ ...seal, gaps: [[0, start]], from: start, to: start }])
  expect(() => decodeRounds(encodeRounds([{ ...seal, gaps: [] }]))).toThrow('no rounds')
})

test('regular rounds cost next to nothing, jittery ones some bits each', () => {
  const seal = (at: (round: number) => number): SealRounds => {
    const times = Float64Array.from({ length: 300 }, (_, round) => start + at(round))
    return { from: times[0] as number, to: times.at(-1) as number, usualMs: 2000, partLayout: 1, ownLayout: 2, times, gaps: [] }
  }
  expect(encodeRounds([seal((round) => round * 2000)]).length).toBeLessThanOrEqual(24)
  expect(encodeRounds([seal((round) => round * 2000 + ((round * 7) % 12))]).length).toBeLessThanOrEqual(26 + (300 * 4) / 8)
})

test('more rounds than an hour can have are refused', () => {
  const seal = (rounds: number): SealRounds => ({ from: 0, to: 0, usualMs: null, partLayout: 1, ownLayout: 2, times: new Float64Array(rounds), gaps: [] })
  expect(() => encodeRounds([seal(65_537)])).toThrow(RangeError)
  expect(() => encodeRounds(Array.from({ length: 17 }, () => seal(65_536)))).toThrow(RangeError)
})

test('a few bytes that speak of millions of rounds are damage, and take no memory', () => {
  const seal: SealRounds = { from: 0, to: 0, usualMs: 1, partLayout: 1, ownLayout: 2, times: new Float64Array(65_536), gaps: [] }
  const one = encodeRounds([seal])
  expect(one.length).toBeLessThan(30)
  const many = Uint8Array.from([17, ...Array.from({ length: 17 }, () => [...one.subarray(1)]).flat()])
  expect(() => decodeRounds(many)).toThrow(ChunkDamaged)
})

test('damaged rounds are told as damage or read as something', () => {
  const harmless = (bytes: Uint8Array): void => {
    try {
      for (const { times, from, gaps } of decodeRounds(bytes)) {
        expect([times.every(Number.isFinite), Number.isFinite(from)]).toEqual([true, true])
        for (const [round] of gaps) expect(round).toBeLessThanOrEqual(times.length)
      }
    } catch (error) {
      if (!(error instanceof ChunkDamaged)) throw error
    }
  }
  fc.assert(
    fc.property(
      fc.array(sealRounds, { minLength: 1, maxLength: 3 }),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }),
      (seals, flips) => {
        const bytes = encodeRounds(seals)
        for (const [at, to] of flips) bytes[at % bytes.length] = to
        harmless(bytes)
        harmless(bytes.subarray(0, (flips[0]?.[0] ?? 0) % bytes.length))
      },
    ),
    { numRuns: 300 },
  )
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), harmless), { numRuns: 500 })
})

test("a subject's chunks lie beside each other as they are", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ seal: fc.nat(60_000), chunk: fc.uint8Array({ maxLength: 300 }) })), (parts) => {
      const bytes = encodeSampleRow(parts)
      expect(decodeSampleRow(bytes)).toEqual(parts)
      if (parts.length > 0) expect(() => decodeSampleRow(Uint8Array.from([...bytes, 1, 200]))).toThrow(ChunkDamaged)
    }),
  )
})

test('a flipped bit, a missing byte and one too many are seen', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(), fc.nat(7), (bytes, at, bit) => {
      const kept = withCrc(bytes)
      expect(checkedCrc(kept)).toEqual(bytes)
      const flipped = kept.slice()
      flipped[at % kept.length] = (flipped[at % kept.length] as number) ^ (1 << bit)
      expect(() => checkedCrc(flipped)).toThrow(ChunkDamaged)
      expect(() => checkedCrc(kept.subarray(0, kept.length - 1))).toThrow(ChunkDamaged)
      expect(() => checkedCrc(Uint8Array.from([...kept, 0]))).toThrow(ChunkDamaged)
    }),
  )
})
