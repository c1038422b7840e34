import { expect, it } from 'vitest'
import { someIncident } from '../../shared/incidents.fixture.ts'
import type { Incident } from '../../shared/incidents.ts'
import { someServer } from '../../shared/servers.fixture.ts'
import { hostSubject } from '../../shared/subjectNames.ts'
import { sumFigures, verdictOf } from './fleetFigures.ts'
import { someChanges } from './fleetState.fixture.ts'
import { openAlarms } from './openAlarms.ts'
import { silentServer } from './silence.ts'

const withStreams = { ...someServer('x').totals, streams: 2, live: 2 }
const up = someServer('a', { totals: withStreams })
const verdict = (servers: Parameters<typeof sumFigures>[0], change: Partial<Parameters<typeof verdictOf>[0]> = {}) =>
  verdictOf({ gone: false, consoleWhy: null, alarms: null, figures: sumFigures(servers), ...change })

it('all is well only where every server answers and every stream is known', () => {
  expect(verdict([up])).toBe('well')
  expect(verdict([up, silentServer(someServer('b', { totals: withStreams }))])).toBe('unknown')
  expect(verdict([up, someServer('b', { state: 'connecting', lastAnswerAt: null })])).toBe('unknown')
  expect(verdict([up], { gone: true })).toBe('unknown')
  expect(verdict([up], { consoleWhy: { kind: 'noNetwork' } })).toBe('unknown')
})
it('what is paused on purpose is not missed, and nothing watched is not all well', () => {
  expect(verdict([up, someServer('b', { state: 'paused', totals: { ...withStreams, live: 0, unknown: 2 } })])).toBe('well')
  expect(verdict([])).toBe('nothing')
  expect(verdict([someServer('b', { state: 'paused' })])).toBe('nothing')
})
it('a trouble comes before what is not known', () => {
  expect(verdict([silentServer(up)], { alarms: openAlarms(someChanges({ alarms: [], incidents: [someIncident({})] })) })).toBe('trouble')
})
it('an incident that lasts is a trouble, whatever it is about, and one that healed is none', () => {
  const ofHost = (change: Partial<Incident>) =>
    openAlarms(someChanges({ alarms: [], incidents: [someIncident({ kind: 'limitCrossed', subject: hostSubject('host-1'), ...change })] }))
  expect(verdict([up], { alarms: ofHost({}) })).toBe('trouble')
  expect(verdict([up], { alarms: ofHost({ healedAt: 2_000_000 }) })).toBe('well')
})
