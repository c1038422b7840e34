import { expect, test } from 'vitest'
import { someIncident } from '../../shared/incidents.fixture.ts'
import { someTrouble } from '../../shared/troubles.fixture.ts'
import { penaltyOrder, type Standing } from './penaltyOrder.ts'

const standings: Readonly<Record<string, Standing>> = { shelved: 'away', mine: 'taken', worst: 'loud', minor: 'loud' }
const order = (...ids: readonly string[]) => {
  const { list, away } = penaltyOrder(
    ids.map((id) => someTrouble({ id })),
    ({ id }) => standings[id] ?? 'loud',
  )
  return { list: list.map(({ id }) => id), away }
}

test('what nobody has comes before what somebody has, and what is shelved takes no place', () => {
  expect(order('shelved', 'mine', 'worst', 'minor')).toEqual({ list: ['worst', 'minor', 'mine'], away: 1 })
})
test('a trouble without an alarm is loud', () => {
  expect(order('mine', 'new')).toEqual({ list: ['new', 'mine'], away: 0 })
})

test('troubles of one incident are one card, in the place of the first, as loud as the loudest of them', () => {
  const incident = someIncident({ id: 'slate', membersTotal: 3 })
  const { list, away } = penaltyOrder(
    ['shelved', 'mine', 'alone', 'minor'].map((id) => someTrouble({ id })),
    ({ id }) => standings[id] ?? 'loud',
    ({ id }) => (id === 'alone' ? null : incident),
  )
  expect(list.map(({ id, trouble, others, incident: of }) => [id, trouble.id, others.map((other) => other.id), of?.id])).toEqual([
    ['incident slate', 'mine', ['minor'], 'slate'],
    ['alone', 'alone', [], undefined],
  ])
  expect(away).toBe(0)
})
