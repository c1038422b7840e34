import { describe, expect, it } from 'vitest'
import type { DiagnosisEndpoint, DiagnosisFinding, DiagnosisFound, DiagnosisOutcome, DiagnosisStep, DiagnosisVerdict, LeftOutReason } from './diagnosis.ts'
import { verdictOf } from './diagnosisVerdict.ts'

const ports: Readonly<Partial<Record<DiagnosisEndpoint, number>>> = { api: 9997, rtsp: 8554, hls: 8888, webrtc: 8889, srt: 8890, metrics: 9998 }
const finding = (step: DiagnosisStep, endpoint: DiagnosisEndpoint | null, outcome: DiagnosisOutcome, found: DiagnosisFound): DiagnosisFinding => ({
  ...{ step, endpoint, outcome, found, ms: 3 },
  address: endpoint === null ? null : `10.0.0.5:${ports[endpoint]}`,
})
const open = (endpoint: DiagnosisEndpoint) => finding('port', endpoint, 'ok', { kind: 'answers' })
const shut = (endpoint: DiagnosisEndpoint, reason: 'refused' | 'connectTimeout' = 'refused') =>
  finding('port', endpoint, 'failed', { kind: 'failed', error: { kind: 'unreachable', reason } })
const leftOut = (step: DiagnosisStep, because: LeftOutReason, endpoint: DiagnosisEndpoint | null = null) =>
  finding(step, endpoint, 'skipped', { kind: 'notTried', because })
const api = finding('api', 'api', 'ok', { kind: 'apiAnswers', version: 'v1.20.1' })
const well = [finding('name', null, 'ok', { kind: 'resolved', addresses: ['10.0.0.5'] }), open('api'), open('rtsp'), open('hls'), api]
const srtSilent = finding('srtHandshake', 'srt', 'failed', { kind: 'failed', error: { kind: 'unreachable', reason: 'connectTimeout' } })
const stream = (state: 'live' | 'gone' | 'waiting' | 'stalled' | null, source: string | null = null, said: string | null = null) =>
  finding('stream', null, state === 'live' ? 'ok' : 'failed', { kind: 'streamIs', state, source, said })
const left = { endpoint: 'rtsp', address: '10.0.0.7:50312', at: '2026-11-23T12:00:00.000Z' } as const
const publisherWas = finding('lastPublisher', left.endpoint, 'warning', { kind: 'publisherWas', address: left.address, endedAt: left.at })
const nobodyMay = finding('stream', null, 'failed', { kind: 'nobodyMayPublish' })
const logSays = (inUse: number | null) => finding('hostLog', null, 'ok', { kind: 'logSays', lines: ['first'], last: 'last', inUse, closed: 'EOF' })
const noProcess = finding('hostProcess', null, 'failed', { kind: 'processMissing' })
const listening = (endpoint: DiagnosisEndpoint) =>
  finding('hostPorts', null, 'ok', { kind: 'hostPorts', listening: [{ endpoint, port: ports[endpoint] ?? 0 }], closed: [] })
const described = finding('rtspDescribe', 'rtsp', 'ok', { kind: 'described', media: ['video H264'] })
const refused = (status: number) =>
  finding(
    ...(['rtspDescribe', 'rtsp', 'failed'] as const),
    status === 401 ? { kind: 'refused', status, credentials: true } : { kind: 'failed', error: { kind: 'httpStatus', status, message: 'no' } },
  )
const playlist = (longestSegmentSeconds: number) => finding('hlsPlaylist', 'hls', 'warning', { kind: 'playlist', longestSegmentSeconds })
const notCarried = (endpoint: 'hls' | 'webrtc') =>
  finding(endpoint === 'hls' ? 'hlsPlaylist' : 'whep', endpoint, 'skipped', { kind: 'notCarried', codecs: ['M-JPEG'] })
const noSegment = (seconds: number | null) => finding('hlsPlaylist', 'hls', 'warning', { kind: 'noSegment', seconds })
const expired = { kind: 'certificateExpired', fingerprint: 'AB', validTo: '2026-01-01T00:00:00.000Z' } as const
const apiFails = (reason: 'refused' | 'connectTimeout') => ({ kind: 'doorFails', endpoint: 'api', error: { kind: 'unreachable', reason, port: 9997 } }) as const
const ofServer = (findings: readonly DiagnosisFinding[]) => verdictOf({ findings, host: '10.0.0.5', path: null })
const ofStream = (findings: readonly DiagnosisFinding[]) => verdictOf({ findings, host: '10.0.0.5', path: 'cam1' })

