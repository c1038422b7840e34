import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { orpc } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { engineNow } from '../ui/now.ts'
import { useRested } from '../ui/timing.ts'
import { timelineInputOf, type View } from './timelineView.ts'

/** A turning wheel causes no query until it has rested. */
const restMs = 140

/** Newer data may still arrive. */
const unsettledMs = 10_000

/** Around a view `width` pixels wide. Refetched if its end is live or in the future. */
export function useTimeline(view: View, width: number, live: boolean) {
  const input = timelineInputOf(view, width)
  const key = JSON.stringify(input)
  const rested = useRested(key, restMs)
  const grows = live || input.to > engineNow() - unsettledMs
  const query = useQuery({
    ...orpc.history.timeline.queryOptions({ input: JSON.parse(rested) as typeof input }),
    enabled: width > 0,
    placeholderData: keepPreviousData,
    staleTime: grows ? 2000 : 60_000,
    refetchInterval: grows ? refetchMs(input.to - input.from, input.points ?? 1000) : false,
    retry: false,
  })
  return {
    /** That of the previous view while the next loads. */
    timeline: query.data ?? null,
    failure: query.isError ? failureText(query.error) : null,
    loading: query.isFetching || rested !== key,
  }
}
/** One bucket, between two seconds and half a minute. */
const refetchMs = (span: number, points: number) => Math.min(30_000, Math.max(2000, span / points))
