import { describe, expect, it } from 'vitest'
import type { DiagnosisEndpoint, DiagnosisFinding, DiagnosisFound } from './diagnosis.ts'
import { type Playability, type PlayabilityClient, playabilitySchema } from './playability.ts'
import { type PlayabilityCase, playabilityOf } from './playabilityOf.ts'
import type { Track } from './streams.ts'

const track = (codec: string, kind: Track['kind'] = 'audio', profile: string | null = null): Track => ({
  ...{ codec, kind, profile, width: null, height: null, level: null, sampleRate: null, channels: null },
})
const video = (codec: string, profile: string | null = null) => track(codec, 'video', profile)
const on = {
  rtsp: true,
  rtspEncryption: 'no',
  rtmp: true,
  rtmpEncryption: 'no',
  hls: true,
  hlsVariant: 'lowLatency',
  hlsEncryption: true,
  webrtc: true,
  srt: true,
}
const live = (...tracks: readonly Track[]) => ({ state: 'live', onDemand: false, tracks: [...tracks] }) as const
const student = live(video('H264', 'Baseline'), track('Opus'))
const camera = live(video('H265'), track('G711'))

const evaluated = (one: Partial<PlayabilityCase>): Readonly<Record<PlayabilityClient, unknown>> => {
  const rows = playabilityOf({ stream: student, version: 'v1.20.1', global: on, findings: [], ...one })
  const sent: Playability = { serverId: 'a', path: 'cam', at: 1, triedAt: null, rows: [...rows] }
  expect(playabilitySchema.parse(sent)).toEqual(sent)
  return Object.fromEntries(rows.map(({ client, verdict, reasons }) => [client, reasons.length === 0 ? verdict : [verdict, ...reasons]])) as never
}
const finding = (
  step: DiagnosisFinding['step'],
  endpoint: DiagnosisEndpoint,
  outcome: DiagnosisFinding['outcome'],
  found: DiagnosisFound,
): DiagnosisFinding => ({
  ...{ step, endpoint, outcome, found, ms: 1, address: null },
})

