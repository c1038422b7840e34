import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { AnyAuthMethod, AuthHandlerMiddleware, Client, ParsedKey } from 'ssh2'
import { type Clock, timeLimit } from '../../clock/clock.ts'
import type { HostCause, HostFailure } from '../../shared/errors.ts'
import { hostAndPort } from '../../shared/hostOf.ts'
import { quoted } from '../../shared/quoted.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { readBounded } from '../readBounded.ts'
import type { ConnectQueue, QueueTurn } from './connectQueue.ts'
import { type HostErrorKind, hostError, quotedCause } from './hostErrors.ts'
import { evaluateKey, fingerprintOf, hostKeyAlgorithmsFor, type KnownHostLine, type KnownKeys, keyTypeOf, knownKeysOf, parseKnownHosts } from './knownHosts.ts'
import type { PrivateKeys } from './privateKey.ts'
import type { AcceptedKey, SshAuth, SshTarget } from './sshTarget.ts'
import { limitTalk, type TalkLimit } from './talkLimit.ts'

/** How to reach a host and verify it. */
export interface SshRoute {
  readonly target: SshTarget
  /** Jump hosts, in order. */
  readonly jump: readonly SshTarget[]
  /** null: the credential is missing. */
  readonly auth: SshAuth | null
  /** known_hosts files on this machine; read again for each connection. */
  readonly knownHostsFiles: readonly string[]
  /** Keys that an operator accepted for `host:port`; called for each connection. */
  readonly accepted: (target: string) => readonly AcceptedKey[]
  /** false: no keepalives, because a host that answers is read at least as often, and each request has a time limit. */
  readonly keepalive?: boolean
}

/** State shared by all connections. */
export interface SshMeans {
  readonly clock: Clock
  readonly queue: ConnectQueue
  readonly privateKeys: PrivateKeys
}

/** A signed-in connection, including those to its jump hosts. */
export interface SshConnection {
  readonly client: Client
  /** Calls the listener once if the connection ends without `destroy`. */
  readonly onLost: (listener: (error: HostFailure) => void) => void
  /** Why it ended; null: it is open. */
  readonly lost: () => HostFailure | null
  /** Sends everything that `write` writes in one piece: ssh2 writes each packet in three, and each of those would be a separate system call and TCP segment. */
  readonly inOnePiece: (write: () => void) => void
  /** Reports the bytes that a channel received. */
  readonly carried: TalkLimit['carried']
  readonly destroy: () => void
}

/** A failure. `silent`: nothing at all was received. */
interface ConnectFailure {
  readonly error: HostFailure
  readonly silent: boolean
}

/** Time limit for signing in to each host on the route, from the first packet. */
const signInLimitMs = 15_000
const tcpLimitMs = 7_000
/** Limit for TCP, and for SSH's first message, at the first try: a host that needs longer (lost packets, a dead address, a port that only listens) has to wait behind those that answer. */
const firstLimitMs = 2_000
/** A connection is given up after three of these intervals without an answer. */
export const keepaliveIntervalMs = 10_000
const keepalives = 3
const largestKnownHosts = 16 << 20

const failure = (error: HostFailure, silent = false): Result<never, ConnectFailure> => err({ error, silent })

/** Failures by the system's error code; any other code means that the host is unreachable. */
const kindByCode: Readonly<Record<string, HostErrorKind>> = {
  ENOTFOUND: 'nameNotFound',
  EAI_AGAIN: 'nameNotFound',
  EAI_NODATA: 'nameNotFound',
  EAI_NONAME: 'nameNotFound',
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'timeout',
  ECONNRESET: 'closed',
  EPIPE: 'closed',
}
const codeOf = (error: unknown) => (error as NodeJS.ErrnoException | undefined)?.code

/** Reads the existing files; `unread` is the first one that can't be read, and why. */
async function readKnownHosts(files: readonly string[]): Promise<{ readonly lines: readonly KnownHostLine[]; readonly unread: HostCause | null }> {
  const lines: KnownHostLine[] = []
  let unread: HostCause | null = null
  for (const file of files) {
    try {
      for (const line of parseKnownHosts(await readBounded(file, largestKnownHosts))) lines.push(line)
    } catch (error) {
      unread ??= { kind: 'fileUnreadable', file, code: codeOf(error) ?? null }
    }
  }
  return { lines, unread }
}

