import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SeriesColumns } from '../../shared/history.ts'
import { streamStateCodes } from '../../shared/streams.ts'
import { localDays, type OnAirPiece, onAirPieces, recordedPieces, recordedSpansOf, recordingFigures, sumsOf } from './recordedPieces.ts'

const minute = 60_000
const hour = 60 * minute
const day = { from: 0, to: 24 * hour }
const { live, gone, slate } = streamStateCodes

/** In minutes. */
const minutesOf = (pieces: readonly { readonly from: number; readonly to: number; readonly is: string }[]) =>
  pieces.map(({ from, to, is }) => `${Math.round(from / minute)}–${Math.round(to / minute)} ${is}`)
const lane = (starts: readonly number[], onAir: readonly OnAirPiece[], since: number | null = 0, span = day) =>
  minutesOf(
    recordedPieces(
      recordedSpansOf({ starts: starts.map((at) => at * minute), ends: new Map(), segmentMs: hour, listedAt: span.to, lost: null }, span),
      onAir,
      { since, slates: true },
      byMinutes,
    ),
  )
const byMinutes = { resolutionMs: minute, exactFrom: Number.POSITIVE_INFINITY }
const on = (from: number, to: number, is: OnAirPiece['is'] = 'on'): OnAirPiece => ({ from: from * minute, to: to * minute, is })

test('of segments that break off one after the other it is not known what there is', () => {
  const every4s = Array.from({ length: 150 }, (_, n) => 60 + n / 15)
  expect(lane([0, ...every4s, 70], [on(0, 120), on(120, 1_440, 'off')])).toEqual(['0–60 recorded', '60–70 unknown', '70–120 recorded', '120–1440 none'])
  // Also of the last one that is listed, however long ago that was.
  const listed = every4s.map((at) => at * minute)
  const segments = { starts: listed, ends: new Map(), segmentMs: hour, listedAt: 70 * minute, lost: null }
  expect(recordedSpansOf(segments, { from: 0, to: 2 * hour }).every(({ how }) => how === 'failing')).toBe(true)
})

test('segments that follow each other are one recording, and where none follows while the stream goes on there is a gap', () => {
  // The last one before it may have ended at any time.
  expect(lane([0, 60, 120, 300], [on(0, 480), on(480, 1_440, 'off')])).toEqual([
    '0–120 recorded',
    '120–180 unknown',
    '180–300 gap',
    '300–360 unknown',
    '360–480 gap',
    '480–1440 none',
  ])
})

test('a segment ends with its stream, and one that nobody saw end is not known to its end', () => {
  expect(lane([0], [on(0, 10), on(10, 30, 'off'), on(30, 1_440, 'unknown')])).toEqual(['0–10 recorded', '10–30 none', '30–1440 unknown'])
  expect(lane([0], [on(0, 1_440, 'unknown')])).toEqual(['0–1440 unknown'])
  // That the next one followed at once shows that it was written to its end.
  expect(lane([0, 60], [on(0, 90, 'unknown'), on(90, 1_440, 'off')])).toEqual(['0–60 recorded', '60–90 unknown', '90–1440 none'])
})

test('what nothing says should be recorded is no gap, nor what was before that is known', () => {
  expect(lane([], [on(0, 1_440)], null)).toEqual(['0–1440 none'])
  expect(lane([], [on(0, 1_440)], 600 * minute)).toEqual(['0–600 none', '600–1440 gap'])
})

