import type { IncomingMessage } from 'node:http'
import { parse as parseCookies } from 'hono/utils/cookie'
import type { Clock } from '../clock/clock.ts'
import { createSenders } from '../configuration/clientAddress.ts'
import type { Log } from '../engine/ports.ts'
import { type CallContext, isAllowed, type Operator } from '../shared/permissions.ts'
import { notAllowed } from '../shared/refusals.ts'
import { err, ok, type Result } from '../shared/result.ts'
import type { Denial } from './denial.ts'
import { createOpenConnections } from './openConnections.ts'
import { createRefusedSignIns } from './refusedSignIns.ts'
import { bearerOf } from './requests.ts'
import { createSignIn, type TryOutcome } from './signIn.ts'

/** What strangers may hold open, and all together. A page that is opened takes six connections for a moment. */
const connectionLimits = { mostUnsigned: 256, mostUnsignedOfOne: 64 } as const

/** Who asks, and how he showed it. */
export type Access = ({ readonly kind: 'token' } | { readonly kind: 'session'; readonly id: string }) & CallContext
export type Admission = ReturnType<typeof createAdmission>

export const notSignedIn: Denial = { status: 401, code: 'UNAUTHORIZED', refusal: { kind: 'notSignedIn' } }
/** What becomes of a token that is not the right one. */
export const afterTry: Readonly<Record<Exclude<TryOutcome, 'right'>, Denial>> = {
  wrong: { status: 401, code: 'UNAUTHORIZED', refusal: { kind: 'wrongToken' } },
  tooMany: { status: 429, code: 'TOO_MANY_REQUESTS', refusal: { kind: 'tooManyTries' } },
}

export interface AdmissionOptions {
  readonly clock: Clock
  readonly log: Log
  readonly token: string
  /** Whoever shows the token. */
  readonly operator: Operator
  /** Keeps ended sessions ended over a restart. */
  readonly endedSessionsFile?: string
  /** Addresses and networks of proxies whose word on who asks is believed. */
  readonly trustedProxies: readonly string[]
}

/** Who is let in: by the token, or by the session of a browser that showed it. Counts who was not. */
export function createAdmission({ clock, log, token, operator, endedSessionsFile, trustedProxies }: AdmissionOptions) {
  const signIn = createSignIn({ clock, token, ...(endedSessionsFile === undefined ? {} : { endedFile: endedSessionsFile }) })
  const senders = createSenders(trustedProxies)
  const connections = createOpenConnections(connectionLimits, senders.isProxy)
  const refusedSignIns = createRefusedSignIns({ clock, log })
  // Set when the port is known: cookies are shared by all ports of a host.
  let cookieName = 'mtxdeck'
  const cookieOf = ({ headers }: IncomingMessage) => parseCookies(headers.cookie ?? '', cookieName)[cookieName]

  /** Compares a token that came with a request. */
  const tryToken = async (given: string, request: IncomingMessage, signal: AbortSignal): Promise<TryOutcome> => {
    const { address } = senders.of(request)
    const outcome = await signIn.tryToken(given, address, signal)
    if (outcome === 'right') connections.signedIn(request.socket)
    else refusedSignIns.count(address)
    return outcome
  }
  /** Who asks, by a token or a session. A wrong token takes its time. */
  const identify = async (request: IncomingMessage, signal: AbortSignal): Promise<Result<Access, Denial>> => {
    const given = bearerOf(request)
    if (given === null) {
      const id = cookieOf(request)
      if (id === undefined || !signIn.isOpen(id)) return err(notSignedIn)
      connections.signedIn(request.socket)
      return ok({ kind: 'session', id, operator })
    }
    const outcome = await tryToken(given, request, signal)
    return outcome === 'right' ? ok({ kind: 'token', operator }) : err(afterTry[outcome])
  }
  /** Who asks and may at least view, or why he may not. */
  const admit = async (request: IncomingMessage, signal: AbortSignal): Promise<Result<Access, Denial>> => {
    const signedIn = await identify(request, signal)
    if (!signedIn.ok || isAllowed(signedIn.value.operator, 'view')) return signedIn
    return err({ status: 403, code: 'FORBIDDEN', refusal: notAllowed(signedIn.value.operator, 'view') })
  }

  return {
    tryToken,
    admit,
    senderOf: senders.of,
    opened: connections.opened,
    sessions: signIn,
    cookieName: () => cookieName,
    cookieOf,
    nameCookie: (name: string): void => {
      cookieName = name
    },
    [Symbol.dispose]: (): void => refusedSignIns[Symbol.dispose](),
  }
}
