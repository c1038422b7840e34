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

const everyMs = 2000

/** In the past, the list only says which hosts exist: their figures come from history. `renewMs` can be longer if only names matter. */
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

export function useHost(id: string) {
  const { hosts, known, failed } = useHosts()
  return { host: useMemo(() => hosts.find((host) => host.id === id), [hosts, id]), known, failed }
}

/** Hosts at the moment shown: now, or in the past. null: that moment is still being read. */
export function useHostViews(hosts: readonly Host[]): readonly HostView[] | null {
  return useViewsAt({ key: 'hosts in the past', listed: hosts, liveOf: liveView, readAt: (moment, range) => readPast(hosts, moment, range) })
}

export function hostFailure(error: HostFailure) {
  return hostErrorMessage(error, language)
}
export function hostFailureText(error: HostFailure) {
  return hostErrorText(error, language)
}