/** The error for a key that a host showed; null: the key is known. */
function keyProblem(target: SshTarget, key: Buffer, known: KnownKeys, unread: HostCause | null): HostFailure | null {
  const verdict = evaluateKey(key, known)
  const facts = { target: hostAndPort(target), keyType: keyTypeOf(key), fingerprint: fingerprintOf(key) }
  switch (verdict.kind) {
    case 'known':
      return null
    case 'revoked':
      return hostError('hostKeyChanged', { ...facts, said: { kind: 'keyRevoked' } })
    case 'changed':
      return hostError('hostKeyChanged', { ...facts, knownFingerprint: verdict.knownFingerprint })
    case 'unknown':
      return hostError('hostKeyUnknown', { ...facts, said: unread })
  }
}

/** Opens TCP; the socket is paused. Rejects when the signal is aborted. */
const connectTcp = (clock: Clock, target: SshTarget, limitMs: number, signal: AbortSignal): Promise<Result<Socket, HostFailure>> =>
  new Promise((resolve, reject) => {
    const limit = timeLimit(clock, limitMs, signal)
    const socket = connect({ host: target.host, port: target.port, noDelay: true })
    const finish = (settle: () => void) => {
      limit[Symbol.dispose]()
      limit.signal.removeEventListener('abort', onAbort)
      socket.removeListener('error', onError)
      settle()
    }
    const name = hostAndPort(target)
    const onAbort = () =>
      finish(() => {
        socket.on('error', () => {})
        socket.destroy()
        if (signal.aborted) reject(signal.reason)
        else resolve(err(hostError('timeout', { target: name })))
      })
    const onError = (error: Error) =>
      finish(() => {
        const kind = kindByCode[codeOf(error) ?? ''] ?? 'noRoute'
        resolve(err(hostError(kind, { target: name, said: kind === 'noRoute' ? quotedCause(codeOf(error)) : null })))
      })
    socket.once('error', onError)
    socket.once('connect', () =>
      finish(() => {
        socket.pause()
        resolve(ok(socket))
      }),
    )
    if (limit.signal.aborted) onAbort()
    else limit.signal.addEventListener('abort', onAbort, { once: true })
  })

/** A usable credential. */
type Credential =
  | { readonly kind: 'password'; readonly password: string }
  | { readonly kind: 'key'; readonly key: ParsedKey; readonly fingerprint: string }
  | { readonly kind: 'agent'; readonly socket: string }

const windowsAgentPipe = '\\\\.\\pipe\\openssh-ssh-agent'

async function credentialOf({ privateKeys }: SshMeans, auth: SshAuth | null, target: string): Promise<Result<Credential, HostFailure>> {
  if (auth === null) return err(hostError('secretMissing', { target }))
  if (auth.kind === 'password') return ok(auth)
  if (auth.kind === 'key') {
    const key = await privateKeys.read(auth, target)
    return key.ok ? ok({ kind: 'key', key: key.value.parsed, fingerprint: key.value.fingerprint }) : key
  }
  const socket = auth.socket ?? process.env.SSH_AUTH_SOCK ?? (process.platform === 'win32' ? windowsAgentPipe : '')
  return socket === '' ? err(hostError('agentMissing', { target })) : ok({ kind: 'agent', socket })
}

/** The error of a client whose connection is ended from here, because the other side sends or wants too much. */
class TooMuchError extends Error {}

/** Why a connection ended, from the error of its client. */
function endOf(error: Error | null): HostCause | null {
  if (error instanceof TooMuchError) return { kind: 'sendsTooMuch' }
  return /keepalive timeout/i.test(error?.message ?? '') ? { kind: 'wentSilent' } : quotedCause(error?.message)
}

type Ssh2 = typeof import('ssh2')

