import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import ssh2 from 'ssh2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSystemClock } from '../../clock/clock.ts'
import { collectScript } from '../../shared/collectScript.ts'
import { hostAndPort } from '../../shared/endpoints.ts'
import { authorizedKeysLine, authorizedKeysLineOfJumpHost } from '../../shared/hostRecipe.ts'
import { createRemoteHosts } from './hostCollector.ts'
import type { SshRoute } from './sshConnection.ts'
import type { SshTarget } from './sshTarget.ts'
import { createKeyFolder, createKeyPair, createTestSshd, eventually, hasSshd, type KeyPair, processesWith, type TestSshd } from './testSshd.fixture.ts'

const never = new AbortController().signal
/** RFC 4254, section 5.1: reason 1 is SSH_OPEN_ADMINISTRATIVELY_PROHIBITED. */
const whyClosed = (error: Error): string => ((error as { reason?: unknown }).reason === 1 ? 'prohibited' : error.message)

it('stands in the guide as it is', () => {
  const guide = readFileSync(new URL('../../../docs/hosts.md', import.meta.url), 'utf8')
  const publicKey = 'ssh-ed25519 AAAA… noc'
  expect(guide).toContain(`\n${authorizedKeysLineOfJumpHost('10.0.0.5:22', publicKey)}\n`)
})

