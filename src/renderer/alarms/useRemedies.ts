import { useQuery } from '@tanstack/react-query'
import type { RemedyOfRule } from '../../shared/remedies.ts'
import { orpc, queryClient } from '../app/client.ts'

/** Armed ones act by themselves. */
const everyMs = 2_000

/** The remedy of a rule as it stands; undefined: not known yet, or it has none. */
export function useRemedy(rule: string, isThere: boolean): RemedyOfRule | undefined {
  const { data } = useQuery({ ...orpc.remedies.list.queryOptions(), enabled: isThere, refetchInterval: everyMs })
  // What was read before it was removed is kept.
  return isThere ? data?.find((one) => one.rule === rule) : undefined
}

/** The last acts of a rule's remedy, newest first. */
export function useRemedyActs(rule: string, most: number) {
  const { data = [] } = useQuery({ ...orpc.remedies.acts.queryOptions({ input: { rule, limit: most } }), refetchInterval: everyMs })
  return data
}

/** Reads them again at once, after a change. */
export function renewRemedies(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: orpc.remedies.key() })
}
