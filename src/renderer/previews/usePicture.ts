import { type RefObject, useCallback, useEffect, useRef, useState } from 'react'
import type { Track } from '../../shared/streams.ts'
import {
  chooseWay,
  createLosses,
  fallbacks,
  isOfEveryWay,
  type PictureFigures,
  type PictureWhy,
  type Way,
  type WayCallbacks,
  webrtcAbility,
} from './pictureWays.ts'
import { playByHls } from './playByHls.ts'
import { playByWebrtc } from './playByWebrtc.ts'

/**
 * - opening: requested, no frame yet.
 * - playing: frames arrive; `stillMs` says for how long they have not, if so.
 * - failed: it can't play, or ended with an error; `retry` says whether it is tried again. `onDemand` needs a confirmation.
 * - closed: replaced by a newer picture.
 * - paused: the page is hidden, or the operator stopped it.
 *
 * `instead`: why HLS was taken and not WebRTC; null: HLS was chosen, or it is WebRTC.
 */
export type Picture =
  | { readonly state: 'opening' }
  | { readonly state: 'playing'; readonly way: Way; readonly instead: PictureWhy | null; readonly figures: PictureFigures; readonly stillMs: number }
  | { readonly state: 'failed'; readonly instead: PictureWhy | null; readonly why: PictureWhy; readonly retry: boolean }
  | { readonly state: 'closed' }
  | { readonly state: 'paused' }

interface Wanted {
  readonly serverId: string
  readonly path: string
  /** A change reopens the picture, for example when the stream comes back or its codecs change. */
  readonly occasion: string
  readonly tracks: readonly Track[]
  readonly muted: boolean
  readonly chosen: 'auto' | 'hls'
  readonly autoplay: boolean
  readonly cameraId?: string | undefined
}

export function usePicture(video: RefObject<HTMLVideoElement | null>, { serverId, path, occasion, tracks, muted, chosen, autoplay, cameraId }: Wanted) {
  const [picture, setPicture] = useState<Picture>(autoplay ? { state: 'opening' } : { state: 'paused' })
  // Each start of playback is an attempt; null: not playing.
  const [attempt, setAttempt] = useState<{ readonly count: number } | null>(autoplay ? { count: 0 } : null)
  const [hidden, setHidden] = useState(document.hidden)
  const again = useCallback(() => setAttempt((before) => ({ count: (before?.count ?? 0) + 1 })), [])
  const woken = useRef(false)
  const losses = useRef(createLosses())
  const of = `${serverId}\n${path}\n${occasion}`
  /** Why WebRTC did not play on which occasion; of the first one what another picture has found out. */
  const fell = useRef<{ readonly of: string; readonly why: PictureWhy } | null | undefined>(undefined)
  if (fell.current === undefined) {
    const why = fallbacks.why(serverId, path, performance.now())
    fell.current = why && { of, why }
  }
  const play = useCallback(
    (wake: boolean) => {
      // A source that the operator started may be started again when the page is shown again.
      if (wake) woken.current = true
      losses.current.forget()
      again()
    },
    [again],
  )
  const tryWebrtc = useCallback(() => {
    fell.current = null
    fallbacks.forget(serverId, path)
    losses.current.forget()
    again()
  }, [again, serverId, path])
  const stop = useCallback(() => setAttempt(null), [])
  const fellBack = fell.current?.of === of ? fell.current.why : null
  const { way, instead } = chooseWay({ chosen, tracks, muted, ability: webrtcAbility(), fellBack })

  useEffect(() => {
    const onChange = () => setHidden(document.hidden)
    document.addEventListener('visibilitychange', onChange)
    return () => document.removeEventListener('visibilitychange', onChange)
  }, [])

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new occasion reopens the picture, and another way to play it
  useEffect(() => {
    const element = video.current
    if (attempt === null || hidden || element === null) {
      setPicture({ state: 'paused' })
      return
    }
    let timer: ReturnType<typeof setTimeout> | undefined
    const tryAfter = (ms: number) => {
      timer = setTimeout(again, ms)
    }
    setPicture({ state: 'opening' })
    // The engine may still have to say why it ended when the operator has stopped it.
    let isOver = false
    const callbacks = unless(() => isOver, {
      playing: (now) => {
        losses.current.plays(performance.now())
        setPicture({ state: 'playing', way, instead, ...now })
      },
      closed: () => setPicture({ state: 'closed' }),
      failed: ({ why, retry, hadPlayed }) => {
        const now = performance.now()
        if (way === 'hls' || isOfEveryWay(why)) {
          // Each try starts the source of a path on demand once more: without a picture, that is for the operator to do.
          const isTriedAgain = retry && (hadPlayed || !woken.current)
          setPicture({ state: 'failed', instead, why, retry: isTriedAgain })
          if (isTriedAgain) tryAfter(losses.current.failed(now))
          return
        }
        const reopenMs = hadPlayed && retry ? losses.current.webrtcLost(now) : null
        setPicture({ state: 'opening' })
        if (reopenMs !== null) return tryAfter(reopenMs)
        fell.current = { of, why }
        fallbacks.note(serverId, path, why, now)
        again()
      },
    })
    const shut = (way === 'webrtc' ? playByWebrtc : playByHls)(
      element,
      { serverId, path, wake: woken.current, ...(cameraId !== undefined && { cameraId }) },
      callbacks,
    )
    return () => {
      isOver = true
      clearTimeout(timer)
      shut()
    }
  }, [attempt, hidden, of, way, instead?.kind, video, again])

  return { picture, play, stop, tryWebrtc }
}

/** Calls nothing more once it is over. */
const unless = (isOver: () => boolean, { playing, failed, closed }: WayCallbacks): WayCallbacks => ({
  playing: (now) => void (isOver() || playing(now)),
  failed: (failure) => void (isOver() || failed(failure)),
  closed: () => void (isOver() || closed()),
})
