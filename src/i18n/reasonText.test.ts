import { describe, expect, it } from 'vitest'
import { serverErrorSamples } from '../shared/errors.fixture.ts'
import { hostErrorKindSchema } from '../shared/errors.ts'
import type { Reason, ReasonKind, ReasonOf } from '../shared/reasons.ts'
import { reasonSchema } from '../shared/reasons.ts'
import { shippedRules } from '../shared/rules.ts'
import { troubleKindSchema } from '../shared/troubles.ts'
import { formatMomentInZone } from '../shared/units.ts'
import { hostErrorText, serverErrorText } from './errorText.ts'
import { languages } from './languages.ts'
import { reasonText, troubleText } from './reasonText.ts'
import { expectSentence } from './words.fixture.ts'

const at = Date.parse('2026-11-14T03:12:40Z')
const sender = { sourceType: 'rtspSession', remoteAddr: '10.4.1.7', minMs: 6_000, maxMs: 8_000 }

/** One of each kind at least: the compiler asks for it. */
const samples: { readonly [K in ReasonKind]: readonly [ReasonOf<K>, ...ReasonOf<K>[]] } = {
  streamOff: [{ kind: 'streamOff', ...sender }],
  streamEnded: [{ kind: 'streamEnded', ...sender, onDemand: true }],
  slateOn: [{ kind: 'slateOn', sourceType: null, remoteAddr: null, left: false }],
  onDemand: [{ kind: 'onDemand' }],
  notBack: [{ kind: 'notBack' }],
  judgedSoon: [{ kind: 'judgedSoon' }],
  goneBefore: [{ kind: 'goneBefore' }],
  neverLive: [{ kind: 'neverLive' }],
  noData: [{ kind: 'noData' }],
  hungUp: [{ kind: 'hungUp' }],
  senderLeft: [
    { kind: 'senderLeft', pulled: true },
    { kind: 'senderLeft', pulled: false },
  ],
  sourceFailed: [{ kind: 'sourceFailed' }],
  notPulled: [{ kind: 'notPulled' }],
  packetsLost: [1, 3, 21, 1_234].flatMap((count) => [
    { kind: 'packetsLost', count, estimated: false },
    { kind: 'packetsLost', count, estimated: true },
  ]) as [ReasonOf<'packetsLost'>],
  limitCrossed: [
    { kind: 'limitCrossed', metric: 'host.cpu', per: null, side: 'above', value: 93.4, limit: 90 },
    { kind: 'limitCrossed', metric: 'path.bitrateIn', per: null, side: 'below', value: 312_000, limit: 500_000 },
    { kind: 'limitCrossed', metric: 'path.forwardsFailing', per: null, side: 'above', value: 2, limit: 0 },
    { kind: 'limitCrossed', metric: 'path.latency', per: 'path.rtt', side: 'below', value: 2.44, limit: 3 },
    ...Object.values(shippedRules)
      .flatMap(({ watches }) => (watches.kind === 'limit' ? [watches.metric] : []))
      .flatMap((metric) => [-2_500, 0, 1, 90_000].map((value) => ({ kind: 'limitCrossed', metric, per: null, side: 'beyond', value, limit: 2 }) as const)),
  ],
  offUsual: [
    {
      kind: 'offUsual',
      metric: 'path.bitrateIn',
      side: 'below',
      value: 2_100_000,
      low: 3_900_000,
      high: 4_400_000,
      weeks: 6,
      weekday: 5,
      hour: 20,
      zone: 'UTC',
    },
    {
      kind: 'offUsual',
      metric: 'path.bitrateIn',
      side: 'above',
      value: 9_100_000,
      low: 3_900_000,
      high: 4_400_000,
      weeks: 6,
      weekday: 1,
      hour: 0,
      zone: 'UTC',
    },
  ],
  changedFast: [
    { kind: 'changedFast', metric: 'path.bitrateIn', per: null, change: -62.4, withinMs: 60_000, limit: 50 },
    { kind: 'changedFast', metric: 'host.memoryPercent', per: null, change: 12, withinMs: 3_600_000, limit: 10 },
    { kind: 'changedFast', metric: 'path.latency', per: 'path.rtt', change: 3, withinMs: 60_000, limit: 2 },
  ],
  flapping: [1, 2, 3, 5, 21].map((losses) => ({ kind: 'flapping', losses, changes: 2 * losses, withinMs: 1_800_000 })) as [ReasonOf<'flapping'>],
  diskFilling: [{ kind: 'diskFilling', mount: '/', fullAt: at }],
  probeDown: [{ kind: 'probeDown', error: { kind: 'notFound' } }],
  hostError: [
    {
      kind: 'hostError',
      error: { kind: 'timeout', user: 'anna', said: null, fingerprint: null, knownFingerprint: null, keyType: null, target: '10.0.0.5:22' },
    },
  ],
  consoleTrouble: [{ kind: 'consoleTrouble', trouble: { kind: 'diskFull', folder: '/data' } }],
  streamsLost: [
    { kind: 'streamsLost', lost: 2, of: 6, isReturn: true, paths: ['a', 'b'] },
    { kind: 'streamsLost', lost: 12, of: 12, isReturn: false, paths: Array.from({ length: 12 }, (_, place) => `cam${place}`) },
  ],
  pollingSlowed: [{ kind: 'pollingSlowed', askedSeconds: 1, everySeconds: 8.5, bytes: 2_900_000 }],
  apiOpen: [{ kind: 'apiOpen' }],
  messageRefused: [{ kind: 'messageRefused', channels: ['ops', 'night'], failure: { kind: 'answer', said: '400 Bad Request', isPassing: false } }],
  channelUnreachable: [{ kind: 'channelUnreachable', channels: ['ops', 'night'], since: 0, failure: { kind: 'answer', said: '503 Busy', isPassing: true } }],
  mediaFailing: [{ kind: 'mediaFailing', error: { kind: 'unavailable', because: 'keepsEnding' } }],
  drillFailed: [{ kind: 'drillFailed', channels: ['ops', 'night'], failure: { kind: 'answer', said: '400 Bad Request', isPassing: false } }],
  channelPaused: [{ kind: 'channelPaused', channels: ['ops', 'night'], since: Date.UTC(2026, 10, 14, 3) }],
  happened: [{ kind: 'happened', event: { kind: 'serverUpgraded', at, subject: null, ownerName: 'berlin', facts: { before: 'v1.19.0', after: 'v1.20.1' } } }],
  serverError: [{ kind: 'serverError', error: { kind: 'forbidden' } }],
  noAnswer: [{ kind: 'noAnswer' }],
  serverDown: [{ kind: 'serverDown' }],
  serverHalted: [{ kind: 'serverHalted' }],
  serverPaused: [{ kind: 'serverPaused' }],
  notAsked: [{ kind: 'notAsked' }],
  consoleAway: [{ kind: 'consoleAway' }],
  noNetwork: [{ kind: 'noNetwork' }],
  notRunning: [{ kind: 'notRunning', from: at - 7_200_000, to: at }],
  slept: [{ kind: 'slept', from: at - 7_200_000, to: at }],
  notRecorded: [{ kind: 'notRecorded' }],
  nothingKept: [{ kind: 'nothingKept' }],
}
const reasons: readonly Reason[] = Object.values(samples).flat()

