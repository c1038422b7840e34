import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Canary } from '../../shared/canaries.ts'
import type { Probe } from '../../shared/probes.ts'
import { client, orpc, queryClient, renew } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { useCalmMoment, useMoment } from '../app/moment.ts'
import { useShownMoment } from '../fleet/fleet.ts'
import { listedMetrics, liveProbe, type ProbeMetric, type ProbeView, readPastProbes } from './probeViews.ts'

/** Refetch interval: readings come every few seconds at most. */
const everyMs = 2000
/** Where only a name is needed. */
const namesMs = 30_000
const canariesMs = 5_000
const noProbes: readonly Probe[] = []

/**
 * All probes now, fetched while a component needs them. In the past, the list only says which there are: their figures come from
 * history. `renewMs` can be longer if only names matter; null: they don't matter.
 */
export function useProbes(renewMs: number | null = everyMs) {
  const live = useMoment() === null
  const query = useQuery({
    ...orpc.probes.list.queryOptions(),
    enabled: renewMs !== null,
    refetchInterval: live && renewMs !== null ? renewMs : false,
    structuralSharing: false,
  })
  return {
    probes: query.data ?? noProbes,
    known: query.data !== undefined,
    failed: query.isError && query.data === undefined ? failureText(query.error) : null,
  }
}

/** A probe by its id; undefined: not known, or not yet. */
export function useProbe(id: string | null): Probe | undefined {
  const { probes } = useProbes(id === null ? null : namesMs)
  return useMemo(() => probes.find((probe) => probe.id === id), [probes, id])
}

/** How probes are read, refreshed while a component needs it. */
export function useProbeStatus() {
  const live = useMoment() === null
  return useQuery({ ...orpc.probes.status.queryOptions(), enabled: live, refetchInterval: everyMs }).data
}

/** Shows a probe as the engine has just stored it, before the list is read again. */
export function showStoredProbe(probe: Probe): Probe {
  queryClient.setQueryData(orpc.probes.list.queryKey(), (probes) =>
    probes?.some(({ id }) => id === probe.id) ? probes.map((one) => (one.id === probe.id ? probe : one)) : probes && [...probes, probe],
  )
  return probe
}

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

/** The test signals that this console publishes, refreshed while a component needs them. `failed`: why they are not known. */
export function useCanaries(): { readonly canaries: readonly Canary[] | undefined; readonly failed: string | null } {
  const query = useQuery({ ...orpc.canaries.list.queryOptions(), refetchInterval: canariesMs })
  return { canaries: query.data, failed: query.isError && query.data === undefined ? failureText(query.error) : null }
}

/** Refetches at once, after a change: also the probes that read them back. */
export async function renewCanaries(): Promise<void> {
  await Promise.all([queryClient.invalidateQueries({ queryKey: orpc.canaries.key() }), renew('probes')])
}