describe('by its tracks, a stream', () => {
  it('of a browser plays nearly everywhere', () => {
    expect(evaluated({})).toEqual({
      ...{ browserWebrtc: 'plays', browserHls: 'plays', vlcRtsp: 'plays', srt: 'plays' },
      rtmp: ['limited', { kind: 'fewPlayers', codecs: ['Opus'] }],
    })
  })
  it('of a camera with H265 and G.711 plays by RTSP, and elsewhere not all of it', () => {
    expect(evaluated({ stream: camera })).toEqual({
      browserWebrtc: ['limited', { kind: 'fewPlayers', codecs: ['H265'] }],
      browserHls: ['limited', { kind: 'leftOut', codecs: ['G711'], since: null }, { kind: 'fewPlayers', codecs: ['H265'] }],
      vlcRtsp: 'plays',
      srt: ['limited', { kind: 'leftOut', codecs: ['G711'], since: null }],
      rtmp: ['limited', { kind: 'fewPlayers', codecs: ['H265'] }],
    })
  })
  it('may have B-frames unless its profile is Baseline, and WebRTC has no AAC', () => {
    const left = { kind: 'leftOut', codecs: ['MPEG-4 Audio'], since: null }
    const of = (profile: string | null) => evaluated({ stream: live(video('H264', profile), track('MPEG-4 Audio')) }).browserWebrtc
    expect(of('High')).toEqual(['limited', left, { kind: 'mayHaveBFrames' }])
    expect(of(null)).toEqual(['limited', left, { kind: 'mayHaveBFrames' }])
    expect(of('Constrained Baseline')).toEqual(['limited', left])
  })
  it('has nothing for a protocol that carries none of them', () => {
    const mjpeg = evaluated({ stream: live(video('M-JPEG'), track('Generic', 'other')) })
    const none = ['cannot', { kind: 'noTrack', codecs: ['M-JPEG'] }]
    expect(mjpeg).toEqual({ browserWebrtc: none, browserHls: none, vlcRtsp: 'plays', srt: none, rtmp: none })
    expect(evaluated({ stream: live(video('AV1')) }).vlcRtsp).toEqual(['cannot', { kind: 'playerLacks', codecs: ['AV1'] }])
    expect(evaluated({ stream: live(video('H264'), track('FLAC')) }).vlcRtsp).toEqual(['limited', { kind: 'playerLacks', codecs: ['FLAC'] }])
    // A codec that came after this was written.
    expect(evaluated({ stream: live(video('H266')) }).srt).toEqual(['cannot', { kind: 'noTrack', codecs: ['H266'] }])
  })
  it('of MPEG-TS within RTP (drones, SAT>IP) plays by RTSP only', () => {
    const none = ['cannot', { kind: 'noTrack', codecs: ['MPEG-TS'] }]
    expect(evaluated({ stream: live(track('MPEG-TS', 'other')) })).toEqual({ browserWebrtc: none, browserHls: none, vlcRtsp: 'plays', srt: none, rtmp: none })
  })
  it('of data alone plays nowhere, and of a codec that the server does not know perhaps by RTSP', () => {
    const data = ['cannot', { kind: 'noTrack', codecs: ['KLV'] }]
    expect(evaluated({ stream: live(track('KLV', 'other')) })).toEqual({ browserWebrtc: data, browserHls: data, vlcRtsp: data, srt: data, rtmp: data })
    const none = ['cannot', { kind: 'noTrack', codecs: ['Generic'] }]
    expect(evaluated({ stream: live(track('Generic', 'other')) })).toEqual({
      ...{ browserWebrtc: none, browserHls: none, srt: none, rtmp: none },
      vlcRtsp: ['unknown', { kind: 'notKnown' }],
    })
    expect(evaluated({ stream: live(track('something new', 'other')) }).srt).toEqual(['unknown', { kind: 'notKnown' }])
  })
  it('of a drone, H264 with KLV, plays everywhere, and its data arrives where the protocol carries them', () => {
    const drone = live(video('H264', 'Baseline'), track('KLV', 'other'))
    const without = ['limited', { kind: 'leftOut', codecs: ['KLV'], since: null }]
    const all = { browserWebrtc: 'plays', browserHls: without, vlcRtsp: ['limited', { kind: 'playerLacks', codecs: ['KLV'] }], srt: 'plays', rtmp: without }
    expect(evaluated({ stream: drone })).toEqual(all)
    expect(evaluated({ stream: drone, version: 'v1.15.6' }).browserWebrtc).toEqual(['limited', { kind: 'leftOut', codecs: ['KLV'], since: '1.16.0' }])
    // What a camera says of its picture (ONVIF) is no track that anybody misses.
    expect(evaluated({ stream: live(video('H264', 'Baseline'), track('Generic', 'other')) }).rtmp).toEqual('plays')
  })
  it('is carried by some protocols since a version', () => {
    const by = (version: string | null) => evaluated({ stream: live(video('H264', 'Baseline'), track('Opus'), track('FLAC')), version }).rtmp
    expect(by('v1.9.3')).toEqual(['limited', { kind: 'leftOut', codecs: ['Opus', 'FLAC'], since: '1.19.0' }])
    expect(by('v1.16.3')).toEqual(['limited', { kind: 'leftOut', codecs: ['FLAC'], since: '1.19.0' }, { kind: 'fewPlayers', codecs: ['Opus'] }])
    // No version at all is one before 1.15.2.
    expect(by(null)).toEqual(by('v1.9.3'))
    // Nor is a build without a version said to lack what its settings show it has.
    const built = (global: PlayabilityCase['global']) => evaluated({ stream: live(video('H264', 'Baseline'), track('FLAC')), version: 'v0.0.0', global }).rtmp
    const lacks = ['limited', { kind: 'leftOut', codecs: ['FLAC'], since: '1.19.0' }]
    const plays = ['limited', { kind: 'fewPlayers', codecs: ['FLAC'] }]
    expect([built(on), built({ ...on, moq: true }), built(undefined)]).toEqual([lacks, plays, plays])
    expect(evaluated({ stream: live(video('H265')), version: 'v1.9.3' }).browserWebrtc).toEqual(['cannot', { kind: 'noTrack', codecs: ['H265'] }])
  })
  it('is not judged before they are known, or when it is not on air', () => {
    const all = (reason: object) => Object.fromEntries(Object.keys(evaluated({})).map((client) => [client, reason]))
    expect(evaluated({ stream: live() })).toEqual(all(['unknown', { kind: 'notKnown' }]))
    expect(evaluated({ stream: { ...student, state: 'unknown' } })).toEqual(all(['unknown', { kind: 'notKnown' }]))
    expect(evaluated({ stream: { ...student, state: 'gone' } })).toEqual(all(['cannot', { kind: 'notOnAir' }]))
    expect(evaluated({ stream: { ...student, state: 'waiting', onDemand: true } })).toEqual(all(['unknown', { kind: 'startsWhenRead' }]))
    expect(evaluated({ stream: { ...student, state: 'slate' } }).srt).toBe('plays')
  })
})

