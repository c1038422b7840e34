import { useQuery } from '@tanstack/react-query'
import { orpc } from '../app/client.ts'

/** What is changed at another desk is seen here after this time, ms. */
const everyMs = 10_000

/** All walls in their order. */
export function useWalls() {
  return useQuery({ ...orpc.walls.list.queryOptions(), refetchInterval: everyMs })
}
