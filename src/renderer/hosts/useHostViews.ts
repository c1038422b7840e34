import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Host } from '../../shared/hosts.ts'
import { client } from '../app/client.ts'
import { useCalmMoment } from '../app/useCalmMoment.ts'
import { useShownMoment } from '../fleet/fleet.ts'
import { type HostView, liveView } from './hostFigures.ts'
import { readPast } from './pastFigures.ts'

const noViews: readonly HostView[] = []

/** Hosts at the moment shown: now, or in the past. null: that moment is still being read. */
export function useHostViews(hosts: readonly Host[]): readonly HostView[] | null {
  const moment = useCalmMoment(useShownMoment())
  // biome-ignore lint/correctness/useExhaustiveDependencies: live views do not depend on the past moment
  const live = useMemo(() => (moment === null ? hosts.map(liveView) : noViews), [hosts, moment === null])
  const past = useQuery({
    queryKey: ['hosts in the past', moment, hosts.map(({ id }) => id).join(' ')],
    queryFn: ({ signal }) => readPast(hosts, moment ?? 0, (asked) => client.history.range(asked, { signal })),
    enabled: moment !== null && hosts.length > 0,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 20_000,
    structuralSharing: false,
    placeholderData: (before) => before,
  })
  if (moment === null) return live
  return hosts.length === 0 ? noViews : (past.data ?? null)
}
