import type { PreviewObstacle } from '../../shared/previews.ts'
import type { PictureFigures } from './pictureFigures.ts'
import type { PictureWhy } from './pictureWhy.ts'

/** By which protocol a picture plays. */
export type Way = 'webrtc' | 'hls'
export const wayNames: Readonly<Record<Way, string>> = { webrtc: 'WebRTC', hls: 'HLS' }

export interface WayAsk {
  readonly serverId: string
  readonly path: string
  /** The operator confirmed that an on-demand source may be started. */
  readonly wake: boolean
}
/** What happens to a picture. After `obstacle`, `failed` and `closed` nothing more comes. */
export interface WayCallbacks {
  /** Twice a second. `stillMs`: for how long no new frame has come, 0: they come. */
  readonly playing: (now: { readonly figures: PictureFigures; readonly stillMs: number }) => void
  readonly obstacle: (obstacle: PreviewObstacle, why: PictureWhy) => void
  /** `hadPlayed`: it broke off. `retry`: the same may work later. */
  readonly failed: (failure: { readonly why: PictureWhy; readonly retry: boolean; readonly hadPlayed: boolean }) => void
  /** A newer picture took its place. */
  readonly closed: () => void
}

export const lookEveryMs = 500
