import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { parse as parseCookies } from 'hono/utils/cookie'
import type { Clock } from '../clock/clock.ts'
import { createSenders, senderKey } from '../configuration/clientAddress.ts'
import type { Log } from '../engine/ports.ts'
import { type CallContext, isAllowed, type Operator } from '../shared/permissions.ts'
import { notAllowed } from '../shared/refusals.ts'
import { err, ok, type Result } from '../shared/result.ts'
import { bearerOf, type Denial } from './requests.ts'
import { createSignIn, type TryOutcome } from './signIn.ts'

/** The most connections without a sign-in, in total and per sender. Opening a page takes six connections for a moment. */
const connectionLimits = { mostUnsigned: 256, mostUnsignedOfOne: 64 } as const

/** The operator of a request, and how it was authenticated. */
export type Access = ({ readonly kind: 'token' } | { readonly kind: 'session'; readonly id: string }) & CallContext
export type Admission = ReturnType<typeof createAdmission>

export const notSignedIn: Denial = { status: 401, code: 'UNAUTHORIZED', refusal: { kind: 'notSignedIn' } }
/** The answer to a sign-in without the right token, or with one that others could have read. */
export const afterTry: Readonly<Record<Exclude<TryOutcome, 'right'> | 'inClear', Denial>> = {
  inClear: { status: 403, code: 'FORBIDDEN', refusal: { kind: 'tokenInClear' } },
  wrong: { status: 401, code: 'UNAUTHORIZED', refusal: { kind: 'wrongToken' } },
  tooMany: { status: 429, code: 'TOO_MANY_REQUESTS', refusal: { kind: 'tooManyTries' } },
}

export interface AdmissionOptions {
  readonly clock: Clock
  readonly log: Log
  readonly token: string
  /** Another token, which may read the metrics and nothing else. */
  readonly metricsToken?: string
  /** Another token, which may read what probes see and nothing else. */
  readonly probesToken?: string
  /** The operator that the token stands for. */
  readonly operator: Operator
  /** Keeps ended sessions ended over a restart. */
  readonly endedSessionsFile?: string
  /** Addresses and networks of proxies whose forwarded client address is trusted. */
  readonly trustedProxies: readonly string[]
  /** Accepts tokens that others on the network can read. */
  readonly plainHttp?: boolean
}

/** Admits requests with the token, or with the session of a browser that signed in with it. */
export function createAdmission({
  clock,
  log,
  token,
  metricsToken,
  probesToken,
  operator,
  endedSessionsFile,
  trustedProxies,
  plainHttp = false,
}: AdmissionOptions) {
  const signIn = createSignIn({ clock, log, token, ...(endedSessionsFile === undefined ? {} : { endedFile: endedSessionsFile }) })
  const senders = createSenders(trustedProxies)
  const connections = createOpenConnections(connectionLimits, senders.isProxy)
  // Gets the port later, because cookies are shared by all ports of a host.
  let cookieName = 'mtxdeck'
  const cookieOf = ({ headers }: IncomingMessage) => parseCookies(headers.cookie ?? '', cookieName)[cookieName]

  /** Whether a token in this request is refused, right or wrong: others could read it. */
  const isInClear = (request: IncomingMessage): boolean => !plainHttp && senders.of(request).inClear
  /** Checks a token that came with a request. */
  const tryToken = async (given: string, request: IncomingMessage, signal: AbortSignal): Promise<TryOutcome | 'inClear'> => {
    if (isInClear(request)) return 'inClear'
    const outcome = await signIn.tryToken(given, senders.of(request).address, signal)
    if (outcome === 'right') connections.signedIn(request.socket)
    return outcome
  }
  /** Identifies the operator by a token or a session. The answer to a wrong token is delayed. */
  const identify = async (request: IncomingMessage, signal: AbortSignal): Promise<Result<Access, Denial>> => {
    const given = bearerOf(request)
    if (given === null) {
      const id = cookieOf(request)
      // Said before a token is typed and sent.
      if (id === undefined || !signIn.isOpen(id)) return err(isInClear(request) ? afterTry.inClear : notSignedIn)
      connections.signedIn(request.socket)
      return ok({ kind: 'session', id, operator })
    }
    const outcome = await tryToken(given, request, signal)
    return outcome === 'right' ? ok({ kind: 'token', operator }) : err(afterTry[outcome])
  }
  /** Identifies the operator, who must at least be allowed to view. */
  const admit = async (request: IncomingMessage, signal: AbortSignal): Promise<Result<Access, Denial>> => {
    const signedIn = await identify(request, signal)
    if (!signedIn.ok || isAllowed(signedIn.value.operator, 'view')) return signedIn
    return err({ status: 403, code: 'FORBIDDEN', refusal: notAllowed(signedIn.value.operator, 'view') })
  }
  /** Admits whoever may view, and the token that is only for this. */
  const admitWith =
    (ownToken: string | undefined) =>
    async (request: IncomingMessage, signal: AbortSignal): Promise<Result<null, Denial>> => {
      const given = bearerOf(request)
      if (given !== null && ownToken !== undefined && !isInClear(request) && isSameText(given, ownToken)) {
        connections.signedIn(request.socket)
        return ok(null)
      }
      const admitted = await admit(request, signal)
      return admitted.ok ? ok(null) : admitted
    }

  return {
    isInClear,
    tryToken,
    admit,
    admitToMetrics: admitWith(metricsToken),
    /** To what probes see, for another console. */
    admitToReadings: admitWith(probesToken),
    senderOf: senders.of,
    opened: connections.opened,
    signedIn: connections.signedIn,
    sessions: signIn,
    cookieName: () => cookieName,
    cookieOf,
    nameCookie: (name: string): void => {
      cookieName = name
    },
  }
}

