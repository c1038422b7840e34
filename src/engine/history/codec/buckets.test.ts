import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { StoredGap } from '../protocol/protocol.ts'
import { type BucketColumn, type Buckets, bucketsOfSeal, decodeBuckets, encodeBuckets, mergeBuckets, mostBuckets, sliceBuckets } from './buckets.ts'
import { encodeChunk } from './columnChunk.ts'
import { encodeRows, type Rows } from './rows.fixture.ts'
import { ChunkDamaged } from './varint.ts'

interface Seal {
  readonly rows: Rows
  readonly times: Float64Array
  readonly gaps: readonly StoredGap[]
}

const usualMs = 2000
const minute = 60_000
const start = 1_795_000_000_000

const chunkOf = (rows: Rows, columns: number): Uint8Array => encodeChunk(encodeRows(rows, columns), rows.length)

const columns = 3
const bucketsOf = ({ rows, times, gaps }: Seal, stepMs: number): Buckets => bucketsOfSeal(times, gaps, usualMs, stepMs)(chunkOf(rows, columns))

/** What buckets tell, without what stands where nothing is known. */
const content = ({ stepMs, columns: all, first, length, spans }: Buckets) => ({
  stepMs,
  spans,
  columns: [...all].map(([c, { count, min, max, sum, first: begin, last }]) => ({
    c,
    buckets: Array.from({ length }, (_, k) => ({ bucket: first + k, of: [count, min, max, sum, begin, last].map((numbers) => numbers[k]) })).filter(
      ({ of }) => of[0] !== 0,
    ),
  })),
})

const value = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 100_000 }) },
  { weight: 3, arbitrary: fc.constant(7) },
  { weight: 2, arbitrary: fc.constant(Number.NaN) },
  { weight: 1, arbitrary: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }) },
)
const row = fc.option(fc.array(value, { minLength: columns, maxLength: columns }), { freq: 6 })

/** Times mostly every two seconds; `step` tells what else happens. */
const seals = (step: fc.Arbitrary<number>): fc.Arbitrary<Seal> =>
  fc
    .array(
      fc.tuple(
        row,
        fc.oneof({ weight: 8, arbitrary: fc.constant(2000) }, { weight: 1, arbitrary: step }),
        fc.option(fc.integer({ min: 0, max: 1999 }), { freq: 1 }),
      ),
      {
        minLength: 1,
        maxLength: 120,
      },
    )
    .map((rounds) => {
      const times = new Float64Array(rounds.length)
      const gaps: StoredGap[] = []
      let at = start
      for (const [round, [, by, gap]] of rounds.entries()) {
        if (gap !== null && round % 7 === 3) gaps.push([round, at + gap])
        at += by
        times[round] = at
      }
      return { rows: rounds.map(([numbers]) => numbers), times, gaps }
    })
const ordered = seals(fc.integer({ min: 0, max: 600_000 }))
const jumping = seals(fc.oneof(fc.integer({ min: -7_200_000, max: 7_200_000 }), fc.constantFrom(0, -2000, -4000, -60_000)))

/** The slow and plain way. */
function naive({ rows, times, gaps }: Seal, stepMs: number) {
  const order = rows.flatMap((numbers, round) => (numbers === null ? [] : [{ round, numbers, at: times[round] as number }]))
  const byTime = order.toSorted((a, b) => a.at - b.at || a.round - b.round)
  const content = Array.from({ length: columns }, (_, c) => {
    const buckets = new Map<number, number[]>()
    for (const { numbers, at } of byTime) {
      const n = numbers[c] as number
      if (Number.isNaN(n)) continue
      const bucket = Math.floor(at / stepMs)
      buckets.set(bucket, [...(buckets.get(bucket) ?? []), n])
    }
    return {
      c,
      buckets: [...buckets]
        .toSorted(([a], [b]) => a - b)
        .map(([bucket, all]) => ({ bucket, of: [all.length, Math.min(...all), Math.max(...all), all.reduce((a, b) => a + b, 0), all[0], all.at(-1)] })),
    }
  }).filter(({ buckets }) => buckets.length > 0)
  const spans: [number, number][] = []
  for (const [index, { at, round }] of order.entries()) {
    const next = order[index + 1]?.round ?? rows.length
    const gapAt = Math.min(...gaps.filter(([before]) => before > round && before <= next).map(([, since]) => since), Number.POSITIVE_INFINITY)
    spans.push([at, Math.max(at, Math.min(at + usualMs, gapAt))])
  }
  const joined: [number, number][] = []
  for (const [from, to] of spans.toSorted((a, b) => a[0] - b[0])) {
    const open = joined.at(-1)
    if (open && from - open[1] <= Math.max(2 * usualMs, stepMs / 60)) open[1] = Math.max(open[1], to)
    else joined.push([from, to])
  }
  return { stepMs, spans: joined, columns: content }
}

