import { expect, test } from 'vitest'
import { createDemoRandom } from '../../demo/demoFlow.ts'
import { goodReading } from '../../shared/probeReadings.fixture.ts'
import type { ProbeReading } from '../../shared/probeReadings.ts'
import type { Probe } from '../../shared/probes.ts'
import { someServer } from '../../shared/servers.fixture.ts'
import type { Track } from '../../shared/streams.ts'
import { probeSubject, serverSubject } from '../../shared/subjectNames.ts'
import { sampleOf } from '../probes/probeSamples.ts'
import type { PathReading, SessionReading } from '../servers/readings.ts'
import { createStreamsFixture, h264, livePath, publisherSession, readerSession, startAt, wildPath } from '../streams/streams.fixture.ts'
import { createEvaluation } from './evaluation.ts'

// What cameras, encoders, phones and radios do all day while nothing is wrong with them.

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const stepMs = 30_000

type Srt = NonNullable<SessionReading['srt']>
/** A moment of the week: ms since it began, hour of the day, and a random number from 0 to 1. */
interface Moment {
  readonly ms: number
  readonly hour: number
  readonly dice: number
}
interface Kind {
  /** kbit/s. */
  readonly rate: (moment: Moment) => number
  readonly tracks?: readonly Track[]
  readonly type?: string
  /** Default: always. */
  readonly isOn?: (moment: Moment) => boolean
  readonly onDemand?: boolean
  readonly readers?: (moment: Moment) => number
  readonly srt?: (moment: Moment) => Partial<Srt>
  readonly jitter?: (moment: Moment) => number
  /** How a probe reads it. */
  readonly probed?: (moment: Moment) => Partial<ProbeReading>
}

const video = (codec: string, width: number, height: number): readonly Track[] => [{ ...h264, codec, width, height }]
const sound = (codec: string): readonly Track[] => [{ ...h264, codec, kind: 'audio', width: null, height: null, sampleRate: 48_000, channels: 2 }]
const around =
  (kbit: number, spread = 0.1) =>
  (moment: Moment) =>
    kbit * (1 + spread * (2 * moment.dice - 1))
const dayNight = (byDay: number, byNight: number) => (moment: Moment) => around(moment.hour >= 6 && moment.hour < 19 ? byDay : byNight)(moment)
/** `kbit` of every `everyMs` for `forMs`, otherwise `rest`. */
const bursts = (kbit: number, rest: number, everyMs: number, forMs: number) => (moment: Moment) => around(moment.ms % everyMs < forMs ? kbit : rest)(moment)
const pictures = (fps: number, declaredFps: number, longestMs = 2_000): Partial<ProbeReading> => ({
  video: goodReading.video && { ...goodReading.video, fps, declaredFps },
  gop: { count: 1, frames: 50, lastMs: longestMs, usualMs: longestMs, longestMs },
})
const answers = (answerMs: number): Partial<ProbeReading> => ({ response: { ...goodReading.response, answerMs } })
const readBits = (bitrateBps: number, more: Partial<ProbeReading> = {}) => ({ bitrateBps, ...more })

