import { useCallback, useEffect, useRef, useState } from 'react'
import type { PreviewObstacle } from '../../shared/previews.ts'
import { client } from '../app/client.ts'
import type { PictureWhy } from './pictureWhy.ts'

/**
 * - none: nobody asked for one.
 * - refused: there is none, and why: `onDemand` where a source would be started for it.
 * - taken: `why` where something is to be known about it.
 */
export type Still =
  | { readonly state: 'none' }
  | { readonly state: 'taking' }
  | { readonly state: 'refused'; readonly why: PictureWhy; readonly obstacle: PreviewObstacle | null }
  | { readonly state: 'taken'; readonly src: string; readonly at: number; readonly why: PictureWhy | null }

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
        ({ jpeg, at, why, obstacle }) => {
          if (own.signal.aborted) return
          if (jpeg !== null && at !== null) setStill({ state: 'taken', src: `data:image/jpeg;base64,${jpeg}`, at, why })
          else if (why !== null) setStill({ state: 'refused', why, obstacle })
        },
        (error: unknown) => {
          if (!own.signal.aborted) setStill({ state: 'refused', why: { kind: 'callFailed', error }, obstacle: null })
        },
      )
    },
    [serverId, path],
  )
  return { still, take }
}
