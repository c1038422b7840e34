import type Hls from 'hls.js'
import { type RefObject, useCallback, useEffect, useRef, useState } from 'react'
import { backBufferSeconds, type PreviewObstacle } from '../../shared/previews.ts'
import { client } from '../app/client.ts'
import { createFrozenWatch } from './frozenWatch.ts'
import { hlsFailureReason } from './hlsFailure.ts'
import { notifyPictureClosed, onPictureClosed, playsH265, viewerId } from './openPictures.ts'
import type { PictureWhy } from './pictureWhy.ts'

/**
 * - opening: asked for, no frame yet.
 * - playing: frames come; `stillMs` says for how long they have not, if so.
 * - obstacle: it can't or should not play; `onDemand` asks first.
 * - failed: it broke off; `retry` says whether the same may work later.
 * - closed: a newer picture took its place.
 * - paused: the page is hidden, or the operator stopped it.
 */
export type Picture =
  | { readonly state: 'opening' }
  | { readonly state: 'playing'; readonly latencySeconds: number | null; readonly stillMs: number }
  | { readonly state: 'obstacle'; readonly obstacle: PreviewObstacle; readonly why: PictureWhy | null }
  | { readonly state: 'failed'; readonly why: PictureWhy; readonly retry: boolean }
  | { readonly state: 'closed' }
  | { readonly state: 'paused' }

const retryAfterMs = 8000
const firstFrameWithinMs = 20_000
const lookEveryMs = 500

interface Wanted {
  readonly serverId: string
  readonly path: string
  /** A change reopens the picture: the stream came back, its codecs changed. */
  readonly occasion: string
  readonly autoplay: boolean
}

/** Body of the answer with which a request of the player failed. */
function answerText(request: unknown): string | null {
  if (!(request instanceof XMLHttpRequest)) return null
  if (request.response instanceof ArrayBuffer) return new TextDecoder().decode(request.response)
  return typeof request.response === 'string' ? request.response : null
}

/** Plays a stream into `video` through the engine's relay, from opening to closing. */
export function usePicture(video: RefObject<HTMLVideoElement | null>, { serverId, path, occasion, autoplay }: Wanted) {
  const [picture, setPicture] = useState<Picture>(autoplay ? { state: 'opening' } : { state: 'paused' })
  // Each play is an attempt; null: not wanted.
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

  // biome-ignore lint/correctness/useExhaustiveDependencies: another occasion reopens the picture
  useEffect(() => {
    if (attempt === null || hidden) {
      setPicture({ state: 'paused' })
      return
    }
    // A source that was started on purpose may be started again when the page comes back.
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
        // The engine closes it by itself some seconds after the last request, should this not arrive.
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
        if (preview.obstacle !== null) setPicture({ state: 'obstacle', obstacle: preview.obstacle, why: preview.why })
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
        // After a stall it catches up with the present, too little to be heard.
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
        // The player goes on estimating its distance to the live edge while nothing comes from there.
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
