import { z } from 'zod'

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
