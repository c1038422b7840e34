import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Clock, createSystemClock } from '../../clock/clock.ts'
import { createTestClock } from '../../clock/testClock.ts'
import { hostAndPort } from '../../shared/endpoints.ts'
import { createSshMeans, type SshMeans, type SshRoute } from './sshConnection.ts'
import { SshShell } from './sshShell.ts'
import type { AcceptedKey, SshAuth, SshTarget } from './sshTarget.ts'
import { createKeyFolder, createKeyPair, createTestSshd, eventually, hasSshd, type KeyPair, type TestSshd } from './testSshd.fixture.ts'

const never = new AbortController().signal
const script = 'while read -r line id; do echo "== cpu"; echo "$line"; echo "== END $id"; done'
const folder = createKeyFolder()
afterAll(() => folder[Symbol.dispose]())
const keyAuth = (key: KeyPair, passphrase: string | null = null): SshAuth => ({ kind: 'key', key: key.privateText, keyFile: null, passphrase })
const password = (text: string): SshAuth => ({ kind: 'password', password: text })

const limits = { timeoutMs: 10_000, maxBytes: 100_000 }
type Route = Partial<SshRoute> & { readonly target: SshTarget }
const shellTo = (route: Route, means: SshMeans = createSshMeans(createSystemClock())) =>
  new SshShell(means, { jump: [], auth: null, knownHostsFiles: [], accepted: () => [], ...route }, script)

/** Asks once and closes: the answer, or the error. */
async function attempt(route: Route, clock: Clock = createSystemClock(), signal = never) {
  const shell = shellTo(route, createSshMeans(clock))
  try {
    const answer = await shell.ask('hello', limits, signal)
    return answer.ok ? answer.value.bytes.toString() : answer.error
  } finally {
    shell.close()
  }
}

