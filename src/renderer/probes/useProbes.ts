import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Probe } from '../../shared/probes.ts'
import { orpc, queryClient } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { useMoment } from '../app/moment.ts'

/** Refetch interval: readings come every few seconds at most. */
const everyMs = 2000
/** Where only a name is needed. */
const namesMs = 30_000
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

/** Refetches at once, after a change. */
export function renewProbes(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: orpc.probes.key() })
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
