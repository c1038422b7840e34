import { z } from 'zod'
import type { HostState } from './hosts.ts'
import type { ServerState } from './servers.ts'

/** States that a rule of the operator's own may watch. A server or host that answers, or was not asked yet, is in none of them. */
export const watchedStates = {
  stream: ['live', 'slate', 'waiting', 'stalled', 'gone', 'unknown', 'ended'],
  server: ['down', 'halted', 'paused', 'unknown'],
  host: ['down', 'waiting', 'paused'],
} as const satisfies { readonly stream: readonly StreamState[]; readonly server: readonly ServerState[]; readonly host: readonly HostState[] }
export type StateSubject = keyof typeof watchedStates
export const stateSubjects = Object.keys(watchedStates) as readonly StateSubject[]
/**
 * - live: data from the publisher or pulled source arrives.
 * - slate: an always-available path shows its slate; nobody is publishing.
 * - waiting: configured, but never seen live by this console (on demand, or never published).
 * - stalled: reported as available, but no new bytes for 4 s or two intervals, whichever is longer.
 * - gone: expected and currently off air, and seen live before or expected by name.
 * - ended: was live and is now off air, but not expected. Not a trouble.
 * - unknown: its server can't be reached, or this console was asleep or offline.
 */
export const streamStateSchema = z.enum(['live', 'slate', 'waiting', 'stalled', 'gone', 'unknown', 'ended'])
export type StreamState = z.infer<typeof streamStateSchema>
