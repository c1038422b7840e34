import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { parse as parseCookies } from 'hono/utils/cookie'
import { type Clock, doublingMs, sleep } from '../clock/clock.ts'
import { createSenders, senderKey } from '../configuration/clientAddress.ts'
import type { HeadlessConfig } from '../configuration/config.ts'
import type { People } from '../engine/accounts/accounts.ts'
import { passkeyOrigin } from '../engine/accounts/passkeys.ts'
import type { Subject } from '../engine/accounts/signIns.ts'
import type { Log } from '../engine/ports.ts'
import { passkeyAnswerSchema } from '../shared/accounts.ts'
import { type CallContext, isAllowed, type Needs, type Operator } from '../shared/permissions.ts'
import { notAllowed } from '../shared/refusals.ts'
import { err, ok, type Result } from '../shared/result.ts'
import { bearerOf, type Denial } from './requests.ts'

/** The most connections without a sign-in, in total and per sender. Opening a page takes six connections for a moment. */
const connectionLimits = { mostUnsigned: 256, mostUnsignedOfOne: 64 } as const
/** Names that are tried from one address wait in this many lanes to be checked (`PasswordHashing`). */
const nameLanes = 16

/** Who makes a request: the operator as he is now, from where, and by which session. */
export interface Access extends Required<Pick<CallContext, 'operator' | 'from'>>, Pick<CallContext, 'session' | 'origin'> {
  readonly subject: Subject
}
export type Admission = ReturnType<typeof createAdmission>

export const notSignedIn: Denial = { status: 401, code: 'UNAUTHORIZED', refusal: { kind: 'notSignedIn' } }
/** The answer to a sign-in that is not right, or that others could have read. */
export const afterTry = {
  inClear: { status: 403, code: 'FORBIDDEN', refusal: { kind: 'tokenInClear' } },
  wrongToken: { status: 401, code: 'UNAUTHORIZED', refusal: { kind: 'wrongToken' } },
  wrongSignIn: { status: 401, code: 'UNAUTHORIZED', refusal: { kind: 'wrongSignIn' } },
  wrongPasskey: { status: 401, code: 'UNAUTHORIZED', refusal: { kind: 'passkeyRefused' } },
  codeNeeded: { status: 401, code: 'UNAUTHORIZED', refusal: { kind: 'codeNeeded' } },
  tooMany: { status: 429, code: 'TOO_MANY_REQUESTS', refusal: { kind: 'tooManyTries' } },
  busy: { status: 503, code: 'SERVICE_UNAVAILABLE', refusal: { kind: 'signInBusy' } },
} as const satisfies Record<string, Denial>

export interface AdmissionOptions extends Pick<HeadlessConfig, 'trustedProxies'>, Partial<Pick<HeadlessConfig, 'plainHttp'>> {
  readonly clock: Clock
  readonly log: Log
  readonly token: string
  /** Another token, which may read the metrics and nothing else. */
  readonly metricsToken?: string | undefined
  /** Another token, which may read what probes see and nothing else. */
  readonly probesToken?: string | undefined
  /** The operator that the token stands for. */
  readonly operator: Operator
}

/**
 * Admits requests with a token, or with the session of a browser that signed in with one, or with name and password. Each request asks who
 * its account is now: nothing of an earlier sign-in is kept but whose it was.
 */
