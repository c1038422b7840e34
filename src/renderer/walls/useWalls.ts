import { useQuery } from '@tanstack/react-query'
import { orpc, queryClient } from '../app/client.ts'

/** What is changed at another desk is seen here after this time, ms. */
const everyMs = 10_000

/** All walls in their order. */
export function useWalls() {
  return useQuery({ ...orpc.walls.list.queryOptions(), refetchInterval: everyMs })
}

/** Reads them again at once, after a change. */
export function renewWalls(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: orpc.walls.key() })
}
