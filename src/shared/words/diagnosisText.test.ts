import { describe, expect, it } from 'vitest'
import { type DiagnosisFinding, type DiagnosisFound, diagnosisFindingSchema, leftOutReasons } from '../diagnosis.ts'
import { type DiagnosisVerdict, diagnosisVerdictSchema } from '../diagnosisVerdict.ts'
import { streamStates } from '../streams.ts'
import { findingText, verdictText, verdictWords } from './diagnosisText.ts'
import { languages } from './languages.ts'
import { expectSentence } from './words.fixture.ts'

const validTo = '2026-12-01T00:00:00.000Z'
/** One of each kind: the compiler asks for it. */
const found: { readonly [K in DiagnosisFound['kind']]: DiagnosisFound & { kind: K } } = {
  notTried: { kind: 'notTried', because: 'portClosed' },
  failed: { kind: 'failed', error: { kind: 'unreachable', reason: 'refused' } },
  resolved: { kind: 'resolved', addresses: ['10.0.0.5', 'fd00::5'] },
  isAddress: { kind: 'isAddress' },
  connected: { kind: 'connected' },
  maybeOff: { kind: 'maybeOff', setting: 'rtsp' },
  switchedOff: { kind: 'switchedOff', setting: 'rtsp' },
  loopbackOnly: { kind: 'loopbackOnly', setting: 'rtsp', bound: '127.0.0.1:8554' },
  certificate: { kind: 'certificate', names: 'mtx.example', issuer: 'Test CA', validTo, chain: 2, pinned: true, daysLeft: 5 },
  apiAnswers: { kind: 'apiAnswers', version: 'v1.20.1' },
  apiElsewhere: { kind: 'apiElsewhere', error: { kind: 'noApiHere' }, api: 'http://10.0.0.5:9997' },
  rtspAnswers: { kind: 'rtspAnswers', methods: ['DESCRIBE', 'PLAY'] },
  webAnswers: { kind: 'webAnswers' },
  srtAnswers: { kind: 'srtAnswers', version: 5 },
  otherProgram: { kind: 'otherProgram' },
  noDatagram: { kind: 'noDatagram' },
  processRuns: { kind: 'processRuns', pid: 812, startedAt: validTo },
  processUnclear: { kind: 'processUnclear', count: 2 },
  processMissing: { kind: 'processMissing', active: 'failed', result: 'exit-code', exitStatus: 1 },
  hostPorts: {
    kind: 'hostPorts',
    listening: [{ door: 'rtsp', port: 8554, user: 'nginx' }],
    loopback: [{ door: 'api', port: 9997 }],
    missing: [{ door: 'hls', port: 8888 }],
  },
  logSays: { kind: 'logSays', from: 'journal', lines: ['2026/11/23 15:38:00 WAR x', 'y'], last: 'y', inUse: { protocol: 'udp', port: 8000 }, closed: 'EOF' },
  streamIs: { kind: 'streamIs', state: 'gone', sourceType: 'rtspSource', codecs: ['H264', 'Opus'], readers: 3, said: 'EOF' },
  noSuchStream: { kind: 'noSuchStream', configured: false },
  pathNotConfigured: { kind: 'pathNotConfigured' },
  pullsItself: { kind: 'pullsItself', source: 'rtsp' },
  mayPublish: { kind: 'mayPublish' },
  mayNotPublish: { kind: 'mayNotPublish', status: 401, who: 'users', proxied: true },
  nobodyMayPublish: { kind: 'nobodyMayPublish', status: 401 },
  publisherWas: { kind: 'publisherWas', address: '10.0.0.7:50312', endedAt: validTo, bytes: 12_000_000 },
  described: { kind: 'described', media: ['video H264'] },
  rtspRefused: { kind: 'rtspRefused', status: 404, message: 'Not Found', credentials: true },
  webRefused: { kind: 'webRefused', status: 500, message: 'no', credentials: true },
  pageAnswers: { kind: 'pageAnswers' },
  playlist: { kind: 'playlist', longestSegmentSeconds: 6.5, lowLatency: false },
  noSegment: { kind: 'noSegment', seconds: 20 },
  whepAnswers: { kind: 'whepAnswers' },
  notCarried: { kind: 'notCarried', codecs: ['M-JPEG'] },
}
const more: readonly DiagnosisFound[] = [
  ...leftOutReasons.map((because) => ({ kind: 'notTried', because }) as const),
  ...streamStates.map((state) => ({ ...found.streamIs, state, codecs: [], readers: null, said: null })),
  { ...found.certificate, names: '', issuer: '', chain: 1, pinned: false, daysLeft: null },
  { ...found.certificate, daysLeft: 1 },
  { ...found.apiAnswers, version: null },
  { ...found.rtspAnswers, methods: [] },
  { ...found.noSuchStream, configured: null },
  { ...found.described, media: [] },
  ...[true, false].map((credentials) => ({ ...found.rtspRefused, status: 401, credentials })),
  ...[true, false].map((credentials) => ({ ...found.webRefused, status: 401, credentials })),
  { ...found.webRefused, message: '' },
  { ...found.mayNotPublish, who: null, proxied: false },
  { ...found.nobodyMayPublish, status: null },
  { ...found.publisherWas, address: null, bytes: null },
  { ...found.processRuns, startedAt: null },
  { ...found.processUnclear, count: 1 },
  { ...found.processMissing, active: null, result: null, exitStatus: null },
  { ...found.processMissing, active: '', result: '', exitStatus: null },
  { ...found.hostPorts, listening: [], loopback: [], missing: [] },
  { ...found.logSays, from: 'file', lines: [], inUse: null, closed: null },
  { ...found.noSegment, seconds: null },
  { ...found.playlist, longestSegmentSeconds: null, lowLatency: true },
]
const findingOf = (one: DiagnosisFound): DiagnosisFinding => ({ step: 'port', door: 'rtsp', address: '10.0.0.5:8554', outcome: 'ok', found: one, ms: 3 })

