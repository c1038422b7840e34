import { useQuery } from '@tanstack/react-query'
import { orpc } from '../app/client.ts'

/** The configuration file may change while the console runs. */
const everyMs = 5_000

export function useRules() {
  return useQuery({ ...orpc.rules.list.queryOptions(), refetchInterval: everyMs })
}
