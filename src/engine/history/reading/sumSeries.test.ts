import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SeriesColumns, SumColumns } from '../../../shared/history.ts'
import { sumSeries } from './sumSeries.ts'

const series = (at: number[], value: number, gaps: [number, number][] = [], tier: 'samples' | 'minutes' = 'samples'): SeriesColumns => ({
  at,
  min: at.map(() => value - 1),
  mean: at.map(() => value),
  max: at.map(() => value + 1),
  gaps,
  tier,
})
const plain = (at: number[], values: number[], gaps: [number, number][] = []): SeriesColumns => ({
  at,
  min: values,
  mean: values,
  max: values,
  gaps,
  tier: 'samples',
})

/** What is drawn at a moment: the newest point, unless it lies in a gap. */
function drawnAt(sum: SumColumns, moment: number): number | null {
  if (sum.gaps.some(([from, to]) => moment >= from && moment < to)) return null
  return sum.mean[sum.at.findLastIndex((at) => at <= moment)] ?? null
}

describe('series of several servers added up', () => {
  const within = (to: number, bucketMs: number, toleranceMs: number) => ({ from: 0, since: 0, to, bucketMs, toleranceMs })
  it('are at each moment what each said last, whenever each was polled', () => {
    const one = plain([0, 10, 20, 30], [1, 2, 3, 4])
    const two = plain([3, 13, 23, 33], [50, 60, 70, 80])
    const sum = sumSeries([one, two], within(40, 1, 30))
    expect([0, 5, 10, 12, 13, 25, 31, 39].map((moment) => drawnAt(sum, moment))).toEqual([51, 51, 52, 52, 62, 73, 74, 84])
  })
  it('are reduced to as many points as are wanted, with the least, the mean and the most of each', () => {
    const sum = sumSeries([series([0, 10, 20, 30], 5), series([4, 14, 24, 34], 7)], within(40, 20, 30))
    expect(sum).toMatchObject({ at: [0, 20], mean: [12, 12], min: [10, 10], max: [14, 14], gaps: [] })
    const falling = plain([0, 5, 20], [8, 0, 0])
    expect(sumSeries([falling, series([0, 20], 7)], within(40, 20, 30))).toMatchObject({ min: [6, 6], mean: [11, 7], max: [16, 8] })
  })
  it('are what is known of them, step where one comes or goes, and lack it for as long as it was away', () => {
    const times = (from: number, to: number) => Array.from({ length: (to - from) / 10 }, (_, index) => from + index * 10)
    const one = series([...times(1, 101), ...times(301, 401)], 5, [[92, 300]])
    const two = series([...times(3, 203), ...times(303, 403)], 7, [[194, 302]])
    const sum = sumSeries([one, two], within(400, 1, 30))
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
  it('are less for once where one was away for less than a bucket', () => {
    const sum = sumSeries([series([1, 11, 21, 31], 5, [[13, 18]]), series([3, 13, 23, 33], 7)], within(40, 10, 30))
    expect(sum).toMatchObject({ min: [10, 6, 10, 10], mean: [12, 12, 12, 12], gaps: [], lacking: [{ part: 0, gaps: [[13, 18]] }] })
  })
  it('lack nothing where each of them is known all the time, however they begin', () =>
    expect(sumSeries([series([1, 11, 21, 31], 5), series([3, 13, 23, 33], 7)], within(40, 10, 30))).toMatchObject({ lacking: [], mean: [12, 12, 12, 12] }))
  it('show an outage of less than a minute once, and as long as it was, in values of a minute', () => {
    const minute = 60_000
    const at = [0, 1, 2, 3, 4].map((place) => place * minute)
    const outage = [[82_000, 134_000]] as [number, number][]
    const sum = sumSeries([series(at, 5, outage, 'minutes'), series(at, 7, [], 'minutes')], within(5 * minute, 2000, 8000))
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
          const drawn = parts.map(({ at, values, gaps }) => plain(at, values, gaps))
          const sum = sumSeries(drawn, within(to, 1, 1000))
          for (let moment = 0; moment < to; moment++) {
            const known = parts.filter(({ gaps }) => !gaps.some(([from, until]) => moment >= from && moment < until))
            const expected = known.map(({ at, values }) => values[at.findLastIndex((one) => one <= moment)] ?? 0)
            expect(drawnAt(sum, moment)).toBe(expected.length === 0 ? null : expected.reduce((total, value) => total + value, 0))
            const lacking = sum.lacking.filter(({ gaps }) => gaps.some(([from, until]) => moment >= from && moment < until))
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
    expect(sumSeries([coarse, fine], within(3 * minute, 10_000, 30_000)).mean).toEqual(Array(18).fill(12))
  })
  it('are as coarse as the coarsest', () => expect(sumSeries([series([1], 1), series([1], 1, [], 'minutes')], within(40, 10, 30)).tier).toBe('minutes'))
  it('are nothing where there are none, and that one where there is one', () => {
    expect(sumSeries([series([1, 11, 21, 31], 5)], within(40, 10, 30))).toMatchObject({
      at: [1, 11, 21, 31],
      min: [4, 4, 4, 4],
      mean: [5, 5, 5, 5],
      lacking: [],
    })
    expect(sumSeries([], within(40, 10, 30))).toMatchObject({ at: [], last: null })
  })
  it('take at the end the newest sample of each, without those that are not known any more, and are unknown where all are', () => {
    const ended = { ...series([1, 11, 21], 5, [[25, 40]]), last: [4, 5, 6] }
    const going = { ...series([1, 11, 21, 31], 7), last: [7, 7, 7, 9] }
    expect(sumSeries([ended, going, going], within(40, 10, 30)).last).toBe(18)
    expect(sumSeries([ended, ended], within(40, 10, 30)).last).toBe(null)
  })
  it('of a hundred, each with its own times, values and outages, are still exact', () => {
    const parts = Array.from({ length: 100 }, (_, place) => {
      const at = Array.from({ length: 200 }, (_, index) => index * 100 + place)
      const away: [number, number] = [5000 + 30 * place, 6000 + 60 * place]
      const kept = at.filter((moment) => moment < away[0] || moment >= away[1])
      return plain(
        kept,
        kept.map((moment) => 0.1 + place * 1000 + (moment % 7)),
        [away],
      )
    })
    const sum = sumSeries(parts, within(20_000, 1, 2000))
    for (const moment of [150, 4999, 5500, 7777, 9000, 12_000, 19_999]) {
      const known = parts.filter(({ gaps }) => !gaps.some(([from, to]) => moment >= from && moment < to))
      const exact = known.reduce((total, { at, mean }) => total + (mean[at.findLastIndex((one) => one <= moment)] ?? 0), 0)
      expect(drawnAt(sum, moment)).toBeCloseTo(exact, 6)
    }
    expect(sum.lacking).toHaveLength(100)
  })
})
describe('the end of a sum', () => {
  it('begins with the point that the line enters from, and has the gaps from there on', () => {
    const from = (from: number) =>
      sumSeries([series([0, 10, 20, 30], 5, [[2, 8]]), series([0, 10, 20, 30], 7, [[2, 14]])], { from, since: 0, to: 40, bucketMs: 2, toleranceMs: 30 })
    expect(from(12)).toMatchObject({ at: [10, 14, 20, 30], mean: [5, 12, 12, 12], gaps: [], lacking: [{ part: 1, gaps: [[12, 14]] }] })
    expect(from(4).gaps).toEqual([[4, 8]])
  })
})
