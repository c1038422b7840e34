import { useQuery } from '@tanstack/react-query'
import { useCallback, useMemo, useRef } from 'react'
import { useSearchParams } from 'react-router'
import { client } from '../app/client.ts'
import { engineNow, useNow } from '../ui/now.ts'
import { presenceMetric } from './lanes.ts'
import { knownWithinMs, rangeFrom, readTimeRange, recentStart, type TimeRange, writeTimeRange } from './timeRange.ts'

/**
 * The stretch of time that stands in the address, else what there is of this server, stream or host; null while that is not known
 * yet. `back` undoes zooms, one a call, and ends at the last live one.
 */
export const useTimeRange = (serverId: string, path = '') => {
  const [params, setParams] = useSearchParams()
  const chosen = useMemo(() => readTimeRange(params), [params])
  const usual = useUsualRange(serverId, path, chosen === null)
  const before = useRef<(TimeRange | null)[]>([])
  const setRange = useCallback(
    (next: TimeRange) => {
      if (next.kind === 'between') before.current.push(chosen)
      else before.current = []
      setParams((old) => writeTimeRange(old, next))
    },
    [setParams, chosen],
  )
  const back = useCallback(() => {
    const last = before.current.pop() ?? null
    if (last !== null || chosen?.kind === 'since' || chosen?.kind === 'between') setParams((old) => writeTimeRange(old, last))
  }, [setParams, chosen])
  return { range: chosen ?? usual, setRange, back }
}

/** Nothing kept of something new comes to be a moment later. */
const askAgainMs = 5000

const useUsualRange = (serverId: string, path: string, wanted: boolean): TimeRange | null => {
  const query = useQuery({
    queryKey: ['knownSince', serverId, path],
    queryFn: async ({ signal }) => {
      const to = engineNow()
      const series = [{ serverId, path, metric: presenceMetric(serverId, path) }]
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
