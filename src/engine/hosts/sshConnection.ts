import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { AnyAuthMethod, AuthHandlerMiddleware, Client, ClientChannel, ParsedKey } from 'ssh2'
import { type Clock, inTime } from '../../clock/clock.ts'
import { createSemaphore, inTurn, type Semaphore } from '../../clock/semaphore.ts'
import { hostAndPort } from '../../shared/endpoints.ts'
import type { HostCause, HostFailure } from '../../shared/errors.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { readBounded } from '../readBounded.ts'
import { type HostErrorKind, hostError, quotedCause } from './hostErrors.ts'
import { evaluateKey, fingerprintOf, hostKeyAlgorithmsFor, type KnownHostLine, type KnownKeys, keyTypeOf, knownKeysOf, parseKnownHosts } from './knownHosts.ts'
import { PrivateKeys } from './privateKey.ts'
import type { AcceptedKey, SshAuth, SshTarget } from './sshTarget.ts'
import { limitTalk, type TalkLimit } from './talkLimit.ts'

export interface SshRoute {
  readonly target: SshTarget
  readonly jump: readonly SshTarget[]
  /** null: the credential is missing. */
  readonly auth: SshAuth | null
  readonly knownHostsFiles: readonly string[]
  /** Keys that an operator accepted for `host:port`; called for each connection. */
  readonly accepted: (target: string) => readonly AcceptedKey[]
}

/** Shared by all connections. */
export interface SshMeans {
  readonly clock: Clock
  /** How many sign in at once: a handshake costs some ms of CPU, and hundreds of them together would block everything else. */
  readonly turns: Semaphore
  /** By the first address of a route: how many connect and sign in there at once, so that a dead one delays only those behind it, and a jump host is not stormed. */
  readonly doors: Map<string, Semaphore>
  readonly privateKeys: PrivateKeys
}
const signInsAtOnce = 8
/** sshd turns connections away at random where ten are not signed in (MaxStartups). */
const atOneDoor = 4
export function createSshMeans(clock: Clock): SshMeans {
  return { clock, turns: createSemaphore(signInsAtOnce), doors: new Map(), privateKeys: new PrivateKeys() }
}

/** Time limit for a host on the route to say something, and again for signing in to it. */
const signInLimitMs = 15_000
const tcpLimitMs = 7_000
const largestKnownHosts = 16 << 20

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

/** The error of a client whose connection is ended from here, because the other side sends or wants too much. */
class TooMuchError extends Error {}
/** Why a connection ended, from the error of its client. */
const causeOf = (error: Error | null): HostCause | null => (error instanceof TooMuchError ? { kind: 'sendsTooMuch' } : quotedCause(error?.message))

/** A signed-in connection, including those to its jump hosts. */
export class SshConnection {
  /** Reports the bytes that a channel received. */
  readonly carried: TalkLimit['carried']
  readonly #client: Client
  readonly #hops: readonly Hop[]
  readonly #target: SshTarget
  #lost: HostFailure | null = null
  #onLost: (error: HostFailure) => void = () => {}

