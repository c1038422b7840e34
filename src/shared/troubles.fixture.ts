import type { Trouble } from './troubles.ts'

/** A trouble for tests. */
export function someTrouble(change: Partial<Trouble> = {}): Trouble {
  return {
    severity: 'critical',
    kind: 'streamGone',
    serverId: 'berlin',
    serverName: 'Berlin',
    path: 'cam1',
    since: 0,
    why: { kind: 'noData' },
    streams: 0,
    readers: 3,
    ...change,
  }
}
