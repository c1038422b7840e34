import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { hostErrorMessage, hostErrorText } from '../../i18n/errorText.ts'
import type { HostFailure } from '../../shared/errors.ts'
import type { Host } from '../../shared/hosts.ts'
import { orpc } from '../app/client.ts'
import { useMoment } from '../app/moment.ts'
import { language } from '../app/words.ts'
import { listedBy, useViewsAt } from '../fleet/listed.ts'
import { type HostView, liveView } from './hostFigures.ts'
import { readPast } from './pastFigures.ts'

/** Refetch interval: about as often as readings change visibly. */
const everyMs = 2000

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
  const { list: hosts, ...read } = listedBy(query)
  return { hosts, ...read }
}

/** Hosts by id. */
export function useHost(id: string) {
  const { hosts, known, failed } = useHosts()
  return { host: useMemo(() => hosts.find((host) => host.id === id), [hosts, id]), known, failed }
}

/** Hosts at the moment shown: now, or in the past. null: that moment is still being read. */
export function useHostViews(hosts: readonly Host[]): readonly HostView[] | null {
  return useViewsAt({ key: 'hosts in the past', listed: hosts, liveOf: liveView, readAt: (moment, range) => readPast(hosts, moment, range) })
}

/** Why a host cannot be read, and what to do. */
export function hostFailure(error: HostFailure) {
  return hostErrorMessage(error, language)
}
/** The same as one text. */
export function hostFailureText(error: HostFailure) {
  return hostErrorText(error, language)
}