  /** `hops`: all of them, `last` included. */
  constructor({ client: last, talk }: Hop, hops: readonly Hop[], target: SshTarget) {
    this.carried = talk.carried
    this.#client = last
    this.#hops = hops
    this.#target = target
    for (const { client } of hops) {
      let said: HostCause | null = null
      client.on('error', (error) => {
        said ??= causeOf(error)
      })
      client.on('close', () => {
        if (this.#lost !== null) return
        this.#end(said)
        this.#onLost(this.#lost ?? this.#closed(said))
      })
    }
  }

  /** Calls the listener once if the connection ends without `destroy`. */
  onLost(listener: (error: HostFailure) => void): void {
    this.#onLost = listener
  }
  /** Why it ended; null: it is open. */
  lost(): HostFailure | null {
    return this.#lost
  }
  destroy(): void {
    if (this.#lost === null) this.#end(null)
  }
  /** Starts a command without terminal, environment or agent. The error is the host's message. Rejects when aborted. */
  run(command: string, signal: AbortSignal): Promise<Result<ClientChannel, string>> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const onAbort = () => reject(signal.reason)
      signal.addEventListener('abort', onAbort, { once: true })
      try {
        this.#client.exec(command, {}, (error, channel) => {
          signal.removeEventListener('abort', onAbort)
          if (error) return resolve(err(plainMessage(error)))
          if (signal.aborted) channel.close()
          else resolve(ok(channel))
        })
      } catch (error) {
        // ssh2 throws here if the connection has just ended.
        signal.removeEventListener('abort', onAbort)
        resolve(err(error instanceof Error ? error.message : ''))
      }
    })
  }

  /** Sends everything that `write` writes in one piece: ssh2 writes each packet in three, and each of those would be a separate system call and TCP segment. */
  inOnePiece(write: () => void): void {
    const stream = this.#hops[0]?.stream
    stream?.cork()
    try {
      write()
    } finally {
      stream?.uncork()
    }
  }

  #closed(said: HostCause | null): HostFailure {
    return hostError('closed', { target: hostAndPort(this.#target), said })
  }
  #end(said: HostCause | null): void {
    this.#lost = this.#closed(said)
    for (const { client, stream } of this.#hops.toReversed()) {
      client.end()
      if ('destroySoon' in stream && typeof stream.destroySoon === 'function') stream.destroySoon()
      else stream.destroy()
    }
  }
}

const plainMessage = (error: Error): string => error.message.replace(/^\(SSH\) Channel open failure: ?/, '')

interface Hop {
  readonly client: Client
  readonly stream: Duplex
  readonly talk: TalkLimit
}

/**
 * Connects and signs in through the jump hosts, verifying each one. Rejects with the signal's reason when that is aborted. No credential is sent to a
 * host whose key is not known.
 */
export async function connectSsh(means: SshMeans, route: SshRoute, signal: AbortSignal): Promise<Result<SshConnection, HostFailure>> {
  const hops: Hop[] = []
  let isMade = false
  try {
    const { lines, unread } = await readKnownHosts(route.knownHostsFiles)
    /** Goes on to the next host. */
    const enter = async (target: SshTarget): Promise<Result<Hop, HostFailure>> => {
      const credential = await credentialOf(means, route.auth, hostAndPort(target))
      if (!credential.ok) return credential
      const [before, from] = [hops.at(-1), route.jump[hops.length - 1]]
      const known = knownKeysOf(lines, route.accepted(hostAndPort(target)), target.host, target.port)
      const signInAt = async () => {
        const stream = before && from ? await forward(before, from, target, means.clock, signal) : await connectTcp(means.clock, target, signal)
        return stream.ok ? await signIn(means, target, credential.value, stream.value, { known, unread, before }, signal) : stream
      }
      const hop = before ? await signInAt() : await inTurn(doorOf(means, target), signal, signInAt)
      if (hop.ok) hops.push(hop.value)
      return hop
    }
    for (const target of route.jump) {
      const hop = await enter(target)
      if (!hop.ok) return hop
    }
    const last = await enter(route.target)
    if (!last.ok) return last
    isMade = true
    return ok(new SshConnection(last.value, hops, route.target))
  } finally {
    if (!isMade) for (const { stream } of hops.toReversed()) stream.destroy()
  }
}

function doorOf({ doors }: SshMeans, target: SshTarget): Semaphore {
  const door = doors.get(hostAndPort(target)) ?? createSemaphore(atOneDoor)
  doors.set(hostAndPort(target), door)
  return door
}

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

type Credential =
  | { readonly kind: 'password'; readonly password: string }
  | { readonly kind: 'key'; readonly key: ParsedKey }
  | { readonly kind: 'agent'; readonly socket: string }

const windowsAgentPipe = '\\\\.\\pipe\\openssh-ssh-agent'

async function credentialOf({ privateKeys }: SshMeans, auth: SshAuth | null, target: string): Promise<Result<Credential, HostFailure>> {
  if (auth === null) return err(hostError('secretMissing', { target }))
  if (auth.kind === 'password') return ok(auth)
  if (auth.kind === 'key') {
    const key = await privateKeys.read(auth, target)
    return key.ok ? ok({ kind: 'key', key: key.value }) : key
  }
  const socket = auth.socket ?? process.env.SSH_AUTH_SOCK ?? (process.platform === 'win32' ? windowsAgentPipe : '')
  return socket === '' ? err(hostError('agentMissing', { target })) : ok({ kind: 'agent', socket })
}

