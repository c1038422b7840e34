import { expect, test } from 'vitest'
import { createTestClock } from '../clock/testClock.ts'
import type { ProbeReading } from '../shared/probeReadings.ts'
import { createLooks } from './looks.ts'

const header = { video: null, audio: null, tellsCorrupt: true }

/** A continuous probe whose server has answered, and what is known beside it. */
function watchOn({ pauseMs = 0 } = {}) {
  const clock = createTestClock(0)
  const readings: ProbeReading[] = []
  const looks = createLooks({ clock, request: { answerMs: 10_000, lookMs: 6_000, isContinuous: true }, onReading: (reading) => readings.push(reading) })
  const known = { isStale: false }
  looks.setParallelMeasurement({ hasSeen: () => true, isStale: () => known.isStale, pauseMs: () => pauseMs, take: () => ({ hls: null, ts: null }) })
  looks.answered()
  looks.began(header)
  let ptsMs = 0
  const ended = { by: undefined as unknown }
  void looks.ended.then((error) => {
    ended.by = error
  })
  return {
    clock,
    readings,
    looks,
    known,
    ended,
    /** A segment comes at once. */
    segment: (ms: number) => {
      for (const end = ptsMs + ms; ptsMs < end; ptsMs += 40) looks.add('other', ptsMs, ptsMs, 1_000, false, false)
    },
  }
}

test('a stream that falls silent is given up after the time in which a server must answer', async () => {
  const { clock, ended, segment } = watchOn()
  segment(400)
  await clock.advance(9_900)
  expect(ended.by).toBeUndefined()
  await clock.advance(200)
  expect(ended.by).toEqual({ kind: 'timedOut', limitMs: 10_000 })
})

test('between two segments of a long target duration it may be silent for longer', async () => {
  const { clock, ended, segment } = watchOn({ pauseMs: 36_000 })
  for (let n = 0; n < 5; n++) {
    segment(12_000)
    await clock.advance(12_000)
  }
  expect(ended.by).toBeUndefined()
  await clock.advance(25_000)
  expect(ended.by).toEqual({ kind: 'timedOut', limitMs: 36_000 })
})

test('while its playlist is stale a stream is not given up: each look says so, and when the playlist goes on, packets have to come', async () => {
  const { clock, ended, segment, known, readings, looks } = watchOn()
  segment(400)
  await clock.advance(5_000)
  known.isStale = true
  looks.parallelChanged()
  await clock.advance(3_600_000)
  expect(ended.by).toBeUndefined()
  // A look is over after twice its time where nothing comes.
  expect(readings.length).toBeGreaterThanOrEqual(300)
  expect(readings.at(-1)).toMatchObject({ packets: { other: 0 }, bitrateBps: null })
  // Its last load that was stale.
  looks.parallelChanged()
  known.isStale = false
  await clock.advance(9_000)
  expect(ended.by).toBeUndefined()
  await clock.advance(3_000)
  expect(ended.by).toEqual({ kind: 'timedOut', limitMs: 10_000 })
})

test('what is read anew in another way is timed from there, and only while nothing has come', async () => {
  const clock = createTestClock(0)
  const readings: ProbeReading[] = []
  const looks = createLooks({ clock, request: { answerMs: 10_000, lookMs: 2_000, isContinuous: false }, onReading: (reading) => readings.push(reading) })
  await clock.advance(70)
  looks.reached({ answers: true, dnsMs: 50, connectMs: 20 })
  await clock.advance(9_000)
  expect(looks.startOver()).toBe(true)
  await clock.advance(8_000)
  looks.answered()
  looks.began(header)
  looks.add('other', 0, 0, 1_000, false, false)
  expect(looks.startOver()).toBe(false)
  await clock.advance(4_000)
  expect(readings).toMatchObject([{ response: { dnsMs: 50, connectMs: 20, answerMs: 8_070 } }])
})

test('while a stream is inspected it may be silent for as long as a server may take to answer, however short the look', async () => {
  const clock = createTestClock(0)
  const looks = createLooks({ clock, request: { answerMs: 10_000, lookMs: 2_000, isContinuous: false }, onReading: () => {} })
  let ended: unknown
  void looks.ended.then((error) => {
    ended = error
  })
  await clock.advance(3_000)
  looks.answered()
  await clock.advance(9_900)
  expect(ended).toBeUndefined()
  await clock.advance(200)
  expect(ended).toEqual({ kind: 'timedOut', limitMs: 10_000 })
})

test('what came while a stream was inspected is all in its look, also where inspection took longer than the look may', async () => {
  const clock = createTestClock(0)
  const readings: ProbeReading[] = []
  const looks = createLooks({ clock, request: { answerMs: 10_000, lookMs: 2_000, isContinuous: false }, onReading: (reading) => readings.push(reading) })
  looks.answered()
  await clock.advance(9_000)
  looks.began(header)
  for (let ptsMs = 0; ptsMs < 2_000; ptsMs += 40) looks.add('video', ptsMs, ptsMs, 1_000, false, false)
  await clock.advance(100)
  looks.add('video', 2_000, 2_000, 1_000, false, false)
  expect(readings).toMatchObject([{ packets: { video: 51 } }])
})
