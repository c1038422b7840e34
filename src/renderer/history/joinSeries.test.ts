import { describe, expect, it } from 'vitest'
import type { SumColumns } from '../../shared/history.ts'
import { appendTail, bucketAt, drawnPoints, dropBefore, emptySeries, fromHistory, fromSum, joinSum, nowOf, rereadFrom, shownGaps } from './joinSeries.ts'

const history = fromHistory({ at: [1000, 2000, 3000], min: [1, 2, 3], mean: [1.5, 2.5, 3.5], max: [2, 3, 4], gaps: [], tier: 'samples' })

describe('history and live samples as one series', () => {
  it('reduces live samples of one bucket to min, mean and max', () => {
    const joined = appendTail(history, { at: [4000, 4400, 4800, 5100], values: [10, 20, 30, 7] }, 1000)
    expect(joined.at).toEqual([1000, 2000, 3000, 4000, 5100])
    expect(joined.min).toEqual([1, 2, 3, 10, 7])
    expect(joined.mean).toEqual([1.5, 2.5, 3.5, 20, 7])
    expect(joined.max).toEqual([2, 3, 4, 30, 7])
  })
  it('gives the same whether samples come one by one or together', () => {
    const together = appendTail(history, { at: [4000, 4400, 5100], values: [1, null, 3] }, 1000)
    let single = history
    for (const [at, value] of [
      [4000, 1],
      [4400, null],
      [5100, 3],
    ] as const)
      single = appendTail(single, { at: [at], values: [value] }, 1000)
    expect(single).toEqual(together)
  })
  it('passes over what it knows already', () => {
    const once = appendTail(history, { at: [3000, 4000], values: [99, 5] }, 1000)
    expect(appendTail(once, { at: [4000], values: [5] }, 1000)).toEqual(once)
    expect(once.mean).toEqual([1.5, 2.5, 3.5, 5])
  })
  it('keeps unknown as a gap that the next value closes, never as a zero', () => {
    const joined = appendTail(history, { at: [4000, 5000, 6000], values: [null, null, 8] }, 1000)
    expect(joined.gaps).toEqual([[4000, 6000]])
    expect(joined.at).toEqual([1000, 2000, 3000, 6000])
  })
  it('goes on with a gap in which history ended', () => {
    const gone = fromHistory({ at: [1000], min: [1], mean: [1], max: [1], gaps: [[2000, 4000]], tier: 'samples' })
    expect(appendTail(gone, { at: [4900, 6900], values: [null, 7] }, 1000).gaps).toEqual([[2000, 6900]])
  })
  it('closes a gap that history left open at its end', () => {
    const open = fromHistory({ at: [1000], min: [1], mean: [1], max: [1], gaps: [[2000, 9000]], tier: 'samples' })
    expect(appendTail(open, { at: [5000], values: [1] }, 1000).gaps).toEqual([[2000, 5000]])
  })
  it('forgets what left the window, but for the point that the line enters from', () => {
    expect(dropBefore(history, 2500).at).toEqual([2000, 3000])
    expect(dropBefore(history, 500)).toBe(history)
  })
})

describe('gaps that are shown', () => {
  it('cover the end of a live window where samples stopped coming', () => {
    expect(shownGaps(history, { from: 0, to: 20_000 }, 6000)).toEqual([[3000, 20_000]])
    expect(shownGaps(history, { from: 0, to: 8000 }, 6000)).toEqual([])
  })
  it('cover what lies before the first sample, which is not known', () => {
    expect(shownGaps(history, { from: -9000, to: 4000 }, 6000)).toEqual([[-9000, 1000]])
    expect(shownGaps(history, { from: -4000, to: 4000 }, 6000)).toEqual([])
  })
  it('leave out the beginning where samples are far apart, as those of a made-up past, but not more than that', () => {
    const sparse = { ...history, at: [100_000, 200_000, 300_000] }
    expect(shownGaps(sparse, { from: 0, to: 301_000 }, 6000)).toEqual([])
    expect(shownGaps(sparse, { from: -60_000, to: 301_000 }, 6000)).toEqual([[-60_000, 100_000]])
    const restarted = { ...sparse, gaps: [[110_000, 190_000]] as const }
    expect(shownGaps(restarted, { from: 0, to: 301_000 }, 6000)).toEqual([
      [0, 100_000],
      [100_001, 190_000],
    ])
  })
  it('begin where the last sample was, when only their end was told', () => {
    const restarted = { ...history, at: [1000, 2000, 60_000], gaps: [[58_000, 59_000]] as const }
    expect(shownGaps(restarted, { from: 0, to: 61_000 }, 6000)).toEqual([[2001, 59_000]])
    expect(drawnPoints(restarted, [[2001, 59_000]]).map((point) => point.mean)).toEqual([1.5, 2.5, null, 3.5])
  })
  it('cover everything where nothing is known', () => expect(shownGaps(emptySeries, { from: 5, to: 10 }, 6000)).toEqual([[5, 10]]))
  it('end at the window and are merged', () => {
    const series = {
      ...history,
      gaps: [
        [500, 1500],
        [1400, 1800],
        [2500, Number.POSITIVE_INFINITY],
      ] as const,
    }
    expect(shownGaps(series, { from: 1000, to: 4000 }, 6000)).toEqual([
      [1000, 1800],
      [2500, 4000],
    ])
  })
})

