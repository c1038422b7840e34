import { useSyncExternalStore } from 'react'

/** A media query as a hook that says whether it matches. Called once for each query, outside of components. */
export function createMediaHook(query: string): () => boolean {
  const list = matchMedia(query)
  const subscribe = (listener: () => void) => {
    list.addEventListener('change', listener)
    return () => list.removeEventListener('change', listener)
  }
  return () => useSyncExternalStore(subscribe, () => list.matches)
}
