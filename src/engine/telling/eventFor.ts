import type { AlarmChange } from '../../shared/alarms.ts'
import type { MessageEvent } from '../../shared/channels.ts'
import type { ChangedIncident } from '../alarms/changedIncidents.ts'

/** Changes of an alarm that everybody who was told of its incident hears of: it grew, became something else, or somebody said something. */
const updates: ReadonlySet<AlarmChange['kind']> = new Set(['raised', 'returned', 'turned', 'commented'])

/** … or that somebody took, or gave back, the last of it. */
const takes: ReadonlySet<AlarmChange['kind']> = new Set(['acknowledged', 'unacknowledged'])

/** Whether a channel that was told this last knows of an incident that lasts. */
export const isTold = (last: MessageEvent | null): boolean => last === 'start' || last === 'update'

/**
 * What a channel is told of an incident after changes; null: nothing. `last` is what it was told before. Start and end alternate: whoever was told of a
 * start is told of its end, however it ended and whatever has been shelved or suppressed meanwhile; what is put away or can't be judged is not begun.
 */
export function eventFor(last: MessageEvent | null, { before, now, changes }: Omit<ChangedIncident, 'id'>): MessageEvent | null {
  if (now.lasting === 0) return isTold(last) ? 'end' : null
  if (!isTold(last)) return now.told > 0 ? 'start' : null
  // What becomes of it while it is put away or in maintenance is told when that is over, if it lasts.
  if (now.told === 0) return null
  // Taken as a whole, or not any more.
  const isTakenOtherwise = before.told > 0 && (now.untaken === 0) !== (before.untaken === 0) && changes.some(({ kind }) => takes.has(kind))
  return isTakenOtherwise || changes.some(isUpdate) ? 'update' : null
}

const isUpdate = (change: AlarmChange): boolean => updates.has(change.kind) || (change.kind === 'released' && change.because === 'maintenance')