describe('by its configuration, a server', () => {
  it('switches protocols off, offers RTSP with encryption only, or HLS that Apple wants encrypted', () => {
    expect(evaluated({ global: { ...on, webrtc: false } }).browserWebrtc).toEqual(['cannot', { kind: 'switchedOff', setting: 'webrtc' }])
    expect(evaluated({ global: { ...on, rtspEncryption: 'strict' } }).vlcRtsp).toEqual(['cannot', { kind: 'encryptedOnly' }])
    const { rtspEncryption: _, ...older } = on
    expect(evaluated({ global: { ...older, encryption: 'strict' } }).vlcRtsp).toEqual(['cannot', { kind: 'encryptedOnly' }])
    expect(evaluated({ global: { ...on, hlsEncryption: false } }).browserHls).toEqual(['limited', { kind: 'appleNeedsTls' }])
  })
  it('gives nothing by HLS in MPEG-TS of a stream with other codecs', () => {
    const mpegts = { ...on, hlsVariant: 'mpegts' }
    expect(evaluated({ global: mpegts }).browserHls).toEqual(['cannot', { kind: 'variantCannot', codecs: ['Opus'] }])
    expect(evaluated({ global: mpegts, stream: live(video('H264'), track('MPEG-4 Audio')) }).browserHls).toBe('plays')
  })
  it('was never read, is older than a protocol, or is not asked for', () => {
    expect(evaluated({ global: null }).srt).toEqual(['unknown', { kind: 'notKnown' }])
    const answered = finding('srtHandshake', 'srt', 'ok', { kind: 'answers' })
    expect(evaluated({ global: null, findings: [answered] }).srt).toBe('plays')
    expect(evaluated({ global: undefined }).srt).toBe('plays')
  })
})

describe('a try', () => {
  const refused = { kind: 'failed', error: { kind: 'unreachable', reason: 'refused' } } as const
  const status = (status: number) => ({ kind: 'failed', error: { kind: 'httpStatus', status, message: 'no' } }) as const
  const unauthorized = { kind: 'refused', status: 401, credentials: true } as const
  const bound = { kind: 'loopbackOnly', bound: '127.0.0.1:8554' } as const
  const tried = (found: DiagnosisFound, endpoint: DiagnosisEndpoint = 'rtsp') => ({ kind: 'tried', endpoint, found })
  it.each([
    ['finds a closed port', finding('port', 'rtsp', 'failed', refused), ['cannot', tried(refused)]],
    ['finds another program', finding('rtspOptions', 'rtsp', 'failed', { kind: 'otherProgram' }), ['cannot', tried({ kind: 'otherProgram' })]],
    ['finds a listener of its own machine', finding('port', 'rtsp', 'failed', bound), ['cannot', tried(bound)]],
    ['may not read', finding('rtspDescribe', 'rtsp', 'failed', unauthorized), ['limited', tried(unauthorized)]],
    ['is refused', finding('rtspDescribe', 'rtsp', 'failed', status(461)), ['cannot', tried(status(461))]],
    ['finds that it has left', finding('rtspDescribe', 'rtsp', 'failed', status(404)), ['cannot', { kind: 'notOnAir' }]],
    ['finds it well', finding('rtspDescribe', 'rtsp', 'ok', { kind: 'described', media: [] }), 'plays'],
  ])('%s', (_, found, row) => {
    const rows = evaluated({ findings: [found] })
    expect(rows.vlcRtsp).toEqual(row)
    expect(rows.srt).toBe('plays')
  })
  it('finds HLS that is late, and SRT that does not answer', () => {
    const late = { kind: 'playlist', longestSegmentSeconds: 10 } as const
    const silent = { kind: 'failed', error: { kind: 'unreachable', reason: 'connectTimeout' } } as const
    const rows = evaluated({ findings: [finding('hlsPlaylist', 'hls', 'warning', late), finding('srtHandshake', 'srt', 'failed', silent)] })
    expect(rows.browserHls).toEqual(['limited', tried(late, 'hls')])
    expect(rows.srt).toEqual(['cannot', tried(silent, 'srt')])
  })
})
