import { useCallback, useMemo } from 'react'
import { useSearchParams } from 'react-router'
import { withoutMoment } from './moment.ts'

type SetPageParams = (change: URLSearchParams | ((before: URLSearchParams) => URLSearchParams), options?: { readonly replace?: boolean }) => void

/**
 * What of the address is a page's own: all but the moment, which is the window's. The moment in the address may be a little
 * behind the one that holds, so a page that wrote it back would move the window; moment.ts adds the right one to whatever is
 * written here. The parameters stay the same object while only the moment moves.
 */
export function usePageParams(): readonly [URLSearchParams, SetPageParams] {
  const [all, setAll] = useSearchParams()
  const text = withoutMoment(all).toString()
  const params = useMemo(() => new URLSearchParams(text), [text])
  const setParams: SetPageParams = useCallback(
    (change, options) => setAll((before) => (typeof change === 'function' ? change(withoutMoment(before)) : change), options),
    [setAll],
  )
  return [params, setParams]
}