export function createAdmission({
  people: { accounts, passkeys, oidc, tokens, signIns, connected, audit },
  clock,
  log,
  token,
  metricsToken,
  probesToken,
  operator,
  trustedProxies,
  plainHttp = false,
}: AdmissionOptions & { readonly people: People }) {
  const late = createLateAnswers(clock)
  const senders = createSenders(trustedProxies)
  const connections = createOpenConnections(connectionLimits, senders.isProxy)
  // Sessions of another token of the token file end with it.
  const tokenFile: Subject = { kind: 'tokenFile', id: createHash('sha256').update(`session of ${token}`).digest('hex').slice(0, 32) }
  signIns.endOtherTokens(tokenFile.id)
  // Gets the port later, because cookies are shared by all ports of a host.
  let cookieName = 'mtxdeck'
  const cookieOf = ({ headers }: IncomingMessage) => parseCookies(headers.cookie ?? '', cookieName)[cookieName]

  /** Who somebody is now; null: nobody any more. */
  const present = ({ kind, id }: Subject): Operator | null => {
    if (kind === 'account') return accounts.operatorOf(id)
    if (kind === 'token') return tokens.operatorOf(id)
    if (!accounts.tokenFileAdmits) return null
    return accounts.any ? { ...operator, name: 'token file' } : operator
  }
  /** Whether a token or password in this request is refused, right or wrong: others could read it. */
  const isInClear = (request: IncomingMessage): boolean => !plainHttp && senders.of(request).inClear
  const refuse = async (request: IncomingMessage, name: string | null, what: string, signal: AbortSignal): Promise<'tooMany' | 'wrong'> => {
    const { address } = senders.of(request)
    // Who mistakes the fields types his password as the name: only names that exist are recorded.
    const id = name === null ? null : accounts.idOf(name)
    audit.failed({ by: id === null ? '' : (accounts.nameOf(id) ?? ''), byId: id, from: address, action: 'signInFailed', what, of: {} })
    return late.refuse(address, name, signal)
  }
  /** Whose token came with a request. A wrong one is answered late. */
  const tryToken = async (given: string, request: IncomingMessage, signal: AbortSignal): Promise<Result<Subject, Denial>> => {
    if (isInClear(request)) return err(afterTry.inClear)
    // Checked before anything is counted, because behind a proxy all users may have one address.
    const isOfFile = isSameText(given, token) && accounts.tokenFileAdmits
    const named = isOfFile ? null : tokens.idOf(given)
    if (named === null && !isOfFile) return err((await refuse(request, null, 'token', signal)) === 'wrong' ? afterTry.wrongToken : afterTry.tooMany)
    connections.signedIn(request.socket)
    return ok(named === null ? tokenFile : { kind: 'token', id: named })
  }
  /** Whose name, password and code these are. Wrong ones are answered late, right ones at once. */
  const tryPassword = async (
    { name, password, code }: { readonly name: string; readonly password: string; readonly code: string },
    request: IncomingMessage,
    signal: AbortSignal,
  ): Promise<Result<Subject, Denial>> => {
    if (isInClear(request)) return err(afterTry.inClear)
    const lane = createHash('sha256').update(name.toLowerCase()).digest().readUInt8() % nameLanes
    const from = senders.of(request).address
    const checked = await accounts.check({ name, password, code, lane: `${senderKey(from)} ${lane}`, from })
    if (checked.is === 'right') {
      connections.signedIn(request.socket)
      return ok({ kind: 'account', id: checked.id })
    }
    if (checked.is === 'busy' || checked.is === 'codeNeeded') return err(afterTry[checked.is])
    const refused = await refuse(request, name, code === '' ? 'password' : 'code', signal)
    return err(refused === 'wrong' && checked.is === 'wrong' ? afterTry.wrongSignIn : afterTry.tooMany)
  }
  /** Whose passkey this is. A wrong one is answered late. */
  const tryPasskey = async (answer: unknown, request: IncomingMessage, signal: AbortSignal): Promise<Result<Subject, Denial>> => {
    if (isInClear(request)) return err(afterTry.inClear)
    const origin = passkeyOrigin(request.headers.origin)
    const given = passkeyAnswerSchema.safeParse(answer)
    const id = origin !== null && given.success ? await passkeys.signIn(origin, given.data) : null
    if (id !== null && accounts.signedIn(id)) {
      connections.signedIn(request.socket)
      return ok({ kind: 'account', id })
    }
    return err((await refuse(request, null, 'passkey', signal)) === 'wrong' ? afterTry.wrongPasskey : afterTry.tooMany)
  }
  /** Identifies the operator by a token or a session. The answer to a wrong token is delayed. */
  const identify = async (request: IncomingMessage, signal: AbortSignal): Promise<Result<Access, Denial>> => {
    const given = bearerOf(request)
    const from = senders.of(request).address
    if (given !== null) {
      const tried = await tryToken(given, request, signal)
      const now = tried.ok ? present(tried.value) : null
      if (!tried.ok) return tried
      return now === null ? err(notSignedIn) : ok({ subject: tried.value, operator: now, from })
    }
    const session = signIns.find(cookieOf(request) ?? '', from)
    const now = session && present(session.subject)
    // Said before a token is typed and sent.
    if (!now) return err(isInClear(request) ? afterTry.inClear : notSignedIn)
    connections.signedIn(request.socket)
    const { origin } = request.headers
    return ok({ subject: session.subject, session: session.id, operator: now, from, ...(origin !== undefined && { origin }) })
  }
  /** Identifies the operator, who must be allowed this. */
  const admit = async (request: IncomingMessage, needs: Needs, signal: AbortSignal): Promise<Result<Access, Denial>> => {
    const identified = await identify(request, signal)
    if (!identified.ok) return identified
    const denial = denialOf(identified.value.operator, needs)
    return denial === null ? identified : err(denial)
  }
  /** Admits whoever may view, and the token that is only for this (null). */
  const admitWith =
    (ownToken: string | undefined) =>
    async (request: IncomingMessage, signal: AbortSignal): Promise<Result<Operator | null, Denial>> => {
      const given = bearerOf(request)
      if (given !== null && ownToken !== undefined && !isInClear(request) && isSameText(given, ownToken)) {
        connections.signedIn(request.socket)
        return ok(null)
      }
      const admitted = await admit(request, 'view', signal)
      return admitted.ok ? ok(admitted.value.operator) : admitted
    }

  return {
    /** Whether people sign in by name. */
    hasAccounts: (): boolean => accounts.any,
    /** The name of the organisation's provider; null: there is none. */
    provider: (): string | null => oidc?.settings.name ?? null,
    isInClear,
    tryToken,
    tryPassword,
    tryPasskey,
    /** A guest link that there is not; resolves late, as for a wrong token. Whether it may be answered: else too many wait. */
    refusedGuest: async (request: IncomingMessage, signal: AbortSignal): Promise<boolean> => (await refuse(request, null, 'guestLink', signal)) === 'wrong',
    refusedByProvider: (request: IncomingMessage, why: string): void =>
      audit.failed({ by: '', byId: null, from: senders.of(request).address, action: 'signInFailed', what: 'oidc', of: { reason: why } }),
    isFresh: ({ session }: Access): boolean => signIns.isFresh(session),
    admit,
    admitToMetrics: admitWith(metricsToken),
    admitToReadings: admitWith(probesToken),
    /** Who has a connection that stays open, now; null: nobody any more. */
    presentOf: ({ subject, session }: Pick<Access, 'subject' | 'session'>): Operator | null =>
      session !== undefined && signIns.use(session) === null ? null : present(subject),
    /** Calls `close` when what is open has to be closed. Returns the function to call when it is. */
    connected: ({ subject, session }: Pick<Access, 'subject' | 'session'>, close: Parameters<typeof connected>[2]) =>
      connected(subject, session ?? null, close),
    /** Begins the session of a browser. Returns the secret for its cookie. */
    openSession: (subject: Subject, request: IncomingMessage, by: string = subject.kind): string => {
      const { address } = senders.of(request)
      const { id = null, name = '' } = present(subject) ?? {}
      log.info({ address, name }, 'A browser signed in')
      audit.record({ by: name, byId: id, from: address, action: 'signIn', what: by, of: {} })
      return signIns.open(subject, address, request.headers['user-agent'] ?? '')
    },
    endSession: (request: IncomingMessage): void => {
      const session = signIns.find(cookieOf(request) ?? '')
      if (session === null) return
      const { id = null, name = '' } = present(session.subject) ?? {}
      audit.record({ by: name, byId: id, from: senders.of(request).address, action: 'signOut', what: session.subject.kind, of: {} })
      signIns.end(session.id)
    },
    /** Records what an operator took away, or watched, outside of the contract. */
    recorded: ({ operator: { id, name }, from }: Access, action: 'download' | 'view' | 'call', what: string, of: Readonly<Record<string, string>> = {}): void =>
      audit.record({ by: name, byId: id, from, action, what, of: { ...of } }),
    senderOf: senders.of,
    opened: connections.opened,
    signedIn: connections.signedIn,
    cookieName: () => cookieName,
    nameCookie: (name: string): void => {
      cookieName = name
    },
  }
}