test('buckets tell least, greatest, sum, count, first and last of their time, whatever the clock does', () => {
  fc.assert(
    fc.property(fc.oneof(ordered, jumping), fc.constantFrom(minute, 900_000), (seal, stepMs) => {
      expect(content(bucketsOf(seal, stepMs))).toEqual(naive(seal, stepMs))
    }),
    { numRuns: 200 },
  )
})

test('encoded buckets come back as they were', () => {
  fc.assert(
    fc.property(fc.oneof(ordered, jumping), fc.constantFrom(minute, 900_000), (seal, stepMs) => {
      const buckets = bucketsOf(seal, stepMs)
      const back = decodeBuckets(encodeBuckets(buckets))
      expect(content(back)).toEqual(content(buckets))
      expect([back.first, back.length, back.usualMs]).toEqual([buckets.first, buckets.length, buckets.usualMs])
    }),
    { numRuns: 200 },
  )
})

test('numbers up to 2^53, and sums beyond, come back exactly', () => {
  const large = fc.oneof(fc.maxSafeInteger(), fc.constantFrom(2 ** 53, -(2 ** 53), 2 ** 51 + 1, 0, 1))
  const column = (length: number): fc.Arbitrary<BucketColumn> => {
    const numbers = fc.array(large, { minLength: length, maxLength: length }).map((all) => Float64Array.from(all))
    return fc.record({
      count: fc.array(fc.nat(5), { minLength: length, maxLength: length }).map((all) => Int32Array.from(all, (n, k) => (k === 0 ? n + 1 : n))),
      min: numbers,
      max: numbers,
      sum: fc
        .array(fc.double({ noNaN: true, min: -1e20, max: 1e20 }), { minLength: length, maxLength: length })
        // Sums of whole numbers are whole.
        .map((all) => Float64Array.from(all, (n) => Math.round(n) + 0)),
      first: numbers,
      last: numbers,
    })
  }
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }).chain(column), (of) => {
      const buckets: Buckets = { stepMs: minute, first: 29_900_000, length: of.count.length, usualMs, columns: new Map([[27, of]]), spans: [] }
      expect(content(decodeBuckets(encodeBuckets(buckets)))).toEqual(content(buckets))
    }),
  )
})

test('a chunk that was cut in two gives, merged, the buckets of the whole', () => {
  fc.assert(
    fc.property(ordered, fc.nat(), (seal, place) => {
      const cut = place % (seal.rows.length + 1)
      const parts: Seal[] = [
        { rows: seal.rows.slice(0, cut), times: seal.times.slice(0, cut), gaps: seal.gaps.filter(([round]) => round <= cut) },
        {
          rows: seal.rows.slice(cut),
          times: seal.times.slice(cut),
          gaps: seal.gaps.filter(([round]) => round > cut).map(([round, at]) => [round - cut, at]),
        },
      ]
      expect(content(mergeBuckets(parts.map((part) => bucketsOf(part, minute))))).toEqual(content(bucketsOf(seal, minute)))
    }),
    { numRuns: 200 },
  )
})

test('wider buckets made of minutes are those made of the samples', () => {
  fc.assert(
    fc.property(fc.oneof(ordered, jumping), fc.constantFrom(900_000, 7_200_000), (seal, stepMs) => {
      expect(content(mergeBuckets([bucketsOf(seal, minute)], stepMs))).toEqual(content(bucketsOf(seal, stepMs)))
    }),
    { numRuns: 200 },
  )
  expect(() => mergeBuckets([bucketsOf({ rows: [[1, 2, 3]], times: Float64Array.of(start), gaps: [] }, 900_000)], minute)).toThrow(RangeError)
})

test('slices put together again are the whole, but for times between them too short to tell', () => {
  fc.assert(
    fc.property(ordered, fc.integer({ min: 1, max: 20 }), (seal, width) => {
      const whole = bucketsOf(seal, minute)
      const slices: Buckets[] = []
      for (let from = whole.first; from < whole.first + whole.length; from += width) slices.push(sliceBuckets(whole, from, from + width))
      const again = whole.length === 0 ? whole : mergeBuckets(slices)
      expect(content(again).columns).toEqual(content(whole).columns)
      for (const { first, length, spans } of slices)
        for (const [from, to] of spans) expect([from >= first * minute, to <= (first + Math.max(length, width)) * minute]).toEqual([true, true])
      // The last interval may lie in a bucket that is not there.
      const end = (whole.first + Math.ceil(whole.length / width) * width) * minute
      expect(again.spans).toEqual(whole.spans.map(([from, to]) => [from, Math.min(to, Math.max(end, from))]))
    }),
    { numRuns: 200 },
  )
})