async function listening(server: Server) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return { user: 'noc', host: '127.0.0.1', port: typeof address === 'object' && address !== null ? address.port : 0 }
}
/** A server that does as a test says with each connection. */
async function rawServer(onConnection: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer((socket) => {
    connections++
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => void sockets.delete(socket))
    // One that is not read does not notice its end.
    socket.resume()
    onConnection(socket)
  })
  const target = await listening(server)
  return {
    target,
    sockets,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

interface Seen {
  connections: number
  credentials: string[]
}
/** ssh2's own server with one host key; `tell` sets up each connection. */
async function sshServer(hostKey: KeyPair, tell: (client: ssh2.Connection, seen: Seen) => void, more: Partial<ssh2.ServerConfig> = {}) {
  const seen: Seen = { connections: 0, credentials: [] }
  const clients = new Set<ssh2.Connection>()
  const server = new ssh2.Server({ ...more, hostKeys: [hostKey.privateText] }, (client) => {
    seen.connections++
    clients.add(client)
    client.on('error', () => {}).on('close', () => void clients.delete(client))
    tell(client, seen)
  })
  const target = await listening(server as unknown as Server)
  return {
    target,
    seen,
    known: (): readonly AcceptedKey[] => [{ keyType: hostKey.keyType, fingerprint: hostKey.fingerprint }],
    [Symbol.asyncDispose]: async () => {
      for (const client of clients) client.end()
      await new Promise((resolve) => server.close(() => resolve(null)))
    },
  }
}
/** Lets `noc` in with one password, by these methods. */
const passwordEndpoint =
  (right: string, methods: ('password' | 'keyboard-interactive')[] = ['password']) =>
  (client: ssh2.Connection, seen: Seen) => {
    client.on('authentication', (context) => {
      if (context.method === 'password' && methods.includes('password')) {
        seen.credentials.push(context.password)
        return context.password === right ? context.accept() : context.reject(methods)
      }
      if (context.method === 'keyboard-interactive' && methods.includes('keyboard-interactive'))
        return context.prompt([{ prompt: 'Password: ', echo: false }], (answers) => {
          seen.credentials.push(...answers)
          if (answers[0] === right) context.accept()
          else context.reject(methods)
        })
      context.reject(methods)
    })
  }
/** Answers one question in each command. */
const answering = (client: ssh2.Connection) =>
  client.on('session', (accept) =>
    accept().on('exec', (acceptExec) => {
      const channel = acceptExec()
      channel.on('data', (chunk: Buffer) => {
        const [line, id] = chunk.toString().trim().split(' ')
        channel.write(`== cpu\n${line}\n== END ${id}\n`)
      })
    }),
  )

/** What ssh2's own servers do by themselves, done without end. */
const protocolOf = (client: ssh2.Connection) =>
  client as unknown as { readonly _protocol: { readonly ping: () => void }; readonly _sock: Socket; readonly rekey: (done: () => void) => void }
function flood(client: ssh2.Connection) {
  const { _protocol, _sock } = protocolOf(client)
  // In pieces: what the system buffers is megabytes, and to fill it takes seconds.
  const more = () => {
    for (let sent = 0; sent < 500; sent++) _protocol.ping()
    if (_sock.writable) setImmediate(more)
  }
  more()
}
const rekey = (client: ssh2.Connection) => protocolOf(client).rekey(() => rekey(client))

describe.skipIf(!hasSshd)('a connection', () => {
  let user: KeyPair
  let hostKey: KeyPair
  let otherKey: KeyPair
  let sshd: TestSshd
  beforeAll(async () => {
    user = createKeyPair(folder.path, 'user')
    hostKey = createKeyPair(folder.path, 'host')
    otherKey = createKeyPair(folder.path, 'other')
    sshd = await createTestSshd([], ['ed25519', 'rsa', 'ecdsa'])
    sshd.authorize(user)
  })
  afterAll(async () => sshd?.[Symbol.asyncDispose]())
  const here = () => ({ target: sshd.target, knownHostsFiles: [sshd.knownHostsFile], auth: keyAuth(user) })
  const answer = '== cpu\nhello\n'

  describe('and the key of its host', () => {
    it('stops at the first contact: type and fingerprint are reported, and no credential is sent', async () => {
      await using server = await sshServer(hostKey, passwordEndpoint('secret'))
      const error = await attempt({ target: server.target, auth: password('secret') })
      expect(error).toMatchObject({
        kind: 'hostKeyUnknown',
        fingerprint: hostKey.fingerprint,
        keyType: 'ssh-ed25519',
        knownFingerprint: null,
        target: hostAndPort(server.target),
      })
      expect(server.seen).toEqual({ connections: 1, credentials: [] })
    })

    it('goes on once it is accepted', async () => {
      await using server = await sshServer(hostKey, (client, seen) => {
        passwordEndpoint('secret')(client, seen)
        answering(client)
      })
      const accepted: AcceptedKey[] = []
      const route = { target: server.target, auth: password('secret'), accepted: (name: string) => (name === hostAndPort(server.target) ? accepted : []) }
      const shell = shellTo(route)
      expect(await shell.ask('hello', limits, never)).toMatchObject({ ok: false, error: { kind: 'hostKeyUnknown' } })
      accepted.push(...server.known())
      expect(await shell.ask('hello', limits, never)).toMatchObject({ ok: true })
      shell.close()
    })

    it('stops at a changed one and reports both fingerprints; no credential is sent', async () => {
      await using server = await sshServer(hostKey, (client, seen) => {
        passwordEndpoint('secret')(client, seen)
        answering(client)
      })
      const accepted: AcceptedKey[] = [{ keyType: otherKey.keyType, fingerprint: otherKey.fingerprint }]
      const route = { target: server.target, auth: password('secret'), accepted: () => accepted }
      expect(await attempt(route)).toMatchObject({ kind: 'hostKeyChanged', fingerprint: hostKey.fingerprint, knownFingerprint: otherKey.fingerprint })
      expect(server.seen).toEqual({ connections: 1, credentials: [] })
      accepted.push(...server.known())
      expect(await attempt(route)).toBe(answer)
      expect(server.seen).toEqual({ connections: 2, credentials: ['secret'] })
    })

    it('stops hard at a revoked one, also where it was accepted', async () => {
      const file = join(folder.path, 'revoked')
      writeFileSync(file, `@revoked * ${sshd.hostKeys.get('ed25519')?.publicLine}\n`)
      const fingerprint = sshd.hostKeys.get('ed25519')?.fingerprint ?? ''
      const error = await attempt({ ...here(), knownHostsFiles: [file], accepted: () => [{ keyType: 'ssh-ed25519', fingerprint }] })
      expect(error).toMatchObject({ kind: 'hostKeyChanged', fingerprint, said: { kind: 'keyRevoked' } })
    })

    it.each(['ed25519', 'rsa', 'ecdsa'])('asks for the known type of its key (%s)', async (type) => {
      const file = join(folder.path, `only-${type}`)
      writeFileSync(file, `[127.0.0.1]:${sshd.target.port} ${sshd.hostKeys.get(type)?.publicLine}\n`)
      expect(await attempt({ ...here(), knownHostsFiles: [file] })).toBe(answer)
    })

    it('knows it from a file with hashed names', async () => {
      const file = join(folder.path, 'hashed')
      writeFileSync(file, readFileSync(sshd.knownHostsFile))
      execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' })
      expect(await attempt({ ...here(), knownHostsFiles: [file] })).toBe(answer)
    })

    it('is not confirmed by a certificate authority; says which file could not be read', async () => {
      const file = join(folder.path, 'authority')
      writeFileSync(file, `@cert-authority * ${sshd.hostKeys.get('ed25519')?.publicLine}\n`)
      expect(await attempt({ ...here(), knownHostsFiles: [file] })).toMatchObject({ kind: 'hostKeyUnknown', said: null })
      expect(await attempt({ ...here(), knownHostsFiles: ['/nowhere/known'] })).toMatchObject({
        kind: 'hostKeyUnknown',
        said: { kind: 'fileUnreadable', file: '/nowhere/known', code: 'ENOENT' },
      })
    })

    it('reads ordinary files only, and no more of them than a list of hosts may have', async () => {
      const [large, pipe] = [join(folder.path, 'large'), join(folder.path, 'pipe')]
      writeFileSync(large, '')
      truncateSync(large, 1 << 30)
      execFileSync('mkfifo', [pipe])
      for (const [file, code] of [
        ['/dev/zero', 'EINVAL'],
        [pipe, 'EINVAL'],
        [large, 'EFBIG'],
      ])
        expect(await attempt({ ...here(), knownHostsFiles: [file ?? ''] })).toMatchObject({
          kind: 'hostKeyUnknown',
          said: { kind: 'fileUnreadable', file, code },
        })
    })
  })

  describe('and its sign-in', () => {
    it('works by key, from a text or a file', async () => {
      expect(await attempt(here())).toBe(answer)
      expect(await attempt({ ...here(), auth: { kind: 'key', key: null, keyFile: user.file, passphrase: null } })).toBe(answer)
    })

    it.each([
      ['rsa', ['-t', 'rsa', '-b', '2048', '-m', 'PEM']],
      ['ecdsa', ['-t', 'ecdsa', '-m', 'PEM']],
    ])('works by an encrypted %s key, with its passphrase', async (name, args) => {
      const secret = createKeyPair(folder.path, `secret-${name}`, args, 'open sesame')
      sshd.authorize(secret)
      expect(await attempt({ ...here(), auth: keyAuth(secret, 'open sesame') })).toBe(answer)
      expect(await attempt({ ...here(), auth: keyAuth(secret, 'wrong') })).toMatchObject({
        kind: 'keyUnusable',
        said: { kind: 'passphraseWrong' },
      })
      expect(await attempt({ ...here(), auth: keyAuth(secret) })).toMatchObject({ kind: 'keyUnusable', said: { kind: 'passphraseWrong' } })
    })

    it('says that a key is refused', async () => {
      const error = await attempt({ ...here(), auth: keyAuth(otherKey) })
      expect(error).toMatchObject({ kind: 'authRefused', said: null })
    })

    it('works by password, and by the questions some servers ask for one', async () => {
      for (const methods of [['password'], ['keyboard-interactive']] as const) {
        await using server = await sshServer(hostKey, (client, seen) => {
          passwordEndpoint('secret', [...methods])(client, seen)
          answering(client)
        })
        expect(await attempt({ target: server.target, accepted: server.known, auth: password('secret') })).toBe(answer)
        const error = await attempt({ target: server.target, accepted: server.known, auth: password('wr0ng') })
        expect(error).toMatchObject({ kind: 'authRefused', said: null })
        expect(JSON.stringify(error)).not.toContain('wr0ng')
        expect(server.seen.credentials).toEqual(['secret', 'wr0ng'])
      }
    })

    it('says so where passwords, or keys, are not taken; the password is not sent then', async () => {
      expect(await attempt({ ...here(), auth: password('secret') })).toMatchObject({
        kind: 'authRefused',
        said: { kind: 'otherMethods', offered: 'publickey' },
      })
      await using server = await sshServer(hostKey, passwordEndpoint('secret'))
      expect(await attempt({ target: server.target, accepted: server.known, auth: keyAuth(user) })).toMatchObject({
        kind: 'authRefused',
        said: { kind: 'otherMethods', offered: 'password' },
      })
    })

    it('asks for a credential that is not there', async () => {
      expect(await attempt({ ...here(), auth: null })).toMatchObject({ kind: 'secretMissing' })
    })

    it('works by the agent, and has words for one that is missing, empty, wrong or silent', async () => {
      const socket = join(folder.path, 'agent')
      const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' })
      try {
        const auth: SshAuth = { kind: 'agent', socket }
        await eventually('the agent listens', () => {
          try {
            execFileSync('ssh-add', ['-l'], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: 'ignore' })
            return true
          } catch (error) {
            return (error as { status?: number }).status === 1
          }
        })
        expect(await attempt({ ...here(), auth })).toMatchObject({ kind: 'authRefused', said: null })
        const add = (key: KeyPair) => execFileSync('ssh-add', ['-q', key.file], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: 'ignore' })
        add(otherKey)
        expect(await attempt({ ...here(), auth })).toMatchObject({ kind: 'authRefused', said: null })
        add(user)
        expect(await attempt({ ...here(), auth })).toBe(answer)
      } finally {
        agent.kill()
        await once(agent, 'exit')
      }
      expect(await attempt({ ...here(), auth: { kind: 'agent', socket: join(folder.path, 'no-agent') } })).toMatchObject({ kind: 'agentMissing' })
      const before = process.env.SSH_AUTH_SOCK
      delete process.env.SSH_AUTH_SOCK
      try {
        if (process.platform !== 'win32')
          expect(await attempt({ ...here(), auth: { kind: 'agent', socket: null } })).toMatchObject({ kind: 'agentMissing', said: null })
      } finally {
        if (before !== undefined) process.env.SSH_AUTH_SOCK = before
      }
    })

    it('goes on with the next key where the agent does not sign with one', async () => {
      const path = join(folder.path, 'choosy-agent')
      sshd.authorize(otherKey)
      const keys = [otherKey, user].map(({ privateText }) => ssh2.utils.parseKey(privateText) as ssh2.ParsedKey)
      let asked = 0
      const choosy = createServer((socket) => {
        const agent = new ssh2.AgentProtocol(false)
        agent.on('identities', (request) => agent.getIdentitiesReply(request, keys))
        agent.on('sign', (request, key, data) => {
          const signature = asked++ === 0 ? null : keys.find((one) => one.getPublicSSH().equals((key as ssh2.ParsedKey).getPublicSSH()))?.sign(data)
          if (signature instanceof Buffer) agent.signReply(request, signature)
          else agent.failureReply(request)
        })
        socket
          .on('error', () => {})
          .pipe(agent)
          .pipe(socket)
      }).listen(path)
      await once(choosy, 'listening')
      expect(await attempt({ ...here(), auth: { kind: 'agent', socket: path } })).toBe(answer)
      expect(asked).toBe(2)
      choosy.close()
    })

    it('does not wait for ever for an agent that does not answer', async () => {
      const path = join(folder.path, 'silent-agent')
      let asked = false
      const sockets: Socket[] = []
      const silent = createServer((socket) => {
        sockets.push(socket.on('error', () => {}))
        socket.once('data', () => {
          asked = true
        })
      }).listen(path)
      await once(silent, 'listening')
      const clock = createTestClock()
      const outcome = attempt({ ...here(), auth: { kind: 'agent', socket: path } }, clock)
      await eventually('the agent is asked', () => asked)
      await clock.advance(15_000)
      expect(await outcome).toMatchObject({ kind: 'timeout' })
      expect(clock.pending()).toBe(0)
      for (const socket of sockets) socket.destroy()
      silent.close()
    })
  })

  describe('through jump hosts', () => {
    it('verifies and signs in to each, also over several', async () => {
      await using bastion = await createTestSshd()
      await using second = await createTestSshd()
      bastion.authorize(user)
      second.authorize(user)
      const files = [bastion.knownHostsFile, second.knownHostsFile, sshd.knownHostsFile]
      expect(await attempt({ ...here(), jump: [bastion.target], knownHostsFiles: files })).toBe(answer)
      expect(await attempt({ ...here(), jump: [bastion.target, second.target], knownHostsFiles: files })).toBe(answer)
      const unknown = (kept: readonly string[]) => attempt({ ...here(), jump: [bastion.target, second.target], knownHostsFiles: kept })
      expect(await unknown(files.slice(1))).toMatchObject({ kind: 'hostKeyUnknown', target: hostAndPort(bastion.target) })
      expect(await unknown([files[0] ?? '', files[2] ?? ''])).toMatchObject({ kind: 'hostKeyUnknown', target: hostAndPort(second.target) })
      expect(await unknown(files.slice(0, 2))).toMatchObject({ kind: 'hostKeyUnknown', target: hostAndPort(sshd.target) })
    })

    it('names the hop that fails, and why', async () => {
      await using bastion = await createTestSshd()
      bastion.authorize(user)
      await using closed = await createTestSshd(['AllowTcpForwarding no'])
      closed.authorize(user)
      const files = [bastion.knownHostsFile, closed.knownHostsFile, sshd.knownHostsFile]
      const through = (jump: SshTarget[], more: Partial<SshRoute> = {}) => attempt({ ...here(), knownHostsFiles: files, jump, ...more })
      const nobody = { ...sshd.target, port: 1 }
      expect(await through([nobody])).toMatchObject({ kind: 'refused', target: '127.0.0.1:1' })
      expect(await through([bastion.target], { target: nobody })).toMatchObject({
        kind: 'jumpFailed',
        target: hostAndPort(bastion.target),
        said: { kind: 'nextUnreachable', next: '127.0.0.1:1', said: 'Connection refused' },
      })
      expect(await through([closed.target])).toMatchObject({
        kind: 'jumpFailed',
        target: hostAndPort(closed.target),
        said: { kind: 'forwardingRefused', next: hostAndPort(sshd.target) },
      })
      expect(await through([bastion.target], { auth: keyAuth(otherKey) })).toMatchObject({ kind: 'authRefused', target: hostAndPort(bastion.target) })
    })

    it('ends with its jump host', async () => {
      await using bastion = await createTestSshd()
      bastion.authorize(user)
      const shell = shellTo({ ...here(), jump: [bastion.target], knownHostsFiles: [bastion.knownHostsFile, sshd.knownHostsFile] })
      expect(await shell.ask('hello', limits, never)).toMatchObject({ ok: true })
      await bastion.stop()
      await eventually('the loss is seen', () => !shell.isConnected())
      expect(await shell.ask('hello', limits, never)).toMatchObject({ ok: false, error: { kind: 'refused' } })
      shell.close()
    })
  })

  describe('to what is not there or no SSH server', () => {
    const target = { user: 'noc', host: '127.0.0.1', port: 1 }
    const auth = password('secret')

    it('says that the port is closed', async () => {
      expect(await attempt({ target, auth })).toMatchObject({ kind: 'refused', target: '127.0.0.1:1' })
    })
    it('says that the name is not known', async () => {
      expect(await attempt({ target: { ...target, host: 'no-such-host.invalid' }, auth })).toMatchObject({ kind: 'nameNotFound' })
    })
    it('says that there is no way', async () => {
      expect(await attempt({ target: { ...target, host: '255.255.255.255' }, auth })).toMatchObject({ kind: 'noRoute' })
    })
    it('recognizes an HTTP server by its answer', async () => {
      const server = createHttpServer((_request, response) => response.end('hello'))
      expect(await attempt({ target: await listening(server), auth })).toMatchObject({
        kind: 'notSsh',
        said: { kind: 'quoted', text: expect.stringContaining('HTTP/1.1 400') },
      })
      server.close()
    })
    it('says when it hangs up at once, or breaks the rules', async () => {
      await using rude = await rawServer((socket) => void socket.end())
      expect(await attempt({ target: rude.target, auth })).toMatchObject({ kind: 'closed' })
      await using broken = await rawServer((socket) => void socket.write(`SSH-2.0-Broken\r\n${'\u00ff'.repeat(200)}`))
      expect(await attempt({ target: broken.target, auth })).toMatchObject({ kind: 'notSsh', said: { kind: 'quoted' } })
      await using babbling = await rawServer((socket) => {
        const babble = () => {
          while (socket.writable && socket.write('a line that never ends '.repeat(100)));
        }
        socket.on('drain', babble)
        babble()
      })
      expect(await attempt({ target: babbling.target, auth })).toMatchObject({ kind: 'notSsh' })
    })
    it('says when it shares no encryption with the console', async () => {
      await using old = await sshServer(hostKey, () => {}, { algorithms: { kex: ['diffie-hellman-group1-sha1'] } })
      expect(await attempt({ target: old.target, auth })).toMatchObject({ kind: 'notSsh', said: { kind: 'quoted' } })
    })
    it('gives up a server that takes the connection and says nothing, after 15 s', async () => {
      await using silent = await rawServer(() => {})
      const clock = createTestClock()
      const outcome = attempt({ target: silent.target, auth }, clock)
      await eventually('it is connected', () => silent.sockets.size === 1)
      await eventually('its time passes', async () => {
        await clock.advance(1_000)
        return silent.sockets.size === 0
      })
      expect(await outcome).toMatchObject({ kind: 'timeout' })
      expect(clock.monotonic()).toBeGreaterThanOrEqual(15_000)
      expect(clock.pending()).toBe(0)
    })
    it('ends with its signal, at once and wherever it is', async () => {
      await using silent = await rawServer(() => {})
      const stop = new AbortController()
      const outcome = attempt({ target: silent.target, auth }, createSystemClock(), stop.signal)
      await eventually('it is connected', () => silent.sockets.size === 1)
      stop.abort(new Error('asked no more'))
      await expect(outcome).rejects.toThrow('asked no more')
      await eventually('it is let go', () => silent.sockets.size === 0)
    })
    it('does not let a host wait for those that can not be reached', async () => {
      await using answering = await sshServer(hostKey, (client) => client.on('authentication', (context) => context.accept()))
      const means = createSshMeans(createSystemClock())
      const stop = new AbortController()
      // Nobody answers there (RFC 5737).
      const dead = Array.from({ length: 20 }, () => shellTo({ target: { ...target, host: '192.0.2.1' }, auth }, means))
      const outcomes = dead.map((shell) => shell.ask('hello', limits, stop.signal).catch((error: Error) => error.message))
      const good = shellTo({ target: answering.target, accepted: answering.known, auth }, means)
      outcomes.push(good.ask('hello', limits, stop.signal).catch((error: Error) => error.message))
      await eventually('the one that answers is asked', () => answering.seen.connections === 1)
      stop.abort(new Error('asked no more'))
      await Promise.all(outcomes)
      for (const shell of [good, ...dead]) shell.close()
    })
  })

  describe('that is to be made', () => {
    const auth = password('secret')
    const letsIn = (client: ssh2.Connection) => client.on('authentication', (context) => context.accept())
    const askAll = (shells: readonly SshShell[], signal: AbortSignal) =>
      shells.map((shell) => shell.ask('hello', limits, signal).catch((error: Error) => error.message))

    it('does not wait for those that take the connection and stay silent, at one address or at many', async () => {
      const silent = await Promise.all(Array.from({ length: 9 }, () => rawServer(() => {})))
      await using server = await sshServer(hostKey, letsIn)
      const means = createSshMeans(createTestClock())
      const stop = new AbortController()
      const mute = [...silent, ...silent].map(({ target }) => shellTo({ target, auth }, means))
      const outcomes = askAll(mute, stop.signal)
      await eventually('all are connected', () => silent.every((one) => one.connections() === 2))
      const good = shellTo({ target: server.target, accepted: server.known, auth }, means)
      // It opens no channel here: that it is let in is what counts.
      outcomes.push(...askAll([good], stop.signal))
      await eventually('the one that answers is asked', () => server.seen.connections === 1)
      stop.abort(new Error('asked no more'))
      for (const outcome of await Promise.all(outcomes)) expect(outcome).toBe('asked no more')
      for (const shell of [good, ...mute]) shell.close()
      for (const one of silent) await one[Symbol.asyncDispose]()
    })
    it('is made four at once to one address and no more, whatever hangs', async () => {
      await using silent = await rawServer(() => {})
      const means = createSshMeans(createSystemClock())
      const stops = Array.from({ length: 9 }, () => new AbortController())
      const outcomes = stops.flatMap((stop) => askAll([shellTo({ target: silent.target, auth }, means)], stop.signal))
      await eventually('four are connected', () => silent.connections() === 4)
      stops[0]?.abort(new Error('asked no more'))
      expect(await outcomes[0]).toBe('asked no more')
      await eventually('the next came, after one was gone', () => silent.connections() === 5 && silent.sockets.size === 4)
      for (const stop of stops) stop.abort(new Error('asked no more'))
      for (const outcome of await Promise.all(outcomes)) expect(outcome).toBe('asked no more')
    })
    it('is closed where its signal aborts just as it was to sign in', async () => {
      await using silent = await rawServer(() => {})
      const stop = new AbortController()
      const clock = createSystemClock()
      // The time limit of the sign-in is the second one, after that of TCP.
      let limitsBegun = 0
      const stopping: Clock = {
        ...clock,
        setTimeout: (run, ms) => {
          if (++limitsBegun === 2) stop.abort(new Error('asked no more'))
          return clock.setTimeout(run, ms)
        },
      }
      await expect(attempt({ target: silent.target, auth }, stopping, stop.signal)).rejects.toThrow('asked no more')
      expect(silent.connections()).toBe(1)
      await eventually('it is let go', () => silent.sockets.size === 0)
    })
  })

  describe('to a server that does as it likes', () => {
    const open = (client: ssh2.Connection) => client.on('authentication', (context) => context.accept())
    it('says that it opens no channel, or runs no command', async () => {
      await using noChannel = await sshServer(hostKey, (client) => open(client).on('session', (_accept, reject) => void reject()))
      expect(await attempt({ target: noChannel.target, accepted: noChannel.known, auth: password('x') })).toMatchObject({ kind: 'commandRefused' })
      await using noCommand = await sshServer(hostKey, (client) =>
        open(client).on('session', (accept) => accept().on('exec', (_run, reject) => void reject?.())),
      )
      expect(await attempt({ target: noCommand.target, accepted: noCommand.known, auth: password('x') })).toMatchObject({ kind: 'commandRefused' })
    })
    it('gives it up where neither yes nor no comes', async () => {
      await using server = await sshServer(hostKey, (client) => open(client).on('session', () => {}))
      const clock = createTestClock()
      let outcome: unknown
      const done = attempt({ target: server.target, accepted: server.known, auth: password('x') }, clock).then((value) => {
        outcome = value
      })
      await eventually('its time passes', async () => {
        await clock.advance(1_000)
        return outcome !== undefined
      })
      await done
      expect(outcome).toMatchObject({ kind: 'hung' })
    })
    it('cuts it off where it talks without being asked', async () => {
      let served: ssh2.ServerChannel | null = null
      await using server = await sshServer(hostKey, (client) =>
        open(client).on('session', (accept) =>
          accept().on('exec', (run) => {
            const channel = run()
            served = channel
            channel.once('data', (chunk: Buffer) => channel.write(`== cpu\n== END ${chunk.toString().trim().split(' ')[1]}\n`))
          }),
        ),
      )
      const shell = shellTo({ target: server.target, auth: password('x'), accepted: server.known })
      expect(await shell.ask('hello', limits, never)).toMatchObject({ ok: true })
      const channel = served as ssh2.ServerChannel | null
      for (let turn = 0; turn < 100; turn++) channel?.write('b'.repeat(10_000))
      await eventually('it was cut off', () => !shell.isConnected())
      shell.close()
    })
    it.each([
      ['sends thousands of requests that no channel asked for', (client: ssh2.Connection) => flood(client)],
      ['asks for new keys again and again', (client: ssh2.Connection) => rekey(client)],
    ])('cuts off one that %s, and says so', async (_name, attack) => {
      await using server = await sshServer(hostKey, (client) =>
        open(client).on('session', (accept) => accept().on('exec', (run) => run().once('data', () => attack(client)))),
      )
      // What is too much in some time is so, too, where a busy machine takes longer for it.
      const error = await attempt({ target: server.target, auth: password('x'), accepted: server.known }, createTestClock())
      expect(error).toMatchObject({ kind: 'closed', said: { kind: 'sendsTooMuch' } })
    })
    it('agrees on keys in no group of the other side, whose size would be that side', async () => {
      await using server = await sshServer(hostKey, () => {}, { algorithms: { kex: ['diffie-hellman-group-exchange-sha256'] } })
      expect(await attempt({ target: server.target, auth: password('x') })).toMatchObject({ kind: 'notSsh', said: { kind: 'quoted' } })
    })
    it('reads long answers in small pieces, directly and through a jump host, as what it asked for', async () => {
      const long = `${'x'.repeat(999)}\n`.repeat(900)
      const pieces = (client: ssh2.Connection) =>
        open(client).on('session', (accept) =>
          accept().on('exec', (run) => {
            const channel = run()
            channel.on('data', (chunk: Buffer) => {
              const [, id] = chunk.toString().trim().split(' ')
              channel.write('== cpu\n')
              for (let at = 0; at < long.length; at += 1_000) channel.write(long.slice(at, at + 1_000))
              channel.write(`== END ${id}\n`)
            })
          }),
        )
      await using host = await sshServer(hostKey, pieces)
      await using jump = await sshServer(otherKey, (client) => {
        open(client).on('tcpip', (accept, _reject, { destIP, destPort }) => {
          const [channel, socket] = [accept(), connect(destPort, destIP)]
          channel.on('error', () => {}).on('close', () => socket.destroy())
          socket.on('error', () => {}).on('close', () => channel.destroy())
          channel.pipe(socket).pipe(channel)
        })
      })
      for (const way of [[], [jump.target]]) {
        const accepted = (name: string) => (name === hostAndPort(jump.target) ? jump.known() : host.known())
        const shell = shellTo({ target: host.target, jump: way, auth: password('x'), accepted })
        for (let turn = 0; turn < 5; turn++) {
          const answer = await shell.ask('hello', { timeoutMs: 10_000, maxBytes: 1_000_000 }, never)
          expect(answer.ok && answer.value.bytes.length).toBe(long.length + '== cpu\n'.length)
        }
        shell.close()
      }
    })
    it('says that a text is no answer', async () => {
      await using server = await sshServer(hostKey, (client) =>
        open(client).on('session', (accept) =>
          accept().on('exec', (run) => {
            const channel = run()
            channel.once('data', () => channel.write(`Dear user ${'b'.repeat(90_000)}`))
          }),
        ),
      )
      const shell = shellTo({ target: server.target, accepted: server.known, auth: password('x') })
      expect(await shell.ask('hello', { ...limits, timeoutMs: 500 }, never)).toMatchObject({
        error: { kind: 'answerBroken', said: { kind: 'quoted', text: expect.stringContaining('Dear user') } },
      })
      shell.close()
    })
  })
})
