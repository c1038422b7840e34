import type { AlarmChange } from '../../shared/alarms.ts'
import type { MessageEvent } from '../../shared/channels.ts'
import { type Severity, severityRank } from '../../shared/troubles.ts'
import type { ChangedIncident, IncidentExtent } from '../alarms/changedIncidents.ts'

/** Changes by which an incident can become acknowledged as a whole, or stop being so; every channel notified of it is notified of that. */
const takes: ReadonlySet<AlarmChange['kind']> = new Set(['acknowledged', 'unacknowledged'])

/** The last message about an incident that a channel received. */
export interface LastMessage {
  readonly event: MessageEvent
  /** Severity stated in it; null: unknown. */
  readonly severity: Severity | null
}

/** Whether a channel whose last message was this one knows of an ongoing incident; null: it received none. */
export function isNotified(last: LastMessage | null): boolean {
  return last?.event === 'start' || last?.event === 'update'
}

/**
 * Returns which message a channel gets after changes of an incident; null: none. `last` is its previous message. Starts and ends alternate: a channel that
 * got a start also gets the end, however the incident ended and whatever was shelved or suppressed meanwhile. There is no start while all alarms are shelved,
 * suppressed or impossible to evaluate.
 */
export function eventFor(last: LastMessage | null, { before, now, changes }: Omit<ChangedIncident, 'id'>): MessageEvent | null {
  if (now.ongoing === 0) return isNotified(last) ? 'end' : null
  if (!isNotified(last)) return now.active > 0 ? 'start' : null
  // Changes while it is shelved or in maintenance are notified afterwards, if it is still ongoing.
  if (now.active === 0) return null
  // It has just been acknowledged as a whole, or is no longer.
  const isTakenOtherwise = before.active > 0 && (now.unacknowledged === 0) !== (before.unacknowledged === 0) && changes.some(({ kind }) => takes.has(kind))
  return isTakenOtherwise ||
    isMilder(last, before, now, changes) ||
    changes.some((change) => isUpdate(change, before.severity, last?.severity ?? before.severity))
    ? 'update'
    : null
}

/** Whether the worst of an incident is over, so that it is called by something else: what was told last is not true any more. */
function isMilder(last: LastMessage | null, before: IncidentExtent, now: IncidentExtent, changes: readonly AlarmChange[]): boolean {
  const said = last?.severity ?? before.severity
  return (
    now.wrong > 0 &&
    changes.some(({ kind }) => kind === 'healed') &&
    ((now.severity !== null && isWorse(said, now.severity)) || (before.down > 0 && now.down === 0))
  )
}

const isWorse = (severity: Severity | null, than: Severity | null): boolean =>
  severity !== null && (than === null || severityRank[severity] < severityRank[than])

/**
 * Whether a change needs an update message: the incident grew, turned into another trouble, came back from a shelf or a maintenance window, or got a comment.
 * Not notified: new alarms less severe than the incident was (`before`), and a change of level up to the severity last notified (`said`), as its easing was
 * not notified either. A trouble that it already had within the last hour is not notified again, so alternating between two is notified once for each.
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
      // A limit at another level is still the same trouble.
      return isWorse(change.severity, said) || (change.trouble !== 'limitCrossed' && change.again !== true)
    default:
      return false
  }
}
