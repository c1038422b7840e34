import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { hostErrorMessage, hostErrorText } from '../../i18n/errorText.ts'
import type { HostFailure } from '../../shared/errors.ts'
import type { Host } from '../../shared/hosts.ts'
import { client, orpc, queryClient } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { useCalmMoment, useMoment } from '../app/moment.ts'
import { language } from '../app/words.ts'
import { useShownMoment } from '../fleet/fleet.ts'
import { type HostView, liveView } from './hostFigures.ts'
import { readPast } from './pastFigures.ts'

/** Refetch interval: about as often as readings change visibly. */
const everyMs = 2000
const noHosts: readonly Host[] = []

/**
 * All hosts now, fetched while a component needs them. In the past, the list is not refetched and only says which hosts exist:
 * their figures come from history. `renewMs` can be longer if only names matter.
 */
export function useHosts(renewMs = everyMs) {
  const live = useMoment() === null
  const query = useQuery({
    ...orpc.hosts.list.queryOptions(),
    refetchInterval: live ? renewMs : false,
    // Nearly every figure changes with each answer, so comparing 300 machines with the last answer would find nothing to reuse.
    structuralSharing: false,
  })
  return { hosts: query.data ?? noHosts, known: query.data !== undefined, failed: query.isError && query.data === undefined ? failureText(query.error) : null }
}

/** Shows a host as the engine has just stored it, before the list is read again. */
export function showStored(host: Host): Host {
  queryClient.setQueryData(orpc.hosts.list.queryKey(), (hosts) =>
    hosts?.some(({ id }) => id === host.id) ? hosts.map((one) => (one.id === host.id ? host : one)) : hosts && [...hosts, host],
  )
  return host
}

/** Hosts by id. */
export function useHost(id: string) {
  const { hosts, known, failed } = useHosts()
  return { host: useMemo(() => hosts.find((host) => host.id === id), [hosts, id]), known, failed }
}

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

/** Why a host cannot be read, and what to do. */
export function hostFailure(error: HostFailure) {
  return hostErrorMessage(error, language)
}
/** The same as one text. */
export function hostFailureText(error: HostFailure) {
  return hostErrorText(error, language)
}