describe('the verdict on a server', () => {
  const rows: readonly (readonly [string, readonly DiagnosisFinding[], DiagnosisVerdict])[] = [
    ['every door answers', well, { kind: 'allWell' }],
    [
      'doors that are off are no fault',
      [...well, finding('port', 'rtmp', 'skipped', { kind: 'switchedOff' }), finding('port', 'webrtc', 'warning', { kind: 'maybeOff' })],
      { kind: 'allWell' },
    ],
    [
      'its name is not known',
      [finding('name', null, 'failed', { kind: 'failed', error: { kind: 'unreachable', reason: 'nameNotFound' } })],
      { kind: 'doorFails', endpoint: null, error: { kind: 'unreachable', reason: 'nameNotFound' } },
    ],
    ['every port refuses', [shut('api'), shut('rtsp')], { kind: 'notRunning', host: '10.0.0.5', said: null }],
    [
      'another program has a port, and nothing of MediaMTX answers',
      [shut('api'), open('rtsp'), shut('hls'), finding('rtspOptions', 'rtsp', 'failed', { kind: 'otherProgram' })],
      { kind: 'portTaken', port: 8554 },
    ],
    [
      "another program has the API's port, and the others refuse",
      [
        open('api'),
        shut('rtsp'),
        finding('api', 'api', 'failed', { kind: 'failed', error: { kind: 'notMediaMtx', contentType: 'text/html', server: 'nginx' } }),
      ],
      { kind: 'portTaken', port: 9997 },
    ],
    [
      'only the API refuses, and MediaMTX answers elsewhere beside another program',
      [
        shut('api'),
        open('rtsp'),
        open('hls'),
        finding('rtspOptions', 'rtsp', 'failed', { kind: 'otherProgram' }),
        finding('web', 'hls', 'ok', { kind: 'answers' }),
      ],
      apiFails('refused'),
    ],
    [
      'its machine says that it ended, and its log that a port was taken',
      [shut('api'), shut('rtsp'), noProcess, logSays(8000)],
      { kind: 'portTaken', port: 8000 },
    ],
    ['its machine says that it ended', [shut('api'), shut('rtsp'), noProcess, logSays(null)], { kind: 'notRunning', host: '10.0.0.5', said: 'last' }],
    [
      'no port answers from here, and its machine listens',
      [shut('api', 'connectTimeout'), shut('rtsp', 'connectTimeout'), listening('api')],
      { kind: 'firewalled', endpoint: 'api', port: 9997 },
    ],
    ['SRT is silent from here, and its machine listens', [...well, srtSilent, listening('srt')], { kind: 'firewalled', endpoint: 'srt', port: 8890 }],
    ['the API answers, whatever process its machine sees', [...well, noProcess], { kind: 'allWell' }],
    ['no port answers at all', [shut('api', 'connectTimeout'), shut('rtsp', 'connectTimeout'), srtSilent], { kind: 'hostSilent', host: '10.0.0.5' }],
    ['only the API refuses', [shut('api'), open('rtsp')], apiFails('refused')],
    ['only the API is silent', [shut('api', 'connectTimeout'), open('rtsp')], apiFails('connectTimeout')],
    [
      'SRT answers where no TCP port does',
      [shut('api', 'connectTimeout'), finding('srtHandshake', 'srt', 'ok', { kind: 'answers' })],
      apiFails('connectTimeout'),
    ],
    [
      'the API is at its usual port',
      [open('api'), finding('api', 'api', 'failed', { kind: 'apiElsewhere', error: { kind: 'noApiHere' }, api: 'http://10.0.0.5:9997' })],
      { kind: 'apiElsewhere', api: 'http://10.0.0.5:9997' },
    ],
    [
      'the API lets nobody in',
      [open('api'), finding('api', 'api', 'failed', { kind: 'failed', error: { kind: 'unauthorized', credentialsGiven: true } })],
      { kind: 'doorFails', endpoint: 'api', error: { kind: 'unauthorized', credentialsGiven: true } },
    ],
    [
      "the API's certificate is over",
      [open('api'), finding('certificate', 'api', 'failed', { kind: 'failed', error: expired }), leftOut('api', 'portClosed', 'api')],
      { kind: 'doorFails', endpoint: 'api', error: expired },
    ],
    ['the API answers and 8554 refuses', [open('api'), api, shut('rtsp')], { kind: 'doorRefuses', endpoint: 'rtsp', port: 8554 }],
    ['the API answers and 8554 is silent', [open('api'), api, shut('rtsp', 'connectTimeout')], { kind: 'doorSilent', endpoint: 'rtsp', port: 8554 }],
    ['SRT is silent', [open('api'), api, srtSilent], { kind: 'doorSilent', endpoint: 'srt', port: 8890 }],
    [
      'RTSP listens on loopback only',
      [open('api'), api, finding('port', 'rtsp', 'failed', { kind: 'loopbackOnly', bound: '127.0.0.1:8554' })],
      { kind: 'doorLoopback', endpoint: 'rtsp', bound: '127.0.0.1:8554' },
    ],
    [
      'another program has the port',
      [...well, finding('rtspOptions', 'rtsp', 'failed', { kind: 'otherProgram' })],
      { kind: 'doorOther', endpoint: 'rtsp', port: 8554 },
    ],
    [
      'a certificate ends soon',
      [
        ...well,
        finding('certificate', 'hls', 'warning', {
          kind: 'certificate',
          names: 'a',
          issuer: 'b',
          validTo: '2026-12-01T00:00:00Z',
          daysLeft: 3,
        }),
      ],
      { kind: 'certificateEnds', endpoint: 'hls', days: 3 },
    ],
    ['time was over', [open('api'), api, leftOut('web', 'outOfTime', 'hls')], { kind: 'unfinished' }],
  ]
  it.each(rows)('when %s', (_, findings, verdict) => {
    expect(ofServer(findings)).toEqual(verdict)
  })
})

