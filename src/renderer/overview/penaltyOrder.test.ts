import { expect, test } from 'vitest'
import { type AlarmCounts, alarmStates } from '../../shared/alarms.ts'
import { someIncident } from '../../shared/incidents.fixture.ts'
import type { Incident } from '../../shared/incidents.ts'
import { hostSubject } from '../../shared/subjects.ts'
import { someTrouble } from '../../shared/troubles.fixture.ts'
import { openAlarms } from '../app/openAlarms.ts'
import { factsOf, penaltyOrder } from './penaltyOrder.ts'

const noCounts = Object.fromEntries(alarmStates.map((state) => [state, { critical: 0, major: 0, minor: 0, warning: 0 }])) as unknown as AlarmCounts
const order = (...incidents: readonly Incident[]) => {
  const { list, away } = penaltyOrder(openAlarms([], noCounts, incidents), [someTrouble()])
  return { list: list.map(({ id }) => id), away: away.map(({ id }) => id) }
}
const shelved = someIncident({ id: 'shelved', state: 'shelved' })
const mine = someIncident({ id: 'mine', state: 'acknowledged' })
const worst = someIncident({ id: 'worst' })
const minor = someIncident({ id: 'minor', severity: 'minor' })

test('what nobody has comes before what somebody has, and what is shelved, suppressed or in maintenance takes no place', () => {
  const others = [someIncident({ id: 'suppressed', state: 'suppressed' }), someIncident({ id: 'patched', state: 'outOfService' })]
  expect(order(shelved, mine, worst, minor, ...others)).toEqual({ list: ['worst', 'minor', 'mine'], away: ['shelved', 'suppressed', 'patched'] })
})

test('what has healed takes no place, seen or not', () => {
  expect(order(someIncident({ id: 'over', state: 'healedUnseen', healedAt: 2_000_000 }), worst)).toEqual({ list: ['worst'], away: [] })
})

test('what is well again and not over yet takes no place: nothing is wrong with it now', () => {
  expect(order(someIncident({ id: 'calm', calmSince: 2_000_000 }), worst)).toEqual({ list: ['worst'], away: [] })
})

test('a limit of a host is one of them', () => {
  const full = someIncident({ id: 'full', kind: 'limitCrossed', subject: hostSubject('host-1'), severity: 'warning', streams: null })
  expect(order(worst, full).list).toEqual(['worst', 'full'])
})

test('of a past moment, whose incidents are not known, its troubles are shown', () => {
  const { list, away } = penaltyOrder(null, [someTrouble({ id: 'a/cam1', serverId: 'a', path: 'cam1' }), someTrouble({ id: 'b', serverId: 'b', path: null })])
  expect(list.map((penalty) => [penalty.id, factsOf(penalty).subject])).toEqual([
    ['a/cam1', { kind: 'stream', serverId: 'a', path: 'cam1' }],
    ['b', { kind: 'server', serverId: 'b' }],
  ])
  expect(away).toEqual([])
})
