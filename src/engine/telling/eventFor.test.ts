import { expect, test } from 'vitest'
import type { AlarmChange } from '../../shared/alarms.ts'
import type { Severity } from '../../shared/troubles.ts'
import { eventFor } from './eventFor.ts'

const extent = (severity: Severity | null, told = severity === null ? 0 : 1) => ({ ongoing: told, told, unacknowledged: told, severity, owners: [] })
const raised = (severity: Severity): AlarmChange => ({ kind: 'raised', at: 1, trouble: 'streamGone', severity })
const turned = (trouble: 'limitCrossed' | 'slateOnAir', severity: Severity, again?: boolean): AlarmChange => ({
  kind: 'turned',
  at: 1,
  trouble,
  severity,
  ...(again !== undefined && { again }),
})
const toldOf = (before: Severity | null, ...changes: readonly AlarmChange[]) => toldWith(null, before, ...changes)
const toldWith = (said: Severity | null, before: Severity | null, ...changes: readonly AlarmChange[]) =>
  eventFor({ event: 'start', severity: said }, { before: extent(before), now: extent('critical', 2), changes })

test('an incident that grows by what is as bad is news', () => {
  expect(toldOf('critical', raised('critical'))).toBe('update')
  expect(toldOf('minor', raised('major'))).toBe('update')
})

test('a warning beside what is worse is none', () => {
  expect(toldOf('critical', raised('warning'))).toBeNull()
  expect(toldOf('major', { ...raised('minor'), kind: 'returned' } as AlarmChange)).toBeNull()
})

test('another trouble is news, another level of a limit only where it is worse', () => {
  expect(toldOf('critical', turned('slateOnAir', 'major'))).toBe('update')
  expect(toldOf('critical', turned('limitCrossed', 'warning'))).toBeNull()
  expect(toldOf('warning', turned('limitCrossed', 'critical'))).toBe('update')
})

test('what a channel was said to be as bad, or what it was not long ago, is none', () => {
  expect(toldWith('major', 'warning', turned('limitCrossed', 'major'))).toBeNull()
  expect(toldWith('warning', 'warning', turned('limitCrossed', 'major', true))).toBe('update')
  expect(toldWith('critical', 'critical', turned('slateOnAir', 'major', true))).toBeNull()
  expect(toldWith('minor', 'critical', turned('slateOnAir', 'major', true))).toBe('update')
})