/** What `work` comes to, or `late` where time is up. Rejects when the signal is aborted. `giveUp` ends the work in both cases. */
async function inLimit<T>(clock: Clock, ms: number, signal: AbortSignal, late: () => T, work: Promise<T>, giveUp = () => {}): Promise<T> {
  const done = await inTime(clock, ms, work, signal)
  if (done !== null) return done
  giveUp()
  signal.throwIfAborted()
  return late()
}

/** Opens TCP; the socket is paused. */
function connectTcp(clock: Clock, target: SshTarget, signal: AbortSignal): Promise<Result<Duplex, HostFailure>> {
  const name = hostAndPort(target)
  const late = () => err(hostError('timeout', { target: name }))
  const socket = connect({ host: target.host, port: target.port, noDelay: true })
  const connected = new Promise<Result<Duplex, HostFailure>>((resolve) => {
    socket.on('error', (error) => {
      const kind = kindByCode[codeOf(error) ?? ''] ?? 'noRoute'
      resolve(err(hostError(kind, { target: name, said: kind === 'noRoute' ? quotedCause(codeOf(error)) : null })))
    })
    socket.once('connect', () => resolve(ok(socket.pause())))
  })
  return inLimit(clock, tcpLimitMs, signal, late, connected, () => socket.destroy())
}