const kinds: Readonly<Record<string, Kind>> = {
  'studio-1080p': { rate: around(6_000), probed: () => ({}) },
  'uplink-4k-h265': { rate: around(14_000), tracks: video('H265', 3_840, 2_160) },
  'sub-stream-360p': { rate: around(200), tracks: video('H264', 640, 360), probed: () => readBits(200_000) },
  'sub-stream-h265': { rate: around(150), tracks: video('H265', 640, 360) },
  'sub-stream-qcif': { rate: around(60), tracks: video('H264', 176, 144) },
  slides: { rate: bursts(2_500, 90, 12 * minute, 30_000), tracks: video('H264', 1_920, 1_080), probed: () => readBits(90_000, pictures(25, 30)) },
  'screen-share': { rate: bursts(1_800, 15, 20 * minute, 3 * minute), tracks: video('VP8', 1_920, 1_080) },
  'night-camera': { rate: dayNight(1_500, 53), tracks: video('H265', 1_920, 1_080), probed: ({ hour: h }) => readBits(h >= 6 && h < 19 ? 1_500_000 : 53_000) },
  'day-and-night': { rate: dayNight(4_000, 700) },
  'lobby-5-fps': { rate: around(120), probed: () => readBits(120_000, pictures(5, 25, 50_000)) },
  'car-park-2-fps': { rate: around(70), tracks: video('H265', 1_280, 720), probed: () => readBits(70_000, pictures(2, 2, 25_000)) },
  'picture-each-5-s': { rate: around(64), tracks: video('M-JPEG', 1_280, 720) },
  'smart-codec': { rate: bursts(2_200, 110, 7 * minute, 40_000), tracks: video('H265', 2_560, 1_440), probed: () => pictures(25, 25, 40_000) },
  'motion-jpeg': { rate: around(9_000), tracks: video('M-JPEG', 1_280, 720) },
  'av1-encoder': { rate: around(900), tracks: video('AV1', 1_920, 1_080) },
  'vp9-encoder': { rate: around(1_400), tracks: video('VP9', 1_280, 720) },
  ptz: { rate: bursts(9_000, 1_100, 5 * minute, 20_000) },
  traffic: { rate: dayNight(3_500, 1_200), readers: ({ hour: h }) => (h > 6 && h < 22 ? 3 : 0) },
  aquarium: { rate: around(5_000, 0.4) },
  'phone-variable-rate': { rate: around(1_800, 0.5), probed: ({ dice }) => pictures(14 + 10 * dice, 30) },
  'phone-in-the-dark': { rate: around(700, 0.3), probed: () => pictures(15, 30) },
  'phone-uplink': {
    rate: around(2_000, 0.6),
    type: 'srtConn',
    srt: ({ ms, dice }) => ({ rttMs: 60 + 290 * dice, latencyMs: 2_000, ...repaired(ms) }),
  },
  'bonded-backpack': { rate: around(7_000, 0.3), type: 'srtConn', srt: ({ ms, dice }) => ({ rttMs: 90 + 60 * dice, latencyMs: 1_500, ...repaired(ms) }) },
  'srt-satellite': {
    rate: around(8_000),
    type: 'srtConn',
    srt: ({ ms, dice }) => ({ rttMs: 580 + 60 * dice, latencyMs: 3_000, ...repaired(ms) }),
    probed: () => answers(4_200),
  },
  'srt-studio': { rate: around(20_000), type: 'srtConn', srt: () => ({ rttMs: 0.4, latencyMs: 120 }) },
  // As encoders come, and no packet is ever lost.
  'srt-default-latency': { rate: around(6_000), type: 'srtConn', srt: ({ dice }) => ({ rttMs: 45 + 20 * dice, latencyMs: 120 }) },
  'srt-overseas': { rate: around(5_000), type: 'srtConn', srt: ({ dice }) => ({ rttMs: 180 + 20 * dice, latencyMs: 1_000 }) },
  'radio-24k-opus': { rate: around(24), tracks: sound('Opus'), probed: () => readBits(24_000, { video: null, gop: null, audioAheadMs: null }) },
  'radio-64k-aac': { rate: around(64), tracks: sound('MPEG-4 Audio') },
  'radio-talk-dtx': { rate: bursts(32, 2, 3 * minute, 2 * minute), tracks: sound('Opus') },
  'radio-g711': { rate: around(64, 0.02), tracks: sound('G711') },
  'radio-by-icecast-relay': { rate: around(128), tracks: sound('MPEG-1/2 Audio'), type: 'rtmpConn' },
  intercom: { rate: bursts(40, 1, 30 * minute, 4 * minute), tracks: sound('Opus'), type: 'webRTCSession' },
  'metadata-only': { rate: around(3), tracks: [{ ...h264, codec: 'KLV', kind: 'other', width: null, height: null }] },
  'camera-udp-jitter': { rate: around(3_000), jitter: ({ dice }) => 4_000 * dice },
  'pulled-rtsp': { rate: around(4_000), type: 'rtspSource' },
  'pulled-hls': { rate: bursts(12_000, 1_000, 6 * 15_000, 15_000), type: 'hlsSource' },
  'pulled-multicast': { rate: around(11_000, 0.01), type: 'mpegtsSource', tracks: [...video('H264', 1_920, 1_080), ...sound('MPEG-1/2 Audio')] },
  'raspberry-camera': { rate: around(2_000), type: 'rpiCameraSource' },
  'on-demand': { rate: around(2_500), type: 'rtspSource', onDemand: true, isOn: ({ ms }) => ms % (2 * hour) < 20 * minute, probed: () => answers(5_500) },
  'obs-rtmp': { rate: around(6_000), type: 'rtmpConn', probed: () => pictures(60, 60, 8_400) },
  'whip-browser': { rate: around(1_600, 0.5), type: 'webRTCSession', tracks: video('VP8', 1_280, 720), probed: ({ dice }) => pictures(20 + 10 * dice, 90_000) },
  'low-latency-hls': { rate: around(3_000), readers: ({ dice }) => Math.floor(40 * dice) },
  'concert-crowd': { rate: around(5_000), readers: ({ hour: h, dice }) => (h > 18 ? Math.floor(150 * dice) : 0) },
  'always-available': { rate: around(4_000), type: 'rtmpConn' },
  'test-card': { rate: around(300, 0.01), tracks: video('H264', 1_920, 1_080) },
  'black-slate': { rate: around(45, 0.01), tracks: video('H264', 1_280, 720) },
  doorbell: { rate: bursts(1_200, 80, 40 * minute, minute) },
  'body-camera': { rate: around(500, 0.6), tracks: video('H265', 1_280, 720) },
  thermal: { rate: around(250), tracks: video('H264', 320, 240), probed: () => readBits(250_000, pictures(9, 9, 6_000)) },
}
/** Packets that the network lost and SRT sent again in time. */
function repaired(ms: number): Partial<Srt> {
  const packets = Math.floor(ms / 2_000)
  return { packetsLoss: packets, packetsRetransmitted: packets, packetsDropped: 0, packetsBelated: 0 }
}
const noSrt: Srt = {
  rttMs: null,
  rateMbps: 4,
  linkCapacityMbps: 100,
  packetsLoss: 0,
  packetsRetransmitted: 0,
  packetsDropped: 0,
  packetsBelated: 0,
  packetsUndecryptable: 0,
  latencyMs: null,
  receiveBufferMs: 100,
}

