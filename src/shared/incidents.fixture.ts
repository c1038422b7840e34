import type { Incident } from './incidents.ts'
import { streamSubject } from './subjectNames.ts'

/** An incident for tests: of one stream, unless given otherwise. */
export function someIncident(change: Partial<Incident> = {}): Incident {
  return {
    id: 'one',
    lead: change.id ?? 'one',
    kind: 'streamGone',
    rule: change.kind ?? 'streamGone',
    subject: streamSubject('a', 'cam'),
    serverName: 'berlin',
    why: { kind: 'noData' },
    common: null,
    severity: 'critical',
    state: 'unacknowledged',
    since: 1_000_000,
    healedAt: null,
    factors: [],
    servers: ['berlin'],
    serversTotal: 1,
    streams: 1,
    readers: 3,
    members: [change.id ?? 'one'],
    membersTotal: 1,
    lasting: 1,
    ...change,
  }
}
