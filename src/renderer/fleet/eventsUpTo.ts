import type { EventFilter } from '../../shared/history.ts'
import { orpc } from '../app/client.ts'

/** Events fetched by every list: enough that a flapping stream does not crowd out everything else, and equal so that grouped rows show the same count everywhere. */
export const listedEvents = 300
/** Interval for fetching new events. */
const refetchMs = 3000
/** Cache time of past moments: those that a cursor passed are rarely needed again. */
const pastKeptMs = 20_000

/**
 * Query for the newest events: live, or up to a moment in the past. While the next answer loads, the events of the previous
 * moment stay, but live events are never shown in the past, nor past ones live.
 */
export function eventsUpTo(moment: number | null, filter: Partial<EventFilter>) {
  const input = moment === null ? filter : { ...filter, to: moment }
  return {
    ...orpc.history.events.queryOptions({ input, ...(moment === null ? { refetchInterval: refetchMs } : { gcTime: pastKeptMs, staleTime: pastKeptMs }) }),
    meta: { past: moment !== null },
    placeholderData: <T>(last: T | undefined, query: { readonly meta?: Readonly<Record<string, unknown>> | undefined } | undefined): T | undefined =>
      query?.meta?.past === (moment !== null) ? last : undefined,
  }
}
