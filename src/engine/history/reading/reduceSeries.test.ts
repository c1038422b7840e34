import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSeriesReducer } from './reduceSeries.ts'

function reduce(
  samples: readonly (readonly [number, number | null])[],
  more: { from?: number; to?: number; points?: number; usualMs?: number; until?: number } = {},
) {
  const { from = 0, to = 100_000, points = 1000, usualMs = 2000 } = more
  const reducer = createSeriesReducer({ from, to, points, isState: false })
  for (const [at, value] of samples) {
    if (value === null) reducer.unknown(at)
    else reducer.add(at, value, usualMs)
  }
  return reducer.finish(more.until ?? to, 'samples')
}

test('whatever comes in, there are never too many buckets, their extremes are those of the samples, and gaps lie in order inside the range', () => {
  const samples = fc.array(fc.tuple(fc.integer({ min: -10_000, max: 120_000 }), fc.option(fc.integer({ min: 0, max: 1000 }), { freq: 5 })), { maxLength: 200 })
  fc.assert(
    fc.property(samples, fc.boolean(), fc.integer({ min: 1, max: 300 }), fc.integer({ min: 0, max: 50_000 }), (unsorted, sorted, points, from) => {
      const given = sorted ? unsorted.toSorted((a, b) => a[0] - b[0]) : unsorted
      const { at, min, mean, max, gaps } = reduce(given, { points, from })
      const inside = given.filter(([time, value]) => value !== null && time >= from && time < 100_000)
      expect(at.length).toBeLessThanOrEqual(points)
      expect(at).toEqual(at.toSorted((a, b) => a - b))
      if (inside.length > 0) {
        expect(Math.max(...max)).toBe(Math.max(...inside.map(([, value]) => value as number)))
        expect(Math.min(...min)).toBe(Math.min(...inside.map(([, value]) => value as number)))
        expect(at[0]).toBe(Math.min(...inside.map(([time]) => time)))
      } else expect(at).toEqual([])
      mean.forEach((value, i) => {
        expect(value).toBeGreaterThanOrEqual((min[i] as number) - 1e-9)
        expect(value).toBeLessThanOrEqual((max[i] as number) + 1e-9)
      })
      gaps.forEach(([start, end], i) => {
        expect(start).toBeGreaterThanOrEqual(from)
        expect(end).toBeLessThanOrEqual(100_000)
        expect(end).toBeGreaterThan(start)
        if (i > 0) expect(start).toBeGreaterThan(gaps[i - 1]?.[1] as number)
      })
    }),
  )
})

test('a range that moves on keeps its buckets', () => {
  const samples = Array.from({ length: 2000 }, (_, i): [number, number] => [i * 500, (i * 7919) % 1000])
  const first = reduce(samples, { from: 100_000, to: 600_000, points: 100 })
  const later = reduce(samples, { from: 102_000, to: 602_000, points: 100 })
  // The buckets at the edges of either range are cut.
  const inner = ({ at, mean }: typeof first) =>
    at.map((time, i) => [time, mean[i]]).filter(([time]) => (time as number) > 108_000 && (time as number) < 590_000)
  expect(inner(first).length).toBeGreaterThan(90)
  expect(inner(later)).toEqual(inner(first))
})

test('three missing intervals are no gap yet, more are', () => {
  expect(
    reduce(
      [
        [0, 1],
        [6000, 2],
      ],
      { to: 8000 },
    ).gaps,
  ).toEqual([])
  expect(
    reduce(
      [
        [0, 1],
        [6001, 2],
      ],
      { to: 8000 },
    ).gaps,
  ).toEqual([[2000, 6001]])
})

test('where the interval grows, the longer one counts', () => {
  const reducer = createSeriesReducer({ from: 0, to: 100_000, points: 100, isState: false })
  for (let at = 0; at <= 10_000; at += 2000) reducer.add(at, 1, 2000)
  for (let at = 20_000; at <= 90_000; at += 10_000) reducer.add(at, 1, 10_000)
  expect(reducer.finish(100_000, 'samples').gaps).toEqual([])
})

test('what was unknown before the range stays so until a sample, also where that lies before it', () => {
  expect(
    reduce(
      [
        [-9000, 1],
        [-8000, null],
        [4000, 2],
      ],
      { to: 6000 },
    ).gaps,
  ).toEqual([[0, 4000]])
  expect(
    reduce(
      [
        [-9000, null],
        [-1000, 1],
        [1000, 2],
      ],
      { to: 6000 },
    ).gaps,
  ).toEqual([])
})