describe('points that are drawn', () => {
  it('break the line at each gap', () => {
    const points = drawnPoints(history, [[2200, 2800]])
    expect(points.map((point) => point.mean)).toEqual([1.5, 2.5, null, 3.5])
    expect(points[2]?.at).toBe(2200)
  })
  it('are scaled where a lane shows packets a minute', () => expect(drawnPoints(history, [], 30).map((point) => point.mean)).toEqual([45, 75, 105]))
})

describe('what the cursor reads', () => {
  it('is the newest bucket in reach that had begun, never one that comes after it', () => {
    expect(bucketAt(history, [], 2400, 1000)).toBe(1)
    expect(bucketAt(history, [], 2999, 1000)).toBe(1)
    expect(bucketAt(history, [], 3000, 1000)).toBe(2)
    expect(bucketAt(history, [], 900, 1000)).toBeNull()
  })
  it('is nothing in a gap and nothing far away', () => {
    expect(bucketAt(history, [[2100, 2900]], 2400, 1000)).toBeNull()
    expect(bucketAt(history, [], 9000, 1000)).toBeNull()
    expect(bucketAt(emptySeries, [], 9000, 1000)).toBeNull()
  })
  it('is nothing at the end of a gap that nothing follows: a moment of the past at which nobody publishes', () => {
    expect(bucketAt(history, [[3400, 4000]], 4000, 2000)).toBeNull()
    expect(bucketAt(history, [[2100, 3000]], 3000, 1000)).toBe(2)
  })
  it('is the bucket that the line comes from, however far away, as long as the line goes on', () => {
    const sparse = { ...history, at: [0, 900_000, 1_800_000] }
    expect(bucketAt(sparse, [], 600_000, 1000)).toBe(0)
    expect(bucketAt(sparse, [], 1_799_999, 1000)).toBe(1)
    expect(bucketAt(sparse, [], 1_900_000, 1000)).toBeNull()
    expect(bucketAt(sparse, [[1000, 500_000]], 600_000, 1000)).toBeNull()
    expect(bucketAt(sparse, [[800_000, 900_000]], 600_000, 1000)).toBeNull()
  })
})

describe('the value beside a lane while nobody points into it', () => {
  // 96 packets that one sample of 2 s has booked, in bars of 8 and of 16 s.
  const bars = (widthMs: number) => fromHistory({ at: [0, widthMs], min: [0, 0], mean: [0, (96 * 2_000) / widthMs], max: [0, 96], gaps: [], tier: 'samples' })
  const recent = { at: [0, 2_000], values: [17, 96] }

  it('is the newest bar’s, the rate over its own width, where bars show a rate', () => {
    for (const [widthMs, rate] of [
      [8_000, 720],
      [16_000, 360],
    ] as const) {
      const series = bars(widthMs)
      const perMinute = 60_000 / 2_000
      expect(nowOf({ perMinute: true }, series, recent, [], 40_000, perMinute)).toBe(rate)
      expect(drawnPoints(series, [], perMinute).at(-1)?.mean).toBe(rate)
    }
  })
  it('is the newest sample’s elsewhere, and none where the line has broken off', () => {
    expect(nowOf({}, bars(8_000), { at: [0, 2_000], values: [17, null] }, [], 40_000, 1)).toBe(17)
    for (const perMinute of [true, false]) expect(nowOf({ perMinute }, bars(8_000), recent, [[20_000, 40_000]], 40_000, 30)).toBeNull()
  })
})

describe('a sum of which the end was asked for anew', () => {
  const sum = (at: number[], value: number, gaps: [number, number][] = [], lacking: SumColumns['lacking'] = []): SumColumns => ({
    ...{ at, min: at.map(() => value), mean: at.map(() => value), max: at.map(() => value), gaps, tier: 'samples', last: value, lacking },
  })
  it('is as it was before that moment, and as it came from there on', () => {
    const joined = joinSum(fromSum(sum([0, 10, 20, 30], 5)), sum([15, 20, 30, 40], 7), 20)
    expect(joined).toMatchObject({ at: [0, 10, 20, 30, 40], mean: [5, 5, 7, 7, 7], max: [5, 5, 7, 7, 7] })
  })
  it('has a gap over that moment once, and what it lacks on both sides', () => {
    const known = fromSum(sum([0, 10], 5, [[15, 30]], [{ part: 1, gaps: [[5, 30]] }]))
    const joined = joinSum(known, sum([40], 7, [[20, 38]], [{ part: 2, gaps: [[38, 40]] }]), 20)
    expect(joined.gaps).toEqual([[15, 38]])
    expect(joined.lacking).toEqual([
      { part: 1, gaps: [[5, 20]] },
      { part: 2, gaps: [[38, 40]] },
    ])
  })
  it('is asked for from its last reading on, however long ago that was: nothing was read while the page was hidden', () => {
    const [bucketMs, lateMs, hiddenAt, now] = [10, 25, 1000, 1600]
    const from = rereadFrom(hiddenAt, lateMs, bucketMs)
    expect(from).toBe(970)
    const at = (begin: number, end: number) => Array.from({ length: (end - begin) / bucketMs }, (_, i) => begin + i * bucketMs)
    expect(joinSum(fromSum(sum(at(0, hiddenAt), 5)), sum(at(from, now), 7), from).at).toEqual(at(0, now))
  })
  it('ends where nothing more is known', () =>
    expect(joinSum(fromSum(sum([0, 10, 20], 5)), sum([], 0, [[15, 40]]), 15)).toMatchObject({ at: [0, 10], gaps: [[15, 40]] }))
})
