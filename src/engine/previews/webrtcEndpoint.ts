import { err, ok, type Result } from '../../shared/result.ts'
import { type IceServer, mostSdpBytes } from '../../shared/webrtc.ts'
import { redirected, statusToServerError } from '../http/serverFailure.ts'
import type { SentReply } from '../http/takeReplies.ts'
import { iceServersOf } from './iceLinks.ts'
import { type Refused, refusedBy, refusedWith } from './refusals.ts'
import type { WebrtcAccess, WebrtcAsking, WebrtcReply, WebrtcTarget } from './webrtcAsk.ts'

/** A session opened by a server for an offer. */
export interface WebrtcSession extends Pick<WebrtcTarget, 'path' | 'use'> {
  readonly serverId: string
  /** The WebRTC address that opened it, and the certificate expected there: if either changes, the session belongs to another server. */
  readonly endpoint: string | null
  readonly fingerprint: string | null
  /** The server's session id. Anyone who knows it can end the session, so it is never passed on. */
  readonly secret: string
}

/** The answer to an offer. */
interface Negotiated {
  readonly answer: string
  readonly etag: string | null
  readonly iceServers: readonly IceServer[]
  readonly session: WebrtcSession
}

interface Offer {
  readonly sdp: string
  /** Query string without "?". */
  readonly query: string
  /** User agent reported to the server. */
  readonly userAgent: string
}
interface Fragment {
  readonly fragment: string
  readonly ifMatch: string | null
}

/** Client of servers' WebRTC endpoints: only WHEP and WHIP requests for one path are possible. */
export interface WebrtcEndpoint {
  /** Sends OPTIONS before an offer. The server opens no session and logs nothing. */
  readonly options: (target: WebrtcTarget, signal: AbortSignal) => Promise<Result<{ readonly iceServers: readonly IceServer[] }, Refused>>
  readonly offer: (target: WebrtcTarget, offer: Offer, signal: AbortSignal) => Promise<Result<Negotiated, Refused>>
  /** Sends further ICE candidates of a session's client; the server may answer with its own. */
  readonly trickle: (
    access: WebrtcAccess,
    session: WebrtcSession,
    sent: Fragment,
    signal: AbortSignal,
  ) => Promise<Result<{ readonly fragment: string | null; readonly etag: string | null }, Refused>>
  /** Ends a session; if it has already ended, that is not a failure (`gone`). */
  readonly end: (access: WebrtcAccess, session: WebrtcSession, signal: AbortSignal) => Promise<Result<'ended' | 'gone', Refused>>
  /** Checks whether MediaMTX answers there, and how fast. The path need not exist. No credentials are sent. */
  readonly knock: (target: WebrtcTarget, signal: AbortSignal) => Promise<Result<{ readonly tookMs: number }, Refused>>
}

const answerLimitMs = 8_000
/** An on-demand source may take 10 s to start. */
const offerLimitMs = 25_000
const knockLimitMs = 3_000
const fragmentType = 'application/trickle-ice-sdpfrag'

const text = (value: string | readonly string[] | undefined): string => (typeof value === 'string' ? value : (value?.[0] ?? ''))
const etagOf = ({ headers }: SentReply): string | null => /^(?:\*|(?:W\/)?"[\w+/=.-]{0,128}")$/.exec(text(headers.etag))?.[0] ?? null
const isGood = ({ status }: SentReply): boolean => status >= 200 && status < 300

export function createWebrtcEndpoint({ ask, wantsCredentials }: WebrtcAsking): WebrtcEndpoint {
  const options: WebrtcEndpoint['options'] = async (target, signal) => {
    const asked = await ask(target, { method: 'OPTIONS', limitMs: answerLimitMs, signsIn: true }, signal)
    if (!asked.ok) return asked
    const { reply } = asked.value
    return isGood(reply) ? ok({ iceServers: iceServersOf(reply.headers.link) }) : err(statusRefused(asked.value))
  }
  return {
    options,
    offer: async (target, offer, signal) => {
      const { access } = target
      // Every version logs an offer that lacks required credentials, and up to 1.12 answers it like an invalid one. OPTIONS finds out without a log entry.
      if (access.authorization !== null && !wantsCredentials(access.serverId)) {
        const asked = await options(target, signal)
        if (!asked.ok) return asked
      }
      const headers = { 'content-type': 'application/sdp', 'user-agent': offer.userAgent }
      const { query, sdp } = offer
      const asked = await ask(target, { method: 'POST', query, headers, body: sdp, limitMs: offerLimitMs, signsIn: true }, signal)
      return asked.ok ? negotiated(target, asked.value) : asked
    },
    trickle: async (access, session, { fragment, ifMatch }, signal) => {
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
    end: async (access, session, signal) => {
      if (!isOf(access, session)) return refusedWith(404, { kind: 'settingsChanged' })
      const asked = await ask({ access, ...session }, { method: 'DELETE', session: session.secret, limitMs: answerLimitMs, signsIn: true }, signal)
      if (!asked.ok) return asked
      const { reply } = asked.value
      if (reply.status === 404) return ok('gone')
      return isGood(reply) ? ok('ended') : err(statusRefused(asked.value))
    },
    knock: async (target, signal) => {
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
