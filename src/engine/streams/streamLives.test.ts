import { expect, test } from 'vitest'
import type { SeriesColumns } from '../../shared/history.ts'
import { streamStateCodes } from '../../shared/streams.ts'
import type { StreamState } from '../../shared/watchedStates.ts'
import { livesOf } from './streamLives.ts'

const minuteMs = 60_000
const from = Date.UTC(2026, 10, 14)

/** Buckets of ten minutes: the state at the begin of each and at its end. */
function lives(...buckets: readonly (readonly [StreamState, StreamState])[]) {
  const at = buckets.map((_, place) => from + place * 10 * minuteMs)
  const codes = (of: (bucket: readonly [StreamState, StreamState]) => number) => buckets.map(of)
  const state: SeriesColumns = {
    at,
    min: codes(([first, last]) => Math.min(streamStateCodes[first], streamStateCodes[last])),
    mean: codes(([first]) => streamStateCodes[first]),
    max: codes(([first, last]) => Math.max(streamStateCodes[first], streamStateCodes[last])),
    first: codes(([first]) => streamStateCodes[first]),
    last: codes(([, last]) => streamStateCodes[last]),
    tier: 'minutes',
    gaps: [],
  }
  const none: SeriesColumns = { at: [], min: [], mean: [], max: [], tier: 'minutes', gaps: [] }
  const period = { from, to: from + buckets.length * 10 * minuteMs }
  const minutes = (moment: number | null) => (moment === null ? null : (moment - from) / minuteMs)
  return livesOf({ state, readers: none, bitrateIn: none, answeredAt: period.to, restarts: [] }, period, () => 10 * minuteMs).map(({ created, active, gone }) =>
    [created, active, gone].map(minutes),
  )
}

test('one that was created and published within the same bucket was created in that one', () => {
  expect(lives(['gone', 'gone'], ['waiting', 'live'], ['live', 'live'])).toEqual([[10, 10, null]])
  expect(lives(['waiting', 'waiting'], ['waiting', 'live'])).toEqual([[0, 10, null]])
})

test('one that was on air when it was first seen was not created, and what was listed before an earlier life is none of the next', () => {
  expect(lives(['live', 'live'])).toEqual([[null, 0, null]])
  expect(lives(['waiting', 'waiting'], ['live', 'live'], ['gone', 'gone'], ['live', 'live'])).toEqual([
    [null, 30, null],
    [0, 10, 20],
  ])
})

test('of one that came and went within a bucket the whole bucket is said, never nothing', () => {
  expect(lives(['waiting', 'waiting'], ['live', 'gone'], ['gone', 'gone'])).toEqual([[0, 10, 20]])
  expect(lives(['live', 'live'], ['gone', 'live'], ['live', 'live'])).toEqual([
    [null, 10, null],
    [null, 0, 10],
  ])
})
