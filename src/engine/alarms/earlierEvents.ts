import type { Clock } from '../../clock/clock.ts'
import type { DeckEvent } from '../../shared/events.ts'
import type { History } from '../history/history.ts'
import type { Log } from '../ports.ts'
import { flapEvents } from './flaps.ts'

/** A rule counts what comes and goes within a day at most, ms. */
const recalledMs = 86_400_000
/** The newest of them: a fleet that has more is counted anew. */
const mostRecalled = 1_000

/** The events that rules count on over a restart of this console, oldest first; none where they can't be read. */
export async function readRecalled(clock: Pick<Clock, 'now'>, history: Pick<History, 'events'>, log: Log): Promise<readonly DeckEvent[]> {
  try {
    const events = await history.events({ kinds: [...flapEvents], from: clock.now() - recalledMs, limit: mostRecalled })
    return events.toReversed()
  } catch (error) {
    log.warn({ error }, 'events of before cannot be read: what flaps is counted anew')
    return []
  }
}
