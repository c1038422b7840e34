import { describe, expect, test } from 'vitest'
import { createTestClock } from '../clock/testClock.ts'
import { gradeReasonsOf } from '../shared/probeGrades.ts'
import { longestGopMs, type ProbeReading } from '../shared/probeReadings.ts'
import { createChecks } from './checks.ts'

const header = { video: null, audio: null, tellsCorrupt: true }

/** A continuous probe whose server has answered, and what is known beside it. */
function watchOn({ pauseMs = 0 } = {}) {
  const clock = createTestClock(0)
  const readings: ProbeReading[] = []
  const checks = createChecks({
    clock,
    request: { answerMs: 10_000, checkMs: 6_000, isContinuous: true, awaitsGroup: false },
    onReading: (reading) => readings.push(reading),
  })
  const known = { isStale: false }
  checks.setParallelMeasurement({ hasSeen: () => true, isStale: () => known.isStale, pauseMs: () => pauseMs, take: () => ({ hls: null, ts: null }) })
  checks.answered()
  checks.began(header)
  let ptsMs = 0
  const ended = { by: undefined as unknown }
  void checks.ended.then((error) => {
    ended.by = error
  })
  return {
    clock,
    readings,
    checks,
    known,
    ended,
    /** A segment comes at once. */
    segment: (ms: number) => {
      for (const end = ptsMs + ms; ptsMs < end; ptsMs += 40) checks.add('other', ptsMs, ptsMs, 1_000, false, false)
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
  const { clock, ended, segment, known, readings, checks } = watchOn()
  segment(400)
  await clock.advance(5_000)
  known.isStale = true
  checks.parallelChanged()
  await clock.advance(3_600_000)
  expect(ended.by).toBeUndefined()
  // A look is over after twice its time where nothing comes.
  expect(readings.length).toBeGreaterThanOrEqual(300)
  expect(readings.at(-1)).toMatchObject({ packets: { other: 0 }, bitrateBps: null })
  // Its last load that was stale.
  checks.parallelChanged()
  known.isStale = false
  await clock.advance(9_000)
  expect(ended.by).toBeUndefined()
  await clock.advance(3_000)
  expect(ended.by).toEqual({ kind: 'timedOut', limitMs: 10_000 })
})

test('what is read anew in another way is timed from there, and only while nothing has come', async () => {
  const clock = createTestClock(0)
  const readings: ProbeReading[] = []
  const checks = createChecks({
    clock,
    request: { answerMs: 10_000, checkMs: 2_000, isContinuous: false, awaitsGroup: false },
    onReading: (reading) => readings.push(reading),
  })
  await clock.advance(70)
  checks.reached({ answers: true, dnsMs: 50, connectMs: 20 })
  await clock.advance(9_000)
  expect(checks.startOver()).toBe(true)
  await clock.advance(8_000)
  checks.answered()
  checks.began(header)
  checks.add('other', 0, 0, 1_000, false, false)
  expect(checks.startOver()).toBe(false)
  await clock.advance(4_000)
  expect(readings).toMatchObject([{ response: { dnsMs: 50, connectMs: 20, answerMs: 8_070 } }])
})

test('while a stream is inspected it may be silent for as long as a server may take to answer, however short the look', async () => {
  const clock = createTestClock(0)
  const checks = createChecks({ clock, request: { answerMs: 10_000, checkMs: 2_000, isContinuous: false, awaitsGroup: false }, onReading: () => {} })
  let ended: unknown
  void checks.ended.then((error) => {
    ended = error
  })
  await clock.advance(3_000)
  checks.answered()
  await clock.advance(9_900)
  expect(ended).toBeUndefined()
  await clock.advance(200)
  expect(ended).toEqual({ kind: 'timedOut', limitMs: 10_000 })
})

test('what came while a stream was inspected is all in its look, also where inspection took longer than the look may', async () => {
  const clock = createTestClock(0)
  const readings: ProbeReading[] = []
  const checks = createChecks({
    clock,
    request: { answerMs: 10_000, checkMs: 2_000, isContinuous: false, awaitsGroup: false },
    onReading: (reading) => readings.push(reading),
  })
  checks.answered()
  await clock.advance(9_000)
  checks.began(header)
  for (let ptsMs = 0; ptsMs < 2_000; ptsMs += 40) checks.add('video', ptsMs, ptsMs, 1_000, false, false)
  await clock.advance(100)
  checks.add('video', 2_000, 2_000, 1_000, false, false)
  expect(readings).toMatchObject([{ packets: { video: 51 } }])
})

describe('a look at pictures whose key frames are further apart than it', () => {
  const video = {
    ...{ codec: 'h264', profile: null, level: null, widthPx: 640, heightPx: 360, aspect: null, declaredFps: 25 },
  }
  /** Reading begins `joinedMs` after a key frame, in real time. */
  async function checkAt({
    gopMs,
    joinedMs,
    checkMs = 6_000,
    isContinuous = false,
  }: {
    gopMs: number
    joinedMs: number
    checkMs?: number
    isContinuous?: boolean
  }) {
    const clock = createTestClock(0)
    const readings: ProbeReading[] = []
    const request = { answerMs: 10_000, checkMs, isContinuous, awaitsGroup: !isContinuous }
    const checks = createChecks({ clock, request, onReading: (reading) => readings.push(reading) })
    checks.answered()
    checks.began({ video, audio: null, tellsCorrupt: true })
    for (let ms = 0; ms <= 200_000 && !checks.signal.aborted; ms += 200) {
      checks.add('video', joinedMs + ms, joinedMs + ms, 1_000, (joinedMs + ms) % gopMs === 0, false)
      await clock.advance(200)
    }
    checks.cancel()
    return readings
  }

  test('lasts until it holds a whole group, wherever it began', async () => {
    for (const joinedMs of [0, 200, 7_000, 19_800])
      expect(await checkAt({ gopMs: 20_000, joinedMs }), String(joinedMs)).toMatchObject([{ gop: { longestMs: 20_000 }, gopAtLeastMs: null }])
    const [usual] = await checkAt({ gopMs: 2_000, joinedMs: 1_000 })
    expect(usual).toMatchObject({ mediaMs: 6_000, gop: { longestMs: 2_000 }, gopAtLeastMs: null })
  })

  test('waits for its first picture, too, as by SRT and RTMP, where MediaMTX sends sound at once and pictures from the next key frame on', async () => {
    const clock = createTestClock(0)
    const readings: ProbeReading[] = []
    const request = { answerMs: 10_000, checkMs: 6_000, isContinuous: false, awaitsGroup: true }
    const checks = createChecks({ clock, request, onReading: (reading) => readings.push(reading) })
    checks.answered()
    checks.began({ video, audio: { codec: 'aac', profile: null, channels: 2, layout: null, sampleRateHz: 48_000 }, tellsCorrupt: true })
    for (let ms = 0; !checks.signal.aborted; ms += 200) {
      checks.add('audio', ms, ms, 100, true, false)
      if (ms >= 13_000) checks.add('video', ms, ms, 1_000, ms % 20_000 === 13_000, false)
      await clock.advance(200)
    }
    expect(readings).toMatchObject([{ keyframes: 2, gop: { longestMs: 20_000 } }])
  })

  test('ends after 65 s, and a group that is poor is found by then', async () => {
    for (const joinedMs of [0, 20_000, 45_000, 89_800]) {
      const [reading] = await checkAt({ gopMs: 90_000, joinedMs })
      expect(reading?.wallMs).toBe(65_000)
      expect(reading?.gop).toBeNull()
      expect(reading && gradeReasonsOf(reading, null, []), String(joinedMs)).toContainEqual(expect.objectContaining({ figure: 'gopMs', grade: 'poor' }))
    }
  })

  test('of a stream that stays open ends as usual, and carries what is known: at least this, and no less once a group has ended', async () => {
    const readings = await checkAt({ gopMs: 90_000, joinedMs: 0, isContinuous: true })
    const known = readings.map((reading) => longestGopMs(reading) ?? Number.NaN)
    expect(known[0]).toBe(6_000)
    expect(known.slice(0, 14)).toEqual(known.slice(0, 14).toSorted((a, b) => a - b))
    expect(Math.min(...known.slice(15))).toBe(90_000)
  })
})
