import type { Clock, Timer } from '../../clock/clock.ts'
import type { ServerPool } from '../http/serverPool.ts'
import type { Log } from '../ports.ts'

export interface PreviewInput {
  readonly serverId: string
  readonly path: string
  /** The operator confirmed that an on-demand source may be started. */
  readonly wake: boolean
  /** The operator's browser plays H265. */
  readonly playsH265: boolean
  /** Whose screen it is: each has a limit of its own. */
  readonly viewer: string
}

/** An open picture. */
export interface OpenPicture {
  readonly previewId: string
  /** Secret part of its address. */
  readonly ticket: string
  readonly input: PreviewInput
  readonly hls: string
  /** Monotonic. */
  readonly openedAt: number
  readonly fingerprint: string | null
  readonly pool: ServerPool
  /** Ends all that is under way for it. */
  readonly ended: AbortController
  /** MediaMTX's cookies (cookieCheck, hlsSession) stay here: they belong to the server, not to the browser. */
  readonly cookies: Map<string, string>
  /** The server asked for credentials. Where anybody may read none are sent. */
  needsCredentials: boolean
  /** It refused ours: each further try would be logged and delayed by it, and end in a ban. */
  isRefused: boolean
  underWay: number
  idleTimer: Timer | null
}

/** A tile that asks for nothing for so long is gone, whether it said so or not. */
const idleMs = 60_000

/** The open pictures, in the order of opening. */
export interface OpenPictures {
  readonly get: (ticket: string) => OpenPicture | undefined
  readonly all: () => Iterable<OpenPicture>
  readonly add: (picture: OpenPicture) => void
  /** A request for it begins; call what is returned when it has ended. One without requests for a minute is ended. */
  readonly begin: (picture: OpenPicture) => () => void
  readonly end: (picture: OpenPicture, why: string) => void
}

export function createOpenPictures({ clock, log }: { readonly clock: Clock; readonly log: Log }): OpenPictures {
  const byTicket = new Map<string, OpenPicture>()
  const end = (picture: OpenPicture, why: string) => {
    if (!byTicket.delete(picture.ticket)) return
    if (picture.idleTimer) clock.clearTimeout(picture.idleTimer)
    picture.ended.abort(new DOMException('the picture was closed', 'AbortError'))
    log.debug({ serverId: picture.input.serverId, path: picture.input.path, why }, 'picture closed')
    // Not awaited: what is under way was given up the line before.
    void picture.pool.close()
  }
  const setIdleTimer = (picture: OpenPicture) => {
    if (picture.idleTimer) clock.clearTimeout(picture.idleTimer)
    const isIdle = picture.underWay === 0 && byTicket.has(picture.ticket)
    picture.idleTimer = isIdle ? clock.setTimeout(() => end(picture, 'idle'), idleMs) : null
  }
  return {
    get: (ticket) => byTicket.get(ticket),
    all: () => byTicket.values(),
    add: (picture) => {
      byTicket.set(picture.ticket, picture)
      setIdleTimer(picture)
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
  }
}
