import { readdirSync, readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { machineLoad, startBenchConsole } from './benchConsole.ts'
import { type Bench, percentile, rounded } from './figures.ts'

const sockets = 1500
const holdMs = 3000

/** What strangers may send and then leave hanging. None of it is signed in. */
const attacks: Readonly<Record<string, { readonly head: string; readonly body?: number }>> = {
  'that say nothing': { head: '' },
  'with half a head': { head: `GET / HTTP/1.1\r\nHost: localhost\r\nX-Filler: ${'x'.repeat(15_000)}` },
  'with half a body for the sign-in': {
    head: 'POST /api/sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n',
    body: 900_000,
  },
  'with half a body for a call': {
    head: 'POST /api/history/range HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n',
    body: 900_000,
  },
  'that want a WebSocket without a token': {
    head: 'GET /api/rpc HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  },
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Resident memory of a process and of all that it started, MB. */
function residentMb(pid: number): number {
  const status = new Map<number, { readonly parent: number; readonly kB: number }>()
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each)))
    try {
      const text = readFileSync(`/proc/${name}/status`, 'utf8')
      status.set(Number(name), { parent: Number(/^PPid:\s+(\d+)/m.exec(text)?.[1]), kB: Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1] ?? 0) })
    } catch {
      // It ended meanwhile.
    }
  const within = (each: number): boolean => each === pid || (status.has(each) && within(status.get(each)?.parent ?? 0))
  return [...status].filter(([each]) => within(each)).reduce((sum, [, { kB }]) => sum + kB / 1024, 0)
}

/** Connections of strangers: what they cost the console, and whether somebody with the token is still served. */
export const bench: Bench = async (report, { quick }) => {
  for (const [name, { head, body }] of Object.entries(attacks)) {
    await using console = await startBenchConsole([])
    const port = Number(new URL(console.url).port)
    await pause(2000)
    const before = residentMb(console.pid)
    let peak = before
    const open = new Set<Socket>()
    for (let count = 0; count < sockets; count++) {
      const socket = connect(port, '127.0.0.1')
      open.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => open.delete(socket))
      socket.resume()
      socket.write(head)
      if (body !== undefined) socket.write(Buffer.alloc(body, 'x'))
      if (count % 50 === 0) {
        await pause(5)
        peak = Math.max(peak, residentMb(console.pid))
      }
    }
    const answers: number[] = []
    let refused = 0
    for (const end = performance.now() + holdMs * (quick ? 1 : 2); performance.now() < end; await pause(100)) {
      const asked = performance.now()
      await console.ask('/api/hello').then(
        () => answers.push(performance.now() - asked),
        () => refused++,
      )
      peak = Math.max(peak, residentMb(console.pid))
    }
    const left = open.size
    for (const socket of open) socket.destroy()
    const note = `${left} of them still open at the end; ${machineLoad()}`
    report({ figure: `${sockets} sockets ${name}: memory`, value: rounded(peak - before), unit: 'MB more', goal: '<= 100', limit: null, note })
    report({
      figure: `${sockets} sockets ${name}: an answer to the right token`,
      value: rounded(percentile(answers, 95)),
      unit: 'ms, 95th percentile',
      goal: null,
      limit: null,
      note: `${answers.length} answered, ${refused} refused`,
    })
  }
}
