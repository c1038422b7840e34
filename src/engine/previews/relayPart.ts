import { Readable } from 'node:stream'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import type { Language } from '../../i18n/languages.ts'
import { pictureText } from '../../i18n/pictureText.ts'
import type { PictureReason } from '../../shared/previews.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { redirected } from '../http/serverFailure.ts'
import type { OpenReply } from '../http/takeReplies.ts'
import type { KnownEndpoint, ServerAccess } from '../servers/readings.ts'
import type { HlsPicture } from './openPictures.ts'
import { flatFile, relativePlaylist } from './playlist.ts'
import { type Refused, refusedBy, refusedWith } from './refusals.ts'
import { signInAfter } from './signIn.ts'

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
export async function askServer(
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
      // A child playlist is refused when its session has ended, so only a refused first request means wrong credentials.
      if (file === 'index.m3u8') picture.isRefused = true
      return badGateway({ kind: 'readRefused' })
    } else if (reply.status === 404) return err({ status: 404, why: { kind: 'noPictureNow' } })
    else return err(refusedBy({ kind: 'httpStatus', status: reply.status, message: '' }))
  }
  return badGateway({ kind: 'answerUnusable' })
}

async function playlistAnswer(reply: OpenReply, url: URL): Promise<Result<Response, Refused>> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of reply.body) {
    size += (chunk as Buffer).length
    if (size > maxPlaylistBytes) return badGateway({ kind: 'answerUnusable' })
    chunks.push(chunk as Buffer)
  }
  const playlist = relativePlaylist(Buffer.concat(chunks).toString(), url.href)
  if (playlist.kind === 'tooLong') return badGateway({ kind: 'answerUnusable' })
  if (playlist.kind === 'elsewhere') return badGateway({ kind: 'answerUnusable' })
  return ok(new Response(playlist.text, { status: 200, headers: { ...relayHeaders, 'content-type': 'application/vnd.apple.mpegurl' } }))
}

/** The body of a reply for the player. Any of `signals` ends it. `onClose` is called when it is complete or was aborted. */
export async function relayBody(
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
