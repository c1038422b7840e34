import { describe, expect, it } from 'vitest'
import { gapsInWindow } from '../../shared/gaps.ts'
import type { SumColumns } from '../../shared/history.ts'
import { bucketAt, drawnPoints, dropBefore, emptySeries, fromHistory, fromSum, joinNewest, lastOf, nowOf, rereadFrom } from './joinSeries.ts'

const history = fromHistory({ at: [1000, 2000, 3000], min: [1, 2, 3], mean: [1.5, 2.5, 3.5], max: [2, 3, 4], gaps: [], tier: 'samples' })

describe('a series as drawn', () => {
  it('forgets what left the window, but for the point that the line enters from', () => {
    expect(dropBefore(history, 2500).at).toEqual([2000, 3000])
    expect(dropBefore(history, 500)).toBe(history)
  })
})

describe('gaps that are shown', () => {
  it('cover the end of a live window where samples stopped coming', () => {
    expect(gapsInWindow(history, { from: 0, to: 20_000 }, 6000)).toEqual([[3000, 20_000]])
    expect(gapsInWindow(history, { from: 0, to: 8000 }, 6000)).toEqual([])
  })
  it('cover what lies before the first sample, which is not known', () => {
    expect(gapsInWindow(history, { from: -9000, to: 4000 }, 6000)).toEqual([[-9000, 1000]])
    expect(gapsInWindow(history, { from: -4000, to: 4000 }, 6000)).toEqual([])
  })
  it('leave out the beginning where samples are far apart, as those of a made-up past, but not more than that', () => {
    const sparse = { ...history, at: [100_000, 200_000, 300_000] }
    expect(gapsInWindow(sparse, { from: 0, to: 301_000 }, 6000)).toEqual([])
    expect(gapsInWindow(sparse, { from: -60_000, to: 301_000 }, 6000)).toEqual([[-60_000, 100_000]])
    const restarted = { ...sparse, gaps: [[110_000, 190_000]] as const }
    expect(gapsInWindow(restarted, { from: 0, to: 301_000 }, 6000)).toEqual([
      [0, 100_000],
      [100_001, 190_000],
    ])
  })
  it('begin where the last sample was, when only their end was told', () => {
    const restarted = { ...history, at: [1000, 2000, 60_000], gaps: [[58_000, 59_000]] as const }
    expect(gapsInWindow(restarted, { from: 0, to: 61_000 }, 6000)).toEqual([[2001, 59_000]])
    expect(drawnPoints(restarted, [[2001, 59_000]]).map((point) => point.mean)).toEqual([1.5, 2.5, null, 3.5])
  })
  it('cover everything where nothing is known', () => expect(gapsInWindow(emptySeries, { from: 5, to: 10 }, 6000)).toEqual([[5, 10]]))
  it('end at the window and are merged', () => {
    const series = {
      ...history,
      gaps: [
        [500, 1500],
        [1400, 1800],
        [2500, Number.POSITIVE_INFINITY],
      ] as const,
    }
    expect(gapsInWindow(series, { from: 1000, to: 4000 }, 6000)).toEqual([
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

  it('is the newest bar’s, the rate over its own width, where bars show a rate', () => {
    for (const [widthMs, rate] of [
      [8_000, 720],
      [16_000, 360],
    ] as const) {
      const series = bars(widthMs)
      const perMinute = 60_000 / 2_000
      expect(nowOf({ perMinute: true }, series, 96, [], 40_000, perMinute)).toBe(rate)
      expect(drawnPoints(series, [], perMinute).at(-1)?.mean).toBe(rate)
    }
  })
  it('is the newest sample’s elsewhere, and none where the line has broken off', () => {
    expect(nowOf({}, bars(8_000), 17, [], 40_000, 1)).toBe(17)
    for (const perMinute of [true, false]) expect(nowOf({ perMinute }, bars(8_000), 96, [[20_000, 40_000]], 40_000, 30)).toBeNull()
  })
})

describe('a series of which the end was asked for anew', () => {
  const sum = (at: number[], value: number, gaps: [number, number][] = [], lacking: SumColumns['lacking'] = []): SumColumns => ({
    ...{ at, min: at.map(() => value), mean: at.map(() => value), max: at.map(() => value), gaps, tier: 'samples', last: value, lacking },
  })
  it('is as it was before that moment, and as it came from there on', () => {
    const joined = joinNewest(fromSum(sum([0, 10, 20, 30], 5)), fromSum(sum([15, 20, 30, 40], 7)), 20)
    expect(joined).toMatchObject({ at: [0, 10, 20, 30, 40], mean: [5, 5, 7, 7, 7], max: [5, 5, 7, 7, 7] })
  })
  it('has a gap over that moment once, and what it lacks on both sides', () => {
    const known = fromSum(sum([0, 10], 5, [[15, 30]], [{ part: 1, gaps: [[5, 30]] }]))
    const joined = joinNewest(known, fromSum(sum([40], 7, [[20, 38]], [{ part: 2, gaps: [[38, 40]] }])), 20)
    expect(joined.gaps).toEqual([[15, 38]])
    expect(joined.lacking).toEqual([
      { part: 1, gaps: [[5, 20]] },
      { part: 2, gaps: [[38, 40]] },
    ])
  })
  it('is asked for from its last reading on, however long ago that was: nothing was read while the page was hidden', () => {
    const [bucketMs, lateMs, hiddenAt, now] = [10, 25, 1000, 1600]
    const from = rereadFrom(hiddenAt, 0, lateMs, bucketMs)
    expect(from).toBe(970)
    const at = (begin: number, end: number) => Array.from({ length: (end - begin) / bucketMs }, (_, i) => begin + i * bucketMs)
    expect(joinNewest(fromSum(sum(at(0, hiddenAt), 5)), fromSum(sum(at(from, now), 7)), from).at).toEqual(at(0, now))
  })
  it('is never asked for from before its window, however late samples may come: a question has a limit of points', () => {
    const [minute, hour, day] = [60_000, 3_600_000, 86_400_000]
    expect(rereadFrom(20 * day, 20 * day - 15 * minute, 3 * day, 1000)).toBe(20 * day - 15 * minute)
    expect(rereadFrom(20 * day, 20 * day - 15 * minute, 3 * hour, 7000) / 7000, 'the start of a bucket').toBe(Math.floor((20 * day - 15 * minute) / 7000))
    expect(rereadFrom(9 * day, 20 * day, 3 * hour, 1000), 'the page was hidden for longer than the window').toBe(20 * day)
  })
  it('ends where nothing more is known', () =>
    expect(joinNewest(fromSum(sum([0, 10, 20], 5)), fromSum(sum([], 0, [[15, 40]])), 15)).toMatchObject({ at: [0, 10], gaps: [[15, 40]] }))
  it('has the value of its newest sample, and none in a gap that nothing follows', () => {
    const read = { gaps: [], last: [3, 7], lastAt: [1000, 4000] }
    expect(lastOf(read)).toBe(7)
    expect(lastOf({ ...read, gaps: [[2000, 3000]] })).toBe(7)
    expect(lastOf({ ...read, gaps: [[4500, 9000]] })).toBeNull()
    expect(lastOf({ gaps: [[0, 9000]], last: [], lastAt: [] })).toBeNull()
  })
})