/** Tracks one sign-in, to explain a failure. */
function createSignIn({ createAgent }: Ssh2, credential: Credential, target: SshTarget) {
  let offered: readonly string[] = []
  let tried = false
  let partial = false
  let agentAnswers = credential.kind !== 'agent'

  const attempt = (): AnyAuthMethod | false => {
    const username = target.user
    if (credential.kind === 'password') {
      if (offered.includes('password')) return { type: 'password', username, password: credential.password }
      if (!offered.includes('keyboard-interactive')) return false
      return {
        type: 'keyboard-interactive',
        username,
        // Only a single prompt with hidden input can be the one for the password.
        prompt: (_name, _instructions, _language, prompts, finish) => finish(prompts.length === 1 && prompts[0]?.echo !== true ? [credential.password] : []),
      }
    }
    if (!offered.includes('publickey')) return false
    if (credential.kind === 'key') return { type: 'publickey', username, key: credential.key }
    const agent = createAgent(credential.socket)
    const identities = agent.getIdentities.bind(agent)
    agent.getIdentities = (callback) =>
      identities((error, keys) => {
        agentAnswers = !error
        callback(error, keys)
      })
    return { type: 'agent', username, agent }
  }
  const methods = credential.kind === 'password' ? ['password', 'keyboard-interactive'] : ['publickey']

  return {
    handler: ((methodsLeft: readonly string[] | null, partialSuccess: boolean | null) => {
      // As in ssh: first ask without a credential which methods are offered, so that none is sent needlessly.
      if (methodsLeft === null) return { type: 'none', username: target.user }
      offered = methodsLeft
      if (partialSuccess === true) partial = true
      if (tried) return false
      tried = true
      return attempt()
    }) as AuthHandlerMiddleware,
    begun: () => offered.length > 0,
    /** The agent was asked, and did not answer as an agent does. */
    agentFailed: () => tried && !agentAnswers,
    refusal: (): HostFailure => {
      const facts = { target: hostAndPort(target), user: target.user }
      const refused = (said: HostCause | null) => hostError('authRefused', { ...facts, said })
      if (credential.kind === 'agent' && tried && !agentAnswers)
        return hostError('agentMissing', { ...facts, said: { kind: 'notAnAgent', socket: credential.socket } })
      if (partial) return refused({ kind: 'secondCredential' })
      if (!methods.some((method) => offered.includes(method))) return refused({ kind: 'otherMethods', offered: offered.join(', ') })
      if (credential.kind === 'agent') return refused({ kind: 'agentKeysRefused' })
      return refused(credential.kind === 'password' ? null : { kind: 'keyRefused', keyType: credential.key.type, fingerprint: credential.fingerprint })
    },
  }
}

interface Hop {
  readonly client: Client
  readonly stream: Duplex
  readonly talk: TalkLimit
}

interface SignInOptions {
  readonly known: KnownKeys
  /** The known_hosts file that could not be read, for error messages. */
  readonly unread: HostCause | null
  readonly keepalive: boolean
  /** Limit for the host's first message; null: only the limit of the whole sign-in. */
  readonly firstWordMs: number | null
  /** The jump host through which the stream runs. */
  readonly through: Hop | undefined
}

