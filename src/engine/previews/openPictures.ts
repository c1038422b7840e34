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
  /** The viewing screen; each has its own limit. */
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
  /** Aborts all open requests for it. */
  readonly ended: AbortController
  /** MediaMTX's cookies (cookieCheck, hlsSession) stay here: they belong to the server, not to the browser. */
  readonly cookies: Map<string, string>
  /** The server requires credentials. If anyone may read, none are sent. */
  needsCredentials: boolean
  /** The server refused our credentials. It would log and delay each further try, and finally ban us. */
  isRefused: boolean
  underWay: number
  idleTimer: Timer | null
}

/** A tile without requests for this long counts as closed. */
const idleMs = 60_000

/** The open pictures, in the order of opening. */
export interface OpenPictures {
  readonly get: (ticket: string) => OpenPicture | undefined
  readonly all: () => Iterable<OpenPicture>
  readonly add: (picture: OpenPicture) => void
  /** Begins a request for the picture; call the returned function when it has ended. A picture without requests for a minute is closed. */
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
    // Not awaited, because its requests were aborted in the line before.
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
