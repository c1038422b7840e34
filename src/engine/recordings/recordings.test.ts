import { expect, test } from 'vitest'
import { diskOf, forecastDisks, fullInMs, recordingFiguresOf } from './recordings.ts'

const hour = 3_600_000
const now = 1_000 * hour
/** 8 Mbit/s are 3.6 GB an hour. */
const stream = (keptHours: number, hasHours: number | null) => ({
  bitrateBps: 8_000_000,
  deleteAfterMs: keptHours * hour,
  oldest: hasHours === null ? null : now - hasHours * hour,
})
const gigabytes = 1e9

test('a disk is full after what is free, where nothing is deleted', () => {
  expect(fullInMs([stream(0, 500)], 36 * gigabytes, now)).toBe(10 * hour)
  expect(fullInMs([stream(0, null), stream(0, null)], 36 * gigabytes, now)).toBe(5 * hour)
})
test('a stream whose oldest recordings are deleted needs no more', () => {
  expect(fullInMs([stream(24, 24)], gigabytes, now)).toBeNull()
  expect(fullInMs([stream(24, 30)], 0, now)).toBeNull()
  expect(fullInMs([], 0, now)).toBeNull()
})
test('a stream needs more until its oldest recording is old enough', () => {
  // 14 hours of 3.6 GB are still to come.
  expect(fullInMs([stream(24, 10)], 51 * gigabytes, now)).toBeNull()
  expect(fullInMs([stream(24, 10)], 36 * gigabytes, now)).toBe(10 * hour)
  // One stops growing after four hours, and the other goes on alone: 4 × 7.2 GB, then 3.6 GB an hour.
  expect(fullInMs([stream(24, 20), stream(0, null)], 36 * gigabytes, now)).toBe(6 * hour)
})
test('a folder lies on the disk with the longest mount point', () => {
  const disks = ['/', '/srv', '/srv/recordings'].map((mount) => ({ mount, freeBytes: 1 }))
  const mountOf = (folder: string | null, of = disks) => diskOf(folder, of)?.mount ?? null
  expect(['/srv/recordings', '/srv/recordings/a', '/srv/recordings2', '/var'].map((folder) => mountOf(folder))).toEqual([
    '/srv/recordings',
    '/srv/recordings',
    '/srv',
    '/',
  ])
  // Where a server was started is not known: only a host with one disk leaves no doubt.
  expect([mountOf('./recordings'), mountOf('./recordings', disks.slice(0, 1)), mountOf(null)]).toEqual([null, '/', null])
  expect(mountOf('D:\\recordings', [{ mount: 'D:\\', freeBytes: 1 }])).toBe('D:\\')
})
test('streams are counted by their disks', () => {
  const host = {
    id: 'h',
    name: 'berlin-1',
    disks: [
      { mount: '/', freeBytes: 36 * gigabytes },
      { mount: '/srv', freeBytes: 36 * gigabytes },
    ],
  }
  const streams = [
    { ...stream(0, null), folder: '/srv/a' },
    { ...stream(0, null), folder: '/srv/b' },
    { ...stream(24, 24), folder: '/var' },
    { ...stream(0, null), folder: './here' },
  ]
  expect(forecastDisks(host, streams, now)).toEqual([
    { hostId: 'h', host: 'berlin-1', mount: '/srv', freeBytes: 36 * gigabytes, streams: 2, bitrateBps: 16_000_000, fullInMs: 5 * hour },
    { hostId: 'h', host: 'berlin-1', mount: '/', freeBytes: 36 * gigabytes, streams: 1, bitrateBps: 8_000_000, fullInMs: null },
  ])
})

test('what was deleted of the oldest recordings, by the server or by somebody, is not missing; what is missing after them is', () => {
  const minute = 60_000
  const plan = { format: 'fmp4', segmentMs: minute, deleteAfterMs: 4 * minute, slates: false, folder: null } as const
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
