import { type Clock, timeLimit } from '../../clock/clock.ts'
import { isPlainPath } from '../../shared/isPlainPath.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { mostSdpBytes } from '../../shared/webrtc.ts'
import { encodePathName } from '../http/encodePathName.ts'
import { gateAt } from '../http/mayGoTo.ts'
import { failureToServerError } from '../http/serverFailure.ts'
import { createServerPool } from '../http/serverPool.ts'
import type { SentReply } from '../http/takeReplies.ts'
import type { KnownEndpoint, ServerAccess } from '../servers/readings.ts'
import { createRefusals, type Refused, refusedBy, refusedWith } from './refusals.ts'
import { signInAfter } from './signIn.ts'

/** Access to a server's WebRTC; `webrtc` is null where it is switched off. */
export type WebrtcAccess = ServerAccess & { readonly webrtc: KnownEndpoint }

/** `whep` reads a stream, `whip` publishes it. */
export type WebrtcUse = 'whep' | 'whip'

/** A stream at a server's WebRTC endpoint. */
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
export interface WebrtcReply {
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
  const folder = `${pathname.replace(/\/+$/, '')}/${encodePathName(path)}/${use}`
  return `${folder}${session === undefined ? '' : `/${session}`}${query === '' ? '' : `?${query}`}`
}

/** Asks the WebRTC endpoints of servers: with credentials where they are wanted and may go, and nothing after a refusal for a while. */
export function createWebrtcAsk({ clock, version }: { readonly clock: Clock; readonly version: string }) {
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

  return {
    /** Whether this server is known to want credentials. */
    wantsCredentials: (serverId: string): boolean => askers.has(serverId),
    ask: async (target: WebrtcTarget, asked: WebrtcAsk, signal: AbortSignal): Promise<Result<WebrtcReply, Refused>> => {
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
    },
  }
}
export type WebrtcAsking = ReturnType<typeof createWebrtcAsk>

const closing = <Pool extends { readonly close: () => Promise<void> }>(pool: Pool): Pool & AsyncDisposable => ({ ...pool, [Symbol.asyncDispose]: pool.close })