/** Compares in constant time, by hashes. */
function isSameText(a: string, b: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(a), hash(b))
}

/** A connection as its server sees it. With TLS, the outer and the inner socket have the same addresses and ports. */
export interface Connection {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  readonly once: (event: 'close', listener: () => void) => unknown
  readonly destroy: () => unknown
}

interface ConnectionLimits {
  /** Most connections without a sign-in, of all senders together. */
  readonly mostUnsigned: number
  /** Most connections without a sign-in of one sender. */
  readonly mostUnsignedOfOne: number
}

/**
 * Limits the open connections of strangers. Beyond a limit the oldest connection without a sign-in is closed, instead of refusing the new
 * one: a client with the token needs only a moment, and gets it however many others are open. Among several senders, the one with
 * the most connections loses one. Signed-in connections are never closed here.
 */
export function createOpenConnections({ mostUnsigned, mostUnsignedOfOne }: ConnectionLimits, isProxy: (address: string) => boolean) {
  /** By sender, the oldest first. */
  const unsigned = new Map<string, Map<string, Connection>>()
  let count = 0
  const endsOf = ({ remoteAddress = '', remotePort = 0 }: Connection) => ({ sender: senderKey(remoteAddress), ends: `${remoteAddress} ${remotePort}` })

  const forget = (sender: string, ends: string): void => {
    const ofSender = unsigned.get(sender)
    if (!ofSender?.delete(ends)) return
    count--
    if (ofSender.size === 0) unsigned.delete(sender)
  }
  const closeOldestOf = (sender: string): void => {
    const [oldest] = unsigned.get(sender) ?? []
    if (!oldest) return
    forget(sender, oldest[0])
    oldest[1].destroy()
  }
  const busiest = (): string => {
    let found = ''
    let most = 0
    for (const [sender, { size }] of unsigned)
      if (size > most) {
        found = sender
        most = size
      }
    return found
  }

  return {
    /** A connection was opened, still without a sign-in. */
    opened: (connection: Connection): void => {
      const { sender, ends } = endsOf(connection)
      const ofSender = unsigned.get(sender) ?? new Map<string, Connection>()
      unsigned.set(sender, ofSender)
      ofSender.set(ends, connection)
      count++
      connection.once('close', () => forget(sender, ends))
      if (ofSender.size > mostUnsignedOfOne && !isProxy(connection.remoteAddress ?? '')) closeOldestOf(sender)
      if (count > mostUnsigned) closeOldestOf(busiest())
    },
    /** A sign-in succeeded on the connection, which is no longer limited. */
    signedIn: (connection: Connection): void => {
      const { sender, ends } = endsOf(connection)
      forget(sender, ends)
    },
    unsigned: (): number => count,
  }
}
