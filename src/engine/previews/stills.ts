import { type Clock, TimeLimitError, timeLimit } from '../../clock/clock.ts'
import { createSemaphore } from '../../clock/semaphore.ts'
import type { MediaError } from '../../shared/media.ts'
import { type PictureReason, type Still, stillObstacle, stillWidthPx, type TakenStill } from '../../shared/previews.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { Stream } from '../../shared/streams.ts'
import { encodePathName } from '../http/encodePathName.ts'
import { isLoopback } from '../http/isLoopback.ts'
import type { Log, MediaPort } from '../ports.ts'

/** Access to a server's RTSP; `rtsp` is null where it is switched off. */
export interface StillAccess {
  /** API address. */
  readonly url: string
  /** Value of the Authorization header, or null. */
  readonly authorization: string | null
  readonly rtsp: string | null
}

export interface StillsDeps {
  readonly clock: Clock
  readonly log: Log
  /** null: no media process is available. */
  readonly media: Pick<MediaPort, 'snapshot'> | null
  /** The ffmpeg to use if the media process includes none; empty: the one on the PATH. */
  readonly ffmpeg: () => string
  readonly accessOf: (serverId: string) => StillAccess | null
  readonly stream: (serverId: string, path: string) => Stream | null
  /** Id of this installation: our readers send `mtxdeck=<tag>`, so that they are not counted as viewers. */
  readonly tag: string
  readonly version: string
}

export interface StillInput {
  readonly serverId: string
  readonly path: string
  /** The operator confirmed that an on-demand source may be started. */
  readonly wake: boolean
}

