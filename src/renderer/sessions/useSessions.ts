import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { SessionFilter, SessionGrouping, SessionSort } from '../../shared/sessions.ts'
import { orpc, queryClient } from '../app/client.ts'

/** How often they are read again, ms. Their lists are read from the servers every 2 s, of large servers less often. */
const againMs = 2_000
/** How many the page shows. */
export const mostShown = 500

/** Sessions that a filter means, now. */
export function useSessions(filter: SessionFilter, sort: SessionSort, enabled: boolean) {
  return useQuery({
    ...orpc.sessions.list.queryOptions({ input: { ...filter, sort, limit: mostShown } }),
    refetchInterval: againMs,
    placeholderData: keepPreviousData,
    enabled,
  })
}

/** The same by what they have in common. */
export function useSessionGroups(filter: SessionFilter, by: SessionGrouping | null) {
  return useQuery({
    ...orpc.sessions.groups.queryOptions({ input: { ...filter, by: by ?? 'address', limit: mostShown } }),
    refetchInterval: againMs,
    placeholderData: keepPreviousData,
    enabled: by !== null,
  })
}

/** Reads everything that shows sessions at once, after some were disconnected. */
export async function renewSessions(): Promise<void> {
  await Promise.all([orpc.sessions.key(), orpc.streams.sessions.key(), orpc.streams.get.key()].map((queryKey) => queryClient.invalidateQueries({ queryKey })))
}
