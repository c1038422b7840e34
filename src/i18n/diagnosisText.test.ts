import { describe, expect, it } from 'vitest'
import {
  type DiagnosisFinding,
  type DiagnosisFound,
  type DiagnosisVerdict,
  diagnosisFindingSchema,
  diagnosisVerdictSchema,
  leftOutReasons,
} from '../shared/diagnosis.ts'
import { streamStates } from '../shared/streams.ts'
import { findingText, verdictMessage, verdictText } from './diagnosisText.ts'
import { languages } from './languages.ts'
import { expectSentence } from './words.fixture.ts'

const validTo = '2026-12-01T00:00:00.000Z'
/** One of each kind: the compiler asks for it. */
const found: { readonly [K in DiagnosisFound['kind']]: DiagnosisFound & { kind: K } } = {
  notTried: { kind: 'notTried', because: 'portClosed' },
  failed: { kind: 'failed', error: { kind: 'unreachable', reason: 'refused' } },
  answers: { kind: 'answers' },
  resolved: { kind: 'resolved', addresses: ['10.0.0.5', 'fd00::5'] },
  maybeOff: { kind: 'maybeOff' },
  switchedOff: { kind: 'switchedOff' },
  loopbackOnly: { kind: 'loopbackOnly', bound: '127.0.0.1:8554' },
  certificate: { kind: 'certificate', names: 'mtx.example', issuer: 'Test CA', validTo, daysLeft: 5 },
  apiAnswers: { kind: 'apiAnswers', version: 'v1.20.1' },
  apiElsewhere: { kind: 'apiElsewhere', error: { kind: 'noApiHere' }, api: 'http://10.0.0.5:9997' },
  otherProgram: { kind: 'otherProgram' },
  processRuns: { kind: 'processRuns', pid: 812 },
  processMissing: { kind: 'processMissing' },
  hostPorts: { kind: 'hostPorts', listening: [{ endpoint: 'rtsp', port: 8554 }], closed: [{ endpoint: 'hls', port: 8888 }] },
  logSays: { kind: 'logSays', lines: ['2026/11/23 15:38:00 WAR x', 'y'], last: 'y', inUse: 8000, closed: 'EOF' },
  streamIs: { kind: 'streamIs', state: 'gone', source: 'rtsp', said: 'EOF' },
  pathNotConfigured: { kind: 'pathNotConfigured' },
  nobodyMayPublish: { kind: 'nobodyMayPublish' },
  publisherWas: { kind: 'publisherWas', address: '10.0.0.7:50312', endedAt: validTo },
  described: { kind: 'described', media: ['video H264'] },
  refused: { kind: 'refused', status: 401, credentials: true },
  playlist: { kind: 'playlist', longestSegmentSeconds: 6.5 },
  noSegment: { kind: 'noSegment', seconds: 20 },
  notCarried: { kind: 'notCarried', codecs: ['M-JPEG'] },
}
const more: readonly DiagnosisFound[] = [
  ...leftOutReasons.map((because) => ({ kind: 'notTried', because }) as const),
  ...[...streamStates, null].map((state) => ({ ...found.streamIs, state, said: null })),
  { ...found.certificate, names: '', issuer: '', daysLeft: null },
  { ...found.apiAnswers, version: null },
  { ...found.described, media: [] },
  { ...found.refused, credentials: false },
  { ...found.publisherWas, address: null },
  { ...found.logSays, closed: null },
  { ...found.noSegment, seconds: null },
  { ...found.playlist, longestSegmentSeconds: null },
]
const findingOf = (one: DiagnosisFound): DiagnosisFinding => ({ step: 'port', endpoint: 'rtsp', address: '10.0.0.5:8554', outcome: 'ok', found: one, ms: 3 })

