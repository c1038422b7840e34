import { expect, test } from 'vitest'
import { recordingFiguresOf } from './recordings.ts'

test('what was deleted of the oldest recordings, by the server or by somebody, is not missing; what is missing after them is', () => {
  const minute = 60_000
  const plan = { format: 'fmp4', segmentMs: minute, deleteAfterMs: 4 * minute, slates: false } as const
  const figuresOf = (minutes: readonly number[], since?: number) =>
    recordingFiguresOf(
      {
        readAt: 100 * minute,
        error: null,
        paths: new Map(minutes.length === 0 ? [] : [['gate', { starts: Float64Array.from(minutes, (at) => at * minute), ends: new Map(), cut: false }]]),
        cut: false,
        lost: new Map(),
        skewMs: 0,
        missing: new Map(since === undefined ? [] : [['gate', { since: since * minute, first: null }]]),
        planned: new Map([['gate', 80 * minute]]),
        told: new Map(),
        figures: new Map(),
      },
      'gate',
      90 * minute,
      () => plan,
      100 * minute,
    )
  expect(figuresOf([96, 97, 98, 99])).toEqual({ notRecordedMs: 0, missingMs: 0 })
  expect(figuresOf([94, 97, 98, 99])?.missingMs).toBe(2 * minute - 15_000)
  // It had none when it was first seen that it should: that is missing, and is no more once the first one is deleted.
  expect(figuresOf([96, 97, 98, 99], 93)?.missingMs).toBe(3 * minute)
  expect(figuresOf([], 99)?.notRecordedMs, 'all are deleted, and none is made').toBe(10 * minute)
})
