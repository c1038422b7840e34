import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type MetricIdOf, pathMetricIds } from '../../shared/metrics.ts'
import type { PreviewFigures } from '../../shared/previews.ts'
import type { SessionReading } from '../servers/readings.ts'
import { bitrate, type CounterSteps, increase, type PathMoment, pathMetrics, writePathValues } from './pathSamples.ts'
import { createStreamsFixture, livePath, startAt } from './streams.fixture.ts'

const unknownCounters: CounterSteps = {
  elapsedMs: Number.NaN,
  continued: false,
  restarted: false,
  inbound: Number.NaN,
  inboundBefore: Number.NaN,
  outbound: Number.NaN,
  outboundBefore: Number.NaN,
  framesInError: Number.NaN,
  framesInErrorBefore: Number.NaN,
}
const unknownMoment: PathMoment = {
  state: 'unknown',
  counters: unknownCounters,
  readers: Number.NaN,
  ownReaders: Number.NaN,
  people: Number.NaN,
  viewers: Number.NaN,
  lostLastMinute: Number.NaN,
  lossMs: Number.NaN,
  lostIncrease: Number.NaN,
  repairedIncrease: Number.NaN,
  discardedIncrease: Number.NaN,
  forwards: Number.NaN,
  forwardsFailing: Number.NaN,
  sourceState: Number.NaN,
  preview: null,
  recording: null,
  publisher: null,
}
function valueIn(metric: MetricIdOf<'stream'>, changes: Partial<PathMoment>): number {
  const values = new Float64Array(pathMetrics.length)
  writePathValues({ ...unknownMoment, ...changes }, values, 0)
  return values[pathMetrics.indexOf(metric)] as number
}
const counting = (changes: Partial<CounterSteps> = {}, state: PathMoment['state'] = 'live'): Partial<PathMoment> => ({
  state,
  counters: { ...unknownCounters, elapsedMs: 2000, continued: true, ...changes },
})
const srt = (figures: Partial<NonNullable<SessionReading['srt']>>): Partial<PathMoment> => ({ publisher: { rtp: null, srt: { ...unknownSrt, ...figures } } })
const unknownSrt: NonNullable<SessionReading['srt']> = {
  rttMs: null,
  rateMbps: null,
  linkCapacityMbps: null,
  packetsLoss: null,
  packetsRetransmitted: null,
  packetsDropped: null,
  packetsBelated: null,
  packetsUndecryptable: null,
  latencyMs: null,
  receiveBufferMs: null,
}

const preview = (figures: Partial<PreviewFigures>): Partial<PathMoment> => ({
  preview: { delayMs: null, rttMs: null, bufferMs: null, framesDropped: null, freezes: null, packetsLost: null, ...figures },
})

const table: Record<MetricIdOf<'stream'>, readonly [Partial<PathMoment>, number]> = {
  'path.state': [{ state: 'stalled' }, 3],
  'path.bitrateIn': [counting({ inboundBefore: 1000, inbound: 1_001_000 }), 4_000_000],
  'path.bitrateOut': [counting({ outboundBefore: 0, outbound: 500 }), 2000],
  'path.rtt': [srt({ rttMs: 40.6 }), 40.6],
  'path.packetsLost': [{ lostIncrease: 7 }, 7],
  'path.jitter': [{ publisher: { srt: null, rtp: { packets: 9, lost: 0, inError: 0, jitter: 812.5, reportedLost: null, discarded: null } } }, 812.5],
  'path.readers': [{ readers: 3 }, 3],
  'path.ownReaders': [{ ownReaders: 1 }, 1],
  'path.people': [{ people: 3 }, 3],
  'path.viewers': [{ viewers: 2 }, 2],
  'path.lostLastMinute': [{ lostLastMinute: 12 }, 12],
  'path.lossMs': [{ lossMs: 4000 }, 4000],
  'path.packetsRepaired': [{ repairedIncrease: 9 }, 9],
  'path.framesInError': [counting({ framesInErrorBefore: 2, framesInError: 5 }), 3],
  'path.framesDiscarded': [{ discardedIncrease: 4 }, 4],
  'path.latency': [srt({ latencyMs: 200 }), 200],
  'path.receiveBuffer': [srt({ receiveBufferMs: 151 }), 151],
  'path.receiveRate': [srt({ rateMbps: 0.94 }), 0.94],
  'path.linkCapacity': [srt({ linkCapacityMbps: 2946 }), 2946],
  'path.forwards': [{ forwards: 3 }, 3],
  'path.forwardsFailing': [{ forwardsFailing: 1 }, 1],
  'path.sourceState': [{ sourceState: 2 }, 2],
  'path.previewDelay': [preview({ delayMs: 62 }), 62],
  'path.previewRtt': [preview({ rttMs: 4.2 }), 4.2],
  'path.previewBuffer': [preview({ bufferMs: 60 }), 60],
  'path.previewFramesDropped': [preview({ framesDropped: 3 }), 3],
  'path.previewFreezes': [preview({ freezes: 1 }), 1],
  'path.previewPacketsLost': [preview({ packetsLost: 8 }), 8],
  'path.notRecorded': [{ recording: { notRecordedMs: 90_000, missingMs: 4_000 } }, 90_000],
  'path.recordingMissing': [{ recording: { notRecordedMs: 90_000, missingMs: 4_000 } }, 4_000],
  'path.counterResets': [counting({ continued: false }), 1],
}

