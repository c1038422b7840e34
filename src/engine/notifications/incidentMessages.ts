import type { Clock } from '../../clock/clock.ts'
import type { AlarmChange } from '../../shared/alarms.ts'
import type { MessageEvent } from '../../shared/channels.ts'
import { type Severity, severityRank } from '../../shared/severities.ts'
import type { ChangedIncident, IncidentExtent } from '../alarms/openAlarms.ts'
import type { LastMessage, MessageRows } from './messageRows.ts'

/** Changes by which an incident can become acknowledged as a whole, or stop being so; every channel notified of it is notified of that. */
const takes: ReadonlySet<AlarmChange['kind']> = new Set(['acknowledged', 'unacknowledged'])

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

/** Whether the worst of an incident is over, so that it is called by something else: what was notified last is not true any more. */
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

/** Minimum time between two updates of one incident, ms; changes in between are combined. */
const updateEveryMs = 30_000
/**
 * Minimum time between the messages of a start and its end, ms. An outage of some seconds every minute can't be distinguished from a single short one
 * until it recurs: after a minute, its on-delay and one poll. The end of anything that lasted longer is sent immediately.
 */
const endAfterMs = 75_000

/** Queues messages about incidents, within the caller's transaction. */
export function createIncidentMessages(clock: Pick<Clock, 'now'>, rows: MessageRows) {
  /** Earliest time at which a message may be sent, epoch ms. */
  const notBefore = (event: MessageEvent, { id, changes }: ChangedIncident, channel: string): number => {
    const after = (at: number | null, ms: number): number => (at === null ? 0 : Math.min(at, clock.now()) + ms)
    // What is left when the worst is over may be about to end as well: publishers return some seconds after their server.
    const isEased = changes.some(({ kind }) => kind === 'healed') && !changes.some((change) => 'trouble' in change)
    if (event === 'update') return Math.max(after(rows.lastUpdateAt(id, channel), updateEveryMs), isEased ? clock.now() + updateEveryMs : 0)
    // A closed incident does not recur under this id.
    if (event === 'end' && !changes.some(({ kind }) => kind === 'closed')) return after(rows.lastStartAt(id, channel), endAfterMs)
    return 0
  }
  /** Queues the message that a channel needs after an incident changed; `isRouted`: the channel also gets its start. */
  const addChange = (channel: string, incident: ChangedIncident, isRouted: boolean, escalated = false): void => {
    const { id } = incident
    // It recurred before its end was sent: for the channel it never ended, even while it is shelved or suppressed.
    if (incident.now.ongoing > 0 && rows.last(id, channel)?.event === 'end') rows.takeBack(id, channel)
    const event = eventFor(rows.last(id, channel), incident)
    // A channel that got the start also gets the end, wherever the incident is routed now.
    if (event === null || (event === 'start' && !isRouted)) return
    // A queued message will report the state at the time of sending.
    if (event === 'update' && rows.isWaiting(id, channel)) return
    if (event === 'end') rows.takeBack(id, channel)
    const startMissed = event === 'end' && !isNotified(rows.last(id, channel))
    rows.add(id, channel, event, clock.now(), { startMissed, escalated, notBefore: notBefore(event, incident, channel) })
  }
  return {
    addChange,
    /** Says again what lasts, unless something about it waits to be sent: that will say it. */
    remind: (channel: string, id: string): void => {
      if (!rows.isWaiting(id, channel)) rows.add(id, channel, 'update', clock.now(), { escalated: true })
    },
    /** Queues the current state of an incident with unacknowledged alarms, although it did not change. */
    addAsIs: (channel: string, id: string, extent: IncidentExtent, escalated: boolean): void => {
      if (extent.unacknowledged > 0) addChange(channel, { id, before: extent, now: extent, changes: [] }, true, escalated)
    },
  }
}
export type IncidentMessages = ReturnType<typeof createIncidentMessages>
