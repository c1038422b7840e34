import type { Clock, Timer } from '../../clock/clock.ts'
import { livePicturesLimit } from '../../shared/previews.ts'
import type { Gate } from '../http/gate.ts'
import type { ServerPool } from '../http/serverPool.ts'
import type { Log } from '../ports.ts'
import type { WebrtcSession } from './webrtcEndpoint.ts'

/** Who wants to see which stream. */
export interface PictureWish {
  readonly serverId: string
  readonly path: string
  /** The operator confirmed that an on-demand source may be started. */
  readonly wake: boolean
  /** The viewing screen; each has its own limit. */
  readonly viewer: string
}

export interface PreviewInput extends PictureWish {
  /** The operator's browser plays H265. */
  readonly playsH265: boolean
}

interface Opened {
  readonly previewId: string
  /** Monotonic. */
  readonly openedAt: number
  /** Aborts all open requests for it. */
  readonly ended: AbortController
  /** Releases what it holds, and never fails. */
  readonly release: () => Promise<void>
  underWay: number
  idleTimer: Timer | null
}

/** A picture that is fetched through the relay. */
export interface HlsPicture extends Opened {
  readonly by: 'hls'
  /** Secret part of its address. */
  readonly ticket: string
  readonly input: PreviewInput
  readonly hls: string
  readonly fingerprint: string | null
  readonly gate: Gate | null
  readonly pool: ServerPool
  /** MediaMTX's cookies (cookieCheck, hlsSession) stay here: they belong to the server, not to the browser. */
  readonly cookies: Map<string, string>
  /** The server requires credentials. If anyone may read, none are sent. */
  needsCredentials: boolean
  /** The server refused our credentials. It would log and delay each further try, and finally ban us. */
  isRefused: boolean
}

/** A picture that comes to the screen directly, by a session that we negotiated. */
export interface WebrtcPicture extends Opened {
  readonly by: 'webrtc'
  readonly input: PictureWish
  readonly session: WebrtcSession
  /** What the server answered. */
  readonly answer: string
  /** Ends its session on the server, once: whether it was still there; null: not known. */
  readonly endSession: () => Promise<'ended' | 'gone' | null>
}

/** An open picture. */
export type OpenPicture = HlsPicture | WebrtcPicture

/** A tile that asks for nothing and reports nothing for this long counts as closed. */
const idleMs = 60_000

/** The open pictures, in the order of opening. */
export interface OpenPictures {
  /** By its id. */
  readonly get: (previewId: string) => OpenPicture | undefined
  readonly all: () => Iterable<OpenPicture>
  /** Number of open pictures of a stream by HLS. */
  readonly hlsOn: (serverId: string, path: string) => number
  /** Closes the oldest picture of a screen that has as many as it may; its id, or null: there is room. */
  readonly makeRoom: (viewer: string) => string | null
  readonly add: (picture: OpenPicture) => void
  /** Begins a request for the picture; call the returned function when it has ended. A picture without requests for a minute is closed. */
  readonly begin: (picture: OpenPicture) => () => void
  readonly end: (picture: OpenPicture, why: string) => void
  /** Resolves when all that was ended has let go of its server. */
  readonly released: () => Promise<void>
}

export function createOpenPictures({ clock, log }: { readonly clock: Clock; readonly log: Log }): OpenPictures {
  const byId = new Map<string, OpenPicture>()
  const releasing = new Set<Promise<void>>()
  const end = (picture: OpenPicture, why: string) => {
    if (!byId.delete(picture.previewId)) return
    if (picture.idleTimer) clock.clearTimeout(picture.idleTimer)
    picture.ended.abort(new DOMException('the picture was closed', 'AbortError'))
    log.debug({ serverId: picture.input.serverId, path: picture.input.path, by: picture.by, why }, 'picture closed')
    const released = picture.release().finally(() => releasing.delete(released))
    releasing.add(released)
  }
  const setIdleTimer = (picture: OpenPicture) => {
    if (picture.idleTimer) clock.clearTimeout(picture.idleTimer)
    const isIdle = picture.underWay === 0 && byId.has(picture.previewId)
    picture.idleTimer = isIdle ? clock.setTimeout(() => end(picture, 'idle'), idleMs) : null
  }
  return {
    get: (previewId) => byId.get(previewId),
    all: () => byId.values(),
    // Called for each path with HLS viewers in each round, so it allocates nothing.
    hlsOn: (serverId, path) => {
      let open = 0
      for (const { by, input } of byId.values()) if (by === 'hls' && input.serverId === serverId && input.path === path) open++
      return open
    },
    makeRoom: (viewer) => {
      const watched = [...byId.values()].filter((picture) => picture.input.viewer === viewer)
      const oldest = watched.length >= livePicturesLimit ? watched[0] : undefined
      if (oldest) end(oldest, 'one more than the limit')
      return oldest?.previewId ?? null
    },
    add: (picture) => {
      byId.set(picture.previewId, picture)
      setIdleTimer(picture)
      log.debug({ serverId: picture.input.serverId, path: picture.input.path, by: picture.by, wake: picture.input.wake }, 'picture opened')
    },
    begin: (picture) => {
      picture.underWay++
      setIdleTimer(picture)
      return () => {
        picture.underWay--
        setIdleTimer(picture)
      }
    },
    end,
    released: async () => {
      await Promise.all(releasing)
    },
  }
}