/** Opens a stream through a jump host to the next host. */
function forward(hop: Hop, from: SshTarget, to: SshTarget, clock: Clock, signal: AbortSignal): Promise<Result<Duplex, HostFailure>> {
  const next = hostAndPort(to)
  const failed = (said: HostCause) => err(hostError('jumpFailed', { target: hostAndPort(from), said }))
  const late = () => failed({ kind: 'nextUnreachable', next, said: null })
  let isOver = false
  const forwarded = new Promise<Result<Duplex, HostFailure>>((resolve) => {
    try {
      hop.client.forwardOut('127.0.0.1', 0, to.host, to.port, (error, channel) => {
        if (isOver) return channel?.destroy()
        if (!error) return resolve(ok(channel))
        const said = plainMessage(error)
        // 1 is SSH_OPEN_ADMINISTRATIVELY_PROHIBITED, RFC 4254 section 5.1.
        const isProhibited = (error as { reason?: unknown }).reason === 1 || /prohibited/i.test(said)
        resolve(failed(isProhibited ? { kind: 'forwardingRefused', next } : { kind: 'nextUnreachable', next, said }))
      })
    } catch {
      // ssh2 throws here if the connection has just ended.
      resolve(late())
    }
  })
  return inLimit(clock, tcpLimitMs * 2, signal, late, forwarded, () => {
    isOver = true
  })
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

/** One sign-in: offers the credential once, and only if the host has a method for it. */
function createSignIn({ createAgent }: typeof import('ssh2'), credential: Credential, target: SshTarget) {
  const { user: username } = target
  let offered: readonly string[] = []
  let isTried = false
  const attempt = (): AnyAuthMethod | false => {
    if (credential.kind === 'password') {
      const { password } = credential
      if (offered.includes('password')) return { type: 'password', username, password }
      if (!offered.includes('keyboard-interactive')) return false
      return {
        type: 'keyboard-interactive',
        username,
        // Only a single prompt with hidden input can be the one for the password.
        prompt: (_name, _instructions, _language, prompts, finish) => finish(prompts.length === 1 && prompts[0]?.echo !== true ? [password] : []),
      }
    }
    if (!offered.includes('publickey')) return false
    return credential.kind === 'key' ? { type: 'publickey', username, key: credential.key } : { type: 'agent', username, agent: createAgent(credential.socket) }
  }
  return {
    handler: ((methodsLeft: readonly string[] | null) => {
      // As in ssh: first ask without a credential which methods are offered, so that none is sent needlessly.
      if (methodsLeft === null) return { type: 'none', username }
      offered = methodsLeft
      if (isTried) return false
      isTried = true
      return attempt()
    }) as AuthHandlerMiddleware,
    hasBegun: () => offered.length > 0,
    refusal: (): HostFailure => {
      const ours = credential.kind === 'password' ? ['password', 'keyboard-interactive'] : ['publickey']
      const said: HostCause | null = ours.some((method) => offered.includes(method)) ? null : { kind: 'otherMethods', offered: offered.join(', ') }
      return hostError('authRefused', { target: hostAndPort(target), user: username, said })
    },
  }
}

/** Signs in by SSH over a stream, in turn. Rejects when the signal is aborted; the stream is closed then. `before`: the jump host through which it runs. */
async function signIn(
  { clock, turns }: SshMeans,
  target: SshTarget,
  credential: Credential,
  stream: Duplex,
  { known, unread, before }: { readonly known: KnownKeys; readonly unread: HostCause | null; readonly before: Hop | undefined },
  signal: AbortSignal,
): Promise<Result<Hop, HostFailure>> {
  // Loaded with the first host over SSH: a console without one saves its 15 MB.
  const { default: ssh2 } = await import('ssh2')
  const client = new ssh2.Client()
  const attempt = createSignIn(ssh2, credential, target)
  const fault = (kind: HostErrorKind, said: HostCause | null = null) => hostError(kind, { target: hostAndPort(target), user: target.user, said })
  const late = () => err(fault('timeout'))
  let firstBytes = ''
  let isHandshaken = false
  let keyFailure: HostFailure | null = null
  let trouble: (Error & { level?: string }) | null = null
  const failure = (): HostFailure => {
    if (keyFailure !== null) return keyFailure
    if (firstBytes !== '' && !/^SSH-|\nSSH-/.test(firstBytes)) return fault('notSsh', quotedCause(firstBytes.split('\n')[0]))
    const { level, message } = trouble ?? {}
    if (level === 'agent') return fault('agentMissing', quotedCause(message))
    if (level === 'client-authentication' || (attempt.hasBegun() && /authentication failures/i.test(message ?? ''))) return attempt.refusal()
    const breaksRules = firstBytes !== '' && !isHandshaken && trouble !== null && level !== 'client-socket'
    return fault(breaksRules ? 'notSsh' : 'closed', causeOf(trouble))
  }
  const talk = limitTalk(client, stream.pause(), clock, () => {
    client.emit('error', new TooMuchError())
    stream.destroy()
  })
  stream.on('data', (chunk: Buffer) => {
    before?.talk.carried(chunk.length)
    if (firstBytes.length < 256) firstBytes += chunk.toString('latin1', 0, 256)
  })
  let end: (result: Result<Hop, HostFailure>) => void = () => {}
  const ended = new Promise<Result<Hop, HostFailure>>((resolve) => {
    end = resolve
  })
  client.once('ready', () => end(ok({ client, stream, talk })))
  client.once('close', () => end(err(failure())))
  client.on('error', (error: Error & { level?: string }) => {
    trouble ??= error
    // After one of the agent's keys follows the next.
    if (error.level !== 'agent') end(err(failure()))
  })
  client.on('change password', () => end(err(attempt.refusal())))
  client.once('handshake', () => {
    isHandshaken = true
  })
  let onReadable = () => {}
  const heard = new Promise<'heard'>((resolve) => {
    onReadable = () => resolve('heard')
  })
  // What ssh2 begins to read here it gets when it is its turn: until then nothing is computed, and a host that says nothing takes no turn.
  stream.once('resume', () => stream.on('readable', onReadable))
  // Not null, which would say that time is up.
  const waitFor = <T extends 'heard' | Result<Hop, HostFailure>>(waited: Promise<T>) =>
    inLimit<T | Result<never, HostFailure>>(clock, signInLimitMs, signal, late, waited)
  let isIn = false
  try {
    client.connect({
      sock: stream as Socket,
      username: target.user,
      authHandler: attempt.handler,
      readyTimeout: 0,
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
    const early = await waitFor(Promise.race([heard, ended]))
    const goOn = () => {
      stream.off('readable', onReadable)
      return waitFor(ended)
    }
    const outcome = early === 'heard' ? await inTurn(turns, signal, goOn) : early
    isIn = outcome.ok
    return outcome
  } finally {
    if (!isIn) stream.destroy()
  }
}
