import { Readable } from 'node:stream'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { type Clock, type Timer, timeLimit } from '../../clock/clock.ts'
import type { Language } from '../../i18n/languages.ts'
import { withoutSlash } from '../../shared/endpoints.ts'
import { aboutStream, type NewEvent, newEvent } from '../../shared/events.ts'
import { playbackAsked } from '../../shared/recordings.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { gateAt } from '../http/gate.ts'
import { failureToServerError } from '../http/serverFailure.ts'
import { createServerPool } from '../http/serverPool.ts'
import type { OpenReply } from '../http/takeReplies.ts'
import type { KnownEndpoint, ServerAccess } from '../servers/readings.ts'
import { refusalAnswer, relayHeaders } from './previews.ts'
import { createBound, createRefusals, type Refused, refusedBy, refusedWith, signInAfter } from './refusals.ts'

/** Access to a server's playback server; `playback` is null if it is switched off. */
export interface PlaybackAccess extends ServerAccess {
  readonly name: string
  readonly playback: KnownEndpoint
  /** How far the server's clock is ahead of ours, ms. */
  readonly skewMs: number
}

interface PlaybackRelayDeps {
  readonly clock: Clock
  readonly version: string
  /** By id or name; null: there is no such server. */
  readonly accessOf: (server: string) => PlaybackAccess | null
  /** Records who started to download a file; whether it arrived completely is unknown. */
  readonly record: (events: readonly NewEvent[]) => void
}

/** Timeout for the response headers, ms: the server searches its files first. */
const headLimitMs = 30_000
/** A client that reads nothing for this long is disconnected, ms: it has gone, or was left paused. */
const stallLimitMs = 300_000
/** Accuracy of the start of a segment as known here, ms. */
const startWithinMs = 1_000
const mostAtOnce = { all: 16, ofOne: 4 } as const
const route = '/relay/recordings'

