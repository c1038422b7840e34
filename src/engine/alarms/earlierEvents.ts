import type { Clock } from '../../clock/clock.ts'
import type { DeckEvent } from '../../shared/events.ts'
import type { History } from '../history/history.ts'
import type { Log } from '../ports.ts'
import { flapEvents } from './flaps.ts'

/** Rules count changes within at most a day, ms. */
const lookBackMs = 86_400_000
/** Maximum number of events read, newest first; older ones are not counted. */
const mostEvents = 1_000

/** Reads the events before this launch that rules for flapping count, oldest first; none if history can't be read. */
export async function readEarlierEvents(clock: Pick<Clock, 'now'>, history: Pick<History, 'events'>, log: Log): Promise<readonly DeckEvent[]> {
  try {
    const events = await history.events({ kinds: [...flapEvents], from: clock.now() - lookBackMs, limit: mostEvents })
    return events.toReversed()
  } catch (error) {
    log.warn({ error }, 'events of before cannot be read: what flaps is counted anew')
    return []
  }
}
