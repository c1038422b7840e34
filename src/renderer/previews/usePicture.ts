import type Hls from 'hls.js'
import { type RefObject, useCallback, useEffect, useRef, useState } from 'react'
import { backBufferSeconds, type PreviewObstacle } from '../../shared/previews.ts'
import { client } from '../app/client.ts'
import { createFrozenWatch } from './frozenWatch.ts'
import { hlsFailureReason } from './hlsFailure.ts'
import { notifyPictureClosed, onPictureClosed, playsH265, viewerId } from './openPictures.ts'
import type { PictureWhy } from './pictureWhy.ts'

/**
 * - opening: requested, no frame yet.
 * - playing: frames arrive; `stillMs` says for how long they have not, if so.
 * - obstacle: it can't or should not play; `onDemand` needs a confirmation.
 * - failed: it ended with an error; `retry` says whether it may work later.
 * - closed: replaced by a newer picture.
 * - paused: the page is hidden, or the operator stopped it.
 */
export type Picture =
  | { readonly state: 'opening' }
  | { readonly state: 'playing'; readonly latencySeconds: number | null; readonly stillMs: number }
  | { readonly state: 'obstacle'; readonly obstacle: PreviewObstacle; readonly why: PictureWhy }
  | { readonly state: 'failed'; readonly why: PictureWhy; readonly retry: boolean }
  | { readonly state: 'closed' }
  | { readonly state: 'paused' }

const retryAfterMs = 8000
const firstFrameWithinMs = 20_000
const lookEveryMs = 500

interface Wanted {
  readonly serverId: string
  readonly path: string
  /** A change reopens the picture, for example when the stream comes back or its codecs change. */
  readonly occasion: string
  readonly autoplay: boolean
}

/** Response body of a failed request of the player. */
function answerText(request: unknown): string | null {
  if (!(request instanceof XMLHttpRequest)) return null
  if (request.response instanceof ArrayBuffer) return new TextDecoder().decode(request.response)
  return typeof request.response === 'string' ? request.response : null
}

/** Plays a stream in `video` through the engine's relay. */
export function usePicture(video: RefObject<HTMLVideoElement | null>, { serverId, path, occasion, autoplay }: Wanted) {
  const [picture, setPicture] = useState<Picture>(autoplay ? { state: 'opening' } : { state: 'paused' })
  // Each start of playback is an attempt; null: not playing.
  const [attempt, setAttempt] = useState<{ readonly wake: boolean; readonly count: number } | null>(autoplay ? { wake: false, count: 0 } : null)
  const [hidden, setHidden] = useState(document.hidden)
  const play = useCallback((wake: boolean) => setAttempt((before) => ({ wake, count: (before?.count ?? 0) + 1 })), [])
  const stop = useCallback(() => setAttempt(null), [])
  const woken = useRef(false)

  useEffect(() => {
    const onChange = () => setHidden(document.hidden)
    document.addEventListener('visibilitychange', onChange)
    return () => document.removeEventListener('visibilitychange', onChange)
  }, [])

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new occasion reopens the picture
  useEffect(() => {
    if (attempt === null || hidden) {
      setPicture({ state: 'paused' })
      return
    }
    // A source that the operator started may be started again when the page is shown again.
    if (attempt.wake) woken.current = true
    const gone = new AbortController()
    const element = video.current
    let hls: Hls | null = null
    let previewId: string | null = null
    let timer: ReturnType<typeof setTimeout> | undefined
    let look: ReturnType<typeof setInterval> | undefined
    setPicture({ state: 'opening' })

    const shut = () => {
      clearInterval(look)
      hls?.destroy()
      hls = null
      if (previewId !== null) {
        // If this call does not arrive, the engine closes the picture some seconds after the last request.
        client.previews.close({ previewId }).catch(() => {})
        previewId = null
      }
    }
    const fail = (why: PictureWhy, retry: boolean) => {
      shut()
      if (gone.signal.aborted) return
      setPicture({ state: 'failed', why, retry })
      if (retry) timer = setTimeout(() => setAttempt((before) => before && { ...before, wake: false, count: before.count + 1 }), retryAfterMs)
    }
    const offClosed = onPictureClosed((id) => {
      if (id !== previewId || previewId === null) return
      previewId = null
      shut()
      setPicture({ state: 'closed' })
    })

    const run = async () => {
      const preview = await client.previews.open({ serverId, path, wake: woken.current, playsH265: playsH265(), viewer: viewerId() }, { signal: gone.signal })
      if (gone.signal.aborted) {
        if (preview.previewId !== null) client.previews.close({ previewId: preview.previewId }).catch(() => {})
        return
      }
      previewId = preview.previewId
      if (preview.closed !== null) notifyPictureClosed(preview.closed)
      if (preview.url === null) {
        setPicture({ state: 'obstacle', obstacle: preview.obstacle, why: preview.why })
        return
      }
      const { default: HlsPlayer } = await import('hls.js')
      if (gone.signal.aborted || element === null) return shut()
      if (!HlsPlayer.isSupported()) return fail({ kind: 'browserWithoutHls' }, false)
      const player = new HlsPlayer({
        lowLatencyMode: true,
        backBufferLength: backBufferSeconds,
        maxBufferLength: 10,
        enableWorker: true,
        capLevelToPlayerSize: true,
        // After a stall it catches up with live, at a speed that is not audible.
        maxLiveSyncPlaybackRate: 1.08,
      })
      hls = player
      let recovered = false
      player.on(HlsPlayer.Events.ERROR, (_, error) => {
        if (!error.fatal) return
        if (error.type === HlsPlayer.ErrorTypes.MEDIA_ERROR && !recovered) {
          recovered = true
          player.recoverMediaError()
          return
        }
        const { why, retry } = hlsFailureReason({
          type: error.type,
          details: error.details,
          status: error.response?.code || null,
          text: answerText(error.networkDetails),
        })
        fail(why, retry)
      })
      player.loadSource(preview.url)
      player.attachMedia(element)
      const watch = createFrozenWatch()
      const openedAt = performance.now()
      let seen = false
      look = setInterval(() => {
        const now = performance.now()
        if (!seen && element.currentTime > 0 && element.readyState >= 2) seen = true
        if (!seen) {
          if (now - openedAt > firstFrameWithinMs) fail({ kind: 'tooLate' }, true)
          return
        }
        if (element.paused) void element.play().catch(() => {})
        const stillMs = watch.see(now, element.currentTime, true)
        // The player keeps estimating its distance to the live edge even while no data arrives.
        const latency = stillMs > 0 ? 0 : player.latency
        setPicture({ state: 'playing', latencySeconds: latency > 0 ? Math.round(latency * 10) / 10 : null, stillMs })
      }, lookEveryMs)
      await element.play().catch(() => {})
    }
    run().catch((error: unknown) => {
      if (!gone.signal.aborted) fail({ kind: 'callFailed', error }, true)
    })
    return () => {
      gone.abort()
      clearTimeout(timer)
      offClosed()
      shut()
    }
  }, [attempt, hidden, serverId, path, occasion, video])

  return { picture, play, stop }
}
