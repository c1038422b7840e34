import { useQuery } from '@tanstack/react-query'
import type { OnAir } from '../../shared/onAir.ts'
import { orpc, queryClient } from '../app/client.ts'
import { failureWords } from '../app/failureWords.ts'
import { useMoment } from '../app/moment.ts'
import { planFor } from './onAirForm.ts'

const everyMs = 5_000

/** All times on air now. In the past they are not asked for: only those of now are known. */
export function useOnAir() {
  const live = useMoment() === null
  const query = useQuery({ ...orpc.onAir.list.queryOptions(), enabled: live, refetchInterval: everyMs })
  return { plans: live ? query.data : undefined, failed: query.isError && query.data === undefined ? failureWords(query.error) : null }
}

/** The plan that counts for a stream now; null: none is for it. */
export function useOnAirOf(server: { readonly name: string; readonly tags: readonly string[] } | undefined, path: string): OnAir | null {
  const { plans = [] } = useOnAir()
  return server === undefined ? null : planFor(plans, server, path)
}

/** Reads them again at once, after a change. */
export function renewOnAir(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: orpc.onAir.key() })
}
