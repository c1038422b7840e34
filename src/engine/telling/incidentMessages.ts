import type { Clock } from '../../clock/clock.ts'
import type { MessageEvent } from '../../shared/channels.ts'
import type { ChangedIncident, IncidentExtent } from '../alarms/changedIncidents.ts'
import { eventFor, isTold } from './eventFor.ts'
import type { MessageRows } from './messageRows.ts'

/** Between two updates of one incident, ms: what happens meanwhile is one. */
const updateEveryMs = 30_000
/**
 * An end is sent this long after its start at the earliest, ms. What is gone for some seconds every minute can't be told from a single short outage
 * before it is gone again: a minute, its on-delay and a round of polls later. The end of whatever lasts longer is sent at once.
 */
const endAfterMs = 75_000

/** Adds messages about incidents to what is to be sent, within the transaction of the caller. */
export function createIncidentMessages(clock: Pick<Clock, 'now'>, rows: MessageRows) {
  /** From when on a message may be sent, epoch ms. */
  const notBefore = (event: MessageEvent, { id, changes }: ChangedIncident, channel: string): number => {
    const after = (at: number | null, ms: number): number => (at === null ? 0 : Math.min(at, clock.now()) + ms)
    if (event === 'update') return after(rows.lastUpdateAt(id, channel), updateEveryMs)
    // What is closed does not return under this key.
    if (event === 'end' && !changes.some(({ kind }) => kind === 'closed')) return after(rows.lastStartAt(id, channel), endAfterMs)
    return 0
  }
  /** Adds what a channel is to be told after an incident changed; `isRouted`: also of its start. */
  const addChange = (channel: string, incident: ChangedIncident, isRouted: boolean, escalated = false): void => {
    const { id } = incident
    // It is back before its end was sent: for the channel it never ended, also while it is put away.
    if (incident.now.lasting > 0 && rows.last(id, channel)?.event === 'end') rows.takeBack(id, channel)
    const event = eventFor(rows.last(id, channel), incident)
    // Whoever was told of a start is told of the end, wherever the incident is routed now.
    if (event === null || (event === 'start' && !isRouted)) return
    // What waits says what is so when it is sent.
    if (event === 'update' && rows.isWaiting(id, channel)) return
    if (event === 'end') rows.takeBack(id, channel)
    const startMissed = event === 'end' && !isTold(rows.last(id, channel))
    rows.add(id, channel, event, clock.now(), { startMissed, escalated, notBefore: notBefore(event, incident, channel) })
  }
  return {
    addChange,
    /** Adds as it is what lasts and nobody has taken, though nothing happened to it. */
    addAsIs: (channel: string, id: string, extent: IncidentExtent, escalated: boolean): void => {
      if (extent.untaken > 0) addChange(channel, { id, before: extent, now: extent, changes: [] }, true, escalated)
    },
  }
}
export type IncidentMessages = ReturnType<typeof createIncidentMessages>
