import { type Clock, TimeLimitError, timeLimit } from '../../clock/clock.ts'
import { createSemaphore } from '../../clock/semaphore.ts'
import { type MediaError, mediaErrorWords } from '../../shared/media.ts'
import { type Still, stillObstacle, stillWidthPx } from '../../shared/previews.ts'
import type { Stream } from '../../shared/streams.ts'
import { encodePathName } from '../http/encodePathName.ts'
import { isLoopback } from '../http/isLoopback.ts'
import type { Log, MediaPort } from '../ports.ts'
import { obstacleWords } from './previews.ts'

/** How to get at a server's RTSP; `rtsp` is null where it is switched off. */
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
  /** null where nobody lends one. */
  readonly media: Pick<MediaPort, 'snapshot'> | null
  /** The ffmpeg that is used where the media process brings none; empty: whichever is on the PATH. */
  readonly ffmpeg: () => string
  readonly accessOf: (serverId: string) => StillAccess | null
  readonly stream: (serverId: string, path: string) => Stream | null
  /** Id of this installation: readers of ours carry `mtxdeck=<tag>`, so that nobody counts them as viewers. */
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
  /** null: there is no such stream. Everything else that goes wrong is said in the still's words. */
  readonly take: (input: StillInput, signal?: AbortSignal) => Promise<Still | null>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** Each is a reader of the server and a decoder here; more wait for their turn. */
const maxAtOnce = 2
/** A still this young is given again. */
const freshMs = 2_000
const limitMs = 10_000
/** A source on demand may take 10 s to start (MediaMTX's `sourceOnDemandStartTimeout`), its first key frame some more. */
const wakeLimitMs = 20_000

const without = (words: string, obstacle: Still['obstacle'] = null): Still => ({ jpeg: null, at: null, words, obstacle })

/** User and password of a `Basic` header; null for other ways to sign in, which RTSP does not have. */
function basicOf(authorization: string | null): { readonly user: string; readonly password: string } | null {
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(authorization ?? '')?.[1]
  if (encoded === undefined) return null
  const pair = Buffer.from(encoded, 'base64').toString()
  const colon = pair.indexOf(':')
  return colon < 0 ? null : { user: pair.slice(0, colon), password: pair.slice(colon + 1) }
}

/**
 * Whether the API's password may be given to its RTSP door: only to the same host (or by the operator's own address of a
 * server whose API comes through loopback), and never over the network where the API is guarded by TLS: RTSP is not
 * encrypted, and FFmpeg checks no certificate of RTSPS.
 */
function maySendCredentials(api: URL, door: URL): boolean {
  // `URL` leaves the case of a host alone where the scheme is none of the web's.
  const host = door.hostname.toLowerCase()
  return (host === api.hostname || isLoopback(api.hostname)) && (api.protocol === 'http:' || isLoopback(host))
}

