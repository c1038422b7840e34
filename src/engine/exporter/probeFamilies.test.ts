import { expect, test } from 'vitest'
import { goodReading } from '../../shared/probeReadings.fixture.ts'
import { type Probe, probeInputSchema } from '../../shared/probes.ts'
import { probeFamilies } from './probeFamilies.ts'

const now = Date.UTC(2026, 10, 24, 12)
const good: Probe = {
  ...probeInputSchema.parse({ name: 'stream-01', project: 'project1', url: 'https://example.com/live/stream.flv' }),
  id: 'probe-1',
  origin: 'stored',
  canary: null,
  differences: [],
  state: 'up',
  stateSince: now - 60_000,
  why: null,
  reading: goodReading,
  readAt: now - 10_000,
  nextAt: now + 20_000,
  bitrate: { meanBps: 3_900_000, variation: 0.2, stability: 'varying' },
  lasting: [],
  elsewhere: [],
  grade: 'fair',
  gradeReasons: [],
  severity: null,
}
/** The values of a probe by the names of their families; `label` leads all names. */
function exported(probe: Partial<Probe>): ReadonlyMap<string, number> {
  const lines = [...probeFamilies([{ ...good, ...probe }], now)].flatMap((family) => [...family.lines()])
  return new Map(lines.map((line) => [line.slice(0, line.indexOf('{')), Number(line.slice(line.lastIndexOf(' ') + 1))]))
}
/** Everything that the other exporter says of a stream, under its names. */
const asThere = (probe: Partial<Probe>) =>
  Object.fromEntries([...exported(probe)].flatMap(([name, value]) => (name.startsWith('video_stream_') ? [[name.slice('video_stream_'.length), value]] : [])))

test('every figure of the other exporter is there under its name', () => {
  expect(asThere({})).toEqual({
    up: 1,
    healthy: 1,
    playable: 1,
    bitrate_bps: 4_000_000,
    bitrate_kbps: 4_000,
    avg_bitrate_bps: 3_900_000,
    stability_score: 1,
    quality_score: 1,
    total_packets: 430,
    video_packets: 150,
    audio_packets: 280,
    keyframes: 3,
    framerate: 25,
    response_ms: 120,
    gop_size: 50,
    width: 1_920,
    height: 1_080,
  })
})

test('a stream that failed just now is up and not healthy; one that is down has no figures of before', () => {
  expect(asThere({ state: 'retrying' })).toMatchObject({ up: 1, healthy: 0, bitrate_bps: 4_000_000 })
  expect(asThere({ state: 'down', grade: 'poor' })).toEqual({ up: 0, healthy: 0, playable: 0, quality_score: 0 })
  expect(asThere({ readAt: now - 600_000 })).toEqual({})
})

test('what was not read is left out, and is not nought', () => {
  const withoutAudio = { ...goodReading, packets: { ...goodReading.packets, audio: null } }
  const found = asThere({ reading: withoutAudio, bitrate: null })
  for (const name of ['total_packets', 'audio_packets', 'avg_bitrate_bps', 'stability_score']) expect(found).not.toHaveProperty(name)
})

test('the codecs of a stream, and when it was read, are there beside them', () => {
  const lines = [...probeFamilies([good], now)].flatMap((family) => [...family.lines()])
  expect(lines).toContain(
    'mtxdeck_probe_tracks_info{probe="stream-01",project="project1",video="h264",profile="High",aspect="16:9",audio="aac",layout="stereo"} 1',
  )
  expect(lines).toContain(`mtxdeck_probe_read_timestamp_seconds{probe="stream-01",project="project1"} ${(now - 10_000) / 1_000}`)
})
