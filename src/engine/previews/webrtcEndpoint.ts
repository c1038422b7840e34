import { type Clock, timeLimit } from '../../clock/clock.ts'
import { createSemaphore } from '../../clock/semaphore.ts'
import { serverOf } from '../../shared/asked.ts'
import { withoutSlash } from '../../shared/endpoints.ts'
import { isPlainPath } from '../../shared/isPlainPath.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { type IceServer, mostSdpBytes, type ServerWebrtc, type WebrtcHealth } from '../../shared/webrtc.ts'
import { gateAt } from '../http/gate.ts'
import { failureToServerError, redirected, statusToServerError } from '../http/serverFailure.ts'
import { createServerPool, encodePathName } from '../http/serverPool.ts'
import type { SentReply } from '../http/takeReplies.ts'
import type { KnownEndpoint, ServerAccess } from '../servers/readings.ts'
import { createRefusals, type Refused, refusedBy, refusedWith, signInAfter } from './refusals.ts'

/** MediaMTX names each of its ICE servers in a header of its own; a proxy may join them. */
const mostLinks = 16
const longestLink = 1_000
const iceLink = /^<((?:stuns?|turns?):[^<>"\s]{1,300})>\s*;\s*rel="?ice-server"?((?:\s*;\s*[\w-]{1,40}="(?:[^"\\]|\\.)*")*)\s*$/
const linkParameter = /;\s*([\w-]{1,40})="((?:[^"\\]|\\.)*)"/g

