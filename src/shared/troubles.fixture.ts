import type { Trouble } from './troubles.ts'

/** A trouble for tests. */
export const someTrouble = (change: Partial<Trouble> = {}): Trouble => ({
  id: 'berlin/cam1',
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
})