// The media process opens no address with quotes in it.
const encode = (text: string): string => encodeURIComponent(text).replaceAll("'", '%27')

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

  const take = async (lent: Pick<MediaPort, 'snapshot'>, url: string, wake: boolean, ended: AbortSignal): Promise<Still | MediaError> => {
    const allMs = wake ? wakeLimitMs : limitMs
    const timedOut: MediaError = { kind: 'timedOut', limitMs: allMs }
    const until = clock.monotonic() + allMs
    using limit = timeLimit(clock, allMs, ended)
    const calledOff = (): MediaError => (limit.signal.reason instanceof TimeLimitError ? timedOut : { kind: 'cancelled' })
    if (!(await semaphore.acquire(limit.signal))) return calledOff()
    try {
      const timeoutMs = Math.max(1, Math.floor(until - clock.monotonic()))
      const taken = await lent.snapshot({ url, widthPx: stillWidthPx, timeoutMs, userAgent: `mtxdeck/${version}`, ffmpeg: deps.ffmpeg() }, limit.signal)
      if (taken.ok) return { jpeg: Buffer.from(taken.value.jpeg).toString('base64'), at: clock.now(), words: null, obstacle: null }
      if (taken.error.kind === 'timedOut') return timedOut
      return taken.error.kind === 'cancelled' ? calledOff() : taken.error
    } finally {
      semaphore.release()
    }
  }

  const wordsOf = (error: MediaError, basic: boolean, withheld: boolean): string => {
    if (error.kind !== 'unauthorized') return mediaErrorWords(error)
    if (withheld)
      return 'RTSP of this server asks for a password. It is not given: the address is of another host than the API, or would carry it unencrypted where the API is encrypted.'
    return basic
      ? 'The server does not let this user read the stream by RTSP. Give it the permission "action: read" in mediamtx.yml.'
      : 'RTSP of this server asks for a user and a password, and none are stored here (tokens are not for RTSP).'
  }

  return {
    take: async ({ serverId, path, wake }, signal) => {
      const access = deps.accessOf(serverId)
      const stream = deps.stream(serverId, path)
      if (!access || !stream || path.split('/').some((part) => part === '.' || part === '..')) return null
      const obstacle = stillObstacle(stream, wake)
      if (obstacle !== null) return without(obstacleWords[obstacle], obstacle)
      if (stream.tracks.length > 0 && stream.tracks.every((track) => track.kind === 'audio')) return without(mediaErrorWords({ kind: 'noVideo' }))
      if (media === null) return without(mediaErrorWords({ kind: 'unavailable', detail: 'no media process runs beside this console' }))
      if (access.rtsp === null)
        return without('Stills are read by RTSP, which is switched off on this server ("rtsp: no" in mediamtx.yml), or its address is empty in Settings.')
      if (!/^rtsps?:\/\//i.test(access.rtsp) || !URL.canParse(access.rtsp))
        return without(`"${access.rtsp}" is no address for RTSP: write it like rtsp://10.0.0.5:8554.`)
      const door = new URL(access.rtsp)
      const known = basicOf(access.authorization)
      const basic = known !== null && maySendCredentials(new URL(access.url), door) ? known : null

      const key = JSON.stringify([serverId, path])
      for (const [name, { takenAt }] of fresh) if (clock.monotonic() - takenAt >= freshMs) fresh.delete(name)
      const young = fresh.get(key)
      if (young) return young.still

      let taking = underWay.get(key)
      if (!taking) {
        const user = basic ? `${encode(basic.user)}:${encode(basic.password)}@` : ''
        const folder = door.pathname.replace(/\/+$/, '')
        const url = `${door.protocol}//${user}${door.host}${folder}/${encodePathName(path).replaceAll("'", '%27')}?mtxdeck=${encode(tag)}`
        const ended = new AbortController()
        const still = take(media, url, wake, ended.signal)
          .then((taken): Still => {
            if ('kind' in taken) {
              log.debug({ serverId, path, error: taken.kind }, 'no still')
              return without(wordsOf(taken, basic !== null, known !== null && basic === null), taken.kind === 'noFfmpeg' ? 'noFfmpeg' : null)
            }
            const whole = stream.state === 'slate' ? { ...taken, words: obstacleWords.slate } : taken
            fresh.set(key, { still: whole, takenAt: clock.monotonic() })
            log.debug({ serverId, path }, 'still taken')
            return whole
          })
          .finally(() => {
            if (underWay.get(key)?.ended === ended) underWay.delete(key)
          })
        taking = { still, ended, watchers: 0 }
        underWay.set(key, taking)
      }
      // Whoever asks for the same meanwhile gets the same; it is called off when the last one has gone.
      const joined = taking
      joined.watchers++
      const leave = () => {
        joined.watchers--
        if (joined.watchers > 0) return
        if (underWay.get(key) === joined) underWay.delete(key)
        joined.ended.abort()
      }
      if (signal?.aborted) leave()
      else signal?.addEventListener('abort', leave, { once: true })
      try {
        return await joined.still
      } finally {
        signal?.removeEventListener('abort', leave)
      }
    },
    [Symbol.asyncDispose]: async () => {
      const last = [...underWay.values()]
      for (const taking of last) taking.ended.abort()
      await Promise.allSettled(last.map((taking) => taking.still))
    },
  }
}
