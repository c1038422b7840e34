import type { AlarmChange } from '../../shared/alarms.ts'
import type { MessageEvent } from '../../shared/channels.ts'
import { type Severity, severityRank } from '../../shared/troubles.ts'
import type { ChangedIncident } from '../alarms/changedIncidents.ts'

/** Everybody who was told of an incident hears that somebody took, or gave back, the last of it. */
const takes: ReadonlySet<AlarmChange['kind']> = new Set(['acknowledged', 'unacknowledged'])

/** What a channel was told of an incident last. */
export interface ToldLast {
  readonly event: MessageEvent
  /** How bad it was said to be; null: not known. */
  readonly severity: Severity | null
}

/** Whether a channel that was told this last knows of an incident that lasts; null: it was told nothing. */
export const isTold = (last: ToldLast | null): boolean => last?.event === 'start' || last?.event === 'update'

/**
 * What a channel is told of an incident after changes; null: nothing. `last` is what it was told before. Start and end alternate: whoever was told of a
 * start is told of its end, however it ended and whatever has been shelved or suppressed meanwhile; what is put away or can't be judged is not begun.
 */
export function eventFor(last: ToldLast | null, { before, now, changes }: Omit<ChangedIncident, 'id'>): MessageEvent | null {
  if (now.lasting === 0) return isTold(last) ? 'end' : null
  if (!isTold(last)) return now.told > 0 ? 'start' : null
  // What becomes of it while it is put away or in maintenance is told when that is over, if it lasts.
  if (now.told === 0) return null
  // Taken as a whole, or not any more.
  const isTakenOtherwise = before.told > 0 && (now.untaken === 0) !== (before.untaken === 0) && changes.some(({ kind }) => takes.has(kind))
  return isTakenOtherwise || changes.some((change) => isUpdate(change, before.severity, last?.severity ?? before.severity)) ? 'update' : null
}

const isWorse = (severity: Severity, than: Severity | null): boolean => than === null || severityRank[severity] < severityRank[than]

/**
 * Whether an incident that was this bad grew, became something else, came back from a shelf or a window, or somebody said something. A warning beside what
 * is worse is no news; nor is that something is as bad as it was `said` to be, as it is not told that it eased, or what it was not long ago: what comes and
 * goes between two levels or troubles is told of each once.
 */
function isUpdate(change: AlarmChange, before: Severity | null, said: Severity | null): boolean {
  switch (change.kind) {
    case 'commented':
    case 'unshelved':
      return true
    case 'released':
      return change.because === 'maintenance' || change.givenBack === true
    case 'raised':
    case 'returned':
      return before === null || !isWorse(before, change.severity)
    case 'turned':
      // A limit is still the same one at another level.
      return isWorse(change.severity, said) || (change.trouble !== 'limitCrossed' && change.again !== true)
    default:
      return false
  }
}