test('where the playback server tells how long a segment is, its gap is exact, and without that the time in which it may have ended is unknown', () => {
  const second = 1_000
  const span = { from: 0, to: 300 * second }
  // Segments of 30 s; the second one breaks off after 8.3 s, and recording begins again 112.3 s later.
  const starts = [0, 30, 150.6, 180.6, 210.6, 240.6, 270.6].map((at) => at * second)
  const seen = (ends: ReadonlyMap<number, number>) => {
    const spans = recordedSpansOf({ starts, ends, segmentMs: 30 * second, listedAt: span.to, lost: null }, span)
    const pieces = recordedPieces(spans, [{ ...span, is: 'on' }], { since: 0, slates: true }, byMinutes)
    return [pieces.map(({ from, to, is }) => `${from / second}–${to / second} ${is}`), sumsOf(pieces, span, 0)]
  }
  expect(seen(new Map([[30 * second, 38.3 * second]]))).toMatchObject([['0–38.3 recorded', '38.3–150.6 gap', '150.6–300 recorded'], { gapMs: 112_300 }])
  expect(seen(new Map())).toMatchObject([['0–30 recorded', '30–75 unknown', '75–150.6 gap', '150.6–300 recorded'], { gapMs: 75_600, unknownMs: 45_000 }])
})

test('a segment that ends before its time leaves it unknown how much there is, unless its stream ended then', () => {
  // Recording was off for a while within an hour.
  expect(lane([0, 60, 100, 160], [on(0, 200), on(200, 1_440, 'off')])).toEqual(['0–60 recorded', '60–100 unknown', '100–200 recorded', '200–1440 none'])
  expect(lane([0, 60, 100, 160], [on(0, 90), on(90, 99, 'off'), on(99, 200), on(200, 1_440, 'off')])).toEqual([
    '0–90 recorded',
    // That it came back is known to a minute.
    '90–100 none',
    '100–200 recorded',
    '200–1440 none',
  ])
})

test('what the alarm counts as missing is a gap on the page, also where recording begins later than its stream', () => {
  const second = 1_000
  const span = { from: 0, to: 1_800 * second }
  // It came back at 601 s, which its server tells, and was recorded again from 684.4 s on; history saw it between 600 and 660 s.
  const segments = {
    starts: [0, 684.4, 984.4, 1_284.4, 1_584.4].map((at) => at * second),
    ends: new Map(),
    segmentMs: 300 * second,
    listedAt: span.to,
    lost: null,
  }
  const onAir: OnAirPiece[] = [
    { from: 0, to: 240 * second, is: 'on' },
    { from: 240 * second, to: 601 * second, is: 'off' },
    { from: 601 * second, to: span.to, is: 'on' },
  ]
  const exactly = { resolutionMs: minute, exactFrom: 601 * second }
  const sums = sumsOf(recordedPieces(recordedSpansOf(segments, span), onAir, { since: 0, slates: true }, exactly), span, 0)
  expect(sums).toMatchObject({ gaps: 1, gapMs: 83_400, unknownMs: 0 })
  expect(recordingFigures(segments, { from: 601 * second, to: span.to })).toEqual({ notRecordedMs: 0, missingMs: 83_400 })
})

test('of a stream whose length of segments nothing tells any more, it is that of most of them', () => {
  const spans = recordedSpansOf(
    { starts: [0, 60, 120, 180, 400].map((at) => at * minute), ends: new Map(), segmentMs: null, listedAt: day.to, lost: null },
    day,
  )
  expect(minutesOf(spans.map((one) => ({ ...one, is: one.how })))).toEqual([
    '0–60 whole',
    '60–120 whole',
    '120–180 whole',
    '180–240 begun',
    '240–240 late',
    '400–460 begun',
    '460–460 late',
  ])
})

test('a slate in a recording is marked, and missing where slates are recorded', () => {
  expect(lane([0], [on(0, 20), on(20, 40, 'slate'), on(40, 60), on(60, 1_440, 'off')])).toEqual([
    '0–20 recorded',
    '20–40 slate',
    '40–60 recorded',
    '60–1440 none',
  ])
  expect(lane([], [on(0, 1_440, 'slate')])).toEqual(['0–1440 gap'])
})

test('seconds between two recordings are no gap, and a quarter of a minute is one', () => {
  const recorded = (holeMs: number) => [
    { from: 0, to: hour, how: 'whole' as const },
    { from: hour + holeMs, to: 2 * hour, how: 'whole' as const },
  ]
  const gapsOf = (holeMs: number) =>
    sumsOf(recordedPieces(recorded(holeMs), [{ from: 0, to: 2 * hour, is: 'on' }], { since: 0, slates: true }, byMinutes), { from: 0, to: 2 * hour }, 0).gaps
  expect([gapsOf(2_000), gapsOf(15_000)]).toEqual([0, 1])
})

