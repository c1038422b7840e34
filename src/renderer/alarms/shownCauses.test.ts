import { expect, it } from 'vitest'
import { someAlarm } from '../../shared/alarms.fixture.ts'
import type { Cause } from '../../shared/causes.ts'
import { someIncident } from '../../shared/incidents.fixture.ts'
import { shownCauses } from './alarmFigure.ts'

const causeOf = (live: number): readonly Cause[] => [{ facts: { kind: 'othersLive', live }, sure: 'seen', of: null, metric: null }]
const incidents = [someIncident({ id: 'x', lead: 'gone', causes: [...causeOf(2)] })]

it('are its own', () => {
  expect(shownCauses(someAlarm({ id: 'gone', incident: 'x', causes: [...causeOf(1)] }), incidents)).toEqual(causeOf(1))
})
it('are those of the incident that it leads where it has none, as its card on Overview has them', () => {
  expect(shownCauses(someAlarm({ id: 'gone', incident: 'x' }), incidents)).toEqual(causeOf(2))
})
it('are none where another one leads', () => {
  expect(shownCauses(someAlarm({ id: 'loss', incident: 'x' }), incidents)).toEqual([])
})