/** Why an operator may not do this; null: he may. */
export function denialOf(operator: Operator, needs: Needs): Denial | null {
  return isAllowed(operator, needs) ? null : { status: 403, code: 'FORBIDDEN', refusal: notAllowed(operator, needs) }
}

function isSameText(a: string, b: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(a), hash(b))
}

/** The nth failed try of a sender or with a name waits this long for its answer. */
export function failedTryDelayMs(failures: number): number {
  return doublingMs(failures, 250, 5000)
}
/** Most failed tries of one sender that may wait at once; more are refused. */
const mostWaiting = 8
/** Failures are forgotten after this long. */
const forgetMs = 15 * 60_000
const mostRemembered = 10_000

interface Tries {
  readonly failures: number
  readonly at: number
  readonly waitingUntil: readonly number[]
}

/**
 * Answers failed sign-ins late: the later, the more often their sender tried, or anybody with this name. That only slows guessing down; what
 * prevents it is the length of tokens and passwords. What is right never comes here: it is accepted at once, whatever else comes from the
 * same address or with the same name.
 */
export function createLateAnswers(clock: Clock) {
  /** By sender and by name, the last tried last. */
  const tries = new Map<string, Tries>()
  const failuresOf = (key: string, now: number): number => {
    const before = tries.get(key)
    return before !== undefined && now - before.at < forgetMs ? before.failures : 0
  }
  const remember = (key: string, tried: Tries) => {
    tries.delete(key)
    tries.set(key, tried)
    const [oldest] = tries.keys()
    if (tries.size > mostRemembered && oldest !== undefined) tries.delete(oldest)
  }
  return {
    /** Resolves when a wrong try may be answered. `name`: what was signed in by; null: a token. */
    refuse: async (address: string, name: string | null, signal: AbortSignal): Promise<'wrong' | 'tooMany'> => {
      const now = clock.monotonic()
      const sender = `address ${senderKey(address)}`
      const waiting = (tries.get(sender)?.waitingUntil ?? []).filter((until) => until > now)
      if (waiting.length >= mostWaiting) return 'tooMany'
      const failures = failuresOf(sender, now) + 1
      const withName = name === null ? 0 : failuresOf(nameKey(name), now) + 1
      const delayMs = failedTryDelayMs(Math.max(failures, withName))
      // A sender that hangs up keeps its place for the whole delay: not waiting for answers must not speed up guessing.
      remember(sender, { failures, at: now, waitingUntil: [...waiting, now + delayMs] })
      if (name !== null) remember(nameKey(name), { failures: withName, at: now, waitingUntil: [] })
      // An error means that the sender hung up and does not wait for the answer.
      await sleep(clock, delayMs, signal).catch(() => {})
      return 'wrong'
    },
  }
}

const nameKey = (name: string): string => `name ${name.slice(0, 100).normalize('NFKC').toLowerCase()}`

export interface Connection {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  readonly once: (event: 'close', listener: () => void) => unknown
  readonly destroy: () => unknown
}

/**
 * Limits the open connections of strangers. Beyond a limit the oldest connection without a sign-in is closed, instead of refusing the new
 * one: a client with the token needs only a moment, and gets it however many others are open. Among several senders, the one with
 * the most connections loses one. Signed-in connections are never closed here.
 */
export function createOpenConnections(
  { mostUnsigned, mostUnsignedOfOne }: Record<keyof typeof connectionLimits, number>,
  isProxy: (address: string) => boolean,
) {
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
