import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Probe } from '../../shared/probes.ts'
import { client } from '../app/client.ts'
import { useCalmMoment } from '../app/moment.ts'
import { useShownMoment } from '../fleet/fleet.ts'
import { listedMetrics, readPastProbes } from './pastProbes.ts'
import { liveProbe, type ProbeMetric, type ProbeView } from './probeViews.ts'

const noViews: readonly ProbeView[] = []
/** Of more probes than this the past is not read at once: each takes ten series of history. */
export const mostThen = 500

/** Probes at the moment shown: now, or in the past, of which the first `mostThen` are read. null: that moment is still being read. */
export function useProbeViews(probes: readonly Probe[], metrics: readonly ProbeMetric[] = listedMetrics): readonly ProbeView[] | null {
  const moment = useCalmMoment(useShownMoment())
  // biome-ignore lint/correctness/useExhaustiveDependencies: live views do not depend on the past moment
  const live = useMemo(() => (moment === null ? probes.map(liveProbe) : noViews), [probes, moment === null])
  const asked = moment === null ? [] : probes.slice(0, mostThen)
  const past = useQuery({
    queryKey: ['probes in the past', moment, metrics.length, asked.map(({ id }) => id).join(' ')],
    queryFn: ({ signal }) => readPastProbes(asked, moment ?? 0, metrics, (range) => client.history.range(range, { signal })),
    enabled: moment !== null && asked.length > 0,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 20_000,
    structuralSharing: false,
    placeholderData: (before) => before,
  })
  if (moment === null) return live
  return asked.length === 0 ? noViews : (past.data ?? null)
}
