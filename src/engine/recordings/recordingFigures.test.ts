import { expect, test } from 'vitest'
import { recordingFigures } from './recordedPieces.ts'

const minute = 60_000
const figures = (starts: readonly number[], onAir: readonly [from: number, to: number], segment: number | null = 10) => {
  const { notRecordedMs, missingMs } = recordingFigures(
    { starts: starts.map((start) => start * minute), ends: new Map(), segmentMs: segment === null ? null : segment * minute, listedAt: onAir[1] * minute },
    { from: onAir[0] * minute, to: onAir[1] * minute },
  )
  return { notRecorded: notRecordedMs / minute, missing: missingMs / minute }
}

test('a stream whose segments follow each other is recorded', () => {
  expect(figures([0, 10, 20, 30], [0, 39])).toEqual({ notRecorded: 0, missing: 0 })
  // The next segment waits for its key frame.
  expect(figures([0, 10, 20.2, 30.4], [0, 40.6])).toEqual({ notRecorded: 0, missing: 0 })
})
test('a recording that stopped is known when its segment should have ended', () => {
  expect(figures([0, 10], [0, 19])).toEqual({ notRecorded: 0, missing: 0 })
  expect(figures([0, 10], [0, 25])).toEqual({ notRecorded: 4.75, missing: 0 })
  // Also if that was long ago, and where it never began.
  expect(figures([0, 10], [0, 300])).toEqual({ notRecorded: 279.75, missing: 0 })
  expect(figures([], [100, 130])).toEqual({ notRecorded: 30, missing: 0 })
  expect(figures([], [0, 300])).toEqual({ notRecorded: 300, missing: 0 })
})
test('a gap that has ended is counted for an hour', () => {
  expect(figures([0, 10, 35, 45], [0, 50])).toEqual({ notRecorded: 0, missing: 14.75 })
  expect(figures([0, 10, 35, 45, 55, 65, 75, 85], [0, 90])).toEqual({ notRecorded: 0, missing: 5 })
  expect(figures([0, 10, 35, 45, 55, 65, 75, 85, 95], [0, 100])).toEqual({ notRecorded: 0, missing: 0 })
})
test('a recorder that fails and begins anew every few seconds, as on a full disk, records nothing', () => {
  const every4s = (from: number, to: number) => Array.from({ length: Math.floor(((to - from) * 60) / 4) }, (_, n) => from + (n * 4) / 60)
  expect(figures([0, 10, ...every4s(20, 30)], [0, 30])).toEqual({ notRecorded: 10, missing: 0 })
  expect(figures([0, 10, ...every4s(20, 200)], [0, 200])).toEqual({ notRecorded: 180, missing: 0 })
  expect(figures([...every4s(0, 200)], [50, 200])).toEqual({ notRecorded: 150, missing: 0 })
  // It goes on once there is room again.
  expect(figures([0, 10, ...every4s(20, 30), 30, 40], [0, 49])).toEqual({ notRecorded: 0, missing: 10 })
  // Once or twice is no failure.
  expect(figures([0, 10, 12, 12.1, 22.1], [0, 30])).toEqual({ notRecorded: 0, missing: 0 })
})
test('what was before the stream came on air is not missing', () => {
  expect(figures([0, 10, 50], [49.9, 55])).toEqual({ notRecorded: 0, missing: 0 })
  // A publisher that comes is given the time of a key frame.
  expect(figures([0, 10], [49.8, 50])).toEqual({ notRecorded: 0, missing: 0 })
})
test('without a known length of segments nothing is said to be missing', () => {
  expect(figures([0, 10], [0, 300], null)).toEqual({ notRecorded: 0, missing: 0 })
})