/** Signs in by SSH over a stream. Rejects when the signal is aborted; the stream is closed then. */
function signIn(
  ssh2: Ssh2,
  means: SshMeans,
  target: SshTarget,
  credential: Credential,
  stream: Duplex,
  { known, unread, keepalive, firstWordMs, through }: SignInOptions,
  signal: AbortSignal,
): Promise<Result<Hop, ConnectFailure>> {
  return new Promise((resolve, reject) => {
    const name = hostAndPort(target)
    const limit = timeLimit(means.clock, signInLimitMs, signal)
    const client = new ssh2.Client()
    const attempt = createSignIn(ssh2, credential, target)
    let firstBytes = ''
    let handshaken = false
    let keyFailure: HostFailure | null = null
    let trouble: (Error & { level?: string; code?: unknown }) | null = null

    const talk = limitTalk(client, stream.pause(), means.clock, () => {
      client.emit('error', new TooMuchError())
      stream.destroy()
    })
    if (through !== undefined) stream.on('data', (chunk: Buffer) => through.talk.carried(chunk.length))
    const sniff = (chunk: Buffer) => {
      if (firstBytes.length < 256) firstBytes += chunk.toString('latin1', 0, 256)
    }
    const firstWord = firstWordMs === null ? null : means.clock.setTimeout(() => void (firstBytes === '' && fail(fault('timeout'), true)), firstWordMs)
    const finish = (settle: () => void) => {
      if (firstWord !== null) means.clock.clearTimeout(firstWord)
      limit.signal.removeEventListener('abort', onAbort)
      limit[Symbol.dispose]()
      stream.removeListener('data', sniff)
      client.removeListener('ready', onReady)
      client.removeListener('close', onFailure)
      client.removeListener('error', onError)
      client.on('error', () => {})
      settle()
    }
    const fail = (error: HostFailure, silent = false) =>
      finish(() => {
        stream.destroy()
        resolve(failure(error, silent))
      })
    const fault = (kind: HostErrorKind, said: HostCause | null = null) => hostError(kind, { target: name, user: target.user, said })
    const failureNow = (): HostFailure => {
      if (keyFailure !== null) return keyFailure
      if (firstBytes === '') return fault('closed', { kind: 'hungUpAtOnce' })
      if (!/^SSH-|\nSSH-/.test(firstBytes)) return fault('notSsh', quotedCause(firstBytes.split('\n')[0]))
      const { level } = trouble ?? {}
      if (level === 'client-authentication' || level === 'agent') return attempt.refusal()
      if (attempt.begun() && /authentication failures/i.test(trouble?.message ?? '')) return attempt.refusal()
      const breaksRules = !handshaken && trouble !== null && level !== 'client-socket'
      return fault(breaksRules ? 'notSsh' : 'closed', endOf(trouble))
    }
    const onReady = () => finish(() => resolve(ok({ client, stream, talk })))
    const onFailure = () => fail(failureNow())
    const onError = (error: Error) => {
      // The agent's failure comes first, then the one that no methods are left; the first is more informative.
      trouble ??= error
      if ((error as { level?: string }).level !== 'agent') onFailure()
    }
    const onAbort = () => {
      if (!signal.aborted) return fail(attempt.agentFailed() ? attempt.refusal() : fault('timeout'), firstBytes === '')
      finish(() => {
        stream.destroy()
        reject(signal.reason)
      })
    }

    client.on('ready', onReady)
    client.on('close', onFailure)
    client.on('error', onError)
    client.on('change password', () => fail(fault('authRefused', { kind: 'passwordExpired' })))
    client.on('handshake', () => {
      handshaken = true
    })
    stream.on('data', sniff)
    if (limit.signal.aborted) return onAbort()
    limit.signal.addEventListener('abort', onAbort, { once: true })
    client.connect({
      sock: stream as Socket,
      username: target.user,
      authHandler: attempt.handler,
      readyTimeout: 0,
      keepaliveInterval: keepalive ? keepaliveIntervalMs : 0,
      keepaliveCountMax: keepalives,
      agentForward: false,
      algorithms: {
        kex: [
          'curve25519-sha256',
          'curve25519-sha256@libssh.org',
          'ecdh-sha2-nistp256',
          'ecdh-sha2-nistp384',
          'ecdh-sha2-nistp521',
          'diffie-hellman-group14-sha256',
          'diffie-hellman-group16-sha512',
          'diffie-hellman-group18-sha512',
          // Not diffie-hellman-group-exchange: there the server chooses the prime, before its key is verified, and one of 10,000 bits blocks this thread for a second.
        ],
        serverHostKey: hostKeyAlgorithmsFor(known),
        compress: ['none'],
      },
      // Must never be left out: without it ssh2 accepts any key.
      hostVerifier: (shown: Buffer) => {
        keyFailure = keyProblem(target, shown, known, unread)
        return keyFailure === null
      },
    })
  })
}

/** Opens a stream through a jump host to the next host. */
const forward = (hop: Hop, from: SshTarget, to: SshTarget, clock: Clock, signal: AbortSignal): Promise<Result<Duplex, HostFailure>> =>
  new Promise((resolve, reject) => {
    const limit = timeLimit(clock, tcpLimitMs * 2, signal)
    let done = false
    const finish = (settle: () => void) => {
      if (done) return
      done = true
      limit.signal.removeEventListener('abort', onAbort)
      limit[Symbol.dispose]()
      settle()
    }
    const next = hostAndPort(to)
    const failed = (said: HostCause) => finish(() => resolve(err(hostError('jumpFailed', { target: hostAndPort(from), said }))))
    const onAbort = () => {
      if (signal.aborted) finish(() => reject(signal.reason))
      else failed({ kind: 'nextUnreachable', next, said: null })
    }
    if (limit.signal.aborted) return onAbort()
    limit.signal.addEventListener('abort', onAbort, { once: true })
    try {
      hop.client.forwardOut('127.0.0.1', 0, to.host, to.port, (error, channel) => {
        if (error) {
          const reason = (error as { reason?: unknown }).reason
          const description = quoted(error.message.replace(/^\(SSH\) Channel open failure: ?/, ''))
          // 1 is SSH_OPEN_ADMINISTRATIVELY_PROHIBITED, RFC 4254 section 5.1.
          if (reason === 1 || /prohibited/i.test(description ?? '')) failed({ kind: 'forwardingRefused', next })
          else failed({ kind: 'nextUnreachable', next, said: description })
        } else if (done) channel.destroy()
        else finish(() => resolve(ok(channel)))
      })
    } catch {
      failed({ kind: 'nextUnreachable', next, said: null })
    }
  })

