import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type PictureReason, previewFiguresSchema } from '../../shared/previews.ts'
import { chooseWay, createFrozenWatch, createLosses, fallbacks, figuresSince, type HlsFailure, hlsFailureReason, readWebrtcStats } from './pictureWays.ts'

const track = (codec: string, kind: 'video' | 'audio') => ({ codec, kind })
const able = { webrtc: true, h265: false }
const h264 = track('H264', 'video')
const circumstances = { chosen: 'auto', tracks: [h264], muted: true, ability: able, fellBack: null } as const

describe('the way to play', () => {
  it.each([
    ['H264 alone', {}, { way: 'webrtc', instead: null }],
    ['a stream of which no tracks are known', { tracks: [] }, { way: 'webrtc', instead: null }],
    ['what the operator chose', { chosen: 'hls' }, { way: 'hls', instead: null }],
    ['a browser without WebRTC', { ability: { webrtc: false, h265: false } }, { way: 'hls', instead: { kind: 'browserWithoutWebrtc' } }],
    ['H265 where it plays by WebRTC', { tracks: [track('H265', 'video')], ability: { webrtc: true, h265: true } }, { way: 'webrtc', instead: null }],
    ['H265 where it does not', { tracks: [track('H265', 'video')] }, { way: 'hls', instead: { kind: 'webrtcH265' } }],
    ['a codec that WebRTC does not know', { tracks: [track('M-JPEG', 'video')] }, { way: 'hls', instead: { kind: 'webrtcCodecs', codecs: ['M-JPEG'] } }],
    ['sound alone', { tracks: [track('Opus', 'audio')] }, { way: 'hls', instead: { kind: 'noVideo' } }],
    ['AAC while it is muted', { tracks: [h264, track('MPEG-4 Audio', 'audio')] }, { way: 'webrtc', instead: null }],
    [
      'AAC that is to be heard',
      { tracks: [h264, track('MPEG-4 Audio', 'audio')], muted: false },
      { way: 'hls', instead: { kind: 'soundByHls', codec: 'MPEG-4 Audio' } },
    ],
    ['G711, which only WebRTC carries', { tracks: [h264, track('G711', 'audio')], muted: false }, { way: 'webrtc', instead: null }],
    ['Opus, which both carry', { tracks: [h264, track('Opus', 'audio')], muted: false }, { way: 'webrtc', instead: null }],
    ['what neither carries', { tracks: [h264, track('LPCM', 'audio')], muted: false }, { way: 'webrtc', instead: null }],
    ['a failure before', { fellBack: { kind: 'webrtcNoFrames' } }, { way: 'hls', instead: { kind: 'webrtcNoFrames' } }],
  ] as const)('of %s', (_, change, chosen) => {
    expect(chooseWay({ ...circumstances, ...change })).toEqual(chosen)
  })
})

describe('what is lost', () => {
  it('is opened again soon, three times, then by HLS; what held for a minute starts anew', () => {
    const losses = createLosses()
    losses.plays(0)
    expect([5_000, 6_000, 7_000, 8_000].map((now) => losses.webrtcLost(now))).toEqual([1_000, 2_000, 4_000, null])
    losses.plays(20_000)
    losses.plays(79_000)
    expect(losses.webrtcLost(80_000)).toBe(1_000)
  })
  it('is tried again at longer and longer intervals, a minute at most', () => {
    const losses = createLosses()
    expect([0, 1, 2, 3, 4, 5].map((now) => losses.failed(now))).toEqual([8_000, 16_000, 32_000, 60_000, 60_000, 60_000])
    losses.forget()
    expect(losses.failed(6)).toBe(8_000)
  })
})

describe('what was found out', () => {
  it('holds for all streams of a server that no way leads to, for five minutes', () => {
    fallbacks.note('s1', 'cam1', { kind: 'iceUnreachable', addresses: ['127.0.0.1'] }, 0)
    expect(fallbacks.why('s1', 'cam2', 1)).toEqual({ kind: 'iceUnreachable', addresses: ['127.0.0.1'] })
    expect([fallbacks.why('s2', 'cam1', 1), fallbacks.why('s1', 'cam2', 300_001)]).toEqual([null, null])
    fallbacks.forget('s1', 'cam2')
    expect(fallbacks.why('s1', 'cam1', 1)).toBeNull()
  })
  it('of B-frames holds for the stream, and what may pass for none', () => {
    fallbacks.note('s1', 'cam1', { kind: 'bFrames', codec: 'H264' }, 0)
    fallbacks.note('s1', 'cam3', { kind: 'webrtcBroke' }, 0)
    expect(['cam1', 'cam2', 'cam3'].map((path) => fallbacks.why('s1', path, 1)?.kind)).toEqual(['bFrames', undefined, undefined])
    fallbacks.forget('s1', 'cam1')
  })
})

/** As Chromium 120 gives them, shortened. */
const stats = (video: object, pair: object = {}) => [
  { type: 'codec', id: 'C1', mimeType: 'video/H264' },
  { type: 'transport', id: 'T1', selectedCandidatePairId: 'P2' },
  { type: 'candidate-pair', id: 'P1', state: 'failed', currentRoundTripTime: 9 },
  { type: 'candidate-pair', id: 'P2', state: 'succeeded', nominated: true, currentRoundTripTime: 0.004, ...pair },
  { type: 'inbound-rtp', id: 'A', kind: 'audio', packetsLost: 77 },
  {
    type: 'inbound-rtp',
    id: 'V',
    kind: 'video',
    packetsLost: 2,
    framesDecoded: 100,
    framesDropped: 1,
    freezeCount: 3,
    jitterBufferDelay: 5,
    jitterBufferEmittedCount: 100,
    ...video,
  },
]

