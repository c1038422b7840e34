import { useSyncExternalStore } from 'react'

/** Creates a hook that says whether a media query matches. Call it once per query, outside of components. */
export function createMediaHook(query: string): () => boolean {
  const list = matchMedia(query)
  const subscribe = (listener: () => void) => {
    list.addEventListener('change', listener)
    return () => list.removeEventListener('change', listener)
  }
  return () => useSyncExternalStore(subscribe, () => list.matches)
}
