import { expect, test } from 'vitest'
import { someIncident } from '../../shared/incidents.fixture.ts'
import type { Incident } from '../../shared/incidents.ts'
import { hostSubject } from '../../shared/subjectNames.ts'
import { penaltyOrder } from './openAlarms.ts'

const order = (...incidents: readonly Incident[]) => {
  const { list, away } = penaltyOrder(incidents)
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

test('what is well again and not over yet is counted as everywhere, behind what is wrong now', () => {
  const calm = someIncident({ id: 'calm', calmSince: 2_000_000 })
  expect(order(calm, mine, worst)).toEqual({ list: ['worst', 'mine', 'calm'], away: [] })
})

test('a limit of a host is one of them', () => {
  const full = someIncident({ id: 'full', kind: 'limitCrossed', subject: hostSubject('host-1'), severity: 'warning', streams: null })
  expect(order(worst, full).list).toEqual(['worst', 'full'])
})