describe('the statistics of a picture', () => {
  it('are of its video, on the way that is in use', () => {
    expect(readWebrtcStats(stats({}), null)).toMatchObject({
      figures: { delayMs: 52, rttMs: 4, bufferMs: 50, framesDropped: 1, freezes: 3, packetsLost: 2 },
      framesDecoded: 100,
    })
  })
  it('say how long frames wait now, not on average since the beginning', () => {
    const before = readWebrtcStats(stats({}), null)
    const now = readWebrtcStats(stats({ jitterBufferDelay: 15, jitterBufferEmittedCount: 125 }), before)
    expect(now.figures.bufferMs).toBeCloseTo(400)
    expect(readWebrtcStats(stats({ jitterBufferDelay: 15, jitterBufferEmittedCount: 125 }), now).figures.bufferMs).toBeCloseTo(400)
  })
  it('are unknown, and not 0, where a browser does not give them', () => {
    expect(readWebrtcStats([{ type: 'inbound-rtp', kind: 'video' }], null).figures).toEqual({
      delayMs: null,
      rttMs: null,
      bufferMs: null,
      framesDropped: null,
      freezes: null,
      packetsLost: null,
    })
    expect(readWebrtcStats(stats({ packetsLost: -4 }), null).figures.packetsLost).toBe(0)
  })
  it('are reported as what came since the report before, within its limits, whatever the player says', () => {
    const before = { delayMs: 1, rttMs: null, bufferMs: 2, framesDropped: 5, freezes: 1, packetsLost: null }
    expect(figuresSince({ ...before, framesDropped: 9, packetsLost: 3 }, before)).toEqual({ ...before, framesDropped: 4, freezes: 0, packetsLost: 3 })
    const any = fc.option(fc.oneof(fc.double(), fc.integer(), fc.constant(Number.NaN)), { nil: null })
    const anyFigures = fc.record({ delayMs: any, rttMs: any, bufferMs: any, framesDropped: any, freezes: any, packetsLost: any })
    fc.assert(
      fc.property(anyFigures, fc.option(anyFigures, { nil: null }), (now, earlier) => {
        previewFiguresSchema.parse(figuresSince(now, earlier))
      }),
    )
  })
})

describe('a picture that should play', () => {
  it('says for how long its time has stood still', () => {
    const watch = createFrozenWatch()
    expect([0, 500, 2900, 3000].map((now) => watch.see(now, 7, true))).toEqual([0, 500, 2900, 3000])
  })
  it('is well again as soon as it moves', () => {
    const watch = createFrozenWatch()
    for (const now of [0, 4000]) watch.see(now, 7, true)
    expect(watch.see(4500, 7.5, true)).toBe(0)
    expect(watch.see(7000, 7.5, true)).toBe(2500)
    expect(watch.see(7500, 2, true)).toBe(0)
  })
  it('is not taken for playing where a stalled player nudges its time on', () => {
    const watch = createFrozenWatch()
    const seen = Array.from({ length: 11 }, (_, look) => watch.see(look * 500, 7 + look * 0.1, true))
    expect(seen.at(-1)).toBe(5000)
  })
  it('is never called frozen while it is paused or hidden', () => {
    const watch = createFrozenWatch()
    for (const now of [0, 4000, 9000]) expect(watch.see(now, 7, false)).toBe(0)
    expect(watch.see(9500, 7, true)).toBe(500)
  })
})
describe('why no picture comes', () => {
  const failure = (change: Partial<HlsFailure>): HlsFailure => ({
    type: 'networkError',
    details: 'manifestLoadError',
    status: null,
    text: null,
    ...change,
  })
  it('has its own words for each cause', () => {
    const causes = [
      failure({ status: 404 }),
      failure({ status: 401 }),
      failure({ status: 503 }),
      failure({ details: 'levelLoadTimeOut' }),
      failure({}),
      failure({ type: 'mediaError', details: 'bufferAppendError' }),
      failure({ type: 'otherError', details: 'x' }),
    ]
    expect(new Set(causes.map((cause) => hlsFailureReason(cause).why.kind)).size).toBe(causes.length)
  })
  it('lets the relay speak for itself, but never shows a page', () => {
    const relayed = (why: PictureReason) => hlsFailureReason(failure({ status: 502, text: JSON.stringify({ error: 'x', why }) }))
    expect(relayed({ kind: 'settingsChanged' })).toEqual({ why: { kind: 'settingsChanged' }, retry: true })
    expect(relayed({ kind: 'readRefused' })).toEqual({ why: { kind: 'readRefused' }, retry: false })
    for (const text of ['<html>nope', '{"error":"x"}', '{"why":{"kind":"of another version"}}', null])
      expect(hlsFailureReason(failure({ status: 404, text })).why).toEqual({ kind: 'noPictureNow' })
  })
  it('does not try again where it cannot help', () => {
    expect(hlsFailureReason(failure({ status: 401 })).retry).toBe(false)
    expect(hlsFailureReason(failure({ status: 502 })).retry).toBe(true)
    expect(hlsFailureReason(failure({ type: 'mediaError', details: 'bufferAddCodecError' })).retry).toBe(false)
  })
})
