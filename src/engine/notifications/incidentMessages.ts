import type { Clock } from '../../clock/clock.ts'
import type { MessageEvent } from '../../shared/channels.ts'
import type { ChangedIncident, IncidentExtent } from '../alarms/changedIncidents.ts'
import { eventFor, isNotified } from './eventFor.ts'
import type { MessageRows } from './messageRows.ts'

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
