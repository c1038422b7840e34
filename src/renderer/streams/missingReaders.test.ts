import { expect, test } from 'vitest'
import { createNaming } from '../../shared/naming.ts'
import { type RuleInput, rulesOf } from '../../shared/rules.ts'
import { missingReaders } from './missingReaders.ts'
import { testRow } from './streamRows.fixture.ts'

const severityOf = (rules: readonly RuleInput[], row = testRow(1, { path: 'studio/a' }, { readers: 0 })) =>
  missingReaders(rulesOf(rules), createNaming([]), () => ({ name: 'S1', tags: ['east'] }))(row)

test('a stream without readers is coloured only where the rule about readers is on', () => {
  expect(severityOf([])).toBeNull()
  expect(severityOf([{ id: 'noReaders', enabled: true }])).toBe('warning')
  expect(severityOf([{ id: 'noReaders', enabled: true, streams: ['studio/*'] }])).toBe('warning')
  expect(severityOf([{ id: 'noReaders', enabled: true, streams: ['gate/*'] }])).toBeNull()
  expect(severityOf([{ id: 'noReaders', enabled: true, tags: ['west'] }])).toBeNull()
})

test('an exception of the rule holds for what it names, and a rule of the operator counts too', () => {
  const exceptions = [{ enabled: false, streams: ['studio/*'], reason: 'recorded only' }]
  expect(severityOf([{ id: 'noReaders', enabled: true, exceptions }])).toBeNull()
  expect(severityOf([{ id: 'noReaders', exceptions: [{ enabled: true, servers: ['S1'], reason: 'on air' }] }])).toBe('warning')
  expect(severityOf([{ id: 'twoScreens', metric: 'path.people', below: 2, severity: 'major' }])).toBe('major')
})

test('a stream with a reader, one whose readers are unknown and one that is off air are not coloured', () => {
  const on: readonly RuleInput[] = [{ id: 'noReaders', enabled: true }]
  expect(severityOf(on, testRow(1, {}, { readers: 1 }))).toBeNull()
  expect(severityOf(on, testRow(1, {}, { readers: null }))).toBeNull()
  expect(severityOf(on, testRow(1, { hlsViewersUnknown: true }, { readers: 0 }))).toBeNull()
  expect(severityOf(on, testRow(1, { state: 'gone' }, { readers: 0 }))).toBeNull()
})
