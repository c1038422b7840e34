import { describe, expect, it } from 'vitest'
import { someAlarm } from '../../shared/alarms.fixture.ts'
import type { AlarmState } from '../../shared/alarms.ts'
import { someIncident } from '../../shared/incidents.fixture.ts'
import { alarmsOfRow, listRows, rowsInPlace } from './listRows.ts'

const alarms = (...states: readonly AlarmState[]) => states.map((state, place) => someAlarm({ id: `${place}`, state }))
const listed = (...states: readonly AlarmState[]) => listRows(alarms(...states), (_state, count) => count)
const shape = (rows: ReturnType<typeof listRows>) =>
  rows.map((row) =>
    row.kind === 'group' ? `${row.state} ${row.count}` : `${row.kind === 'alarm' && row.inside ? '- ' : ''}${row.key}${row.over ? ' over' : ''}`,
  )

describe('the rows of the list', () => {
  it('stand in groups, what nobody has taken first, and keep their order within', () => {
    expect(shape(listed('shelved', 'unacknowledged', 'healedUnseen', 'unacknowledged'))).toEqual([
      'unacknowledged 2',
      '1',
      '3',
      'healedUnseen 1',
      '2',
      'shelved 1',
      '0',
    ])
  })
  it('have the number of all alarms of a state, also of those that are not listed', () => {
    expect(shape(listRows(alarms('shelved'), () => 700))).toEqual(['shelved 700', '0'])
  })
})

describe('an incident of several alarms', () => {
  const incident = someIncident({ id: 'one', state: 'unacknowledged', membersTotal: 2 })
  const both = [someAlarm({ id: 'a', incident: 'one', state: 'acknowledged' }), someAlarm({ id: 'b', incident: 'one' })]
  const rows = (isOpen: boolean) =>
    listRows(
      [...both, someAlarm({ id: 'c', state: 'shelved' })],
      (_state, count) => count,
      [incident],
      () => isOpen,
    )
  it('is one row where it needs an operator most, and counts as one', () => {
    expect(shape(rows(false))).toEqual(['unacknowledged 1', 'incident one', 'shelved 1', 'c'])
  })
  it('has its alarms under it when it is open, in whatever state', () => {
    expect(shape(rows(true))).toEqual(['unacknowledged 1', 'incident one', '- a', '- b', 'shelved 1', 'c'])
  })
  it('stands for all of its alarms, and for none when it is over', () => {
    const [, row = expect.fail('there is a row')] = rows(false)
    expect(alarmsOfRow(row).map(({ id }) => id)).toEqual(['a', 'b'])
    const { rows: held, waiting } = rowsInPlace(rows(false), [])
    expect(shape(held)).toEqual(['unacknowledged 0', 'incident one over', 'shelved 0', 'c over'])
    expect(held.flatMap(alarmsOfRow)).toEqual([])
    expect(waiting).toBe(0)
  })
  it('that is new waits as one', () => {
    expect(rowsInPlace([], rows(true)).waiting).toBe(2)
  })
})

describe('under the pointer', () => {
  it('a row stays where it is when its state changes, with what is true of it now', () => {
    const before = listed('unacknowledged', 'unacknowledged')
    const { rows, waiting } = rowsInPlace(before, listed('acknowledged', 'unacknowledged'))
    expect(shape(rows)).toEqual(['unacknowledged 1', '0', '1'])
    expect(rows[1]).toMatchObject({ alarm: { state: 'acknowledged' } })
    expect(waiting).toBe(0)
  })
  it('a closed one keeps its place and is marked, and new ones wait', () => {
    const before = listed('unacknowledged')
    const now = listRows([someAlarm({ id: 'new' })], (_state, count) => count)
    const { rows, waiting } = rowsInPlace(before, now)
    expect(shape(rows)).toEqual(['unacknowledged 1', '0 over'])
    expect(waiting).toBe(1)
  })
  it('a group whose alarms are all gone has none', () => {
    expect(shape(rowsInPlace(listed('shelved'), []).rows)).toEqual(['shelved 0', '0 over'])
  })
})

it('incidents stand in their own order, whatever was worse of them before', () => {
  const rows = listRows(
    [
      someAlarm({ id: 'a', incident: 'milder', severity: 'critical', state: 'suppressed' }),
      someAlarm({ id: 'b', incident: 'worse', severity: 'major' }),
      someAlarm({ id: 'c', incident: 'milder', severity: 'minor' }),
    ],
    (_state, count) => count,
    [someIncident({ id: 'worse', severity: 'major' }), someIncident({ id: 'milder', severity: 'minor', membersTotal: 2 })],
  )
  expect(rows.map(({ key }) => key)).toEqual(['unacknowledged', 'b', 'incident milder'])
})
