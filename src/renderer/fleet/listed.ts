import { type QueryKey, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { client, queryClient } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { useCalmMoment } from '../app/moment.ts'
import { useShownMoment } from './fleet.ts'
import type { AskHistory } from './pastValues.ts'

const none: readonly never[] = []

/** `failed`: why it was never read. */
export function listedBy<One>({ data, error }: { readonly data: readonly One[] | undefined; readonly error: unknown }) {
  return { list: data ?? none, known: data !== undefined, failed: error !== null && data === undefined ? failureText(error) : null }
}

/** Shows one as just stored, before its list is read again. */
export function showStored<One extends { readonly id: string }>(list: QueryKey, stored: One): One {
  queryClient.setQueryData<readonly One[]>(list, (all) =>
    all?.some(({ id }) => id === stored.id) ? all.map((one) => (one.id === stored.id ? stored : one)) : all && [...all, stored],
  )
  return stored
}

interface ViewsAt<One, View> {
  /** With whatever else the question depends on beside the moment and the ids. */
  readonly key: string
  readonly listed: readonly One[]
  readonly liveOf: (one: One) => View
  readonly readAt: (moment: number, range: AskHistory) => Promise<readonly View[]>
}
/** At the moment shown; null: that moment is still being read. */
export function useViewsAt<One extends { readonly id: string }, View>({ key, listed, liveOf, readAt }: ViewsAt<One, View>): readonly View[] | null {
  const moment = useCalmMoment(useShownMoment())
  // biome-ignore lint/correctness/useExhaustiveDependencies: live views do not depend on the past moment
  const live = useMemo(() => (moment === null ? listed.map(liveOf) : none), [listed, liveOf, moment === null])
  const past = useQuery({
    queryKey: [key, moment, listed.map(({ id }) => id).join(' ')],
    queryFn: ({ signal }) => readAt(moment ?? 0, (range) => client.history.range(range, { signal })),
    enabled: moment !== null && listed.length > 0,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 20_000,
    structuralSharing: false,
    placeholderData: (before) => before,
  })
  if (moment === null) return live
  return listed.length === 0 ? none : (past.data ?? null)
}
