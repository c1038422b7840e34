import type { AlarmChange, AlarmState, SuppressedBy } from '../../shared/alarms.ts'
import type { MessageEvent } from '../../shared/channels.ts'

/** Changes that everybody who was told of an alarm hears of. */
const updates: ReadonlySet<AlarmChange['kind']> = new Set(['turned', 'acknowledged', 'unacknowledged', 'commented'])
/** States in which an alarm is told for the first time. */
const tells: ReadonlySet<AlarmState> = new Set(['unacknowledged', 'acknowledged'])

/** Whether a channel that was told this last knows of an alarm that lasts. */
export const isTold = (last: MessageEvent | null): boolean => last === 'start' || last === 'update'

/**
 * What a channel is told of an alarm after changes; null: nothing. `last` is what it was told before. Start and end alternate: whoever was told of a
 * start is told of its end, however it ended and whatever has been shelved or suppressed meanwhile; what is put away or can't be judged is not begun.
 */
export function eventFor(
  last: MessageEvent | null,
  alarm: { readonly state: AlarmState; readonly suppressedBy: SuppressedBy | null; readonly healedAt: number | null; readonly closed: object | null },
  changes: readonly AlarmChange[],
): MessageEvent | null {
  if (alarm.healedAt !== null || alarm.closed !== null) return isTold(last) ? 'end' : null
  if (!isTold(last)) return tells.has(alarm.state) ? 'start' : null
  // What becomes of it in maintenance is told when that is over, if it lasts.
  if (alarm.suppressedBy === 'maintenance') return null
  return changes.some((change) => updates.has(change.kind) || (change.kind === 'released' && change.because === 'maintenance')) ? 'update' : null
}
