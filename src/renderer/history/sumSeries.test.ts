import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bucketAt, type DrawnSeries, fromHistory } from './joinSeries.ts'
import { sumRecent, sumSeries } from './sumSeries.ts'

const series = (at: number[], value: number, gaps: [number, number][] = [], tier: 'samples' | 'minutes' = 'samples') =>
  fromHistory({ at, min: at.map(() => value - 1), mean: at.map(() => value), max: at.map(() => value + 1), gaps, tier })

/** What is drawn at a moment: the newest point, unless it lies in a gap. */
function drawnAt(sum: DrawnSeries, moment: number): number | null {
  const index = bucketAt(sum, sum.gaps, moment, Number.POSITIVE_INFINITY)
  return index === null ? null : (sum.mean[index] ?? null)
}

describe('series of several servers added up', () => {
  const window = { from: 0, to: 40 }
  it('are at each moment what each said last, whenever each was polled', () => {
    const one = fromHistory({ at: [0, 10, 20, 30], min: [1, 2, 3, 4], mean: [1, 2, 3, 4], max: [1, 2, 3, 4], gaps: [], tier: 'samples' })
    const two = fromHistory({ at: [3, 13, 23, 33], min: [50, 60, 70, 80], mean: [50, 60, 70, 80], max: [50, 60, 70, 80], gaps: [], tier: 'samples' })
    const sum = sumSeries([one, two], window, 1, 30)
    expect([0, 5, 10, 12, 13, 25, 31, 39].map((moment) => drawnAt(sum, moment))).toEqual([51, 51, 52, 52, 62, 73, 74, 84])
  })
  it('are reduced to as many points as are wanted, with the least and the most of each, and a mean over its time', () => {
    const sum = sumSeries([series([0, 10, 20, 30], 5), series([4, 14, 24, 34], 7)], window, 20, 30)
    expect(sum).toMatchObject({ at: [0, 20], mean: [12, 12], min: [10, 10], max: [14, 14], gaps: [] })
    const falling = fromHistory({ at: [0, 5, 20], min: [8, 0, 0], mean: [8, 0, 0], max: [8, 0, 0], gaps: [], tier: 'samples' })
    expect(sumSeries([falling, series([0, 20], 7)], window, 20, 30)).toMatchObject({ mean: [9, 7] })
  })
  it('are what is known of them, step where one comes or goes, and lack it for as long as it was away', () => {
    const times = (from: number, to: number) => Array.from({ length: (to - from) / 10 }, (_, index) => from + index * 10)
    const one = series([...times(1, 101), ...times(301, 401)], 5, [[92, 300]])
    const two = series([...times(3, 203), ...times(303, 403)], 7, [[194, 302]])
    const sum = sumSeries([one, two], { from: 0, to: 400 }, 10, 30)
    expect([1, 50, 91, 92, 150, 193, 194, 250, 299, 300, 301, 302, 390].map((moment) => drawnAt(sum, moment))).toEqual([
      12,
      12,
      12,
      7,
      7,
      7,
      null,
      null,
      null,
      5,
      5,
      12,
      12,
    ])
    expect(sum.gaps).toEqual([[194, 300]])
    expect(sum.lacking).toEqual([
      { part: 0, gaps: [[92, 194]] },
      { part: 1, gaps: [[300, 302]] },
    ])
  })
  it('lack nothing where each of them is known all the time, however they begin', () =>
    expect(sumSeries([series([1, 11, 21, 31], 5), series([3, 13, 23, 33], 7)], window, 10, 30)).toMatchObject({ lacking: [], mean: [12, 12, 12, 12] }))
  it('show an outage of less than a minute once, and as long as it was, in values of a minute', () => {
    const minute = 60_000
    const at = [0, 1, 2, 3, 4].map((place) => place * minute)
    const outage = [[82_000, 134_000]] as [number, number][]
    const sum = sumSeries([series(at, 5, outage, 'minutes'), series(at, 7, [], 'minutes')], { from: 0, to: 5 * minute }, 2000, 8000)
    const drawn = Array.from({ length: 300 }, (_, second) => drawnAt(sum, second * 1000))
    expect(drawn).toEqual(Array.from({ length: 300 }, (_, second) => (second >= 82 && second < 134 ? 7 : 12)))
    expect(sum.lacking).toEqual([{ part: 0, gaps: outage }])
  })
  it('are at every moment the sum of those that are known then, whatever they do', () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.array(fc.record({ step: fc.integer({ min: 1, max: 15 }), away: fc.boolean(), value: fc.integer({ min: 0, max: 99 }) }), {
            minLength: 30,
            maxLength: 30,
          }),
          {
            minLength: 2,
            maxLength: 5,
          },
        ),
        (polls) => {
          const parts = polls.map((own) => {
            let at = 0
            const columns = { at: [0], values: [1], gaps: [] as [number, number][] }
            for (const { step, away, value } of own) {
              at += step
              const open = columns.gaps.at(-1)
              if (away && open?.[1] !== Number.POSITIVE_INFINITY) columns.gaps.push([at, Number.POSITIVE_INFINITY])
              if (away) continue
              if (open?.[1] === Number.POSITIVE_INFINITY) open[1] = at
              columns.at.push(at)
              columns.values.push(value)
            }
            return columns
          })
          const to = Math.min(...polls.map((own) => own.reduce((sum, { step }) => sum + step, 0)))
          const drawn = parts.map(({ at, values, gaps }) => fromHistory({ at, min: values, mean: values, max: values, gaps, tier: 'samples' }))
          const sum = sumSeries(drawn, { from: 0, to }, 1, 1000)
          for (let moment = 0; moment < to; moment++) {
            const known = parts.filter(({ gaps }) => !gaps.some(([from, until]) => moment >= from && moment < until))
            const expected = known.map(({ at, values }) => values[at.findLastIndex((one) => one <= moment)] ?? 0)
            expect(drawnAt(sum, moment)).toBe(expected.length === 0 ? null : expected.reduce((total, value) => total + value, 0))
            const lacking = (sum.lacking ?? []).filter(({ gaps }) => gaps.some(([from, until]) => moment >= from && moment < until))
            expect(lacking.length).toBe(expected.length === 0 ? 0 : parts.length - expected.length)
          }
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
    expect(sumSeries([coarse, fine], { from: 0, to: 3 * minute }, 10_000, 30_000).mean).toEqual(Array(18).fill(12))
  })
  it('are as coarse as the coarsest', () => expect(sumSeries([series([1], 1), series([1], 1, [], 'minutes')], window, 10, 30).tier).toBe('minutes'))
  it('are nothing where there are none, and themselves where there is one', () => {
    const one = series([1], 5)
    expect(sumSeries([one], window, 10, 30)).toBe(one)
    expect(sumSeries([], window, 10, 30).at).toEqual([])
  })
})
describe('values of now added up', () => {
  it('take the newest of each that answered last', () =>
    expect(
      sumRecent(
        [
          { at: [1, 2], values: [4, 5] },
          { at: [1, 3], values: [null, 7] },
          { at: [1, 3], values: [20, null] },
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
