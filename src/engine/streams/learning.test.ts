import { expect, test } from 'vitest'
import { extendLive, isLearned, type Learning, recordLive } from './learning.ts'

const noon = Date.UTC(2026, 10, 14, 12)
const hour = 3_600_000
/** On air in each answer since the last one. */
const seen = Number.NEGATIVE_INFINITY
const nothing = (): Learning => ({ lastLiveAt: Number.NaN, liveDays: 0, liveMs: 0 })

test('a path is learned on its third day in UTC, however short it was on each', () => {
  const path = nothing()
  for (const [day, learned] of [
    [0, false],
    [0, false],
    [1, false],
    [9, true],
  ] as const) {
    recordLive(path, noon + day * 24 * hour, Number.NaN)
    expect(isLearned(path)).toBe(learned)
  }
})

test('a path is learned after 24 h in total; interruptions do not count', () => {
  const path = nothing()
  for (let minute = 0; minute <= 719; minute++) recordLive(path, noon - 12 * hour + minute * 60_000, minute > 0 ? seen : Number.NaN)
  expect(path).toMatchObject({ liveDays: 1, liveMs: 719 * 60_000 })
  recordLive(path, noon, Number.NaN)
  expect(path.liveMs).toBe(719 * 60_000)
  for (let minute = 1; minute < 720; minute++) recordLive(path, noon + minute * 60_000, seen)
  expect(isLearned(path)).toBe(false)
  recordLive(path, noon + 12 * hour, seen)
  recordLive(path, noon + 12 * hour + 60_000, seen)
  expect(path).toMatchObject({ liveDays: 2, liveMs: 24 * hour })
  expect(isLearned(path)).toBe(true)
})

test('a path is learned at first sight where its server says that it was on air for 24 h together', () => {
  const path = nothing()
  recordLive(path, noon, noon - 24 * hour + 1)
  expect(path).toEqual({ lastLiveAt: noon, liveDays: 2, liveMs: 24 * hour - 1 })
  expect(isLearned(path)).toBe(false)
  recordLive(path, noon + 1, noon - 24 * hour + 1)
  expect(path).toEqual({ lastLiveAt: noon + 1, liveDays: 2, liveMs: 24 * hour })
  expect(isLearned(path)).toBe(true)
})

test('what was counted before is not counted twice', () => {
  const path: Learning = { lastLiveAt: noon - hour, liveDays: 1, liveMs: 5 }
  recordLive(path, noon, noon - 2 * hour)
  expect(path).toEqual({ lastLiveAt: noon, liveDays: 1, liveMs: hour + 5 })
  recordLive(path, noon + 24 * hour, noon + 23 * hour)
  expect(path).toEqual({ lastLiveAt: noon + 24 * hour, liveDays: 2, liveMs: 2 * hour + 5 })
})

test('a clock that was set back neither takes away nor adds', () => {
  const path = nothing()
  recordLive(path, noon, Number.NaN)
  recordLive(path, noon - 48 * hour, seen)
  expect(path).toEqual({ lastLiveAt: noon - 48 * hour, liveDays: 1, liveMs: 0 })
})

test('a stretch that is known as a whole counts each of its days', () => {
  expect(extendLive({ lastLiveAt: noon, liveDays: 1, liveMs: 5 }, noon + 36 * hour)).toEqual({
    lastLiveAt: noon + 36 * hour,
    liveDays: 3,
    liveMs: 36 * hour + 5,
  })
  const known = { lastLiveAt: noon, liveDays: 1, liveMs: 5 }
  expect(extendLive(known, noon - 1)).toEqual(known)
  expect(extendLive(known, Number.NaN)).toEqual(known)
})
