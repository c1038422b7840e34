import { randomBytes, randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { type Clock, timeLimit } from '../../clock/clock.ts'
import type { Language } from '../../i18n/languages.ts'
import { pictureText } from '../../i18n/pictureText.ts'
import { withoutSlash } from '../../shared/endpoints.ts'
import { isPlainPath } from '../../shared/isPlainPath.ts'
import { isAllowed, type Operator, soleOperator } from '../../shared/permissions.ts'
import { type PictureReason, type PlainPictureReason, type Preview, plainReason } from '../../shared/previews.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { Stream } from '../../shared/streams.ts'
import { gateAt, mayGoTo } from '../http/gate.ts'
import { failureToServerError, redirected } from '../http/serverFailure.ts'
import { createServerPool, encodePathName } from '../http/serverPool.ts'
import type { OpenReply } from '../http/takeReplies.ts'
import { bodyWithin } from '../readBounded.ts'
import type { KnownEndpoint, ServerAccess } from '../servers/readings.ts'
import { type HlsPicture, liveObstacle, mayWatch, type OpenPictures, type PreviewInput, whyToSleep } from './openPictures.ts'
import { type Refused, refusedBy, refusedWith, signInAfter } from './refusals.ts'

/** A file below a path, as MediaMTX names playlists, parts and segments: one flat name, no folders. */
const flatFile = /^[\w-][\w.-]*\.[\w-]+$/

/** Each address costs some microseconds; 2,000 parts of 200 ms are more than six minutes. */
const mostAddresses = 2_000

/**
 * Makes every address of a playlist relative to it, so that the player requests it from the relay. MediaMTX's own
 * are relative already, but a proxy in front may write absolute ones. null: it has too many, or one outside the path's folder, which can't be relayed.
 */
export function relativePlaylist(text: string, playlistUrl: string): string | null {
  const folder = new URL('.', playlistUrl)
  let isWhole = true
  const relative = (uri: string): string => {
    const [file = '', ...query] = uri.split('?')
    if (flatFile.test(file)) return uri
    const url = URL.parse(uri, playlistUrl)
    const name = url?.pathname.slice(folder.pathname.length) ?? ''
    isWhole &&= url?.origin === folder.origin && url.pathname.startsWith(folder.pathname) && flatFile.test(name)
    return query.length > 0 ? `${name}${url?.search}` : name
  }
  let addresses = 0
  const lines: string[] = []
  // Players treat each of these as a line end, and accept addresses without quotes, too.
  for (const line of text.split(/\r\n|\r|\n/)) {
    addresses += line.startsWith('#') ? line.split('URI').length - 1 : 1
    if (addresses > mostAddresses || !isWhole || (line.startsWith('#') && /\bURI\s*=(?!")/.test(line))) return null
    if (line.startsWith('#')) lines.push(line.replace(/\bURI="([^"]*)"/g, (_all, uri: string) => `URI="${relative(uri)}"`))
    else lines.push(line.trim() === '' ? line : relative(line.trim()))
  }
  return isWhole ? lines.join('\n') : null
}

/** Access to a server's HLS; `hls` is null where it is switched off. */
export type PreviewAccess = ServerAccess & { readonly hls: KnownEndpoint }

const maxPlaylistBytes = 256_000
const maxRedirects = 3
const maxCookies = 10

/** Types of bodies that are relayed: nothing that a browser would execute or show under our origin. */
const playlistTypes = /^(?:application\/(?:vnd\.apple\.mpegurl|x-mpegurl)|audio\/(?:x-)?mpegurl)\b/i
const mediaTypes = /^(?:(?:video|audio)\/[\w.-]+|application\/octet-stream|text\/vtt)\s*(?:;|$)/i

export const relayHeaders = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

/** A refusal as an answer to a browser or script. */
export function refusalAnswer({ status, why }: Refused, language: Language, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json({ error: pictureText(why, language), why }, { status, headers: { ...relayHeaders, ...headers } })
}

const badGateway = (why: PictureReason) => refusedWith(502, why)

function keepCookies({ cookies }: HlsPicture, { headers }: OpenReply): void {
  const set = headers['set-cookie']
  for (const line of typeof set === 'string' ? [set] : (set ?? [])) {
    const pair = /^([\w-]{1,64})=([^;\s]{0,512})/.exec(line)
    if (pair?.[1] && pair[2] !== undefined && (cookies.has(pair[1]) || cookies.size < maxCookies)) cookies.set(pair[1], pair[2])
  }
}

/** Target of a redirect, which is refused outside of the path's folder. */
function redirectTarget({ status, location }: OpenReply, from: URL, folder: URL): Result<string, Refused> {
  if (!URL.canParse(location, from.href)) return badGateway({ kind: 'answerUnusable' })
  const next = new URL(location, from)
  if (next.origin !== folder.origin || !next.pathname.startsWith(folder.pathname) || !flatFile.test(next.pathname.slice(folder.pathname.length)))
    return err(refusedBy(redirected({ status, location }, next.origin)))
  return ok(`${next.pathname}${next.search}`)
}

/** The requested part of a picture: a file in the path's folder on the server. */
export interface Part {
  readonly folder: URL
  readonly file: string
  readonly query: string
}

/** Requests a part from the server, following redirects within the path's folder and adding credentials and cookies. Reads the head only. */
async function askServer(
  picture: HlsPicture,
  access: PreviewAccess,
  { folder, file, query }: Part,
  signal: AbortSignal,
): Promise<Result<{ readonly reply: OpenReply; readonly url: URL }, Refused>> {
  let target = `${folder.pathname}${file}${query}`
  for (let redirects = 0; redirects <= maxRedirects; ) {
    const headers: Record<string, string> = {}
    if (picture.cookies.size > 0) headers.cookie = [...picture.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    if (picture.needsCredentials && access.authorization !== null) headers.authorization = access.authorization
    const result = await picture.pool.open(target, signal, headers)
    if (!result.ok) return err(refusedBy(result.error))
    const reply = result.value
    const url = new URL(target, folder)
    keepCookies(picture, reply)
    if (reply.status >= 200 && reply.status < 300) return ok({ reply, url })
    reply.body.destroy()
    const signIn = signInAfter(reply.status, folder.href, access, picture.needsCredentials)
    if (reply.status >= 300 && reply.status < 400) {
      const next = redirectTarget(reply, url, folder)
      if (!next.ok) return next
      target = next.value
      redirects++
    } else if (signIn === 'signIn') {
      picture.needsCredentials = true
    } else if (signIn === 'notEncrypted') {
      return badGateway({ kind: 'hlsNotEncrypted' })
    } else if (signIn === 'refused') {
      // What follows the first request is refused once its session has ended: with its publisher, or as nothing was asked for a while.
      if (file !== 'index.m3u8') return err({ status: 404, why: { kind: 'noPictureNow' } })
      picture.isRefused = true
      return badGateway({ kind: 'readRefused' })
    } else if (reply.status === 404) return err({ status: 404, why: { kind: 'noPictureNow' } })
    else return err(refusedBy({ kind: 'httpStatus', status: reply.status, message: '' }))
  }
  return badGateway({ kind: 'answerUnusable' })
}

async function playlistAnswer(reply: OpenReply, url: URL): Promise<Result<Response, Refused>> {
  const body = await bodyWithin(reply.body, maxPlaylistBytes)
  const playlist = body && relativePlaylist(body.toString(), url.href)
  if (playlist === null) return badGateway({ kind: 'answerUnusable' })
  return ok(new Response(playlist, { status: 200, headers: { ...relayHeaders, 'content-type': 'application/vnd.apple.mpegurl' } }))
}

/** The body of a reply for the player. Any of `signals` ends it. `onClose` is called when it is complete or was aborted. */
async function relayBody(
  { reply, url }: { readonly reply: OpenReply; readonly url: URL },
  { headSignal, signals, onClose }: { readonly headSignal: AbortSignal; readonly signals: readonly AbortSignal[]; readonly onClose: () => void },
): Promise<Result<Response, Refused>> {
  const { body, contentType } = reply
  if (playlistTypes.test(contentType)) {
    const onAbort = () => body.destroy(headSignal.reason)
    headSignal.addEventListener('abort', onAbort, { once: true })
    try {
      return await playlistAnswer(reply, url)
    } finally {
      headSignal.removeEventListener('abort', onAbort)
      body.destroy()
      onClose()
    }
  }
  const onAbort = () => body.destroy(new DOMException('the picture was closed', 'AbortError'))
  for (const signal of signals) signal.addEventListener('abort', onAbort, { once: true })
  body.once('close', () => {
    for (const signal of signals) signal.removeEventListener('abort', onAbort)
    onClose()
  })
  if (!mediaTypes.test(contentType)) {
    body.destroy()
    return badGateway({ kind: 'notHls', host: url.host })
  }
  const length = reply.headers['content-length']
  return ok(
    new Response(Readable.toWeb(body) as NodeReadableStream as ReadableStream, {
      status: 200,
      headers: { ...relayHeaders, 'content-type': contentType, ...(typeof length === 'string' ? { 'content-length': length } : {}) },
    }),
  )
}

interface PreviewsDeps {
  readonly clock: Clock
  /** Those by WebRTC are among them. */
  readonly pictures: OpenPictures
  readonly accessOf: (serverId: string) => PreviewAccess | null
  readonly stream: (serverId: string, path: string) => Stream | null
  /** Id of this installation: our readers send `mtxdeck=<tag>`, so that they are not counted as viewers. */
  readonly tag: string
  readonly version: string
}

/** A source on demand may take 10 s to start, and its first segments take some more. */
const headLimitMs = 25_000
/** The most that a player has at once: two blocking playlists, and parts of picture and sound. */
const connections = 6

const plain = (status: number, kind: PlainPictureReason): { readonly ok: false; readonly error: Refused } => err({ status, why: { kind } })

/** HLS carries no G711 and no PCM. B-frames play, unlike by WebRTC. */
const carried = /^(H264|H265|AV1|VP9|MPEG-4 Audio|Opus|AAC)/

/** Why a stream can't be played by HLS; null: it can. */
function wayBarred(stream: Stream, hls: KnownEndpoint, input: PreviewInput): PictureReason | null {
  if (hls === null) return { kind: 'hlsOff' }
  const obstacle = liveObstacle(stream, input)
  if (obstacle !== null) return { kind: obstacle }
  const codecs = stream.tracks.map(({ codec }) => codec)
  if (codecs.includes('H265') && !input.playsH265) return { kind: 'codecH265' }
  return codecs.length > 0 && !codecs.some((codec) => carried.test(codec)) ? { kind: 'codecUnsupported', codecs } : null
}

const partPath = /^\/relay\/([\w-]{20,100})\/([^/]+)$/

/** Address of a picture's file on the server. */
function partOf({ hls, input }: HlsPicture, file: string, query: string): Part {
  const base = new URL(hls)
  const folder = new URL(base.origin)
  folder.pathname = `${withoutSlash(base.pathname)}/${encodePathName(input.path)}/`
  return { folder, file, query }
}

/** Live pictures: the open ones, and the relay that fetches them. */
export function createPreviews(deps: PreviewsDeps) {
  const { clock, pictures, accessOf, stream: streamOf, tag, version } = deps
  const byTicket = (ticket: string): HlsPicture | null => {
    for (const picture of pictures.all()) if (picture.by === 'hls' && picture.ticket === ticket) return picture
    return null
  }
  /** Servers that have required credentials before: a first request without them would open a failing session, which the server logs. */
  const askers = new Set<string>()

  const fetchPart = async (picture: HlsPicture, access: PreviewAccess, part: Part, signal: AbortSignal): Promise<Result<Response, Refused>> => {
    const done = pictures.begin(picture)
    const signals = [picture.ended.signal, signal]
    let isPassing = false
    try {
      using limit = timeLimit(clock, headLimitMs, AbortSignal.any(signals))
      const asked = await askServer(picture, access, part, limit.signal)
      if (picture.needsCredentials) askers.add(picture.input.serverId)
      // Segments come and go.
      if (part.file.endsWith('.m3u8')) picture.trouble = asked.ok ? null : asked.error.why
      if (!asked.ok) return asked
      isPassing = true
      return await relayBody(asked.value, { headSignal: limit.signal, signals, onClose: done })
    } catch (error) {
      if (picture.ended.signal.aborted) return plain(404, 'closed')
      if (signal.aborted) return plain(499, 'closed')
      return err(refusedBy(failureToServerError(error, { dialling: false, answering: true, receivedBytes: 0 })))
    } finally {
      if (!isPassing) done()
    }
  }

  const answer = async (request: Request, operator: Operator): Promise<Result<Response, Refused>> => {
    if (request.method !== 'GET') return plain(405, 'noSuchPart')
    const { pathname, search } = new URL(request.url)
    const [, ticket = '', file = ''] = partPath.exec(pathname) ?? []
    const picture = byTicket(ticket)
    if (!picture || !mayWatch(picture, operator)) return plain(404, pictures.whyGone(ticket))
    if (!flatFile.test(file)) return plain(404, 'noSuchPart')
    const { serverId, path } = picture.input
    const access = accessOf(serverId)
    if (!access || access.hls !== picture.hls || access.fingerprint !== picture.fingerprint || (access.gate ?? null) !== picture.gate) {
      pictures.end(picture, 'settingsChanged', null)
      return plain(404, 'settingsChanged')
    }
    if (picture.isRefused) return plain(502, 'readRefused')
    const stream = streamOf(serverId, path)
    const asleep = whyToSleep(picture.input, stream, clock.monotonic() - picture.openedAt)
    if (asleep !== null) {
      pictures.end(picture, asleep)
      return plain(409, asleep)
    }
    if (file !== 'index.m3u8') return await fetchPart(picture, access, partOf(picture, file, search), request.signal)
    // The player's first request makes it a reader, so this is the last moment to leave a source asleep.
    if (stream && liveObstacle(stream, picture.input) === 'onDemand') return plain(409, 'onDemand')
    const query = new URLSearchParams(search)
    query.set('mtxdeck', tag)
    return await fetchPart(picture, access, partOf(picture, file, `?${query}`), request.signal)
  }

  return {
    /** null: there is no such stream. */
    open: async (input: PreviewInput): Promise<Preview | null> => {
      const access = accessOf(input.serverId)
      const stream = streamOf(input.serverId, input.path)
      if (!access || !stream || !isPlainPath(input.path)) return null
      const { hls, fingerprint, gate = null } = access
      const found = wayBarred(stream, hls, input)
      const without = (why: PictureReason): Preview => {
        // Whether to start a source is a question yet.
        if (why.kind !== 'onDemand') pictures.failed(input, 'hls', why)
        return { url: null, previewId: null, why }
      }
      if (found !== null) return without(found)
      if (typeof hls !== 'string') return without(hls === null ? { kind: 'hlsOff' } : { kind: 'serverError', error: hls })
      if (!/^https?:\/\//i.test(hls) || !URL.canParse(hls)) return without({ kind: 'badAddress', of: 'hls', address: hls })

      pictures.makeRoom(input)
      const pool = createServerPool({ clock, url: hls, fingerprint, gate: gateAt(hls, access), userAgent: `mtxdeck/${version}`, connections })
      const picture: HlsPicture = {
        by: 'hls',
        previewId: randomUUID(),
        ticket: randomBytes(32).toString('base64url'),
        input,
        hls,
        openedAt: clock.monotonic(),
        fingerprint,
        gate,
        pool,
        ended: new AbortController(),
        release: pool.close,
        cookies: new Map(),
        needsCredentials: askers.has(input.serverId) && mayGoTo(hls, access.url),
        isRefused: false,
        underWay: 0,
        idleTimer: null,
        trouble: null,
      }
      pictures.add(picture)
      return {
        url: `/relay/${picture.ticket}/index.m3u8`,
        previewId: picture.previewId,
        why: stream.state === 'slate' ? { kind: 'slate' } : null,
      }
    },
    close: async ({ previewId, failed }: { readonly previewId: string; readonly failed?: PlainPictureReason | undefined }) => {
      const picture = pictures.get(previewId)
      if (picture) pictures.end(picture, 'closed', failed === undefined ? picture.trouble : { kind: failed })
    },
    /** Whether it asks for a part of a picture, which `relay` gives to those alone who may fetch it. */
    isPart: (request: Request): boolean => partPath.test(new URL(request.url).pathname),
    /** Closes a picture that was opened for this operator alone. */
    closeOwn: (previewId: string, operator: Operator): void => {
      const picture = pictures.get(previewId)
      if (picture?.input.only?.(operator)) pictures.end(picture, 'closed')
    },
    /** A part of an open picture: `GET /relay/<ticket>/<file>`, or why there is none. */
    part: (request: Request) => answer(request, soleOperator),
    /** `part` for browsers; refusals are in `language`. The caller has already authenticated the request. */
    relay: async (request: Request, language: Language = 'en', operator: Operator = soleOperator): Promise<Response> => {
      const answered = await answer(request, operator)
      if (answered.ok) return answered.value
      const { status, why } = answered.error
      return refusalAnswer({ status, why: isAllowed(operator, 'view') ? why : plainReason(why) }, language)
    },
    [Symbol.asyncDispose]: async () => {
      for (const picture of pictures.all()) pictures.end(picture, 'stopped', null)
      await pictures.released()
    },
  }
}
export type Previews = ReturnType<typeof createPreviews>
