import { useQuery } from '@tanstack/react-query'
import type { Canary } from '../../shared/canaries.ts'
import { orpc, queryClient } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { renewProbes } from './useProbes.ts'

const everyMs = 5_000

/** The test signals that this console publishes, refreshed while a component needs them. `failed`: why they are not known. */
export function useCanaries(): { readonly canaries: readonly Canary[] | undefined; readonly failed: string | null } {
  const query = useQuery({ ...orpc.canaries.list.queryOptions(), refetchInterval: everyMs })
  return { canaries: query.data, failed: query.isError && query.data === undefined ? failureText(query.error) : null }
}

/** Refetches at once, after a change: also the probes that read them back. */
export async function renewCanaries(): Promise<void> {
  await Promise.all([queryClient.invalidateQueries({ queryKey: orpc.canaries.key() }), renewProbes()])
}
