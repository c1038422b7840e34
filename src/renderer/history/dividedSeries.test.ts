import { expect, it } from 'vitest'
import { dividedSeries, dividedTail } from './dividedSeries.ts'
import type { DrawnSeries } from './joinSeries.ts'

const series = (at: readonly number[], mean: readonly number[], [low, high]: readonly [number, number] = [0, 0]): DrawnSeries => ({
  at,
  min: mean.map((value) => value + low),
  mean,
  max: mean.map((value) => value + high),
  count: at.map(() => 0),
  gaps: [],
  tier: 'samples',
})

it('a series is divided bucket by bucket, its band by the other extremes', () => {
  const { at, min, mean, max } = dividedSeries(series([0, 10], [120, 120]), series([0, 10], [30, 40], [-10, 20]), 10)
  expect({ at, min, mean, max }).toEqual({ at: [0, 10], min: [120 / 50, 2], mean: [4, 3], max: [6, 4] })
})
it('buckets may begin with different polls', () => {
  expect(dividedSeries(series([0, 10, 20], [8, 8, 8]), series([4, 12, 19], [1, 2, 4]), 10).mean).toEqual([8, 4, 2])
})
it('is unknown where the other one is, or is 0', () => {
  expect(dividedSeries(series([0, 10, 40], [8, 8, 8]), series([0, 10], [2, 0]), 10).at).toEqual([0])
  expect(dividedSeries(series([0], [8]), series([], []), 10).at).toEqual([])
  expect(dividedTail({ at: [1, 2, 3, 4], values: [6, 6, null, 6] }, { at: [1, 2, 3], values: [2, 0, 3] }).values).toEqual([3, null, null, null])
})
