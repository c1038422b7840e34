import { useCallback, useEffect, useRef, useState } from 'react'
import type { PreviewObstacle } from '../../shared/previews.ts'
import { client } from '../app/client.ts'
import type { PictureWhy } from './pictureWhy.ts'

/**
 * - none: not requested.
 * - refused: not available, with the reason; `onDemand`: a source would have to be started for it.
 * - taken: `why` is a remark about it, if any.
 */
export type Still =
  | { readonly state: 'none' }
  | { readonly state: 'taking' }
  | { readonly state: 'refused'; readonly why: PictureWhy; readonly obstacle: PreviewObstacle | null }
  | { readonly state: 'taken'; readonly src: string; readonly at: number; readonly why: PictureWhy | null }

/** A single picture of a stream, taken on request. A new `occasion` drops it, because it is outdated. */
export function useStill(serverId: string, path: string, occasion: string) {
  const [still, setStill] = useState<Still>({ state: 'none' })
  const under = useRef<AbortController | null>(null)

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new stream or occasion drops the still
  useEffect(() => {
    setStill({ state: 'none' })
    return () => under.current?.abort()
  }, [serverId, path, occasion])

  const take = useCallback(
    (wake: boolean) => {
      under.current?.abort()
      const own = new AbortController()
      under.current = own
      // The previous still stays until the next one is ready.
      setStill((before) => (before.state === 'taken' ? before : { state: 'taking' }))
      client.previews.still({ serverId, path, wake }, { signal: own.signal }).then(
        (answer) => {
          if (own.signal.aborted) return
          if (answer.jpeg === null) setStill({ state: 'refused', why: answer.why, obstacle: answer.obstacle })
          else setStill({ state: 'taken', src: `data:image/jpeg;base64,${answer.jpeg}`, at: answer.at, why: answer.why })
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
