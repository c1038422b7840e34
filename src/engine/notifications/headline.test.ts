import { expect, test } from 'vitest'
import type { Language } from '../../i18n/languages.ts'
import { someAlarm } from '../../shared/alarms.fixture.ts'
import { someIncident } from '../../shared/incidents.fixture.ts'
import type { IncidentDetails } from '../../shared/incidents.ts'
import type { Severity } from '../../shared/severities.ts'
import { serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import type { UnsentMessage } from './messageRows.ts'
import { incidentNotification, summaryOf, testNotification } from './notification.ts'

const since = Date.UTC(2026, 10, 14, 3, 0, 0)
const minuteMs = 60_000
const gateB: IncidentDetails = { ...someIncident({ kind: 'serverDown', subject: serverSubject('b'), serverName: 'Gate B', since }), alarms: [someAlarm()] }
const around = (language: Language, at = since) => ({
  publicUrl: null,
  at,
  language,
  ackUrlOf: () => null,
})
function told(
  event: UnsentMessage['event'],
  change: Partial<IncidentDetails> = {},
  said: Severity | null = null,
  more: { escalated?: boolean; language?: Language; at?: number } = {},
) {
  const { escalated = false, language = 'en', at } = more
  return incidentNotification(
    { event, at: since, mayRepeat: false, startMissed: false, escalated },
    { ...gateB, ...change },
    around(language, at),
    said && { at: since, severity: said },
  )
}

test('the first line says how bad it is, where and what', () => {
  expect(told('start').headline).toBe('CRITICAL Gate B: server not answering')
  expect(told('start', {}, null, { language: 'de' }).headline).toBe('KRITISCH Gate B: Server antwortet nicht')
})

test('the first line names a rule as its operator does, also after it was removed, or by what it watches', () => {
  const own = { kind: 'limitCrossed', rule: 'rule-7', ruleName: 'Slow link', severity: 'minor' } as const
  const limit = { metric: 'path.rtt', per: null, side: 'above', value: 400, limit: 300, clear: 200 } as const
  expect(told('start', own).headline).toBe('MINOR Gate B: Slow link')
  expect(told('start', { ...own, ruleName: undefined, why: { kind: 'limitCrossed', ...limit } }).headline).toBe('MINOR Gate B: round trip')
})

test('an end begins with how long it lasted', () => {
  expect(told('end', { healedAt: since + 4 * minuteMs }, 'critical').headline).toBe('ENDED after 4 min 00 s: Gate B server not answering')
})

test('an end says what was wrong and asks for nothing to be done', () => {
  const start = told('start').text
  const end = told('end', { healedAt: since + 4 * minuteMs }, 'critical').text
  expect(end).not.toBe('')
  expect(start.startsWith(`${end} `)).toBe(true)
})

test('an end of what was removed, or that its rule leaves alone now, says so: it may be no better', () => {
  const end = (because: 'healed' | 'removed' | 'rule') => told('end', { lead: 'one', alarms: [someAlarm({ closed: { at: since, because } })] }, 'critical').text
  expect(end('removed')).toBe(`Closed: it is not watched any more. ${end('healed')}`)
  expect(end('rule')).toBe(`Closed: its rule was changed and does not concern it any more. ${end('healed')}`)
})

test('an update says whether it is worse than what the channel was told, less bad, taken or neither', () => {
  expect(told('update', {}, 'minor').headline).toBe('WORSE CRITICAL Gate B: server not answering')
  expect(told('update', { severity: 'minor' }, 'critical').headline).toBe('EASED MINOR Gate B: server not answering')
  expect(told('update', {}, 'critical').headline).toBe('UPDATE CRITICAL Gate B: server not answering')
  expect(told('update', { state: 'acknowledged' }, 'critical').headline).toBe('ACKNOWLEDGED CRITICAL Gate B: server not answering')
})

test('an update begins with what is over since the channel was told, where that was worse than what is left', () => {
  const outage = someAlarm({ id: 'down', kind: 'serverDown', subject: serverSubject('b'), serverName: 'Gate B', severity: 'critical', since })
  const left = someAlarm({ id: 'left', kind: 'streamGone', subject: streamSubject('b', 'cam1'), serverName: 'Gate B', severity: 'minor', since })
  const eased = (...alarms: IncidentDetails['alarms']) => told('update', { severity: 'minor', alarms }, 'critical').text
  const before = eased(outage, left)
  expect(eased({ ...outage, healedAt: since + 69_000 }, left)).toBe(`Over after 1 min 09 s: Gate B server not answering. ${before}`)
  expect(eased(outage, { ...left, healedAt: since + 69_000 }), 'what was milder').toBe(before)
  expect(eased({ ...outage, since: since - 9_000, healedAt: since }, left), 'what it was told of').toBe(before)
})

test('what is sent because nobody took it says how long it has lasted', () => {
  expect(told('update', {}, 'critical', { escalated: true, at: since + 30 * minuteMs }).headline).toBe(
    'STILL CRITICAL after 30 min 00 s: Gate B server not answering',
  )
})

test('several as one begin with the worst of what lasts', () => {
  const ended = told('end', { healedAt: since + minuteMs }, 'critical')
  const minor = { ...told('start', { severity: 'minor' }), title: 'Gate C' }
  expect(summaryOf([ended, minor], around('en')).headline).toBe('MINOR Gate B: server not answering (+1)')
})

test('a test says so first', () => {
  expect(testNotification(around('en')).headline).toMatch(/^TEST /)
})

test('streams that were lost together are named, though the alarm is of their server', () => {
  const why = { kind: 'streamsLost' as const, lost: 2, of: 2, isReturn: true, paths: ['hof', 'lobby'] }
  const alarm = { ...someAlarm({ kind: 'streamsLost', subject: serverSubject('b'), why }), serverName: 'Gate B' }
  expect(told('start', { alarms: [alarm] }).streams).toEqual(['hof', 'lobby'])
})