test.each(pathMetricIds)('%s is read, and unknown where nothing is known', (metric) => {
  const [moment, expected] = table[metric]
  expect(valueIn(metric, moment)).toBe(expected)
  expect(valueIn(metric, { state: 'live' })).toBe(metric === 'path.state' ? 0 : Number.NaN)
})

test('the picture of a slate is not the bit rate of a publisher', () => {
  const slate = counting({ inboundBefore: 0, inbound: 40_000, outboundBefore: 0, outbound: 40_000 }, 'slate')
  expect(valueIn('path.bitrateIn', slate)).toBeNaN()
  expect(valueIn('path.bitrateOut', slate)).toBe(160_000)
})

test('a counter that restarted has no rate for that interval, and its increase started from zero', () => {
  expect(valueIn('path.bitrateIn', counting({ continued: false, inboundBefore: 9, inbound: 100_000 }))).toBeNaN()
  expect(valueIn('path.framesInError', counting({ continued: false, restarted: true, framesInErrorBefore: 9, framesInError: 2 }))).toBe(2)
})

test('a counter that restarted is counted, one that goes on is not, and none where nothing could be compared', () => {
  expect(valueIn('path.counterResets', counting())).toBe(0)
  expect(valueIn('path.counterResets', counting({ continued: false, restarted: true }))).toBe(1)
  expect(valueIn('path.counterResets', counting({ continued: false, elapsedMs: Number.NaN }))).toBeNaN()
})

test('two answers that arrive at one moment make no rate', () => {
  expect(bitrate(2 ** 63, 4_096, 2_000)).toBeNaN()
  expect(bitrate(100, 0, 0)).toBeNaN()
  expect(bitrate(100, 0, -5)).toBeNaN()
  expect(bitrate(100, 0, Number.NaN)).toBeNaN()
  expect(increase(Number.NaN, 5, false)).toBeNaN()
  expect(increase(5, Number.NaN, false)).toBeNaN()
})

test('no sequence of counters, arrivals and sources yields a negative or infinite rate, or one above what was counted', async () => {
  const step = fc.record({
    waitMs: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 20_000 })),
    inbound: fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 1e12 })),
    outbound: fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 1e12 })),
    framesInError: fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 1e6 })),
    object: fc.integer({ min: 0, max: 2 }),
    source: fc.integer({ min: 0, max: 2 }),
    available: fc.boolean(),
    present: fc.boolean(),
    fails: fc.boolean(),
    lost: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { streams, clock, poll, pollFails, batches, server, db } = createStreamsFixture()
      for (const { waitMs, inbound, outbound, framesInError, object, source, available, present, fails, lost } of steps) {
        await clock.advance(waitMs)
        if (fails) pollFails()
        else if (lost) streams.lost(server, clock.now(), 'down')
        else
          poll(
            present
              ? [
                  livePath('cam', 0, {
                    inboundBytes: inbound,
                    outboundBytes: outbound,
                    framesInError,
                    availableAt: available ? startAt + object : null,
                    sourceId: `s${source}`,
                    available,
                  }),
                ]
              : [],
          )
        const { bitrateInBps, bitrateOutBps } = streams.totals(server.id)
        for (const total of [bitrateInBps, bitrateOutBps]) if (total !== null) expect(Number.isFinite(total) && total >= 0).toBe(true)
        for (const { bitrateInBps } of streams.reports()) if (bitrateInBps !== null) expect(bitrateInBps >= 0 && bitrateInBps <= 1e12 * 8000).toBe(true)
      }
      for (const { values } of batches) for (const value of values) if (!Number.isNaN(value)) expect(Number.isFinite(value) && value >= 0).toBe(true)
      db.close()
    }),
    { numRuns: 60 },
  )
})