const verdicts: { readonly [K in DiagnosisVerdict['kind']]: DiagnosisVerdict & { kind: K } } = {
  nameUnknown: { kind: 'nameUnknown', host: 'mtx.example' },
  hostSilent: { kind: 'hostSilent', host: 'mtx.example' },
  nothingListens: { kind: 'nothingListens', host: 'mtx.example' },
  portInUse: { kind: 'portInUse', port: 8000, protocol: 'udp' },
  processEnded: { kind: 'processEnded', host: 'mtx.example', active: 'failed', exitStatus: 1, said: 'ERR x' },
  firewalled: { kind: 'firewalled', door: 'rtsp', port: 8554 },
  portTaken: { kind: 'portTaken', door: 'rtsp', port: 8554 },
  apiElsewhere: { kind: 'apiElsewhere', api: 'http://10.0.0.5:9997' },
  apiOff: { kind: 'apiOff', port: 9997 },
  apiFiltered: { kind: 'apiFiltered', port: 9997 },
  apiFails: { kind: 'apiFails', error: { kind: 'forbidden' } },
  certificateBad: { kind: 'certificateBad', door: 'hls', error: { kind: 'certificateExpired', fingerprint: 'AB:CD', validTo } },
  doorLoopback: { kind: 'doorLoopback', door: 'rtsp', setting: 'rtsp', bound: '127.0.0.1:8554' },
  doorRefuses: { kind: 'doorRefuses', door: 'rtsp', port: 8554 },
  doorSilent: { kind: 'doorSilent', door: 'srt', port: 8890 },
  doorOther: { kind: 'doorOther', door: 'playback', port: 9996 },
  doorFails: { kind: 'doorFails', door: 'hls', error: { kind: 'timedOut', limitMs: 5_000 } },
  pathNotConfigured: { kind: 'pathNotConfigured', path: 'cam1' },
  sourceFails: { kind: 'sourceFails', path: 'cam1', said: 'EOF' },
  publishingForbidden: { kind: 'publishingForbidden', path: 'cam1', status: 401 },
  publisherLost: { kind: 'publisherLost', path: 'cam1', door: 'rtsp', address: '10.0.0.7:50312', at: validTo, said: 'EOF' },
  publishingRefused: { kind: 'publishingRefused', path: 'cam1', status: 403, proxied: false },
  nobodyPublishes: { kind: 'nobodyPublishes', path: 'cam1' },
  stalled: { kind: 'stalled', path: 'cam1' },
  readingRefused: { kind: 'readingRefused', door: 'rtsp' },
  readingFails: { kind: 'readingFails', door: 'rtsp', status: 461, message: 'no' },
  notCarried: { kind: 'notCarried', doors: ['hls', 'webrtc'], codecs: ['M-JPEG'] },
  noSegment: { kind: 'noSegment', seconds: 20 },
  delayHigh: { kind: 'delayHigh', seconds: 10, lowLatency: false },
  certificateEnds: { kind: 'certificateEnds', door: 'webrtc', days: 3 },
  waits: { kind: 'waits', path: 'cam1' },
  unfinished: { kind: 'unfinished' },
  allWell: { kind: 'allWell', off: ['rtmp', 'metrics'], maybeOff: ['srt'] },
}
const moreVerdicts: readonly DiagnosisVerdict[] = [
  { ...verdicts.apiOff, port: null },
  { ...verdicts.sourceFails, said: null },
  { ...verdicts.noSegment, seconds: null },
  { ...verdicts.notCarried, codecs: ['MPEG-TS'] },
  { ...verdicts.delayHigh, seconds: null },
  { ...verdicts.delayHigh, lowLatency: true },
  { ...verdicts.allWell, off: [], maybeOff: [] },
  { ...verdicts.doorRefuses, port: null },
  { ...verdicts.publishingForbidden, status: null },
  { ...verdicts.publisherLost, address: null, said: null },
  { ...verdicts.processEnded, active: null, exitStatus: null, said: null },
  { ...verdicts.processEnded, active: '', exitStatus: null },
  { ...verdicts.firewalled, door: 'srt' },
  { ...verdicts.publishingRefused, proxied: true },
  { ...verdicts.portTaken, port: null },
]