describe.each(languages)('in %s', (language) => {
  it('each kind of reason has a sentence', () => {
    for (const reason of reasons) expectSentence(reason.kind, (tag) => reasonText(reason, tag), language, reason)
  })

  it('each kind of trouble says what to do, and each error of a server', () => {
    for (const kind of troubleKindSchema.options)
      expectSentence(kind, (tag) => troubleText({ kind, rule: kind, why: { kind: 'noAnswer' } }, tag).todo, language)
    for (const error of serverErrorSamples) {
      const { what, todo } = serverErrorText(error, language)
      expectSentence(error.kind, (tag) => serverErrorText(error, tag).what, language, error)
      expectSentence(error.kind, (tag) => serverErrorText(error, tag).todo, language, error)
      expect(troubleText({ kind: 'serverDown', rule: 'serverDown', why: { kind: 'serverError', error } }, language)).toEqual({ text: what, todo })
    }
  })
})

it.each(languages)('each failure of a host says what to do where the cause does not, in %s', (language) => {
  const facts = { user: 'noc', fingerprint: 'SHA', knownFingerprint: 'SHA', keyType: 'ed', target: 'oslo:22' }
  for (const kind of hostErrorKindSchema.options)
    for (const said of [null, { kind: 'quoted', text: 'ENOENT' } as const])
      expectSentence(kind, (tag) => hostErrorText({ ...facts, kind, said }, tag), language, { ...facts, said })
})

it('a stream that stalled before its server closed it is advised as a stalled one, and one that was disconnected on purpose not at all', () => {
  const todo = (why: Partial<ReasonOf<'streamOff'>>, kind: 'streamGone' | 'streamStalled' = 'streamGone') =>
    troubleText({ kind, rule: kind, why: { kind: 'streamOff', sourceType: 'rtspSession', remoteAddr: null, ...why } }, 'en').todo
  expect(todo({ withoutData: { minMs: 8_000, maxMs: 13_000 } })).toBe(todo({}, 'streamStalled'))
  expect(todo({})).not.toBe(todo({}, 'streamStalled'))
  expect(todo({ kicked: { by: 'Mia', reason: 'wrong camera' } })).toBe('')
  // One that hung up is not restarted for hanging, though its session still stands.
  expect(troubleText({ kind: 'streamStalled', rule: 'streamStalled', why: { kind: 'hungUp' } }, 'en').todo).toBe(todo({}))
})

