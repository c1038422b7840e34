import { useCallback, useMemo } from 'react'
import { useSearchParams } from 'react-router'
import type { Sort } from '../ui/columns.ts'
import { searchNow, withoutMoment } from './moment.ts'

type SetSearchParams = ReturnType<typeof useSearchParams>[1]
type Change = (before: URLSearchParams) => URLSearchParams
/** null, '' and an empty list: is not there; true: is there without a value; a list: is there with each value. */
type Some = Readonly<Record<string, string | true | readonly string[] | null>>
/** `replace` false: as a step that Back undoes. */
type ChangePageParams = (some: Some, replace?: boolean) => void
type SetPageParams = (change: URLSearchParams | Change, options?: { readonly replace?: boolean }) => void

/**
 * Like react-router's `useSearchParams`, but changes apply to the current address. React-router applies them to the last rendered
 * address, so that the later of two changes between renders would undo the earlier.
 */
export function useAddressParams(): readonly [URLSearchParams, (change: Change, options?: Parameters<SetSearchParams>[1]) => void] {
  const [params, setParams] = useSearchParams()
  const change = useCallback(
    (make: Change, options?: Parameters<SetSearchParams>[1]) => setParams((drawn) => make(new URLSearchParams(searchNow() ?? drawn)), options),
    [setParams],
  )
  return [params, change]
}

/**
 * The page's own parameters: all except the moment, which belongs to the window. The moment in the address may lag behind, so a
 * page that wrote it back would move the window; moment.ts adds the current one to whatever is written here. The parameters stay
 * the same object while only the moment changes.
 */
export function usePageParams(): readonly [URLSearchParams, ChangePageParams, SetPageParams] {
  const [all, setAll] = useAddressParams()
  const text = withoutMoment(all).toString()
  const params = useMemo(() => new URLSearchParams(text), [text])
  const setParams: SetPageParams = useCallback(
    (change, options) => setAll((before) => (typeof change === 'function' ? change(withoutMoment(before)) : change), options),
    [setAll],
  )
  const change: ChangePageParams = useCallback((some, replace = true) => setParams((before) => withParams(before, some), { replace }), [setParams])
  return [params, change, setParams]
}

/** In the address: `rtt`, or `-rtt` for descending; null: the usual order. */
export function useSortParam(): readonly [Sort | null, (sort: Sort | null) => void] {
  const [params, set] = usePageParams()
  const text = params.get('sort')
  const sort = useMemo(() => (text === null ? null : { id: text.replace(/^-/, ''), descending: text.startsWith('-') }), [text])
  return [sort, (sort) => set({ sort: sort && `${sort.descending ? '-' : ''}${sort.id}` })]
}

export function withParams(before: URLSearchParams, change: Some): URLSearchParams {
  const next = new URLSearchParams(before)
  for (const [name, value] of Object.entries(change)) {
    if (typeof value === 'string' && value !== '') next.set(name, value)
    else {
      next.delete(name)
      for (const one of value === true ? [''] : value || []) next.append(name, one)
    }
  }
  return next
}