test('the numbers of a quiet minute cost a byte or so, and those of a noisy one about eight', () => {
  const rows = Array.from({ length: 3600 }, (_, round) => [40_000 + ((round * 7919 * (round % 17)) % 5000), 0, 3])
  const times = Float64Array.from(rows, (_, round) => start - (start % minute) + round * 2000)
  const bytes = (from: (row: readonly number[]) => number[]) => encodeBuckets(bucketsOf({ rows: rows.map(from), times, gaps: [] }, minute)).length
  const quiet = bytes(([, b, c]) => [b as number, c as number, 1])
  expect(quiet).toBeLessThan(40)
  expect((bytes((row) => [...row]) - quiet) / 120).toBeLessThan(8.5)
})

test('only the wanted columns are read', () => {
  const buckets = bucketsOf({ rows: [[1, 2, 3]], times: Float64Array.of(start), gaps: [] }, minute)
  const bytes = encodeBuckets(buckets)
  expect([...decodeBuckets(bytes, [1, 9]).columns.keys()]).toEqual([1])
  expect([...decodeBuckets(bytes).columns.keys()]).toEqual([0, 1, 2])
})

test('gaps that are told end a span where they begin', () => {
  const rows: Rows = Array.from({ length: 20 }, () => [1, 1, 1])
  const times = Float64Array.from(rows, (_, round) => start + round * 2000 + (round >= 10 ? 30_000 : 0))
  expect(bucketsOf({ rows, times, gaps: [[10, start + 18_500]] }, minute).spans).toEqual([
    [start, start + 18_500],
    [start + 50_000, start + 70_000],
  ])
  expect(bucketsOf({ rows, times, gaps: [[20, start + 68_001]] }, minute).spans.at(-1)).toEqual([start + 50_000, start + 68_001])
})

test('more buckets than a block may have are refused, and so are parts of different steps', () => {
  const one = bucketsOf({ rows: [[1, 2, 3]], times: Float64Array.of(start), gaps: [] }, minute)
  const far = { ...one, first: one.first + mostBuckets }
  expect(() => encodeBuckets(mergeBuckets([one, far]))).toThrow(RangeError)
  expect(() => mergeBuckets([one, { ...one, first: one.first + 2 ** 21 }])).toThrow(RangeError)
  expect(() => mergeBuckets([one, mergeBuckets([one], 900_000)])).toThrow(RangeError)
})

test('damaged buckets are told as damage or read as something of the right length', () => {
  fc.assert(
    fc.property(jumping, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }), fc.boolean(), (seal, flips, cut) => {
      let bytes = encodeBuckets(bucketsOf(seal, minute))
      for (const [at, to] of flips) bytes[at % bytes.length] = to
      if (cut) bytes = bytes.slice(0, (flips[0]?.[0] ?? 0) % bytes.length)
      expectHarmless(bytes)
    }),
    { numRuns: 400 },
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => expectHarmless(bytes)),
    { numRuns: 600 },
  )
})

test('a column that is known nowhere is damage', () => {
  // Step 1 ms, from bucket 0 on, one bucket, usual interval 0, no spans; its count; column 0: nothing moved, 0.
  const bytes = (count: readonly number[]) => Uint8Array.of(1, 0, 1, 0, 0, ...count, 1, 2, 0)
  expect(decodeBuckets(bytes([1, 2])).columns.get(0)?.count[0]).toBe(1)
  expect(() => decodeBuckets(bytes([0]))).toThrow('known nowhere')
})

function expectHarmless(bytes: Uint8Array): void {
  try {
    const { length, columns: all } = decodeBuckets(bytes)
    expect(length).toBeLessThanOrEqual(mostBuckets)
    for (const { count, last } of all.values()) expect([count.length, last.length]).toEqual([length, length])
  } catch (error) {
    if (!(error instanceof ChunkDamaged)) throw error
  }
}

test('chunks of one seal, one after another, have the buckets that each has alone', () => {
  fc.assert(
    fc.property(seals(fc.constant(2000)), fc.array(fc.boolean(), { minLength: 2, maxLength: 6 }), ({ rows, times, gaps }, whole) => {
      const make = bucketsOfSeal(times, gaps, usualMs, minute)
      for (const [n, isWhole] of whole.entries()) {
        const chunk = chunkOf(
          rows.map((row) => row ?? (isWhole ? [n, Number.NaN, 7] : null)),
          columns,
        )
        expect(content(make(chunk))).toEqual(content(bucketsOfSeal(times, gaps, usualMs, minute)(chunk)))
      }
    }),
  )
})