/** Failures of the way to a host. Others, which an operator must resolve, keep their kind at a jump host. */
const ofTheWay: ReadonlySet<HostErrorKind> = new Set(['noRoute', 'refused', 'timeout', 'nameNotFound', 'notSsh', 'closed'])
const atJump = (error: HostFailure): HostFailure => (ofTheWay.has(error.kind) ? { ...hostError('jumpFailed', { target: error.target }), cause: error } : error)

function joined(hops: readonly Hop[], target: SshTarget): SshConnection {
  let lost: HostFailure | null = null
  let destroyed = false
  const listeners: ((error: HostFailure) => void)[] = []
  const end = () => {
    destroyed = true
    for (const { client, stream } of hops.toReversed()) {
      client.end()
      if ('destroySoon' in stream && typeof stream.destroySoon === 'function') stream.destroySoon()
      else stream.destroy()
    }
  }
  for (const { client } of hops) {
    let because: HostCause | null = null
    client.on('error', (error) => {
      because ??= endOf(error)
    })
    client.on('close', () => {
      if (lost !== null || destroyed) return
      lost = hostError('closed', { target: hostAndPort(target), said: because })
      end()
      for (const listener of listeners) listener(lost)
    })
  }
  const [first, last] = [hops.at(0), hops.at(-1)]
  if (first === undefined || last === undefined) throw new Error('a connection needs a host')
  return {
    client: last.client,
    inOnePiece: (write) => {
      first.stream.cork()
      try {
        write()
      } finally {
        first.stream.uncork()
      }
    },
    carried: last.talk.carried,
    onLost: (listener) => void listeners.push(listener),
    lost: () => lost ?? (destroyed ? hostError('closed', { target: hostAndPort(target) }) : null),
    destroy: end,
  }
}

/**
 * Connects and signs in through the jump hosts, verifying each one. Waits for its turn; rejects with the signal's
 * reason when that is aborted. No credential is sent to a host whose key is not known.
 */
export async function connectSsh(means: SshMeans, route: SshRoute, doubtful: boolean, signal: AbortSignal): Promise<Result<SshConnection, HostFailure>> {
  let outcome = doubtful ? null : await connectInTurn(means, route, { doubtful, signal }, firstLimitMs)
  if (outcome === null || (!outcome.ok && outcome.error.silent)) outcome = await connectInTurn(means, route, { doubtful: true, signal }, tcpLimitMs)
  return outcome.ok ? outcome : err(outcome.error.error)
}

const connectInTurn = (means: SshMeans, route: SshRoute, turn: QueueTurn, tcpMs: number): Promise<Result<SshConnection, ConnectFailure>> =>
  means.queue.run(turn, async () => {
    const { signal } = turn
    // Loaded with the first host over SSH: a console without one saves its 15 MB.
    const { default: ssh2 } = await import('ssh2')
    const hops: Hop[] = []
    let done = false
    try {
      const { lines, unread } = await readKnownHosts(route.knownHostsFiles)
      const way = [...route.jump, route.target]
      for (const [index, target] of way.entries()) {
        const isJump = index < way.length - 1
        const failureOf = (error: HostFailure, silent: boolean) => failure(isJump ? atJump(error) : error, silent)
        const credential = await credentialOf(means, route.auth, hostAndPort(target))
        if (!credential.ok) return failure(credential.error)
        const before = hops.at(-1)
        const from = way[index - 1]
        const stream =
          before === undefined || from === undefined
            ? await connectTcp(means.clock, target, tcpMs, signal)
            : await forward(before, from, target, means.clock, signal)
        if (!stream.ok) return failureOf(stream.error, before === undefined && stream.error.kind === 'timeout')
        const known = knownKeysOf(lines, route.accepted(hostAndPort(target)), target.host, target.port)
        const options = {
          known,
          unread,
          keepalive: route.keepalive ?? true,
          firstWordMs: turn.doubtful || before !== undefined ? null : firstLimitMs,
          through: before,
        }
        const hop = await signIn(ssh2, means, target, credential.value, stream.value, options, signal)
        if (!hop.ok) return failureOf(hop.error.error, hop.error.silent && before === undefined)
        hops.push(hop.value)
      }
      done = true
      return ok(joined(hops, route.target))
    } finally {
      if (!done) for (const { stream } of hops.toReversed()) stream.destroy()
    }
  })
