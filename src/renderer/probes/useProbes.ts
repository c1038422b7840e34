import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Probe } from '../../shared/probes.ts'
import { orpc, renew } from '../app/client.ts'
import { useMoment } from '../app/moment.ts'
import { listedBy, useViewsAt } from '../fleet/listed.ts'
import type { AskHistory } from '../fleet/pastValues.ts'
import { listedMetrics, liveProbe, type ProbeMetric, type ProbeView, readPastProbes } from './probeViews.ts'

const everyMs = 2000
const namesMs = 30_000
const canariesMs = 5_000

/** In the past, the list only says which there are: figures come from history. `renewMs` can be longer if only names matter; null: they do not. */
export function useProbes(renewMs: number | null = everyMs) {
  const live = useMoment() === null
  const query = useQuery({
    ...orpc.probes.list.queryOptions(),
    enabled: renewMs !== null,
    refetchInterval: live && renewMs !== null ? renewMs : false,
    structuralSharing: false,
  })
  const { list: probes, ...read } = listedBy(query)
  return { probes, ...read }
}

/** A probe by its id; undefined: not known, or not yet. */
export function useProbe(id: string | null): Probe | undefined {
  const { probes } = useProbes(id === null ? null : namesMs)
  return useMemo(() => probes.find((probe) => probe.id === id), [probes, id])
}

export function useProbeStatus() {
  const live = useMoment() === null
  return useQuery({ ...orpc.probes.status.queryOptions(), enabled: live, refetchInterval: everyMs }).data
}

/** Of more probes than this the past is not read at once: each takes ten series of history. */
export const mostThen = 500

/** Probes at the moment shown: now, or in the past, of which the first `mostThen` are read. null: that moment is still being read. */
export function useProbeViews(probes: readonly Probe[], metrics: readonly ProbeMetric[] = listedMetrics): readonly ProbeView[] | null {
  const past = useMoment() !== null
  const listed = useMemo(() => (past ? probes.slice(0, mostThen) : probes), [probes, past])
  const readAt = (moment: number, range: AskHistory) => readPastProbes(listed, moment, metrics, range)
  return useViewsAt({ key: `probes in the past by ${metrics.length}`, listed, liveOf: liveProbe, readAt })
}

export function useCanaries() {
  return useQuery({ ...orpc.canaries.list.queryOptions(), refetchInterval: canariesMs })
}

/** Refetches at once, after a change: also the probes that read them back. */
export async function renewCanaries(): Promise<void> {
  await Promise.all([renew('canaries'), renew('probes')])
}
