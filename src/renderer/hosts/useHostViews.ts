import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState } from 'react'
import type { SeriesColumns } from '../../shared/history.ts'
import type { Host } from '../../shared/hosts.ts'
import { client } from '../app/client.ts'
import { useShownMoment } from '../app/fleet.ts'
import { type HostView, liveView } from './hostFigures.ts'
import { pastSeries, pastView, reachMs } from './pastFigures.ts'

/** No more series than this in one question. */
const mostAtOnce = 64
/** Of the past of more hosts than this nothing is read: the list says so by showing them as unknown. */
export const mostPastHosts = 60
const noViews: readonly HostView[] = []

const readPast = async (hosts: readonly Host[], at: number, signal: AbortSignal): Promise<readonly HostView[]> => {
  const asked = hosts.slice(0, mostPastHosts).map((host) => ({ host, series: pastSeries(host) }))
  const all = asked.flatMap(({ series }) => series)
  const ask = async (spanMs: number): Promise<readonly SeriesColumns[]> => {
    const chunks = Array.from({ length: Math.ceil(all.length / mostAtOnce) }, (_, place) => all.slice(place * mostAtOnce, (place + 1) * mostAtOnce))
    const answers = await Promise.all(
      chunks.map((series) => client.history.range({ series: [...series], from: at - spanMs, to: at + 1, points: 20, totals: true }, { signal })),
    )
    return answers.flat()
  }
  const slowest = Math.max(...hosts.map(({ intervalSeconds }) => intervalSeconds), 1) * 1000
  const near = await ask(reachMs([], slowest))
  // Long ago only wide buckets are kept, which begin long before the moment.
  const reach = reachMs(near, slowest)
  const columns = reach > reachMs([], slowest) ? await ask(reach) : near
  let place = 0
  const views = asked.map(({ host, series }) => {
    const own = columns.slice(place, place + series.length)
    place += series.length
    return pastView(host, at, series, own)
  })
  return [...views, ...hosts.slice(mostPastHosts).map((host): HostView => ({ host, state: 'unknown', figures: null, past: true }))]
}

/** A cursor may move faster than machines can be read of the past: so long a moment is kept at least. */
const restMs = 600
const useCalmMoment = (moment: number | null): number | null => {
  const [kept, setKept] = useState(moment)
  const changedAt = useRef(0)
  useEffect(() => {
    if (moment === kept) return
    const timer = setTimeout(
      () => {
        changedAt.current = performance.now()
        setKept(moment)
      },
      kept === null || moment === null ? 0 : Math.max(0, changedAt.current + restMs - performance.now()),
    )
    return () => clearTimeout(timer)
  }, [moment, kept])
  return moment === null ? null : (kept ?? moment)
}

/** Hosts at the time that pages show: as they are, or at the moment of the past. null: that moment is being read. */
export const useHostViews = (hosts: readonly Host[]): readonly HostView[] | null => {
  const moment = useCalmMoment(useShownMoment())
  const live = useMemo(() => (moment === null ? hosts.map(liveView) : noViews), [hosts, moment === null])
  const past = useQuery({
    queryKey: ['hosts in the past', moment, hosts.map(({ id }) => id).join(' ')],
    queryFn: ({ signal }) => readPast(hosts, moment ?? 0, signal),
    enabled: moment !== null && hosts.length > 0,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 20_000,
    structuralSharing: false,
    placeholderData: (before) => before,
  })
  if (moment === null) return live
  return hosts.length === 0 ? noViews : (past.data ?? null)
}