/** Serves `/relay/recordings?server=…&path=…&since=…&until=…`: a stream's recording from the playback server, as MP4. */
export function createPlaybackRelay({ clock, version, accessOf, record }: PlaybackRelayDeps) {
  const bound = createBound(mostAtOnce)
  const refusals = createRefusals(clock)

  /** Requests without credentials first, so that none are sent to servers where anyone may play. */
  const ask = async (access: PlaybackAccess, endpoint: URL, query: string, signal: AbortSignal): Promise<Result<Opened, Refused>> => {
    const key = [access.serverId, access.playback, access.authorization].join('\n')
    const known = refusals.of(key)
    if (known !== null) return err(known)
    const pool = createServerPool({
      clock,
      url: endpoint.href,
      fingerprint: access.fingerprint,
      gate: gateAt(endpoint.href, access),
      userAgent: `mtxdeck/${version}`,
      connections: 1,
    })
    const target = `${withoutSlash(endpoint.pathname)}/get?${query}`
    const closed = async <T>(result: Result<T, Refused>) => {
      await pool.close()
      return result
    }
    for (let signedIn = false; ; signedIn = true) {
      const headers: Record<string, string> = signedIn && access.authorization !== null ? { authorization: access.authorization } : {}
      const result = await pool.open(target, signal, headers)
      if (!result.ok) return closed(err(refusedBy(result.error)))
      const reply = result.value
      if (reply.status === 200 && /^video\/mp4\b/i.test(reply.contentType)) return ok({ reply, close: pool.close })
      reply.body.destroy()
      const signIn = signInAfter(reply.status, endpoint.href, access, signedIn)
      if (signIn === 'signIn') continue
      if (signIn === 'notEncrypted') return closed(refusedWith(502, { kind: 'playbackNotEncrypted' }))
      if (signIn === 'refused') {
        const error: Refused = { status: 502, why: { kind: 'playbackRefused' } }
        if (signedIn) refusals.note(key, error)
        return closed(err(error))
      }
      return closed(err(whyNot(reply, endpoint)))
    }
  }

  const open = async (request: Request, by: string): Promise<Result<Response, Refused>> => {
    if (request.method !== 'GET') return refusedWith(405, { kind: 'noSuchPart' })
    const asked = playbackAsked(new URL(request.url).searchParams)
    if (asked === null) return refusedWith(400, { kind: 'playbackSpanWrong' })
    const access = accessOf(asked.server)
    if (access === null) return refusedWith(404, { kind: 'noSuchServer' })
    if (access.playback === null) return refusedWith(502, { kind: 'playbackOff' })
    if (typeof access.playback !== 'string') return refusedWith(502, { kind: 'serverError', error: access.playback })
    const endpoint = /^https?:\/\//i.test(access.playback) ? URL.parse(access.playback) : null
    if (endpoint === null) return refusedWith(502, { kind: 'notPlayback', host: access.playback })
    const free = bound(access.serverId)
    if (free === null) return refusedWith(503, { kind: 'tooManyAtOnce' })
    const { path, since, until, download } = asked
    /** Downloads are plain MP4, in which every player can seek; for immediate playback the MP4 is fragmented. */
    const askFrom = (at: number, signal: AbortSignal) =>
      ask(
        access,
        endpoint,
        String(
          new URLSearchParams({
            path,
            start: new Date(Math.round(at + access.skewMs)).toISOString(),
            duration: String((until - at) / 1_000),
            format: download ? 'mp4' : 'fmp4',
          }),
        ),
        signal,
      )
    using limit = timeLimit(clock, headLimitMs, request.signal)
    let opened: Result<Opened, Refused>
    try {
      opened = await askFrom(since, limit.signal)
      // Servers refuse a start even slightly before the first segment: clocks and rounding differ by less than a second.
      if (!opened.ok && opened.error.why.kind === 'nothingRecorded' && until - since > startWithinMs)
        opened = await askFrom(since + startWithinMs, limit.signal)
    } catch (error) {
      free()
      return request.signal.aborted
        ? refusedWith(499, { kind: 'closed' })
        : err(refusedBy(failureToServerError(error, { dialling: false, answering: true, receivedBytes: 0 })))
    }
    if (!opened.ok) {
      free()
      return opened
    }
    const { reply, close } = opened.value
    const onAbort = () => reply.body.destroy(new DOMException('the player left', 'AbortError'))
    request.signal.addEventListener('abort', onAbort, { once: true })
    reply.body.once('close', () => {
      request.signal.removeEventListener('abort', onAbort)
      free()
      void close()
    })
    if (request.signal.aborted) onAbort()
    if (download)
      record([newEvent('recordingDownloaded', clock.now(), { by, from: since, to: until }, aboutStream({ id: access.serverId, name: access.name }, path))])
    const name = fileName(access.name, path, since)
    return ok(
      new Response(asTaken(clock, reply.body), {
        headers: {
          ...relayHeaders,
          'content-type': 'video/mp4',
          // The server supports no ranges either: to seek, request another start time.
          'accept-ranges': 'none',
          ...(download && {
            'content-disposition': `attachment; filename="${name.replace(/[^\x20-\x7e]/g, '_')}"; filename*=UTF-8''${encodeURIComponent(name)}`,
          }),
        },
      }),
    )
  }
  return {
    /** The caller must have checked the permission to view. null: the request is for another route. */
    fetch: (request: Request, by: string, language: Language = 'en'): Promise<Response> | null => {
      if (new URL(request.url).pathname !== route) return null
      return open(request, by).then((answered) => (answered.ok ? answered.value : refusalAnswer(answered.error, language)))
    },
  }
}

interface Opened {
  readonly reply: OpenReply
  readonly close: () => Promise<void>
}

function whyNot({ status }: OpenReply, endpoint: URL): Refused {
  // MediaMTX has no recording of this period, or the path does not exist.
  if (status === 404) return { status: 404, why: { kind: 'nothingRecorded' } }
  if (status === 400) return { status: 502, why: { kind: 'notPlayableFormat' } }
  if (status >= 200 && status < 400) return { status: 502, why: { kind: 'notPlayback', host: endpoint.host } }
  return refusedBy({ kind: 'httpStatus', status, message: '' })
}

/** Characters with a special meaning in file systems or shells are replaced. */
const fileName = (...[server, path, at]: readonly [string, string, number]): string =>
  `${[server, path, new Date(at).toISOString().slice(0, 19)].join('-').replace(/[^\p{L}\p{N}._-]+/gu, '_')}.mp4`

/** Streams the body as fast as the client reads. */
function asTaken(clock: Clock, body: Readable): ReadableStream<Uint8Array> {
  const taken = Readable.toWeb(body) as NodeReadableStream as ReadableStream<Uint8Array>
  let stall: Timer | null = null
  const stop = () => {
    if (stall !== null) clock.clearTimeout(stall)
  }
  // Neither a client that reads nothing nor a server that sends nothing may occupy a slot for ever.
  const wait = () => {
    stop()
    stall = clock.setTimeout(() => body.destroy(new DOMException('nobody takes it', 'TimeoutError')), stallLimitMs)
  }
  wait()
  body.on('data', wait).once('close', stop)
  return taken
}