/** Single pictures of live streams, read by RTSP in the media process. */
export interface Stills {
  /** Takes a still; null: there is no such stream. The still reports every other failure. */
  readonly take: (input: StillInput, signal?: AbortSignal) => Promise<Still | null>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** Each still is a reader on the server and a decoder here; further ones wait. */
const maxAtOnce = 2
/** A still younger than this is reused. */
const freshMs = 2_000
const limitMs = 10_000
/** A source on demand may take 10 s to start (MediaMTX's `sourceOnDemandStartTimeout`), and its first key frame takes some more. */
const wakeLimitMs = 20_000

const without = (why: PictureReason, obstacle: Still['obstacle'] = null): Still => ({ jpeg: null, at: null, why, obstacle })

/** User and password of a `Basic` header; null for other ways to sign in, which RTSP does not have. */
function basicOf(authorization: string | null): { readonly user: string; readonly password: string } | null {
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(authorization ?? '')?.[1]
  if (encoded === undefined) return null
  const pair = Buffer.from(encoded, 'base64').toString()
  const colon = pair.indexOf(':')
  return colon < 0 ? null : { user: pair.slice(0, colon), password: pair.slice(colon + 1) }
}

/**
 * Whether the API's password may be sent to the server's RTSP: only to the same host (or by the operator's own address of a
 * server whose API comes through loopback), and never over the network where the API is guarded by TLS: RTSP is not
 * encrypted, and FFmpeg checks no certificate of RTSPS.
 */
function maySendCredentials(api: URL, address: URL): boolean {
  // `URL` keeps the case of hosts for schemes that are not of the web.
  const host = address.hostname.toLowerCase()
  return (host === api.hostname || isLoopback(api.hostname)) && (api.protocol === 'http:' || isLoopback(host))
}

// The media process refuses addresses that contain quotes.
const encode = (text: string): string => encodeURIComponent(text).replaceAll("'", '%27')

/** The address of a still, and the state of its credentials. */
interface StillSource {
  readonly url: string
  readonly credentials: 'sent' | 'none' | 'withheld'
}

/** The RTSP address of a stream, or why it can't be read. */
function sourceOf({ url, authorization, rtsp }: StillAccess, path: string, tag: string): Result<StillSource, PictureReason> {
  if (rtsp === null) return err({ kind: 'rtspOff' })
  if (!/^rtsps?:\/\//i.test(rtsp) || !URL.canParse(rtsp)) return err({ kind: 'badAddress', of: 'rtsp', address: rtsp })
  const { protocol, host, pathname } = new URL(rtsp)
  const known = basicOf(authorization)
  const basic = known !== null && maySendCredentials(new URL(url), new URL(rtsp)) ? known : null
  const user = basic ? `${encode(basic.user)}:${encode(basic.password)}@` : ''
  return ok({
    url: `${protocol}//${user}${host}${pathname.replace(/\/+$/, '')}/${encodePathName(path).replaceAll("'", '%27')}?mtxdeck=${encode(tag)}`,
    credentials: basic ? 'sent' : known ? 'withheld' : 'none',
  })
}

const rtspRefusals = { sent: 'rtspReadRefused', none: 'rtspPasswordMissing', withheld: 'rtspPasswordWithheld' } as const

/** A still that is being taken, for all callers waiting for it. */
interface Taking {
  readonly still: Promise<Still>
  readonly ended: AbortController
  watchers: number
}

export function createStills(deps: StillsDeps): Stills {
  const { clock, log, media, tag, version } = deps
  const underWay = new Map<string, Taking>()
  const fresh = new Map<string, { readonly still: Still; readonly takenAt: number }>()
  const semaphore = createSemaphore(maxAtOnce)

  const take = async (lent: Pick<MediaPort, 'snapshot'>, url: string, wake: boolean, ended: AbortSignal): Promise<Result<TakenStill, MediaError>> => {
    const allMs = wake ? wakeLimitMs : limitMs
    const timedOut = err<MediaError>({ kind: 'timedOut', limitMs: allMs })
    const until = clock.monotonic() + allMs
    using limit = timeLimit(clock, allMs, ended)
    const cancelled = () => (limit.signal.reason instanceof TimeLimitError ? timedOut : err<MediaError>({ kind: 'cancelled' }))
    if (!(await semaphore.acquire(limit.signal))) return cancelled()
    try {
      const timeoutMs = Math.max(1, Math.floor(until - clock.monotonic()))
      const taken = await lent.snapshot({ url, widthPx: stillWidthPx, timeoutMs, userAgent: `mtxdeck/${version}`, ffmpeg: deps.ffmpeg() }, limit.signal)
      if (taken.ok) return ok({ jpeg: Buffer.from(taken.value.jpeg).toString('base64'), at: clock.now(), why: null, obstacle: null })
      if (taken.error.kind === 'timedOut') return timedOut
      return taken.error.kind === 'cancelled' ? cancelled() : taken
    } finally {
      semaphore.release()
    }
  }

  const begin = (key: string, lent: Pick<MediaPort, 'snapshot'>, source: StillSource, { serverId, path, wake }: StillInput, isSlate: boolean): Taking => {
    const ended = new AbortController()
    const still = take(lent, source.url, wake, ended.signal)
      .then((taken): Still => {
        if (!taken.ok) {
          const { error } = taken
          log.debug({ serverId, path, error: error.kind }, 'no still')
          return error.kind === 'unauthorized'
            ? without({ kind: rtspRefusals[source.credentials] })
            : without(error, error.kind === 'noFfmpeg' ? 'noFfmpeg' : null)
        }
        const whole: TakenStill = isSlate ? { ...taken.value, why: { kind: 'slate' } } : taken.value
        fresh.set(key, { still: whole, takenAt: clock.monotonic() })
        log.debug({ serverId, path }, 'still taken')
        return whole
      })
      .finally(() => {
        if (underWay.get(key)?.ended === ended) underWay.delete(key)
      })
    const taking = { still, ended, watchers: 0 }
    underWay.set(key, taking)
    return taking
  }

  /** Callers that request the same still share it; it is cancelled when the last of them has gone. */
  const join = async (key: string, taking: Taking, signal: AbortSignal | undefined): Promise<Still> => {
    taking.watchers++
    const leave = () => {
      taking.watchers--
      if (taking.watchers > 0) return
      if (underWay.get(key) === taking) underWay.delete(key)
      taking.ended.abort()
    }
    if (signal?.aborted) leave()
    else signal?.addEventListener('abort', leave, { once: true })
    try {
      return await taking.still
    } finally {
      signal?.removeEventListener('abort', leave)
    }
  }

  return {
    take: async (input, signal) => {
      const { serverId, path, wake } = input
      const access = deps.accessOf(serverId)
      const stream = deps.stream(serverId, path)
      if (!access || !stream || path.split('/').some((part) => part === '.' || part === '..')) return null
      const obstacle = stillObstacle(stream, wake)
      if (obstacle !== null) return without({ kind: obstacle }, obstacle)
      if (stream.tracks.length > 0 && stream.tracks.every((track) => track.kind === 'audio')) return without({ kind: 'noVideo' })
      if (media === null) return without({ kind: 'unavailable', because: 'noProcess' })
      const source = sourceOf(access, path, tag)
      if (!source.ok) return without(source.error)

      const key = JSON.stringify([serverId, path])
      for (const [name, { takenAt }] of fresh) if (clock.monotonic() - takenAt >= freshMs) fresh.delete(name)
      const young = fresh.get(key)
      if (young) return young.still
      return await join(key, underWay.get(key) ?? begin(key, media, source.value, input, stream.state === 'slate'), signal)
    },
    [Symbol.asyncDispose]: async () => {
      const last = [...underWay.values()]
      for (const taking of last) taking.ended.abort()
      await Promise.allSettled(last.map((taking) => taking.still))
    },
  }
}
