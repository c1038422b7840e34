import type { Alarm } from './alarms.ts'
import { streamSubject } from './subjects.ts'

/** An alarm for tests. */
export const someAlarm = (change: Partial<Alarm> = {}): Alarm => ({
  id: 'one',
  kind: 'streamGone',
  subject: streamSubject('a', 'cam'),
  serverName: 'berlin',
  severity: 'critical',
  state: 'unacknowledged',
  since: 1_000_000,
  raisedAt: 1_000_000,
  healedAt: null,
  suppressedBy: null,
  count: 1,
  why: { kind: 'noData' },
  streams: 0,
  readers: 3,
  acknowledged: null,
  shelf: null,
  comments: 0,
  closed: null,
  ...change,
})
