import type Hls from 'hls.js'
import { backBufferSeconds } from '../../shared/previews.ts'
import { client } from '../app/client.ts'
import { consoleAddress } from '../app/consoleAddress.ts'
import { createPictureLife, playsH265, reportFigures, viewerId } from './pictureLife.ts'
import { createFrozenWatch, frozenAfterMs, hlsFailureReason, lookEveryMs, type PictureFigures, type WayAsk, type WayCallbacks } from './pictureWays.ts'

const firstFrameWithinMs = 20_000

function answerText(request: unknown): string | null {
  if (!(request instanceof XMLHttpRequest)) return null
  if (request.response instanceof ArrayBuffer) return new TextDecoder().decode(request.response)
  return typeof request.response === 'string' ? request.response : null
}

function bufferedMs({ buffered, currentTime }: HTMLVideoElement): number | null {
  for (let at = 0; at < buffered.length; at++)
    if (buffered.start(at) <= currentTime && currentTime <= buffered.end(at)) return (buffered.end(at) - currentTime) * 1000
  return null
}

/** Plays a stream in `element` by HLS through the engine's relay. Returns a function that ends it. */
export function playByHls(element: HTMLVideoElement, { cameraId, ...ask }: WayAsk, callbacks: WayCallbacks): () => void {
  let hls: Hls | null = null
  let newest: PictureFigures | null = null
  const life = createPictureLife(
    callbacks,
    () => {
      hls?.destroy()
      hls = null
    },
    cameraId === undefined ? undefined : (previewId) => client.cameras.stop({ previewId }),
  )
  const { fail } = life

  const watchPlaying = (player: Hls, id: string) => {
    const watch = createFrozenWatch()
    const openedAt = performance.now()
    let freezes = 0
    let frozen = false
    const look = setInterval(() => {
      const now = performance.now()
      if (!life.wasSeen() && element.currentTime > 0 && element.readyState >= 2) life.markSeen()
      if (!life.wasSeen()) {
        if (now - openedAt > firstFrameWithinMs) fail({ kind: 'tooLate' }, true)
        return
      }
      if (element.paused) void element.play().catch(() => {})
      const stillMs = watch.see(now, element.currentTime, true)
      if (stillMs >= frozenAfterMs && !frozen) freezes++
      frozen = stillMs >= frozenAfterMs
      // The player keeps estimating its distance to the live edge even while no data arrives.
      const latency = stillMs > 0 ? 0 : player.latency
      newest = {
        delayMs: latency > 0 ? latency * 1000 : null,
        rttMs: null,
        bufferMs: bufferedMs(element),
        framesDropped: element.getVideoPlaybackQuality().droppedVideoFrames,
        freezes,
        packetsLost: null,
      }
      callbacks.playing({ figures: newest, stillMs })
    }, lookEveryMs)
    life.defer(() => clearInterval(look))
    // The relay says itself why it closed one, unless the player has ceased to ask. Of a camera's picture nothing is reported.
    if (cameraId === undefined)
      life.defer(reportFigures({ previewId: id, figures: () => newest, onClosed: (why) => why.kind === 'replaced' && fail(why, false) }))
  }

  const run = async () => {
    const viewer = { wake: ask.wake, playsH265: playsH265(), viewer: viewerId() }
    const preview = await (cameraId === undefined
      ? client.previews.open({ ...ask, ...viewer }, { signal: life.signal })
      : client.cameras.play({ id: cameraId, ...viewer }, { signal: life.signal }))
    if (preview.url === null) return fail(preview.why, false)
    if (!life.opened(preview.previewId)) return
    const { default: HlsPlayer } = await import('hls.js')
    if (life.signal.aborted) return
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
    player.loadSource(consoleAddress(preview.url))
    player.attachMedia(element)
    watchPlaying(player, preview.previewId)
    await element.play().catch(() => {})
  }
  run().catch((error: unknown) => fail({ kind: 'callFailed', error }, true))
  return life.shut
}
