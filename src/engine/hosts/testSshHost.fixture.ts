import { type ChildProcess, spawn } from 'node:child_process'
import { type AddressInfo, createServer, type Server } from 'node:net'
import ssh2 from 'ssh2'
import { fingerprintOf } from './knownHosts.ts'

/**
 * A machine with an SSH server, by ssh2's own: what is run on it is run here, by sh; or answered by a test, question by question, where
 * the machine is one that is not there. Lets `noc` in with the password `secret`.
 */
export interface TestSshHost {
  /** `noc@127.0.0.1:port` */
  readonly ssh: string
  /** `127.0.0.1:port` */
  readonly target: string
  readonly fingerprint: () => string
  /** Passwords that were sent to it. */
  readonly credentials: string[]
  /** From now on it lets this public key in, too: a line of authorized_keys. */
  readonly authorize: (line: string) => void
  /** Connections that were made to it. */
  readonly connections: () => number
  /** Its line of a known_hosts file. */
  readonly knownHostsLine: () => string
  /** From now on nothing of what it is asked reaches a shell; false: again. */
  readonly hang: (hangs: boolean) => void
  /** Ends all connections, and takes no new ones until `comeBack`. */
  readonly die: () => Promise<void>
  readonly comeBack: (otherKey?: boolean) => Promise<void>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** An ed25519 key: of those that ssh2 makes it can itself not read one in 500. */
export function readableKey(): ReturnType<typeof ssh2.utils.generateKeyPairSync> {
  const made = ssh2.utils.generateKeyPairSync('ed25519')
  return ssh2.utils.parseKey(made.private) instanceof Error ? readableKey() : made
}
function newKey() {
  const { private: text, public: line } = readableKey()
  const [type = '', base64 = ''] = line.split(' ')
  return { text, line: `${type} ${base64}`, fingerprint: fingerprintOf(Buffer.from(base64, 'base64')) }
}

/** Speaks for the script that answers on a host. */
function answerLines(channel: ssh2.ServerChannel, answer: (question: string) => string): void {
  let asked = ''
  channel.on('error', () => {})
  channel.on('data', (chunk: Buffer) => {
    const lines = (asked + chunk.toString()).split('\n')
    asked = lines.pop() ?? ''
    for (const line of lines) {
      const [question = '', id = ''] = line.split(' ')
      channel.write(`${answer(question)}\n== END ${id}\n`)
    }
  })
  channel.on('end', () => {
    channel.exit(0)
    channel.end()
  })
}

/** `answer`: given what a question asks for, such as `fs9999`, all of the script's answer but its last line. */
export async function createTestSshHost(answer?: (question: string) => string): Promise<TestSshHost> {
  const credentials: string[] = []
  const clients = new Set<ssh2.Connection>()
  const children = new Set<ChildProcess>()
  let key = newKey()
  let authorized: Buffer | null = null
  let connections = 0
  let hangs = false
  let port = 0
  let server: Server | null = null

  const serve = (client: ssh2.Connection): void => {
    connections++
    clients.add(client)
    client.on('error', () => {}).on('close', () => void clients.delete(client))
    client.on('authentication', (context) => {
      const methods: ssh2.AuthenticationType[] = authorized === null ? ['password'] : ['password', 'publickey']
      if (context.method === 'publickey' && authorized?.equals(context.key.data)) return context.accept()
      if (context.method !== 'password') return context.reject(methods)
      credentials.push(context.password)
      if (context.username === 'noc' && context.password === 'secret') context.accept()
      else context.reject(['password'])
    })
    client.on('session', (accept) =>
      accept().on('exec', (acceptExec, _reject, { command }) => {
        const channel = acceptExec()
        if (answer !== undefined) return answerLines(channel, answer)
        const child = spawn('/bin/sh', ['-c', command], { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
        children.add(child)
        child.stdin.on('error', () => {})
        channel.on('error', () => {})
        channel.on('data', (chunk: Buffer) => {
          if (!hangs) child.stdin.write(chunk)
        })
        channel.on('end', () => {
          if (!hangs) child.stdin.end()
        })
        channel.on('close', () => child.stdin.end())
        child.stdout.on('data', (chunk: Buffer) => void channel.write(chunk))
        child.stderr.on('data', (chunk: Buffer) => void channel.stderr.write(chunk))
        child.on('close', (code) => {
          children.delete(child)
          channel.exit(code ?? 1)
          channel.end()
        })
      }),
    )
  }
  const listen = () =>
    new Promise<void>((resolve, reject) => {
      const served = new ssh2.Server({ hostKeys: [key.text] }, serve)
      // An answer is several packets, each of which would wait until the one before it is acknowledged.
      const made = createServer({ noDelay: true }, (socket) => served.injectSocket(socket))
      server = made
      made.on('error', reject)
      made.listen(port, '127.0.0.1', () => {
        port = (made.address() as AddressInfo).port
        resolve()
      })
    })
  const die = async () => {
    const mine = server
    server = null
    for (const client of clients) client.end()
    await new Promise<void>((resolve) => (mine === null ? resolve() : mine.close(() => resolve())))
    for (const child of children) child.stdin?.end()
  }
  await listen()
  return {
    get ssh() {
      return `noc@127.0.0.1:${port}`
    },
    get target() {
      return `127.0.0.1:${port}`
    },
    fingerprint: () => key.fingerprint,
    credentials,
    authorize: (line) => {
      authorized = Buffer.from(line.split(' ')[1] ?? '', 'base64')
    },
    connections: () => connections,
    knownHostsLine: () => `[127.0.0.1]:${port} ${key.line}\n`,
    hang: (now) => {
      hangs = now
    },
    die,
    comeBack: async (otherKey = false) => {
      if (otherKey) key = newKey()
      await listen()
    },
    [Symbol.asyncDispose]: async () => {
      await die()
      for (const child of children) child.kill('SIGKILL')
    },
  }
}
