import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHistory } from './joinSeries.ts'
import { sumRecent, sumSeries } from './sumSeries.ts'

const series = (at: number[], value: number, gaps: [number, number][] = [], tier: 'samples' | 'minutes' = 'samples') =>
  fromHistory({ at, min: at.map(() => value - 1), mean: at.map(() => value), max: at.map(() => value + 1), gaps, tier })

describe('series of several servers added up', () => {
  const window = { from: 0, to: 40 }
  it('meet in slots, whenever each was polled', () => {
    const sum = sumSeries([series([1, 4, 11, 21, 31], 5), series([3, 13, 18, 23, 33], 7)], window, 10)
    expect(sum).toMatchObject({ at: [0, 10, 20, 30], mean: [12, 12, 12, 12], min: [10, 10, 10, 10], max: [14, 14, 14, 14], gaps: [] })
  })
  it('are what is known of them, and a gap where nothing is', () => {
    const times = (from: number, to: number) => Array.from({ length: (to - from) / 10 }, (_, index) => from + index * 10)
    const one = series([...times(1, 101), ...times(301, 401)], 5, [[92, 300]])
    const two = series([...times(3, 203), ...times(303, 403)], 7, [[194, 302]])
    const sum = sumSeries([one, two], { from: 0, to: 400 }, 10)
    const known = new Map(sum.at.map((at, index) => [at, sum.mean[index]]))
    expect([0, 50, 90, 150, 190, 300, 390].map((at) => known.get(at))).toEqual([12, 12, 12, 7, 7, 12, 12])
    expect([200, 250, 290].map((at) => known.has(at))).toEqual([false, false, false])
    expect(sum.gaps).toEqual([[194, 300]])
    expect(sum.lacking).toEqual([{ part: 0, gaps: [[92, 194]] }])
  })
  it('lack nothing where each of them is known all the time', () =>
    expect(sumSeries([series([1, 11, 21, 31], 5), series([3, 13, 23, 33], 7)], window, 10).lacking).toEqual([]))
  it('do not seem to fall where some come or go a moment before the others', () => {
    const one = series([1, 11, 21, 31, 41, 51], 5)
    const two = series([22, 32, 42], 7, [
      [0, 22],
      [43, 60],
    ])
    expect(sumSeries([one, two], { from: 0, to: 60 }, 10)).toMatchObject({ at: [20, 30, 40], mean: [12, 12, 12] })
  })
  it('stay level where each of them does, whenever its samples come', () =>
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: 1, max: 15 }), { minLength: 40, maxLength: 40 }), { minLength: 2, maxLength: 5 }),
        fc.integer({ min: 10, max: 30 }),
        (steps, slotMs) => {
          const parts = steps.map((own, index) => {
            let at = 0
            return series(
              own.map((step) => {
                at += step
                return at
              }),
              10 ** index,
            )
          })
          const to = Math.min(...parts.map((part) => part.at.at(-1) ?? 0))
          const sum = sumSeries(parts, { from: 0, to }, slotMs)
          const first = Math.max(...parts.map((part) => part.at[0] ?? 0))
          const level = steps.reduce((total, _, index) => total + 10 ** index, 0)
          sum.at.forEach((at, index) => {
            if (at >= first && at <= to) expect(sum.mean[index]).toBeCloseTo(level, 6)
          })
        },
      ),
    ))
  it('hold what is coarse until its next value', () => {
    const minute = 60_000
    const coarse = series([0, minute, 2 * minute], 5, [], 'minutes')
    const fine = series(
      Array.from({ length: 18 }, (_, index) => index * 10_000),
      7,
    )
    expect(sumSeries([coarse, fine], { from: 0, to: 3 * minute }, 10_000).mean).toEqual(Array(18).fill(12))
  })
  it('are as coarse as the coarsest', () => expect(sumSeries([series([1], 1), series([1], 1, [], 'minutes')], window, 10).tier).toBe('minutes'))
  it('are nothing where there are none, and themselves where there is one', () => {
    const one = series([1], 5)
    expect(sumSeries([one], window, 10)).toBe(one)
    expect(sumSeries([], window, 10).at).toEqual([])
  })
})
describe('values of now added up', () => {
  it('take the newest that is known of each', () =>
    expect(
      sumRecent(
        [
          { at: [1, 2], values: [4, 5] },
          { at: [1, 3], values: [7, null] },
        ],
        10,
      ),
    ).toEqual({ at: [3], values: [12] }))
  it('are without what stopped answering, however long its last value is kept', () =>
    expect(
      sumRecent(
        [
          { at: [1, 30], values: [4, 5] },
          { at: [1, 15, 30], values: [7, null, null] },
        ],
        10,
      ),
    ).toEqual({ at: [30], values: [5] }))
  it('are unknown where all are', () =>
    expect(
      sumRecent(
        [
          { at: [1], values: [null] },
          { at: [3], values: [null] },
        ],
        10,
      ).values,
    ).toEqual([null]))
})
