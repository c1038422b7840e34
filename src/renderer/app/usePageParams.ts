import { useCallback, useMemo } from 'react'
import { useSearchParams } from 'react-router'
import { searchNow, withoutMoment } from './moment.ts'

type SetSearchParams = ReturnType<typeof useSearchParams>[1]
type Change = (before: URLSearchParams) => URLSearchParams
type SetPageParams = (change: URLSearchParams | Change, options?: { readonly replace?: boolean }) => void

/**
 * As react-router's `useSearchParams`, but a change is made to what the address says by then. React-router's own makes it to what was
 * drawn last: of two changes between two drawings the later would undo the earlier.
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
 * What of the address is a page's own: all but the moment, which is the window's. The moment in the address may be a little
 * behind the one that holds, so a page that wrote it back would move the window; moment.ts adds the right one to whatever is
 * written here. The parameters stay the same object while only the moment moves.
 */
export function usePageParams(): readonly [URLSearchParams, SetPageParams] {
  const [all, setAll] = useAddressParams()
  const text = withoutMoment(all).toString()
  const params = useMemo(() => new URLSearchParams(text), [text])
  const setParams: SetPageParams = useCallback(
    (change, options) => setAll((before) => (typeof change === 'function' ? change(withoutMoment(before)) : change), options),
    [setAll],
  )
  return [params, setParams]
}

/** Parameters with some of them changed; null and '' take one away. */
export function withParams(before: URLSearchParams, change: Readonly<Record<string, string | null>>): URLSearchParams {
  const next = new URLSearchParams(before)
  for (const [name, value] of Object.entries(change)) {
    if (value) next.set(name, value)
    else next.delete(name)
  }
  return next
}
