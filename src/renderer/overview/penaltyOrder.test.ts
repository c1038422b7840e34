import { expect, test } from 'vitest'
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