const verdicts: { readonly [K in DiagnosisVerdict['kind']]: DiagnosisVerdict & { kind: K } } = {
  doorFails: { kind: 'doorFails', endpoint: 'hls', error: { kind: 'timedOut', limitMs: 5_000 } },
  hostSilent: { kind: 'hostSilent', host: 'mtx.example' },
  notRunning: { kind: 'notRunning', host: 'mtx.example', said: 'ERR x' },
  portTaken: { kind: 'portTaken', port: 8554 },
  firewalled: { kind: 'firewalled', endpoint: 'rtsp', port: 8554 },
  apiElsewhere: { kind: 'apiElsewhere', api: 'http://10.0.0.5:9997' },
  doorLoopback: { kind: 'doorLoopback', endpoint: 'rtsp', bound: '127.0.0.1:8554' },
  doorRefuses: { kind: 'doorRefuses', endpoint: 'rtsp', port: 8554 },
  doorSilent: { kind: 'doorSilent', endpoint: 'srt', port: 8890 },
  doorOther: { kind: 'doorOther', endpoint: 'playback', port: 9996 },
  pathNotConfigured: { kind: 'pathNotConfigured', path: 'cam1' },
  sourceFails: { kind: 'sourceFails', path: 'cam1', said: 'EOF' },
  publishingForbidden: { kind: 'publishingForbidden', path: 'cam1' },
  publisherLost: { kind: 'publisherLost', path: 'cam1', endpoint: 'rtsp', address: '10.0.0.7:50312', at: validTo, said: 'EOF' },
  nobodyPublishes: { kind: 'nobodyPublishes', path: 'cam1' },
  stalled: { kind: 'stalled', path: 'cam1' },
  readingRefused: { kind: 'readingRefused', endpoint: 'rtsp' },
  notCarried: { kind: 'notCarried', endpoints: ['hls', 'webrtc'], codecs: ['M-JPEG'] },
  hlsLate: { kind: 'hlsLate', seconds: 20 },
  certificateEnds: { kind: 'certificateEnds', endpoint: 'webrtc', days: 3 },
  waits: { kind: 'waits', path: 'cam1' },
  unfinished: { kind: 'unfinished' },
  allWell: { kind: 'allWell' },
}
const moreVerdicts: readonly DiagnosisVerdict[] = [
  { ...verdicts.doorFails, endpoint: null },
  { ...verdicts.sourceFails, said: null },
  { ...verdicts.hlsLate, seconds: null },
  { ...verdicts.doorRefuses, port: null },
  { ...verdicts.publisherLost, address: null, said: null },
  { ...verdicts.notRunning, said: null },
]

describe.each(languages)('a diagnosis in %s', (language) => {
  it('has a sentence for whatever a step finds', () => {
    for (const one of [...Object.values(found), ...more]) expectSentence(one.kind, (tag) => findingText(findingOf(one), tag), language, one)
  })
  it('has a cause for each verdict, and says what to do unless the cause says it or there is nothing', () => {
    const withoutTodo = ['allWell', 'unfinished', 'certificateEnds', 'apiElsewhere']
    for (const verdict of [...Object.values(verdicts), ...moreVerdicts]) {
      expectSentence(verdict.kind, (tag) => verdictText(verdict, tag), language, verdict)
      expect([verdict.kind, verdictMessage(verdict, language).todo === '']).toEqual([verdict.kind, withoutTodo.includes(verdict.kind)])
    }
  })
})

it('each sample is one that is sent', () => {
  for (const one of [...Object.values(found), ...more]) expect(diagnosisFindingSchema.parse(findingOf(one))).toEqual(findingOf(one))
  for (const verdict of [...Object.values(verdicts), ...moreVerdicts]) expect(diagnosisVerdictSchema.parse(verdict)).toEqual(verdict)
})

it('begins as a sentence does, and names the listener', () => {
  expect(verdictMessage(verdicts.doorOther, 'en').what).toBe('A program other than Playback of MediaMTX answers (port 9996).')
  expect(verdictMessage(verdicts.doorFails, 'en').what).toBe('HLS: Connected, but no answer within 5 s.')
  expect(verdictMessage({ ...verdicts.doorSilent, endpoint: 'metrics', port: 9998 }, 'en').what).toMatch(/^Metrics is enabled, but port 9998 does not answer/)
})