const unescaped = (text: string): string => text.replace(/\\(.)/g, '$1')
const escaped = (text: string): string => text.replace(/["\\]/g, '\\$&')

/** The ICE servers that `Link` headers name. Links to anything else are left out, as is what is no link. */
function iceServersOf(header: string | readonly string[] | undefined): IceServer[] {
  const lines = header === undefined ? [] : typeof header === 'string' ? [header] : header
  const links = lines
    .slice(0, mostLinks)
    .flatMap((line) => line.slice(0, mostLinks * longestLink).split(/,\s*(?=<)/))
    .slice(0, mostLinks)
  return links.flatMap((link): IceServer[] => {
    const [, url, parameters = ''] = (link.length <= longestLink && iceLink.exec(link.trim())) || []
    if (url === undefined) return []
    const given = new Map([...parameters.matchAll(linkParameter)].map(([, name = '', value = '']) => [name.toLowerCase(), unescaped(value)]))
    return [{ url, username: given.get('username') ?? null, credential: given.get('credential') ?? null }]
  })
}

/** The same as `Link` headers for another client. */
export function iceLinksOf(servers: readonly IceServer[]): readonly string[] {
  return servers.map(({ url, username, credential }) => {
    const signIn = username === null ? '' : `; username="${escaped(username)}"; credential="${escaped(credential ?? '')}"; credential-type="password"`
    return `<${url}>; rel="ice-server"${signIn}`
  })
}

export type WebrtcAccess = ServerAccess & { readonly webrtc: KnownEndpoint }

/** `whep` reads a stream, `whip` publishes it. */
export type WebrtcUse = 'whep' | 'whip'

export interface WebrtcTarget {
  readonly access: WebrtcAccess
  readonly path: string
  readonly use: WebrtcUse
}

/** One request of WHEP or WHIP. */
interface WebrtcAsk {
  readonly method: 'OPTIONS' | 'POST' | 'PATCH' | 'DELETE'
  /** The server's name of a session; left out: the path itself is asked. */
  readonly session?: string
  /** Without "?". */
  readonly query?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly limitMs: number
  /** Whether the credentials may be sent where they are wanted. */
  readonly signsIn: boolean
}

/** A whole answer, whatever its status, and where it came from. */
interface WebrtcReply {
  readonly reply: SentReply
  readonly signedIn: boolean
  readonly endpoint: URL
}

/** The endpoint, if its address is one, and the path one that an address can name. */
function endpointOf({ access: { webrtc }, path }: WebrtcTarget): Result<URL, Refused> {
  if (typeof webrtc !== 'string') return refusedWith(502, webrtc === null ? { kind: 'webrtcOff' } : { kind: 'serverError', error: webrtc })
  const endpoint = /^https?:\/\//i.test(webrtc) ? URL.parse(webrtc) : null
  if (endpoint === null) return refusedWith(502, { kind: 'badAddress', of: 'webrtc', address: webrtc })
  return isPlainPath(path) ? ok(endpoint) : refusedWith(404, { kind: 'notFound' })
}

/** The address of a request, with a prefix that a proxy may want. */
function addressOf({ pathname }: URL, { path, use }: WebrtcTarget, { session, query = '' }: WebrtcAsk): string {
  const folder = `${withoutSlash(pathname)}/${encodePathName(path)}/${use}`
  return `${folder}${session === undefined ? '' : `/${session}`}${query === '' ? '' : `?${query}`}`
}

const closing = <Pool extends { readonly close: () => Promise<void> }>(pool: Pool): Pool & AsyncDisposable => ({ ...pool, [Symbol.asyncDispose]: pool.close })

/** A session opened by a server for an offer. */
export interface WebrtcSession extends Pick<WebrtcTarget, 'path' | 'use'> {
  readonly serverId: string
  /** The WebRTC address that opened it, and the certificate expected there: if either changes, the session belongs to another server. */
  readonly endpoint: string | null
  readonly fingerprint: string | null
  /** The server's session id. Anyone who knows it can end the session, so it is never passed on. */
  readonly secret: string
}

interface Negotiated {
  readonly answer: string
  readonly etag: string | null
  readonly iceServers: readonly IceServer[]
  readonly session: WebrtcSession
}

interface Offer {
  readonly sdp: string
  readonly query: string
  readonly userAgent: string
}
interface Fragment {
  readonly fragment: string
  readonly ifMatch: string | null
}

const answerLimitMs = 8_000
/** An on-demand source may take 10 s to start. */
const offerLimitMs = 25_000
const knockLimitMs = 3_000
const fragmentType = 'application/trickle-ice-sdpfrag'

const text = (value: string | readonly string[] | undefined): string => (typeof value === 'string' ? value : (value?.[0] ?? ''))
const etagOf = ({ headers }: SentReply): string | null => /^(?:\*|(?:W\/)?"[\w+/=.-]{0,128}")$/.exec(text(headers.etag))?.[0] ?? null
const isGood = ({ status }: SentReply): boolean => status >= 200 && status < 300

/** Client of servers' WebRTC endpoints: only WHEP and WHIP requests for one path are possible. */
export function createWebrtcEndpoint({ clock, version }: { readonly clock: Clock; readonly version: string }) {
  /** Servers that have wanted credentials before: an offer without them would open a failing session, which the server logs. */
  const askers = new Set<string>()
  const refusals = createRefusals(clock)
  const refusalKey = ({ access, path, use }: WebrtcTarget) => [access.serverId, access.webrtc, access.authorization, use, path].join('\n')

  const askEndpoint = async (endpoint: URL, target: WebrtcTarget, asked: WebrtcAsk, signal: AbortSignal): Promise<Result<WebrtcReply, Refused>> => {
    const { access, use } = target
    await using pool = closing(
      createServerPool({
        clock,
        url: endpoint.href,
        fingerprint: access.fingerprint,
        gate: gateAt(endpoint.href, access),
        userAgent: `mtxdeck/${version}`,
        maxResponseBytes: 2 * mostSdpBytes,
        connections: 1,
      }),
    )
    const signsIn = asked.signsIn && askers.has(access.serverId) && signInAfter(401, endpoint.href, access, false) === 'signIn'
    for (let signedIn = signsIn; ; signedIn = true) {
      const headers = { ...asked.headers, ...(signedIn && access.authorization !== null && { authorization: access.authorization }) }
      const result = await pool.send(asked.method, addressOf(endpoint, target, asked), signal, {
        headers,
        ...(asked.body !== undefined && { body: asked.body }),
      })
      if (!result.ok) return err(refusedBy(result.error))
      const reply = result.value
      const signIn = asked.signsIn ? signInAfter(reply.status, endpoint.href, access, signedIn) : 'passed'
      if (signIn === 'passed') return ok({ reply, signedIn, endpoint })
      if (signIn === 'notEncrypted') return refusedWith(502, { kind: 'webrtcNotEncrypted' })
      if (signIn === 'refused') {
        const error: Refused = { status: 502, why: { kind: use === 'whip' ? 'publishRefused' : 'readRefused' } }
        if (signedIn) refusals.note(refusalKey(target), error)
        return err(error)
      }
      askers.add(access.serverId)
    }
  }

  /** Credentials are sent where they are wanted and may go, and nothing after a refusal for a while. */
  const ask = async (target: WebrtcTarget, asked: WebrtcAsk, signal: AbortSignal): Promise<Result<WebrtcReply, Refused>> => {
    const endpoint = endpointOf(target)
    if (!endpoint.ok) return endpoint
    const known = asked.signsIn ? refusals.of(refusalKey(target)) : null
    if (known !== null) return err(known)
    using limit = timeLimit(clock, asked.limitMs, signal)
    try {
      return await askEndpoint(endpoint.value, target, asked, limit.signal)
    } catch (error) {
      if (signal.aborted) return refusedWith(499, { kind: 'closed' })
      return err(refusedBy(failureToServerError(error, { dialling: false, answering: true, receivedBytes: 0 })))
    }
  }
  const options = async (target: WebrtcTarget, signal: AbortSignal): Promise<Result<{ readonly iceServers: readonly IceServer[] }, Refused>> => {
    const asked = await ask(target, { method: 'OPTIONS', limitMs: answerLimitMs, signsIn: true }, signal)
    if (!asked.ok) return asked
    const { reply } = asked.value
    return isGood(reply) ? ok({ iceServers: iceServersOf(reply.headers.link) }) : err(statusRefused(asked.value))
  }
  return {
    /** Sends OPTIONS before an offer. The server opens no session and logs nothing. */
    options,
    offer: async (target: WebrtcTarget, offer: Offer, signal: AbortSignal): Promise<Result<Negotiated, Refused>> => {
      const { access } = target
      // Every version logs an offer that lacks required credentials, and up to 1.12 answers it like an invalid one. OPTIONS finds out without a log entry.
      if (access.authorization !== null && !askers.has(access.serverId)) {
        const asked = await options(target, signal)
        if (!asked.ok) return asked
      }
      const headers = { 'content-type': 'application/sdp', 'user-agent': offer.userAgent }
      const { query, sdp } = offer
      const asked = await ask(target, { method: 'POST', query, headers, body: sdp, limitMs: offerLimitMs, signsIn: true }, signal)
      return asked.ok ? negotiated(target, asked.value) : asked
    },
    /** Sends further ICE candidates of a session's client; the server may answer with its own. */
    trickle: async (
      access: WebrtcAccess,
      session: WebrtcSession,
      { fragment, ifMatch }: Fragment,
      signal: AbortSignal,
    ): Promise<Result<{ readonly fragment: string | null; readonly etag: string | null }, Refused>> => {
      if (!isOf(access, session)) return refusedWith(404, { kind: 'settingsChanged' })
      const headers = { 'content-type': fragmentType, ...(ifMatch !== null && { 'if-match': ifMatch }) }
      const asked = await ask(
        { access, ...session },
        { method: 'PATCH', session: session.secret, headers, body: fragment, limitMs: answerLimitMs, signsIn: true },
        signal,
      )
      if (!asked.ok) return asked
      const { reply } = asked.value
      if (reply.status === 404) return refusedWith(404, { kind: 'sessionGone' })
      if (!isGood(reply)) return err(statusRefused(asked.value))
      const isFragment = reply.contentType.toLowerCase().startsWith(fragmentType) && reply.body.length <= mostSdpBytes
      return ok({ fragment: isFragment ? reply.body.toString() : null, etag: etagOf(reply) })
    },
    /** Ends a session; if it has already ended, that is not a failure (`gone`). */
    end: async (access: WebrtcAccess, session: WebrtcSession, signal: AbortSignal): Promise<Result<'ended' | 'gone', Refused>> => {
      if (!isOf(access, session)) return refusedWith(404, { kind: 'settingsChanged' })
      const asked = await ask({ access, ...session }, { method: 'DELETE', session: session.secret, limitMs: answerLimitMs, signsIn: true }, signal)
      if (!asked.ok) return asked
      const { reply } = asked.value
      if (reply.status === 404) return ok('gone')
      return isGood(reply) ? ok('ended') : err(statusRefused(asked.value))
    },
    /** Checks whether MediaMTX answers there, and how fast. The path need not exist. No credentials are sent. */
    knock: async (target: WebrtcTarget, signal: AbortSignal): Promise<Result<{ readonly tookMs: number }, Refused>> => {
      const asked = await ask(target, { method: 'OPTIONS', limitMs: knockLimitMs, signsIn: false }, signal)
      if (!asked.ok) return asked
      const { reply } = asked.value
      // MediaMTX returns 500 for a path that is not configured. A proxy may hide the server name, but not the response to OPTIONS.
      const isMediaMtx = reply.server === 'mediamtx' && reply.status !== 404 && reply.status !== 501
      const answers = isMediaMtx || reply.status === 204 || reply.status === 401
      return answers ? ok({ tookMs: reply.tookMs }) : err(statusRefused(asked.value))
    },
  }
}
export type WebrtcEndpoint = ReturnType<typeof createWebrtcEndpoint>

/** A server that is slow to end a session does so by itself when the player has gone. */
const endLimitMs = 2_500

interface EndDeps {
  readonly clock: Clock
  readonly endpoint: WebrtcEndpoint
  readonly accessOf: (serverId: string) => WebrtcAccess | null
}
/** Ends a session where it was opened; null: it is not known whether it still was. */
export async function endSession({ clock, endpoint, accessOf }: EndDeps, session: WebrtcSession): Promise<'ended' | 'gone' | null> {
  const access = accessOf(session.serverId)
  if (access === null) return null
  using limit = timeLimit(clock, endLimitMs)
  const ended = await endpoint.end(access, session, limit.signal)
  return ended.ok ? ended.value : null
}

const isOf = ({ webrtc, fingerprint }: WebrtcAccess, session: WebrtcSession): boolean => webrtc === session.endpoint && fingerprint === session.fingerprint

/** Only the last segment of the session's address is used: no other address given by a server is ever requested. */
const sessionSecret = /\/wh[ei]p\/([\w-]{8,64})(?:[?#]|$)/

function negotiated({ access, path, use }: WebrtcTarget, asked: WebrtcReply): Result<Negotiated, Refused> {
  const { reply, endpoint } = asked
  if (!isGood(reply)) return err(statusRefused(asked))
  const answer = reply.body.toString()
  const secret = sessionSecret.exec(reply.location)?.[1]
  // Only pass plausible SDP of limited length to a browser.
  const isSdp = /^application\/sdp\b/i.test(reply.contentType) && reply.body.length <= mostSdpBytes && answer.startsWith('v=0') && !answer.includes('\0')
  if (secret === undefined || !isSdp) return refusedWith(502, { kind: 'notWebrtc', host: endpoint.host })
  const session = {
    serverId: access.serverId,
    endpoint: typeof access.webrtc === 'string' ? access.webrtc : null,
    fingerprint: access.fingerprint,
    path,
    use,
    secret,
  }
  return ok({ answer, etag: etagOf(reply), iceServers: iceServersOf(reply.headers.link), session })
}

/** Maps an unusable response to the reason. */
function statusRefused({ reply, signedIn, endpoint }: WebrtcReply): Refused {
  const { status, contentType, location } = reply
  const isMediaMtx = /json/i.test(contentType)
  if (status === 501) return { status: 502, why: { kind: 'webrtcNotServed' } }
  // MediaMTX reports in JSON that nobody publishes; a 404 without JSON comes from another program or another MediaMTX endpoint.
  if (status === 404 && isMediaMtx) return { status: 404, why: { kind: 'notFound' } }
  if (isGood(reply) || status === 404) return { status: 502, why: { kind: 'notWebrtc', host: endpoint.host } }
  if (status >= 300 && status < 400) return refusedBy(redirected({ status, location }, URL.parse(location, endpoint.href)?.origin ?? ''))
  const refusal = refusedBy(statusToServerError(reply, reply.body.toString(), signedIn))
  // Pass 4xx statuses through, so that the sender of an offer learns what is wrong with it.
  return status >= 400 && status < 500 ? { ...refusal, status } : refusal
}

export interface NamedServer {
  readonly id: string
  readonly name: string
}

interface WebrtcHealthDeps {
  readonly clock: Clock
  readonly endpoint: Pick<WebrtcEndpoint, 'knock'>
  readonly servers: () => readonly NamedServer[]
  readonly accessOf: (serverId: string) => WebrtcAccess | null
  readonly signal: AbortSignal
}

/** Whether WebRTC of the server (its id or name), or of each, answers; null: there is no such server. */
export type ReadWebrtcHealth = (server: string | undefined) => Promise<WebrtcHealth | null>

/** However often it is asked for, each server hears of it once in this time. */
const freshMs = 5_000
const mostAtOnce = 16
/** OPTIONS of a path asks for a name, which need not exist. */
const anyPath = 'mtxdeck'

export function createWebrtcHealth({ clock, endpoint, servers, accessOf, signal }: WebrtcHealthDeps): ReadWebrtcHealth {
  const known = new Map<string, { readonly askedAt: number; readonly key: string; readonly found: Promise<ServerWebrtc> }>()
  const semaphore = createSemaphore(mostAtOnce)

  const check = async ({ id, name }: NamedServer, access: WebrtcAccess | null): Promise<ServerWebrtc> => {
    const of = { serverId: id, server: name, address: typeof access?.webrtc === 'string' ? access.webrtc : null }
    if (access === null || access.webrtc === null) return { ...of, state: 'off', answerMs: null, why: { kind: 'webrtcOff' } }
    if (!(await semaphore.acquire(signal))) return { ...of, state: 'failing', answerMs: null, why: { kind: 'cancelled' } }
    try {
      const knocked = await endpoint.knock({ access, path: anyPath, use: 'whep' }, signal)
      if (knocked.ok) return { ...of, state: 'answers', answerMs: Math.round(knocked.value.tookMs * 10) / 10, why: null }
      return { ...of, state: 'failing', answerMs: null, why: knocked.error.why }
    } finally {
      semaphore.release()
    }
  }
  const checkOnce = (server: NamedServer): Promise<ServerWebrtc> => {
    const access = accessOf(server.id)
    const key = JSON.stringify([server.name, access?.webrtc, access?.fingerprint])
    const last = known.get(server.id)
    if (last !== undefined && last.key === key && clock.monotonic() - last.askedAt < freshMs) return last.found
    const found = check(server, access)
    known.set(server.id, { askedAt: clock.monotonic(), key, found })
    return found
  }

  return async (asked) => {
    const all = servers()
    const ids = new Set(all.map(({ id }) => id))
    for (const id of known.keys()) if (!ids.has(id)) known.delete(id)
    const meant = asked === undefined ? all : [serverOf(asked, all)].filter((server) => server !== undefined)
    if (asked !== undefined && meant.length === 0) return null
    return { at: clock.now(), servers: await Promise.all(meant.map(checkOnce)) }
  }
}