test('a week of a healthy fleet raises nothing', async () => {
  expect(Object.keys(kinds).length).toBeGreaterThanOrEqual(40)
  const { clock, streams, events, batches, described, poll, server } = createStreamsFixture({ record: (more) => void evaluation.addEvents(more) })
  const probed = new Map<string, Probe>(Object.keys(kinds).map((name) => [name, { id: name, name, state: 'up', stateSince: startAt, canary: null } as Probe]))
  const evaluation = createEvaluation({
    clock,
    server: (id) => (id === server.id ? someServer(id, { stateSince: startAt }) : null),
    host: () => null,
    probe: (id) => probed.get(id) ?? null,
    streams,
    ownTroubles: null,
  })
  const raised = new Set<string>()
  const look = (owner: Parameters<typeof evaluation.conditionsOf>[0]) => {
    for (const { rule, subject, since, onDelayMs } of evaluation.conditionsOf(owner)?.findings() ?? [])
      if (clock.now() - since >= onDelayMs) raised.add(`${rule} ${subject.kind === 'stream' ? subject.path : subject.kind === 'probe' ? subject.probeId : ''}`)
  }
  const random = createDemoRandom('healthy')
  const bytes = new Map<string, number>()
  const since = new Map<string, number>()
  const names = Object.keys(kinds)
  // Its guests are not expected back.
  streams.configured(
    { ...server, settings: { newStreams: 'events' } },
    names.map((name) => ({
      name,
      pattern: false,
      onDemand: kinds[name]?.onDemand ?? false,
      source: 'publisher',
      alwaysAvailable: name === 'always-available',
    })),
  )
  for (let ms = 0; ms < 7 * day; ms += stepMs) {
    await clock.advance(stepMs)
    const moment = (): Moment => ({ ms, hour: (clock.now() / hour) % 24, dice: random.next() })
    const paths: PathReading[] = []
    const sessions: SessionReading[] = []
    const add = (name: string, kind: Kind, pathOf = livePath) => {
      const now = moment()
      if (kind.isOn?.(now) === false) {
        since.delete(name)
        bytes.delete(name)
        if (kind.onDemand) paths.push(livePath(name, 0, { available: false, availableAt: null, sourceType: null, sourceId: '', tracks: [] }))
        return
      }
      since.set(name, since.get(name) ?? clock.now() - 1_000)
      bytes.set(name, (bytes.get(name) ?? 0) + (kind.rate(now) * stepMs) / 8)
      const readers = Array.from({ length: kind.readers?.(now) ?? 1 }, (_, place) => ({ type: 'hlsSession', id: `${name}-${now.ms}-${place}` }))
      const { type = 'rtspSession', tracks = [h264] } = kind
      paths.push(pathOf(name, bytes.get(name) ?? 0, { availableAt: since.get(name) ?? null, sourceType: type, tracks, readers }))
      if (kind.srt) sessions.push(publisherSession(name, { list: 'srtConns', protocol: 'srt', rtp: null, srt: { ...noSrt, ...kind.srt(now) } }))
      else if (type === 'rtspSession')
        sessions.push(
          publisherSession(name, { rtp: { packets: 0, lost: 0, inError: 0, jitter: kind.jitter?.(now) ?? 50, reportedLost: null, discarded: null } }),
        )
      if (readers.length > 0 && readers.length < 5) sessions.push(readerSession(name, `reader-of-${name}`))
    }
    for (const name of names) add(name, kinds[name] as Kind)
    // Guests come and go, with a name each, from wherever they are, with the codec of their browser.
    const guest = Math.floor(ms / (50 * minute))
    if (ms % (50 * minute) < 35 * minute)
      add(
        `guest-${guest}`,
        { rate: around(1_200, 0.6), type: 'webRTCSession', readers: () => 0, tracks: video(guest % 2 ? 'VP8' : 'H264', 640, 480) },
        wildPath,
      )
    poll(paths, sessions)
    for (const batch of batches.splice(0)) evaluation.addSamples(batch)
    look(serverSubject(server.id))
    described.length = 0
    for (const name of names) {
      const reading = kinds[name]?.probed?.(moment())
      if (reading === undefined) continue
      evaluation.addSamples(
        sampleOf(
          name,
          clock.now(),
          { reading: { ...goodReading, ...reading }, grade: 'good', bitrate: null, differences: null, watch: null, lasting: [], elsewhere: [] },
          75_000,
        ),
      )
      look(probeSubject(name))
    }
  }
  expect(events.length).toBeGreaterThan(200)
  expect([...raised].sort()).toEqual([])
}, 600_000)
