import { useQuery } from '@tanstack/react-query'
import { orpc, queryClient } from '../app/client.ts'

/** How often changes that others make are looked for, ms. */
const againMs = 15_000

/** Changes of path settings that were made on a server through this console. */
export function usePathEdits(id: string) {
  return useQuery({ ...orpc.pathEdits.list.queryOptions({ input: { id } }), refetchInterval: againMs, retry: false })
}

/** A change was made: what is shown of the configuration is not what it is any more. */
export function renewPathEdits() {
  return Promise.all([
    queryClient.invalidateQueries({ queryKey: orpc.pathEdits.key() }),
    queryClient.invalidateQueries({ queryKey: orpc.configurations.key() }),
    queryClient.invalidateQueries({ queryKey: orpc.servers.configuration.key() }),
  ])
}
