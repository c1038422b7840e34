// Hosts of a bench in a process of its own, so that their cost is not ours: ssh2's own server, which answers the collector's
// questions with what a real machine answered once, its counters moved on. Ends with its parent.
import { readFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import ssh2 from 'ssh2'
import { readableKey } from '../../src/engine/hosts/testSshHost.fixture.ts'

/** How a port behaves: as a host; as one that takes connections and says nothing; as one that stops in the middle of an answer. */
export interface BenchHosts {
  readonly port: number
  readonly mutePort: number
  readonly hangingPort: number
  /** Of a known_hosts file. */
  readonly knownHosts: string
  readonly privateKey: string
}
export interface BenchHostsCount {
  /** Connections that were being made at once, at most, since the last time it was asked. */
  readonly mostConnecting: number
}

const cores = 16
const [whole = '', fast = ''] = readFileSync(new URL('../fixtures/hosts/linux-dash.txt', import.meta.url), 'utf8').split(/^== END \d+\n/m)

/** An answer whose clock and counters go on: so many seconds after it was recorded. */
function movingAnswer(recorded: string): (seconds: number) => string {
  const core = /^cpu0 (.*)$/m.exec(recorded)?.[1] ?? ''
  const lines = recorded
    .replace(/^cpu\d+ .*\n/gm, '')
    .replace(/^(cpu {1,2}.*\n)/m, `$1${Array.from({ length: cores }, (_, n) => `cpu${n} ${core}\n`).join('')}`)
    .split('\n')
  return (seconds) =>
    lines
      .map((line) => {
        const up = /^(\d+\.\d+) (\d+\.\d+)$/.exec(line)
        if (up) return `${(Number(up[1]) + seconds).toFixed(2)} ${up[2]}`
        const cpu = /^(cpu\d* +)(\d+) (\d+ \d+) (\d+) (.*)$/.exec(line)
        if (cpu) {
          const share = (line.startsWith('cpu ') ? cores : 1) * seconds * 100
          return `${cpu[1]}${Math.round(Number(cpu[2]) + share * 0.3)} ${cpu[3]} ${Math.round(Number(cpu[4]) + share * 0.7)} ${cpu[5]}`
        }
        const network = /^( *\S+: *)(\d+)( .*)$/.exec(line)
        if (network && line.trim().split(/\s+/).length === 17) return `${network[1]}${Math.round(Number(network[2]) + seconds * 40e6)}${network[3]}`
        return line
      })
      .join('\n')
}
const answers: Readonly<Record<string, (seconds: number) => string>> = { fs: movingAnswer(whole), f: movingAnswer(fast) }

const hostKey = readableKey()
const userKey = readableKey()
const userKeyData = Buffer.from(userKey.public.split(' ')[1] ?? '', 'base64')
const startedAt = performance.now()
let connecting = 0
let mostConnecting = 0

const serve = (answering: (write: (text: string) => void, question: string, id: string, nth: number) => void) =>
  new ssh2.Server({ hostKeys: [hostKey.private] }, (client) => {
    mostConnecting = Math.max(mostConnecting, ++connecting)
    let settled = false
    const settle = () => {
      if (!settled) connecting--
      settled = true
    }
    client.on('ready', settle).on('close', settle).on('error', settle)
    client.on('authentication', (context) => {
      if (context.method === 'publickey' && context.key.data.equals(userKeyData)) context.accept()
      else context.reject(['publickey'])
    })
    client.on('session', (accept) =>
      accept().on('exec', (acceptExec) => {
        const channel = acceptExec()
        let nth = 0
        channel.on('data', (chunk: Buffer) => {
          const [question = '', id = ''] = chunk.toString().trim().split(' ')
          answering((text) => void channel.write(text), question, id, nth++)
        })
      }),
    )
  })
const answer = (question: string, id: string): string => `${answers[question]?.((performance.now() - startedAt) / 1000) ?? ''}== END ${id}\n`

const listening = (server: { listen: (port: number, host: string, done: () => void) => unknown; address: () => unknown }) =>
  new Promise<number>((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)))

const port = await listening(serve((write, question, id) => write(answer(question, id))))
const hangingPort = await listening(serve((write, question, id, nth) => write(nth === 0 ? answer(question, id) : answer(question, id).slice(0, 200))))
const muted = new Set<Socket>()
const mutePort = await listening(
  createServer(
    (socket) =>
      void muted.add(
        socket
          .on('error', () => {})
          .on('close', () => muted.delete(socket))
          .resume(),
      ),
  ),
)

process.on('message', (message) => {
  if (message !== 'count') return
  const counted: BenchHostsCount = { mostConnecting }
  mostConnecting = connecting
  process.send?.(counted)
})
process.on('disconnect', () => process.exit(0))
const ready: BenchHosts = {
  port,
  mutePort,
  hangingPort,
  knownHosts: [port, hangingPort].map((one) => `[127.0.0.1]:${one} ${hostKey.public}\n`).join(''),
  privateKey: userKey.private,
}
process.send?.(ready)
