import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Host } from '../../shared/hosts.ts'
import { orpc, queryClient } from '../app/client.ts'
import { failureWords } from '../app/failureWords.ts'
import { useMoment } from '../app/moment.ts'

/** Refetch interval: about as often as readings change visibly. */
const everyMs = 2000
const noHosts: readonly Host[] = []

/**
 * All hosts now, fetched while a component needs them. In the past, the list is not refetched and only says which hosts exist:
 * their figures come from history. `renewMs` can be longer if only names matter.
 */
export function useHosts(renewMs = everyMs) {
  const live = useMoment() === null
  const query = useQuery({
    ...orpc.hosts.list.queryOptions(),
    refetchInterval: live ? renewMs : false,
    // Nearly every figure changes with each answer, so comparing 300 machines with the last answer would find nothing to reuse.
    structuralSharing: false,
  })
  return { hosts: query.data ?? noHosts, known: query.data !== undefined, failed: query.isError && query.data === undefined ? failureWords(query.error) : null }
}

/** Shows a host as the engine has just stored it, before the list is read again. */
export function showStored(host: Host): Host {
  queryClient.setQueryData(orpc.hosts.list.queryKey(), (hosts) =>
    hosts?.some(({ id }) => id === host.id) ? hosts.map((one) => (one.id === host.id ? host : one)) : hosts && [...hosts, host],
  )
  return host
}

/** Refetches at once, after a change. */
export function renewHosts(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: orpc.hosts.key() })
}

/** Hosts by id. */
export function useHost(id: string) {
  const { hosts, known, failed } = useHosts()
  return { host: useMemo(() => hosts.find((host) => host.id === id), [hosts, id]), known, failed }
}