describe.skipIf(!hasSshd)('the recipe of least privilege, on a real sshd', () => {
  const folder = createKeyFolder()
  const keys = new Map<string, KeyPair>()
  let sshd: TestSshd
  let inner: Server
  let innerPort = 0
  let innerLocal: Server
  const innerSocket = join(folder.path, 'inner.sock')
  const key = (name: string): KeyPair => keys.get(name) as KeyPair
  /** Takes a line as it stands in the guide: the options, then the key. */
  const install = (name: string, lineOf: (publicKey: string) => string) => {
    const pair = createKeyPair(folder.path, name)
    keys.set(name, pair)
    const line = lineOf(pair.publicLine)
    expect(line.endsWith(pair.publicLine)).toBe(true)
    sshd.authorize(pair, line.slice(0, -pair.publicLine.length - 1))
  }

  beforeAll(async () => {
    inner = createServer((socket) => socket.end('inner')).listen(0, '127.0.0.1')
    await once(inner, 'listening')
    innerLocal = createServer((socket) => socket.end('inner')).listen(innerSocket)
    await once(innerLocal, 'listening')
    const address = inner.address()
    innerPort = typeof address === 'object' && address !== null ? address.port : 0
    // All that sshd_config could forbid is allowed: what is refused is refused by the line.
    sshd = await createTestSshd([
      'AllowTcpForwarding yes',
      'AllowStreamLocalForwarding yes',
      'AllowAgentForwarding yes',
      'PermitTTY yes',
      'Subsystem sftp internal-sftp',
    ])
    const file = join(folder.path, 'mtxdeck-collect')
    writeFileSync(file, `#!/bin/sh\n${collectScript}\n`, { mode: 0o755 })
    install('inline', authorizedKeysLine)
    install('file', (publicKey) => `restrict,command="${file}" ${publicKey}`)
    install('jump', (publicKey) => authorizedKeysLineOfJumpHost(hostAndPort(sshd.target), publicKey))
    install('plain', (publicKey) => ` ${publicKey}`)
  })
  afterAll(async () => {
    await sshd?.[Symbol.asyncDispose]()
    inner?.close()
    innerLocal?.close()
    folder[Symbol.dispose]()
  })

  const route = (name: string, jump: readonly SshTarget[] = []): SshRoute => ({
    target: sshd.target,
    jump,
    auth: { kind: 'key', key: key(name).privateText, keyFile: null, passphrase: null },
    knownHostsFiles: [sshd.knownHostsFile],
    accepted: () => [],
  })

  it('gives all figures in one channel that stays open', async () => {
    const host = createRemoteHosts(createSystemClock())(route('inline'))
    try {
      const first = await host.read(never)
      await pause(300)
      const second = await host.read(never)
      if (!first.ok || !second.ok) throw new Error(JSON.stringify([first, second]))
      expect(first.value.hostname).not.toBeNull()
      expect(first.value.memoryTotalBytes).toBeGreaterThan(0)
      expect(second.value.cpuPercent).toBeGreaterThanOrEqual(0)
      expect(second.value.uptimeSeconds).toBeGreaterThan(0)
      const busiest = await host.processes(never)
      expect(busiest.ok && busiest.value.length).toBeGreaterThan(0)
    } finally {
      host.close()
    }
  })

  it('lets a jump host lead to the hosts that its line names, and no further', async () => {
    // One sshd stands for both: the same key has to be let in twice.
    const host = createRemoteHosts(createSystemClock())(route('jump', [sshd.target]))
    try {
      // It got there: what refuses it is the command that the line has for everything but forwarding.
      expect(await host.read(never)).toMatchObject({
        ok: false,
        error: { kind: 'commandRefused', said: { kind: 'quoted', text: expect.stringContaining('way to other hosts') } },
      })
    } finally {
      host.close()
    }
    await using client = await connect(key('jump'))
    expect(await client.attempt.forward()).toMatch(/prohibited/)
    expect(await client.attempt.listen()).toMatch(/Unable to bind/)
    expect(await client.attempt.terminal()).toMatch(/pseudo-terminal/)
  })

  /** What a key may be misused for; each resolves with what it brought, and says why where it was refused. */
  const connect = async (pair: KeyPair) => {
    const client = new ssh2.Client()
    client.connect({
      host: sshd.target.host,
      port: sshd.target.port,
      username: sshd.target.user,
      privateKey: pair.privateText,
      // Nothing answers there; it is the request that counts.
      agent: join(folder.path, 'no-agent'),
      agentForward: false,
      authHandler: ['publickey'],
      hostVerifier: () => true,
    })
    await once(client, 'ready')
    /** All that a channel says until it ends, or for a second. */
    const said = async (channel: ssh2.ClientChannel, input: string | Buffer): Promise<string> => {
      let text = ''
      channel.on('data', (chunk: Buffer) => {
        text += chunk.toString('latin1')
      })
      const ended = once(channel, 'close')
      channel.write(input)
      // A server of SFTP says nothing any more when its input has ended.
      if (input instanceof Buffer) await Promise.race([once(channel, 'data'), pause(1_000, undefined, { ref: false })])
      channel.end()
      await Promise.race([ended, pause(5_000, undefined, { ref: false })])
      return text
    }
    const exec = (command: string, options: ssh2.ExecOptions = {}, input: string | Buffer = '') =>
      new Promise<string>((resolve) => {
        client.exec(command, options, (error, channel) => (error ? resolve(error.message) : resolve(said(channel, input))))
      })
    const attempt = {
      command: () => exec('echo "it ran: $((6 * 7))"'),
      shell: () =>
        new Promise<string>((resolve) => {
          client.shell(false, (error, channel) => (error ? resolve(error.message) : resolve(said(channel, 'echo "it ran: $((6 * 7))"\n'))))
        }),
      terminal: () => exec('echo "it ran: $((6 * 7))"', { pty: true }),
      files: () =>
        new Promise<string>((resolve) => {
          // SSH_FXP_INIT of version 3, which a server of SFTP answers with its version.
          client.subsys('sftp', (error, channel) => (error ? resolve(error.message) : resolve(said(channel, Buffer.from([0, 0, 0, 5, 1, 0, 0, 0, 3])))))
        }),
      forward: () =>
        new Promise<string>((resolve) => {
          client.forwardOut('127.0.0.1', 0, '127.0.0.1', innerPort, (error, channel) => (error ? resolve(whyClosed(error)) : resolve(said(channel, ''))))
        }),
      listen: () =>
        new Promise<string>((resolve) => {
          client.forwardIn('127.0.0.1', 0, (error, port) => resolve(error ? error.message : `listens on ${port}`))
        }),
      socket: () =>
        new Promise<string>((resolve) => {
          client.openssh_forwardOutStreamLocal(innerSocket, (error, channel) => (error ? resolve(whyClosed(error)) : resolve(said(channel, ''))))
        }),
      agent: () => exec('echo "it ran: $SSH_AUTH_SOCK"', { agentForward: true } as ssh2.ExecOptions),
    }
    return {
      attempt,
      exec,
      [Symbol.asyncDispose]: async () => {
        const closed = once(client, 'close')
        client.end()
        await closed
      },
    }
  }
  type Attempt = keyof Awaited<ReturnType<typeof connect>>['attempt']

  /** What an unrestricted key brings, so that a refusal is seen to be one; and what the recipe's key gets. */
  const misuses: readonly [string, Attempt, RegExp, RegExp][] = [
    ['another command', 'command', /^it ran: 42\n$/, /^$/],
    ['a shell', 'shell', /^it ran: 42\n$/, /^== system \w+\n== END "it ran: \$\(\(6 \* 7\)\)"\n$/],
    ['a terminal', 'terminal', /^it ran: 42\r\n$/, /Unable to request a pseudo-terminal/],
    ['files by SFTP', 'files', /^\0\0.{3}/s, /^$/],
    ['a way into its network', 'forward', /^inner$/, /prohibited/],
    ['a port that listens there', 'listen', /^listens on \d+$/, /Unable to bind/],
    ['its sockets', 'socket', /^inner$/, /Channel open failure/],
    ['our agent', 'agent', /^it ran: \//, /Unable to request agent forwarding/],
  ]
  it.each(misuses)('does not give %s', async (_what, attempt, unrestricted, restricted) => {
    await using plain = await connect(key('plain'))
    expect(await plain.attempt[attempt]()).toMatch(unrestricted)
    await using client = await connect(key('inline'))
    expect(await client.attempt[attempt]()).toMatch(restricted)
  })

  it('takes what it is asked for words, never for commands', async () => {
    const marker = join(folder.path, 'broken-into')
    await using client = await connect(key('inline'))
    const questions = [
      `f $(touch ${marker})`,
      `$(touch ${marker}) 1`,
      `f \`touch ${marker}\``,
      `f 1; touch ${marker}`,
      `f' 1 "; touch ${marker}; "`,
      `x\\`,
      '',
      `${'f'.repeat(100_000)} 1`,
    ]
    const answer = await client.exec('anything', {}, `${questions.join('\n')}\nf last\n`)
    expect(answer).toContain('\n== END last\n')
    expect(existsSync(marker)).toBe(false)
  })

  it('leaves no process and no file behind', async () => {
    const host = createRemoteHosts(createSystemClock())(route('file'))
    expect((await host.read(never)).ok).toBe(true)
    expect(processesWith('mtxdeck-collect').length).toBeGreaterThan(0)
    host.close()
    await eventually('the collector ended with its connection', () => processesWith('mtxdeck-collect').length === 0)
  })
})
