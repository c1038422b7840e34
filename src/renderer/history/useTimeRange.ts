import { useQuery } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import { useLocation, useNavigate } from 'react-router'
import type { Subject } from '../../shared/subjectNames.ts'
import { seriesOf } from '../../shared/subjects.ts'
import { client } from '../app/client.ts'
import { useAddressParams } from '../app/usePageParams.ts'
import { engineNow, useNow } from '../ui/now.ts'
import { presenceMetrics } from './lanes.ts'
import { knownWithinMs, rangeFrom, readTimeRange, recentStart, type TimeRange, writeTimeRange } from './timeRange.ts'

/**
 * What charts of a subject need of their time: the range in the address, or by default the available data of the subject; null while that is
 * still unknown. Each range is an entry in the router's history, so that the browser's Back leaves a zoom before it leaves the page. `onBack`
 * does the same and ends at the last live range.
 */
export function useTimeRange(of: Subject) {
  const key = JSON.stringify(of)
  const subject = useMemo(() => JSON.parse(key) as Subject, [key])
  const subjects = useMemo(() => [subject], [subject])
  const [params, setParams] = useAddressParams()
  const chosen = useMemo(() => readTimeRange(params), [params])
  const baseline = useBaselineRange(subject, chosen === null)
  const navigate = useNavigate()
  const isZoom = (useLocation().state as EntryState | null)?.zoomed === true
  const onRange = useCallback(
    (next: TimeRange) => setParams((old) => writeTimeRange(old, next), { state: { zoomed: next.kind === 'between' } satisfies EntryState }),
    [setParams],
  )
  const onBack = useCallback(() => {
    if (isZoom) void navigate(-1)
    // A link opened directly has nothing to go back to.
    else if (chosen !== null && chosen.kind !== 'last') setParams((old) => writeTimeRange(old, null))
  }, [navigate, setParams, isZoom, chosen])
  return { subject, subjects, range: chosen ?? baseline, onRange, onBack }
}

/** State of a router history entry: it was zoomed to from the entry before. */
interface EntryState {
  readonly zoomed: boolean
}

/** A new subject without data will have some soon: retry after this time, ms. */
const askAgainMs = 5000

function useBaselineRange(subject: Subject, wanted: boolean): TimeRange | null {
  const query = useQuery({
    queryKey: ['knownSince', subject],
    queryFn: async ({ signal }) => {
      const to = engineNow()
      const series = [seriesOf(subject, presenceMetrics[subject.kind])]
      const [columns] = await client.history.range({ series, from: to - knownWithinMs, to, points: 1440 }, { signal })
      return columns?.at[0] ?? null
    },
    enabled: wanted,
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
    refetchInterval: ({ state }) => (state.data === null ? askAgainMs : false),
  })
  const start = recentStart(query.data ?? null, useNow())
  const range = useMemo(() => rangeFrom(start), [start])
  return query.isPending ? null : range
}