it('of what is well again it is said what was before, with no advice but what the operator wrote', () => {
  const halted = { kind: 'serverHalted', rule: 'serverHalted', why: { kind: 'serverError', error: { kind: 'unauthorized', credentialsGiven: true } } } as const
  const { text, todo } = troubleText(halted, 'en')
  expect(todo).not.toBe('')
  expect(troubleText({ ...halted, calmSince: 5 }, 'en')).toEqual({ text: `Before: ${text}`, todo: '' })
  expect(troubleText({ ...halted, calmSince: 5, runbook: 'Call Mia.' }, 'en').todo).toBe('Call Mia.')
})

it('each sample is one that is sent and kept', () => {
  for (const reason of reasons) expect(reasonSchema.parse(JSON.parse(JSON.stringify(reason)))).toEqual(reason)
})

it('numbers, times and forms are those of the language', () => {
  const lost = (count: number, estimated = false) => languages.map((language) => reasonText({ kind: 'packetsLost', count, estimated }, language))
  expect(lost(1_234)).toEqual([
    '1,234 packets lost for good in the last minute.',
    'In der letzten Minute gingen 1.234 Pakete endgültig verloren.',
    '最近一分钟有 1,234 个数据包彻底丢失。',
    'За последнюю минуту безвозвратно потеряно 1\u00a0234 пакета.',
    '최근 1분간 패킷 1,234개를 완전히 잃었습니다.',
  ])
  expect(lost(2, true)[3]).toBe('За последнюю минуту безвозвратно потеряно около 2 пакетов (оценка).')
  expect(reasonText({ kind: 'slept', from: at, to: at + 60_000 }, 'de')).toBe(
    'Zu diesem Zeitpunkt wurde nichts aufgezeichnet: Diese Konsole schlief von 14.11.2026, 03:12:40 UTC bis 14.11.2026, 03:13:40 UTC.',
  )
})

it.each(languages)('until when a certificate was valid is a moment as %s writes it', (language) => {
  const validTo = '2021-01-01T00:00:00.000Z'
  expect(serverErrorText({ kind: 'certificateExpired', fingerprint: 'AB', validTo }, language).what).toContain(
    formatMomentInZone(Date.parse(validTo), language),
  )
})

const crossed = (metric: ReasonOf<'limitCrossed'>['metric'], value: number, limit: number, per: ReasonOf<'limitCrossed'>['per'] = null) =>
  ({ kind: 'limitCrossed', metric, per, side: 'above', value, limit }) as const

it('a crossed limit is said as an operator says it, with one unit in a sentence', () => {
  const said = (...facts: Parameters<typeof crossed>) => reasonText(crossed(...facts), 'en')
  expect(said('path.notRecorded', 168_000, 60_000)).toBe('Not recorded for 2 min 48 s.')
  expect(said('path.latency', 1.8, 4, 'path.rtt')).toBe('SRT latency is 1.8 × the round trip; packets are lost below 3 ×.')
  expect(said('path.recordingMissing', 34_000, 0)).toBe('34 s of the last hour missing from the recordings.')
  expect(said('probe.blackMs', 42_000, 30_000)).toBe('Black for 42 s.')
  expect(said('server.clockSkew', -28_300, 5_000)).toBe('Its clock is 28.3 s behind; the limit is 5 s.')
  expect(said('host.clockSkew', 5_200, 5_000)).toBe('Its clock is 5.20 s ahead; the limit is 5 s.')
  expect(said('path.bitrateIn', 450_000, 1_000_000)).toBe('Bitrate in: 0.45 Mbit/s; the limit is 1 Mbit/s.')
  expect(said('host.cpu', 93.4, 90)).toBe('CPU: 93 %; the limit is 90 %.')
  expect(said('device.used', 92, 90)).toBe('92 % in use; the limit is 90 %.')
  expect(said('probe.gopLongestMs', 12_000, 10_000)).toBe('Longest key frame interval: 12.0 s; the limit is 10 s.')
  expect(said('server.certificateDays', 2, 14)).toBe('Certificate expires in 2 days.')
  expect(said('server.certificateDays', -3, 14)).toBe('Certificate expired 3 days ago.')
  expect(said('path.readers', 0, 1)).toBe('Nobody reads it.')
  expect(said('path.framesInError', 12, 0)).toBe('Frames in error: 12.')
  expect(said('probe.differences', 1, 0)).toBe('Differences from the contract: 1.')
  expect(said('probe.fps', 0.62, 0.8, 'probe.declaredFps')).toBe('Frame rate is 0.62 × declared frame rate; the limit is 0.8 ×.')
  expect(languages.map((language) => reasonText(crossed('path.notRecorded', 168_000, 60_000), language))).toEqual([
    'Not recorded for 2 min 48 s.',
    'Wird nicht aufgezeichnet seit 2 min 48 s.',
    '未录制已持续 2 分 48 秒。',
    'Не записывается: 2 мин 48 с.',
    '녹화되지 않음 2분 48초 지속.',
  ])
})
