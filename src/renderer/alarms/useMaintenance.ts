import { useQuery } from '@tanstack/react-query'
import { isFor, type Maintenance } from '../../shared/maintenance.ts'
import { orpc, queryClient } from '../app/client.ts'
import { failureWords } from '../app/failureWords.ts'
import { useMoment } from '../app/moment.ts'

const everyMs = 5_000

/** All maintenance windows now. In the past they are not asked for: only those of now are known. */
export function useMaintenance() {
  const live = useMoment() === null
  const query = useQuery({ ...orpc.maintenance.list.queryOptions(), enabled: live, refetchInterval: everyMs })
  return { plans: live ? query.data : undefined, failed: query.isError && query.data === undefined ? failureWords(query.error) : null }
}

/** The window that lasts now for a server (`path` null) or one of its streams, of several the one that ends last. */
export function useMaintenanceOf(server: { readonly name: string; readonly tags: readonly string[] } | undefined, path: string | null): Maintenance | null {
  const { plans = [] } = useMaintenance()
  if (server === undefined) return null
  return plans.reduce<Maintenance | null>(
    (latest, plan) => (plan.now !== null && isFor(plan, server, path) && plan.now.to > (latest?.now?.to ?? 0) ? plan : latest),
    null,
  )
}

/** Reads them again at once, after a change. */
export function renewMaintenance(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: orpc.maintenance.key() })
}
