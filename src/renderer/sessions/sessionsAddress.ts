import { useMemo } from 'react'
import {
  longestSessionSearch,
  networkSchema,
  type SessionFilter,
  type SessionGroup,
  type SessionGrouping,
  type SessionSort,
  sessionFilterSchema,
  sessionGroupings,
  sessionRoles,
  sessionSorts,
} from '../../shared/sessions.ts'
import { usePageParams } from '../app/usePageParams.ts'

/** Filters that the page shows as chips, as they are named in its address. */
const chipFilters = ['address', 'user', 'agent', 'path', 'server', 'protocol'] as const

export const spans = { hour: 3_600_000, day: 86_400_000, week: 7 * 86_400_000, month: 30 * 86_400_000 } as const
type Span = keyof typeof spans
export const spanNames = Object.keys(spans) as readonly Span[]

const oneOf = <T extends string>(all: readonly T[], text: string | null): T | null => all.find((one) => one === text) ?? null

/** A search for an address or a network finds those sessions only; any other looks everywhere, and so does each beside a filter for an address. */
export function filterOf(params: URLSearchParams): SessionFilter {
  const given = Object.fromEntries(chipFilters.flatMap((name) => (params.get(name) ? [[name, params.get(name)]] : [])))
  const q = params.get('q')?.trim() ?? ''
  const role = oneOf(sessionRoles, params.get('role'))
  const search = q === '' ? {} : given.address === undefined && networkSchema.safeParse(q).success ? { address: q } : { q: q.slice(0, longestSessionSearch) }
  const filter = sessionFilterSchema.safeParse({ ...search, ...given, ...(role !== null && { role }) })
  // What an address of somebody's own making says wrongly is left out.
  return filter.success ? filter.data : {}
}

export function useSessionsAddress() {
  const [params, set] = usePageParams()
  const filter = useMemo(() => filterOf(params), [params])
  return {
    filter,
    text: params.get('q') ?? '',
    /** null: now. */
    span: oneOf(spanNames, params.get('span')),
    by: oneOf(sessionGroupings, params.get('by')),
    sort: oneOf(sessionSorts, params.get('sort')) ?? ('since' satisfies SessionSort),
    chips: chipFilters.flatMap((name) => {
      const value = params.get(name)
      return value ? [{ name, value }] : []
    }),
    isFiltered: Object.keys(filter).length > 0,
    set,
    clear: () => set({ q: null, role: null, ...Object.fromEntries(chipFilters.map((name) => [name, null])) }),
    openGroup: (by: SessionGrouping, { key }: SessionGroup) => {
      if (key !== null) set({ by: null, [by === 'network' ? 'address' : by]: key }, false)
    },
  }
}
export type SessionsAddress = ReturnType<typeof useSessionsAddress>
