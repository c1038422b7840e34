import { useQuery } from '@tanstack/react-query'
import { orpc } from '../app/client.ts'

/** The configuration file is followed while the console runs. */
const everyMs = 5_000

/** The rules in force. */
export function useRules() {
  return useQuery({ ...orpc.rules.list.queryOptions(), refetchInterval: everyMs })
}
