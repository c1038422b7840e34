import { randomBytes, randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { type Clock, type Timer, timeLimit } from '../../clock/clock.ts'
import type { ServerError } from '../../shared/errors.ts'
import { hlsObstacle, livePicturesLimit, type Preview, type PreviewObstacle } from '../../shared/previews.ts'
import type { Stream } from '../../shared/streams.ts'
import { serverErrorWords } from '../../shared/words/errorText.ts'
import { encodePathName } from '../http/encodePathName.ts'
import { isLoopback } from '../http/isLoopback.ts'
import { failureToServerError } from '../http/serverFailure.ts'
import { createServerPool, type OpenReply, type ServerPool } from '../http/serverPool.ts'
import type { Log } from '../ports.ts'
import type { ServerAccess } from '../servers/readings.ts'
import { flatFile, relativePlaylist } from './playlist.ts'

/** How to get at a server's HLS; `hls` is null where it is switched off. */
export type PreviewAccess = ServerAccess & { readonly hls: string | null }

export interface PreviewsDeps {
  readonly clock: Clock
  readonly log: Log
  readonly accessOf: (serverId: string) => PreviewAccess | null
  readonly stream: (serverId: string, path: string) => Stream | null
  /** Id of this installation: readers of ours carry `mtxdeck=<tag>`, so that nobody counts them as viewers. */
  readonly tag: string
  readonly version: string
}

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

/** Live pictures: who watches what, and the relay that fetches it. */
export interface Previews {
  /** null: there is no such stream. */
  readonly open: (input: PreviewInput) => Promise<Preview | null>
  readonly close: (input: { readonly previewId: string }) => Promise<void>
  /** Pictures of a stream that are open now. */
  readonly openOn: (serverId: string, path: string) => number
  /** Answers `GET /relay/<ticket>/<file>`. The caller has checked who asks. */
  readonly relay: (request: Request) => Promise<Response>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** A tile that asks for nothing for so long is gone, whether it said so or not. */
const idleMs = 60_000
/** A source on demand may take 10 s to start, and its first segments some more. */
const headLimitMs = 25_000
const maxPlaylistBytes = 256_000
const longPlaylistWords = 'The playlist is larger than any that MediaMTX makes.'
const maxRedirects = 3
/** As many as a player has at once: two playlists that block, parts of picture and sound. */
const connections = 6
const maxCookies = 10

export const obstacleWords: Readonly<Record<PreviewObstacle, string>> = {
  notLive: 'Nobody publishes here now.',
  slate: 'A holding picture is on air: nobody publishes.',
  onDemand: 'Its source starts when somebody watches. Start it?',
  hlsOff: 'HLS is switched off on this server ("hls: no" in mediamtx.yml).',
  codecH265: 'The video is H265, which this browser does not play.',
  codecUnsupported: 'HLS cannot carry these codecs.',
  bFrames: 'The video has B-frames, which do not play well over WebRTC.',
  serverDown: 'The server cannot be asked now.',
  unknownCodec: 'The codecs are not known yet.',
  noFfmpeg: 'There is no FFmpeg here to make pictures with.',
}

const wordsOf = (obstacle: PreviewObstacle, stream: Stream): string =>
  obstacle === 'codecUnsupported' ? `HLS cannot carry ${stream.tracks.map((track) => track.codec).join(', ')}.` : obstacleWords[obstacle]

/** Its last viewer left: a picture of ours would be all that keeps its source running. */
const onlyWeKeepItRunning = (stream: Stream): boolean => stream.onDemand && stream.figures.readers === 0 && stream.hlsViewersUnknown !== true
/** Where other viewers can't be told from ours, a source on demand is not kept running for longer than this. */
const uncountedLimitMs = 5 * 60_000
export const lastViewerWords = 'Its last viewer has left. Watching on would keep its source running: open the picture again to start it.'
export const uncountedWords =
  'This server does not say whether anybody else watches over HLS. The picture was closed after 5 minutes, so that it does not keep the source running.'

/** An open picture. */
interface Ticket {
  readonly previewId: string
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
  refused: boolean
  underWay: number
  timer: Timer | null
}

/** Kinds of bodies that may pass: nothing that a browser would run or show under our own address. */
const playlistTypes = /^(?:application\/(?:vnd\.apple\.mpegurl|x-mpegurl)|audio\/(?:x-)?mpegurl)\b/i
const mediaTypes = /^(?:(?:video|audio)\/[\w.-]+|application\/octet-stream|text\/vtt)\s*(?:;|$)/i

const refusedWords = 'The server does not let this user read the stream. Give it the permission "action: read" in mediamtx.yml.'

const fixedHeaders = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
const refusal = (status: number, words: string): Response => Response.json({ error: words }, { status, headers: fixedHeaders })

function failureResponse(error: ServerError): Response {
  const { what, todo } = serverErrorWords(error, 'en')
  return refusal(error.kind === 'timedOut' || (error.kind === 'unreachable' && error.reason === 'connectTimeout') ? 504 : 502, `${what} ${todo}`)
}

export function createPreviews(deps: PreviewsDeps): Previews {
  const { clock, log, accessOf, stream: streamOf, tag, version } = deps
  /** In the order of opening. */
  const byTicket = new Map<string, Ticket>()
  /** Servers that asked for credentials once: a first request without them opens a session that fails, and is logged. */
  const askers = new Set<string>()

  const end = (ticket: Ticket, why: string) => {
    if (!byTicket.delete(ticket.ticket)) return
    if (ticket.timer) clock.clearTimeout(ticket.timer)
    ticket.ended.abort(new DOMException('the picture was closed', 'AbortError'))
    log.debug({ serverId: ticket.input.serverId, path: ticket.input.path, why }, 'picture closed')
    // Nobody waits for it: what is under way was given up the line before.
    void ticket.pool.close()
  }
  const rest = (ticket: Ticket) => {
    if (ticket.timer) clock.clearTimeout(ticket.timer)
    ticket.timer = ticket.underWay > 0 || !byTicket.has(ticket.ticket) ? null : clock.setTimeout(() => end(ticket, 'idle'), idleMs)
  }
  const begin = (ticket: Ticket) => {
    ticket.underWay++
    rest(ticket)
  }
  const finish = (ticket: Ticket) => {
    ticket.underWay--
    rest(ticket)
  }

  const obstacleOf = (stream: Stream, hls: string | null, input: PreviewInput): PreviewObstacle | null => {
    const obstacle = hlsObstacle(stream, hls !== null, input.playsH265)
    // An on-demand source that was watched once is not lost when nobody watches any more: it sleeps.
    const asleep = obstacle === 'onDemand' || (obstacle === 'notLive' && stream.onDemand) || onlyWeKeepItRunning(stream)
    if (!asleep) return obstacle
    return input.wake ? null : 'onDemand'
  }

  /** A password that the operator guards by https:// is not sent in clear to another door of the same server. */
  const maySendCredentials = (access: PreviewAccess, door: URL) =>
    new URL(access.url).protocol === 'http:' || door.protocol === 'https:' || isLoopback(door.hostname)

  const keepCookies = (ticket: Ticket, reply: OpenReply) => {
    const set = reply.headers['set-cookie']
    for (const line of typeof set === 'string' ? [set] : (set ?? [])) {
      const pair = /^([\w-]{1,64})=([^;\s]{0,512})/.exec(line)
      if (pair?.[1] && pair[2] !== undefined && (ticket.cookies.has(pair[1]) || ticket.cookies.size < maxCookies)) ticket.cookies.set(pair[1], pair[2])
    }
  }

  /** Asks the server, follows it inside the path's folder, adds what it needs to know us. The head only. */
  const ask = async (
    ticket: Ticket,
    access: PreviewAccess,
    folder: URL,
    file: string,
    query: string,
    signal: AbortSignal,
  ): Promise<{ readonly reply: OpenReply; readonly url: URL } | Response> => {
    let url = new URL(folder)
    let target = `${folder.pathname}${file}${query}`
    for (let hop = 0; hop <= maxRedirects; hop++) {
      const headers: Record<string, string> = {}
      if (ticket.cookies.size > 0) headers.cookie = [...ticket.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      if (ticket.needsCredentials && access.authorization !== null) headers.authorization = access.authorization
      const result = await ticket.pool.open(target, signal, headers)
      if (!result.ok) return failureResponse(result.error)
      const reply = result.value
      keepCookies(ticket, reply)
      url = new URL(target, folder)
      if (reply.status >= 200 && reply.status < 300) return { reply, url }
      reply.body.destroy()
      if (reply.status >= 300 && reply.status < 400) {
        let next: URL
        try {
          next = new URL(reply.location, url)
        } catch {
          return refusal(502, 'The server redirects to an address that cannot be read.')
        }
        // What leads out of the path's own folder is another address than the one this ticket is for.
        if (next.origin !== folder.origin || !next.pathname.startsWith(folder.pathname) || !flatFile.test(next.pathname.slice(folder.pathname.length)))
          return failureResponse({ kind: 'redirected', status: reply.status, location: next.origin })
        target = `${next.pathname}${next.search}`
        continue
      }
      if (reply.status === 401 && !ticket.needsCredentials && access.authorization !== null) {
        if (!maySendCredentials(access, folder))
          return refusal(502, 'HLS of this server asks for a password and is not encrypted, while its API is. Set "hlsEncryption: yes" in mediamtx.yml.')
        ticket.needsCredentials = true
        askers.add(ticket.input.serverId)
        hop--
        continue
      }
      if (reply.status === 401 || reply.status === 403) {
        // A child playlist is refused when its session has ended; only the first request signs in.
        if (file === 'index.m3u8') ticket.refused = true
        return refusal(502, refusedWords)
      }
      if (reply.status === 404) return refusal(404, 'The server has no picture of this stream now.')
      return refusal(502, `The server answered with status ${reply.status}.`)
    }
    return refusal(502, 'The server redirects in a circle.')
  }

  const playlistResponse = async (reply: OpenReply, url: URL): Promise<Response> => {
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of reply.body) {
      size += (chunk as Buffer).length
      if (size > maxPlaylistBytes) return refusal(502, longPlaylistWords)
      chunks.push(chunk as Buffer)
    }
    const playlist = relativePlaylist(Buffer.concat(chunks).toString(), url.href)
    if (playlist.kind === 'tooLong') return refusal(502, longPlaylistWords)
    if (playlist.kind === 'elsewhere') return refusal(502, 'The playlist leads to another address than its own path.')
    return new Response(playlist.text, { status: 200, headers: { ...fixedHeaders, 'content-type': 'application/vnd.apple.mpegurl' } })
  }

  /** Why a picture of a source on demand must not go on, in words; null: it may. One that the operator started may. */
  const sleepWordsOf = ({ input, openedAt }: Ticket): string | null => {
    if (input.wake) return null
    const stream = streamOf(input.serverId, input.path)
    if (stream === null || !stream.onDemand) return null
    if (onlyWeKeepItRunning(stream)) return lastViewerWords
    return stream.hlsViewersUnknown === true && stream.figures.readers === 0 && clock.monotonic() - openedAt > uncountedLimitMs ? uncountedWords : null
  }

  const relay = async (request: Request): Promise<Response> => {
    if (request.method !== 'GET') return refusal(405, 'Only GET is answered here.')
    const { pathname, search } = new URL(request.url)
    const [, ticketText = '', file = ''] = /^\/relay\/([\w-]{20,100})\/([^/]+)$/.exec(pathname) ?? []
    const ticket = byTicket.get(ticketText)
    if (!ticket) return refusal(404, 'This picture was closed. Open it again.')
    if (!flatFile.test(file)) return refusal(404, 'There is no such part of a picture.')
    const { serverId, path } = ticket.input
    const access = accessOf(serverId)
    if (!access || access.hls !== ticket.hls || access.fingerprint !== ticket.fingerprint) {
      end(ticket, 'server changed')
      return refusal(404, "The server's settings were changed. Open the picture again.")
    }
    if (ticket.refused) return refusal(502, refusedWords)
    const asleepWords = sleepWordsOf(ticket)
    if (asleepWords !== null) {
      end(ticket, 'its source is on demand')
      return refusal(409, asleepWords)
    }
    const base = new URL(ticket.hls)
    const folder = new URL(base.origin)
    folder.pathname = `${base.pathname.replace(/\/+$/, '')}/${encodePathName(path)}/`
    let query = search
    if (file === 'index.m3u8') {
      // The first request of a player makes it a reader: the last moment to let a source sleep.
      const stream = streamOf(serverId, path)
      const obstacle = stream ? obstacleOf(stream, access.hls, ticket.input) : 'notLive'
      if (obstacle === 'onDemand' && stream) return refusal(409, wordsOf(obstacle, stream))
      const parameters = new URLSearchParams(search)
      parameters.set('mtxdeck', tag)
      query = `?${parameters}`
    }

    begin(ticket)
    let streaming = false
    try {
      using limit = timeLimit(clock, headLimitMs, AbortSignal.any([ticket.ended.signal, request.signal]))
      const asked = await ask(ticket, access, folder, file, query, limit.signal)
      if (asked instanceof Response) return asked
      const { reply, url } = asked
      if (playlistTypes.test(reply.contentType)) {
        const onAbort = () => reply.body.destroy(limit.signal.reason)
        limit.signal.addEventListener('abort', onAbort, { once: true })
        try {
          return await playlistResponse(reply, url)
        } finally {
          limit.signal.removeEventListener('abort', onAbort)
          reply.body.destroy()
        }
      }
      const onEnd = () => reply.body.destroy(new DOMException('the picture was closed', 'AbortError'))
      ticket.ended.signal.addEventListener('abort', onEnd, { once: true })
      request.signal.addEventListener('abort', onEnd, { once: true })
      reply.body.once('close', () => {
        ticket.ended.signal.removeEventListener('abort', onEnd)
        request.signal.removeEventListener('abort', onEnd)
      })
      if (!mediaTypes.test(reply.contentType)) {
        reply.body.destroy()
        return refusal(502, `What answers at ${base.host} is not MediaMTX's HLS.`)
      }
      streaming = true
      reply.body.once('close', () => finish(ticket))
      const length = reply.headers['content-length']
      return new Response(Readable.toWeb(reply.body) as NodeReadableStream as ReadableStream, {
        status: 200,
        headers: { ...fixedHeaders, 'content-type': reply.contentType, ...(typeof length === 'string' ? { 'content-length': length } : {}) },
      })
    } catch (error) {
      if (ticket.ended.signal.aborted) return refusal(404, 'This picture was closed. Open it again.')
      if (request.signal.aborted) return refusal(499, 'The player went away.')
      return failureResponse(failureToServerError(error, { dialling: false, answering: true, receivedBytes: 0 }))
    } finally {
      if (!streaming) finish(ticket)
    }
  }

  return {
    open: async (input) => {
      const access = accessOf(input.serverId)
      const stream = streamOf(input.serverId, input.path)
      if (!access || !stream || input.path.split('/').some((part) => part === '.' || part === '..')) return null
      const obstacle = obstacleOf(stream, access.hls, input)
      if (obstacle !== null || access.hls === null) {
        const why = obstacle ?? 'hlsOff'
        return { url: null, previewId: null, obstacle: why, words: wordsOf(why, stream), closed: null }
      }
      if (!/^https?:\/\//i.test(access.hls) || !URL.canParse(access.hls))
        return {
          url: null,
          previewId: null,
          obstacle: 'hlsOff',
          words: `"${access.hls}" is no address for HLS: write it like http://10.0.0.5:8888.`,
          closed: null,
        }
      const watched = [...byTicket.values()].filter((ticket) => ticket.input.viewer === input.viewer)
      const oldest = watched.length >= livePicturesLimit ? watched[0] : undefined
      if (oldest) end(oldest, 'one more than the limit')
      const ticket: Ticket = {
        previewId: randomUUID(),
        ticket: randomBytes(32).toString('base64url'),
        input,
        hls: access.hls,
        openedAt: clock.monotonic(),
        fingerprint: access.fingerprint,
        pool: createServerPool({ clock, url: access.hls, fingerprint: access.fingerprint, userAgent: `mtxdeck/${version}`, connections }),
        ended: new AbortController(),
        cookies: new Map(),
        needsCredentials: askers.has(input.serverId) && maySendCredentials(access, new URL(access.hls)),
        refused: false,
        underWay: 0,
        timer: null,
      }
      byTicket.set(ticket.ticket, ticket)
      rest(ticket)
      log.debug({ serverId: input.serverId, path: input.path, wake: input.wake }, 'picture opened')
      return {
        url: `/relay/${ticket.ticket}/index.m3u8`,
        previewId: ticket.previewId,
        obstacle: null,
        words: stream.state === 'slate' ? obstacleWords.slate : null,
        closed: oldest?.previewId ?? null,
      }
    },
    close: async ({ previewId }) => {
      for (const ticket of byTicket.values()) if (ticket.previewId === previewId) end(ticket, 'closed')
    },
    openOn: (serverId, path) => {
      let open = 0
      for (const { input } of byTicket.values()) if (input.serverId === serverId && input.path === path) open++
      return open
    },
    relay,
    [Symbol.asyncDispose]: async () => {
      for (const ticket of [...byTicket.values()]) end(ticket, 'shutdown')
    },
  }
}
