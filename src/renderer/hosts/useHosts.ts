import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Host } from '../../shared/hosts.ts'
import { orpc, queryClient } from '../app/client.ts'
import { failureWords } from '../app/failureWords.ts'
import { useMoment } from '../app/moment.ts'

/** As often as readings change, for an eye. */
const everyMs = 2000
const noHosts: readonly Host[] = []

/**
 * All hosts as they are now, asked for by what is on the screen. In the past it says which hosts there are, and is not
 * renewed: their figures come from history. `renewMs`: longer where only their names matter.
 */
export function useHosts(renewMs = everyMs) {
  const live = useMoment() === null
  const query = useQuery({
    ...orpc.hosts.list.queryOptions(),
    refetchInterval: live ? renewMs : false,
    // Nearly every figure changes with each answer: comparing 300 machines with their last ones finds nothing to keep.
    structuralSharing: false,
  })
  return { hosts: query.data ?? noHosts, known: query.data !== undefined, failed: query.isError && query.data === undefined ? failureWords(query.error) : null }
}

/** Asks again at once, after something was changed. */
export const renewHosts = (): Promise<void> => queryClient.invalidateQueries({ queryKey: orpc.hosts.key() })

/** Hosts by id. */
export function useHost(id: string) {
  const { hosts, known, failed } = useHosts()
  return { host: useMemo(() => hosts.find((host) => host.id === id), [hosts, id]), known, failed }
}
