import { useCallback, useEffect, useRef, useState } from 'react'
import type { PreviewObstacle } from '../../shared/previews.ts'
import { client } from '../app/client.ts'
import { failureWords } from '../app/failureWords.ts'

/**
 * - none: nobody asked for one.
 * - refused: there is none, and why: `onDemand` where a source would be started for it.
 * - taken: `words` where something is to be known about it.
 */
export type Still =
  | { readonly state: 'none' }
  | { readonly state: 'taking' }
  | { readonly state: 'refused'; readonly words: string; readonly obstacle: PreviewObstacle | null }
  | { readonly state: 'taken'; readonly src: string; readonly at: number; readonly words: string | null }

/** A single picture of a stream, taken on demand; another `occasion` drops it, since it shows what was before. */
export function useStill(serverId: string, path: string, occasion: string) {
  const [still, setStill] = useState<Still>({ state: 'none' })
  const under = useRef<AbortController | null>(null)

  // biome-ignore lint/correctness/useExhaustiveDependencies: another stream or occasion drops the still
  useEffect(() => {
    setStill({ state: 'none' })
    return () => under.current?.abort()
  }, [serverId, path, occasion])

  const take = useCallback(
    (wake: boolean) => {
      under.current?.abort()
      const own = new AbortController()
      under.current = own
      // The last one stays until the next one is there.
      setStill((before) => (before.state === 'taken' ? before : { state: 'taking' }))
      client.previews.still({ serverId, path, wake }, { signal: own.signal }).then(
        ({ jpeg, at, words, obstacle }) => {
          if (own.signal.aborted) return
          if (jpeg !== null && at !== null) setStill({ state: 'taken', src: `data:image/jpeg;base64,${jpeg}`, at, words })
          else setStill({ state: 'refused', words: words ?? '', obstacle })
        },
        (error: unknown) => {
          if (!own.signal.aborted) setStill({ state: 'refused', words: failureWords(error), obstacle: null })
        },
      )
    },
    [serverId, path],
  )
  return { still, take }
}