describe.each(languages)('a diagnosis in %s', (language) => {
  it('has a sentence for whatever a step finds', () => {
    for (const one of [...Object.values(found), ...more]) expectSentence(one.kind, (tag) => findingText(findingOf(one), tag), language, one)
  })
  it('has a cause for each verdict, and says what to do unless there is nothing', () => {
    for (const verdict of [...Object.values(verdicts), ...moreVerdicts]) {
      expectSentence(verdict.kind, (tag) => verdictText(verdict, tag), language, verdict)
      expect([verdict.kind, verdictWords(verdict, language).todo === '']).toEqual([verdict.kind, verdict.kind === 'allWell'])
    }
  })
})

it('each sample is one that is sent', () => {
  for (const one of [...Object.values(found), ...more]) expect(diagnosisFindingSchema.parse(findingOf(one))).toEqual(findingOf(one))
  for (const verdict of [...Object.values(verdicts), ...moreVerdicts]) expect(diagnosisVerdictSchema.parse(verdict)).toEqual(verdict)
})

it('begins as a sentence does, and names the listener', () => {
  expect(verdictWords(verdicts.doorOther, 'en').what).toBe('A program other than playback of MediaMTX answers (port 9996).')
  expect(verdictWords(verdicts.doorFails, 'en').what).toBe('HLS: Connected, but no answer within 5 s.')
  expect(verdictWords({ ...verdicts.doorSilent, door: 'metrics', port: 9998 }, 'en').what).toMatch(/^Metrics is enabled, but its port \(port 9998\)/)
})
