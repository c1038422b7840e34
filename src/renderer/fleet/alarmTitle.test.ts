import { expect, test } from 'vitest'
import { rulesOf } from '../../shared/rules.ts'
import { alarmTitle } from './incidentWords.ts'

const rules = rulesOf([
  { id: 'slow', metric: 'path.rtt', above: 16 },
  { id: 'far', name: 'Link to the moon', metric: 'path.rtt', above: 2_800 },
])
const title = (rule: string) => alarmTitle({ kind: 'limitCrossed', rule }, rules)

test('an alarm goes by the name of its rule, as everywhere: the one that was given, or its figure', () => {
  expect([title('far'), title('slow'), title('hostCpu')]).toEqual(['Link to the moon', 'Round trip', 'CPU busy'])
})

test('of a rule that is there no more only the id is known', () => {
  expect(title('removed')).toBe('removed')
})
