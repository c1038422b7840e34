import type { Track } from '../../shared/streams.ts'
import { hasSoundByHls, soundNotByWebrtc, webrtcObstacle } from '../../shared/webrtc.ts'
import type { PictureWhy } from './pictureWhy.ts'
import type { Way } from './way.ts'

/** What the browser of this window can do by WebRTC. */
interface WebrtcAbility {
  readonly webrtc: boolean
  readonly h265: boolean
}
interface Circumstances {
  /** auto: WebRTC, and HLS where it does not play. */
  readonly chosen: 'auto' | 'hls'
  readonly tracks: readonly Pick<Track, 'codec' | 'kind'>[]
  readonly muted: boolean
  readonly ability: WebrtcAbility
  /** Why WebRTC did not play before; null: it has not been tried, or it did. */
  readonly fellBack: PictureWhy | null
}

/** By which protocol to play, and why not by WebRTC; null: it does, or HLS was chosen. */
export function chooseWay({ chosen, tracks, muted, ability, fellBack }: Circumstances): { readonly way: Way; readonly instead: PictureWhy | null } {
  if (chosen === 'hls') return { way: 'hls', instead: null }
  const sound = muted || !hasSoundByHls(tracks) ? null : soundNotByWebrtc(tracks)
  const instead: PictureWhy | null =
    (ability.webrtc ? null : { kind: 'browserWithoutWebrtc' }) ??
    webrtcObstacle(tracks, ability.h265) ??
    fellBack ??
    (sound === null ? null : { kind: 'soundByHls', codec: sound })
  return { way: instead === null ? 'webrtc' : 'hls', instead }
}

let ability: WebrtcAbility | undefined
/** What this browser can do: that stays as it is. */
export function webrtcAbility(): WebrtcAbility {
  ability ??= {
    webrtc: typeof RTCPeerConnection !== 'undefined',
    h265:
      typeof RTCRtpReceiver !== 'undefined' &&
      (RTCRtpReceiver.getCapabilities?.('video')?.codecs.some(({ mimeType }) => mimeType.toLowerCase() === 'video/h265') ?? false),
  }
  return ability
}

/** A connection that played for this long starts with few losses again. */
const steadyMs = 60_000
const mostReconnections = 3

/** How often what plays is lost, and when to try again: soon at first, then at longer and longer intervals. */
export function createLosses() {
  let count = 0
  let playsSince: number | null = null
  const noted = (now: number) => {
    if (playsSince !== null && now - playsSince >= steadyMs) count = 0
    playsSince = null
    return count++
  }
  return {
    plays: (now: number): void => {
      playsSince ??= now
    },
    /** A connection by WebRTC that had played broke off: after how many ms to open it again; null: often enough. */
    webrtcLost: (now: number): number | null => {
      const before = noted(now)
      return before < mostReconnections ? 1_000 * 2 ** before : null
    },
    /** After how many ms to try again what failed. */
    failed: (now: number): number => Math.min(60_000, 8_000 * 2 ** noted(now)),
    forget: (): void => {
      count = 0
      playsSince = null
    },
  }
}

/** What costs seconds to find out is not tried again for each picture. */
const rememberedForMs = 5 * 60_000
const mostRemembered = 1_000
const remembered = new Map<string, { readonly why: PictureWhy; readonly until: number }>()
const keysOf = (serverId: string, path: string) => ({ server: serverId, stream: `${serverId}\n${path}` })

/** What no other picture need find out again, in all tiles of this window: that no way leads to a server, or that a stream has B-frames. */
export const fallbacks = {
  note: (serverId: string, path: string, why: PictureWhy, now: number): void => {
    const keys = keysOf(serverId, path)
    const key = why.kind.startsWith('ice') ? keys.server : why.kind === 'bFrames' ? keys.stream : null
    if (key === null) return
    if (remembered.size >= mostRemembered) remembered.clear()
    remembered.set(key, { why, until: now + rememberedForMs })
  },
  why: (serverId: string, path: string, now: number): PictureWhy | null => {
    const keys = keysOf(serverId, path)
    const found = [keys.server, keys.stream].map((key) => remembered.get(key)).find((one) => one !== undefined && one.until > now)
    return found?.why ?? null
  },
  forget: (serverId: string, path: string): void => {
    for (const key of Object.values(keysOf(serverId, path))) remembered.delete(key)
  },
}
