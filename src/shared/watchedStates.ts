import type { HostState } from './hosts.ts'
import type { ServerState } from './servers.ts'
import type { StreamState } from './streams.ts'

/** States that a rule of the operator's own may watch. A server or host that answers, or was not asked yet, is in none of them. */
export const watchedStates = {
  stream: ['live', 'slate', 'waiting', 'stalled', 'gone', 'unknown', 'ended'],
  server: ['down', 'halted', 'paused', 'unknown'],
  host: ['down', 'waiting', 'paused'],
} as const satisfies { readonly stream: readonly StreamState[]; readonly server: readonly ServerState[]; readonly host: readonly HostState[] }
export type StateSubject = keyof typeof watchedStates
export const stateSubjects = Object.keys(watchedStates) as readonly StateSubject[]