test('pieces have no holes, do not overlap, and add up to the period, whatever is recorded', () => {
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 1_439 }), { maxLength: 20 }).map((some) => [0, ...some.sort((a, b) => a - b), 1_440])
  const states = fc.constantFrom<OnAirPiece['is']>('on', 'off', 'slate', 'unknown')
  const onAir = fc
    .tuple(cuts, fc.infiniteStream(states))
    .map(([all, of]) => all.slice(1).map((to, index) => on(all[index] as number, to, of.next().value ?? 'off')))
  const starts = fc.uniqueArray(fc.integer({ min: -120, max: 1_500 }), { maxLength: 40 }).map((some) => some.sort((a, b) => a - b).map((at) => at * minute))
  fc.assert(
    fc.property(starts, onAir, fc.option(fc.integer({ min: 0, max: 1_440 })), (some, states, since) => {
      const spans = recordedSpansOf({ starts: some, ends: new Map(), segmentMs: hour, listedAt: day.to, lost: null }, day)
      const pieces = recordedPieces(spans, states, { since: since === null ? null : since * minute, slates: true }, byMinutes)
      expect(pieces[0]?.from).toBe(0)
      expect(pieces.at(-1)?.to).toBe(day.to)
      for (const [index, piece] of pieces.entries()) {
        expect(piece.to).toBeGreaterThan(piece.from)
        if (index > 0) expect(piece.from).toBe(pieces[index - 1]?.to)
      }
      const { recordedMs, gapMs, unknownMs } = sumsOf(pieces, day, 0)
      expect(recordedMs + gapMs + unknownMs).toBeLessThanOrEqual(24 * hour)
    }),
  )
})

const columns = (samples: readonly (readonly [minutes: number, first: number, last?: number])[], gaps: SeriesColumns['gaps'] = []): SeriesColumns => ({
  at: samples.map(([at]) => at * minute),
  first: samples.map(([, first]) => first),
  last: samples.map(([, first, last = first]) => last),
  min: [],
  max: [],
  mean: [],
  gaps,
  tier: 'minutes',
})

test('history says when a stream was on air, and what it does not know is unknown', () => {
  const found = onAirPieces(
    columns(
      [
        [10, live],
        [11, live],
        [12, live, gone],
        [13, gone],
        [14, slate],
        [30, live],
      ],
      [[15 * minute, 30 * minute]],
    ),
    { from: 0, to: hour },
    minute,
  )
  expect(found.map(({ from, to, is }) => [from / minute, to / minute, is])).toEqual([
    [0, 10, 'unknown'],
    [10, 12.5, 'on'],
    [12.5, 14, 'off'],
    [14, 15, 'slate'],
    [15, 30, 'unknown'],
    // Nothing came after it.
    [30, 33, 'on'],
    [33, 60, 'unknown'],
  ])
})

test('days are those of the zone, and as long as its clocks make them', () => {
  const from = Date.UTC(2026, 9, 24, 10)
  const days = localDays({ from, to: Date.UTC(2026, 9, 26, 10) }, 'Europe/Berlin')
  expect(days.map(({ day: name, from: begins, to }) => [name, (to - begins) / hour])).toEqual([
    ['2026-10-24', 12],
    ['2026-10-25', 25],
    ['2026-10-26', 11],
  ])
})

const figures = (starts: readonly number[], onAir: readonly [from: number, to: number], segment: number | null = 10) => {
  const { notRecordedMs, missingMs } = recordingFigures(
    {
      starts: starts.map((start) => start * minute),
      ends: new Map(),
      segmentMs: segment === null ? null : segment * minute,
      listedAt: onAir[1] * minute,
      lost: null,
    },
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