describe('the verdict on a stream', () => {
  const rows: readonly (readonly [string, readonly DiagnosisFinding[], DiagnosisVerdict])[] = [
    ['it plays', [...well, stream('live'), described, playlist(1)], { kind: 'allWell' }],
    ['nobody sends it', [...well, stream('gone')], { kind: 'nobodyPublishes', path: 'cam1' }],
    ['who sent it left', [...well, stream('gone'), publisherWas], { kind: 'publisherLost', path: 'cam1', ...left, said: null }],
    [
      'who sent it left, and the log says why',
      [...well, stream('gone'), publisherWas, logSays(null)],
      { kind: 'publisherLost', path: 'cam1', ...left, said: 'EOF' },
    ],
    ['nobody may send it', [...well, publisherWas, nobodyMay], { kind: 'publishingForbidden', path: 'cam1' }],
    ['it left since the console asked last', [...well, stream('live'), refused(404)], { kind: 'nobodyPublishes', path: 'cam1' }],
    ['it sends nothing', [...well, stream('stalled'), described], { kind: 'stalled', path: 'cam1' }],
    ['its source fails', [...well, stream('gone', 'rtsp', 'connection refused')], { kind: 'sourceFails', path: 'cam1', said: 'connection refused' }],
    [
      'its source fails, and the log of its server says why',
      [...well, stream('gone', 'rtsp'), logSays(null)],
      { kind: 'sourceFails', path: 'cam1', said: 'EOF' },
    ],
    ['its source never gave anything', [...well, stream('waiting', 'rtsp'), refused(404)], { kind: 'sourceFails', path: 'cam1', said: null }],
    ['it waits for a reader', [...well, stream('waiting', 'rtsp'), leftOut('rtspDescribe', 'onDemand', 'rtsp')], { kind: 'waits', path: 'cam1' }],
    [
      'no path is for it',
      [...well, stream(null), finding('hlsPage', 'hls', 'failed', { kind: 'pathNotConfigured' })],
      { kind: 'pathNotConfigured', path: 'cam1' },
    ],
    ['a door of it is closed', [...well, shut('webrtc'), stream('gone')], { kind: 'doorRefuses', endpoint: 'webrtc', port: 8889 }],
    ['a door that it does not need is closed', [...well, shut('metrics'), stream('live'), described], { kind: 'allWell' }],
    ['we may not read it', [...well, stream('live'), refused(401)], { kind: 'readingRefused', endpoint: 'rtsp' }],
    [
      'it is not given',
      [...well, stream('live'), refused(461)],
      { kind: 'doorFails', endpoint: 'rtsp', error: { kind: 'httpStatus', status: 461, message: 'no' } },
    ],
    [
      'no protocol of browsers carries its tracks',
      [...well, stream('live'), described, notCarried('hls'), notCarried('webrtc')],
      { kind: 'notCarried', endpoints: ['hls', 'webrtc'], codecs: ['M-JPEG'] },
    ],
    ['it is frozen, whatever carries it', [...well, stream('stalled'), described, notCarried('hls')], { kind: 'stalled', path: 'cam1' }],
    ['HLS has no segment for long', [...well, stream('live'), described, noSegment(20)], { kind: 'hlsLate', seconds: 20 }],
    ['HLS has no segment in time', [...well, stream('live'), described, noSegment(null)], { kind: 'hlsLate', seconds: null }],
    ['keyframes are far apart', [...well, stream('live'), described, playlist(10)], { kind: 'hlsLate', seconds: 10 }],
  ]
  it.each(rows)('when %s', (_, findings, verdict) => {
    expect(ofStream(findings)).toEqual(verdict)
  })

  it('names what is nearest to the machine: nothing behind a closed API is blamed', () => {
    expect(ofStream([shut('api'), open('rtsp'), stream('gone')])).toEqual(apiFails('refused'))
  })
})
