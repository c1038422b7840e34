import type { EventFilter } from '../../shared/history.ts'
import { orpc } from './client.ts'

/** Asked for by each list: one stream that flaps must not leave nothing else to show, and a row of several counts the same everywhere. */
export const listedEvents = 300
/** How often new events are asked for. */
const refetchMs = 3000
/** Moments that a cursor passed are hardly asked for again. */
const pastKeptMs = 20_000

/**
 * A query of the newest events: up to now and going on, or up to a moment of the past. While the next ones are on their way
 * those of the last moment stay, but none from now in the past nor the other way round.
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
