import { expect, test } from 'vitest'
import type { AlarmChange } from '../../shared/alarms.ts'
import { type Severity, severities } from '../../shared/severities.ts'
import { eventFor } from './routing.ts'

const extent = (severity: Severity | null, active = severity === null ? 0 : 1) => ({
  ongoing: active,
  active,
  unacknowledged: active,
  wrong: active,
  down: 0,
  ranks: severities.map((one) => (one === severity ? active : 0)),
  owners: new Map<string, number>(),
})
const raised = (severity: Severity): AlarmChange => ({ kind: 'raised', at: 1, since: 1, why: { kind: 'noAnswer' }, trouble: 'streamGone', severity })
const turned = (trouble: 'limitCrossed' | 'slateOnAir', severity: Severity, again?: boolean): AlarmChange => ({
  kind: 'turned',
  at: 1,
  since: 1,
  why: { kind: 'noAnswer' },
  trouble,
  severity,
  ...(again !== undefined && { again }),
})
const eventOf = (before: Severity | null, ...changes: readonly AlarmChange[]) => eventAfter(null, before, ...changes)
const eventAfter = (said: Severity | null, before: Severity | null, ...changes: readonly AlarmChange[]) =>
  eventFor({ event: 'start', severity: said }, { before: extent(before), now: extent('critical', 2), changes })

test('an incident that grows by what is as bad is news', () => {
  expect(eventOf('critical', raised('critical'))).toBe('update')
  expect(eventOf('minor', raised('major'))).toBe('update')
})

test('a warning beside what is worse is none', () => {
  expect(eventOf('critical', raised('warning'))).toBeNull()
  expect(eventOf('major', { ...raised('minor'), kind: 'returned' } as AlarmChange)).toBeNull()
})

test('another trouble is news, another level of a limit only where it is worse', () => {
  expect(eventOf('critical', turned('slateOnAir', 'major'))).toBe('update')
  expect(eventOf('critical', turned('limitCrossed', 'warning'))).toBeNull()
  expect(eventOf('warning', turned('limitCrossed', 'critical'))).toBe('update')
})

test('that the worst of an incident is over is news, as it is called by something else then', () => {
  const healed: AlarmChange = { kind: 'healed', at: 1 }
  const after = (said: Severity | null, before: object, now: object) =>
    eventFor(
      { event: 'start', severity: said },
      { before: { ...extent('critical', 3), ...before }, now: { ...extent('critical', 2), ...now }, changes: [healed] },
    )
  expect(after('critical', {}, extent('minor', 2))).toBe('update')
  expect(after('minor', {}, extent('minor', 2))).toBeNull()
  expect(after('critical', {}, {})).toBeNull()
  expect(after('critical', { down: 1 }, {})).toBe('update')
  expect(after('critical', { down: 1 }, { wrong: 0 })).toBeNull()
  expect(after('critical', { down: 2 }, { down: 1 })).toBeNull()
})

test('what a channel was said to be as bad, or what it was not long ago, is none', () => {
  expect(eventAfter('major', 'warning', turned('limitCrossed', 'major'))).toBeNull()
  expect(eventAfter('warning', 'warning', turned('limitCrossed', 'major', true))).toBe('update')
  expect(eventAfter('critical', 'critical', turned('slateOnAir', 'major', true))).toBeNull()
  expect(eventAfter('minor', 'critical', turned('slateOnAir', 'major', true))).toBe('update')
})
