import { type Alarm, type AlarmCounts, alarmStates } from './alarms.ts'
import type { Severity } from './severities.ts'
import { streamSubject } from './subjectNames.ts'

/** An alarm for tests. */
export function someAlarm(change: Partial<Alarm> = {}): Alarm {
  return {
    id: 'one',
    incident: change.id ?? 'one',
    kind: 'streamGone',
    rule: change.kind ?? 'streamGone',
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
  }
}

/** Numbers of open alarms for tests; none where nothing is given. */
export function someAlarmCounts(change: Partial<Record<keyof AlarmCounts, Partial<Record<Severity, number>>>> = {}): AlarmCounts {
  return Object.fromEntries(alarmStates.map((state) => [state, { critical: 0, major: 0, minor: 0, warning: 0, ...change[state] }])) as AlarmCounts
}