test('nothing at all is one gap, as far as now', () => {
  expect(reduce([], { until: 40_000 })).toEqual({ at: [], min: [], mean: [], max: [], gaps: [[0, 40_000]], tier: 'samples' })
  expect(reduce([], { until: -5 }).gaps).toEqual([])
})

test('totals are those of each bucket, whether they came as samples, columns or buckets of a coarser tier', () => {
  const options = { from: 0, to: 30_000, points: 4, isState: false, totals: true }
  const samples = createSeriesReducer(options)
  const column = createSeriesReducer(options)
  const times = Float64Array.from({ length: 15 }, (_, i) => i * 2000)
  const wholes = times.map((at) => (at === 14_000 ? Number.NaN : 70 - at / 1000))
  times.forEach((at, i) => {
    const whole = wholes[i] as number
    if (Number.isNaN(whole)) samples.unknown(at)
    else samples.add(at, whole / 10, 2000)
  })
  column.addColumn({ times, wholes, length: 15, scale: 10, usualMs: 2000, presence: null, gaps: [], after: -1, before: 1e9 })
  const coarse = createSeriesReducer(options)
  coarse.addBucket(10_000, 2, 1, 9, 10, 9, 1)
  coarse.addBucket(15_000, 3, 2, 4, 9, 4, 2)
  const found = samples.finish(30_000, 'samples')
  expect([found.count, found.first, found.last]).toEqual([
    [5, 4, 5],
    [7, 6, 5],
    [6.2, 5.2, 4.2],
  ])
  expect(found.sum?.map((sum) => Math.round(sum * 10))).toEqual([330, 224, 230])
  const columns = column.finish(30_000, 'samples')
  expect({ ...columns, sum: columns.sum?.map((sum) => Math.round(sum * 10)) }).toEqual({ ...found, sum: [330, 224, 230] })
  expect(coarse.finish(30_000, 'minutes')).toMatchObject({ at: [10_000], count: [5], sum: [19], first: [9], last: [2], min: [1], max: [9] })
  expect(createSeriesReducer({ ...options, totals: false }).finish(30_000, 'samples')).not.toHaveProperty('count')
})

test('a whole column at once is the same as its samples one by one, whatever the clock did', () => {
  const round = fc.record({
    step: fc.oneof({ weight: 8, arbitrary: fc.constant(2000) }, { weight: 2, arbitrary: fc.integer({ min: -9000, max: 15_000 }) }),
    sample: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: -50, max: 1000 }) }, fc.constant(null), fc.constant(undefined)),
    gap: fc.oneof({ weight: 12, arbitrary: fc.constant(null) }, fc.integer({ min: -3000, max: 3000 })),
  })
  fc.assert(
    fc.property(
      fc.array(round, { minLength: 20, maxLength: 120, size: 'max' }),
      fc.integer({ min: 1, max: 20 }),
      fc.boolean(),
      fc.boolean(),
      (rounds, points, totals, isAlwaysThere) => {
        const options = { from: 20_000, to: 160_000, points, isState: false, totals }
        const one = createSeriesReducer(options)
        const all = createSeriesReducer(options)
        const times: number[] = []
        const wholes: number[] = []
        const presence: number[] = []
        const gaps: [number, number][] = []
        let at = 0
        for (const [i, { step, sample, gap }] of rounds.entries()) {
          at += step
          const value = isAlwaysThere ? (sample ?? null) : sample
          if (gap !== null) {
            gaps.push([i, at + gap])
            one.unknown(at + gap)
          }
          times.push(at)
          wholes.push(typeof value === 'number' ? value : Number.NaN)
          presence.push(value === undefined ? 0 : 1)
          if (value === null) one.unknown(at)
          else if (value !== undefined) one.add(at, value / 4, 2000)
        }
        all.addColumn({
          times: Float64Array.from(times),
          wholes: Float64Array.from(wholes),
          length: times.length,
          scale: 4,
          usualMs: 2000,
          presence: isAlwaysThere ? null : Uint8Array.from(presence),
          gaps,
          after: Number.NEGATIVE_INFINITY,
          before: Number.POSITIVE_INFINITY,
        })
        expect(all.finish(160_000, 'samples')).toEqual(one.finish(160_000, 'samples'))
      },
    ),
    { numRuns: 500 },
  )
})
