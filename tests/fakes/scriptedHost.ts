import type { Clock } from '../../src/clock/clock.ts'
import { createTestSshHost, type TestSshHost } from '../../src/engine/hosts/testSshHost.fixture.ts'

/** A Linux machine behind a real SSH server that answers as our script does there, in the time of a clock. */
export interface ScriptedHost {
  readonly ssh: TestSshHost
  /** A media server is started there that listens at this port; its process id. */
  readonly start: (port: number) => number
  /** Whatever listened at this port ends. */
  readonly end: (port: number) => void
  /** The process that listens at a port; null: none. */
  readonly pidAt: (port: number) => number | null
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

interface Process {
  readonly pid: number
  readonly port: number
  readonly startedAt: number
}

const hertz = 100
const bootedBeforeMs = 3_600_000

export async function createScriptedHost(clock: Clock): Promise<ScriptedHost> {
  const bootedAt = clock.now() - bootedBeforeMs
  let nextPid = 1_000
  let processes: readonly Process[] = []
  const secondsSince = (at: number) => (clock.now() - at) / 1000

  const fast = () => {
    const ticks = Math.round(secondsSince(bootedAt) * hertz)
    return [
      '== fast',
      ...(processes.length === 0 ? ['media'] : processes.map(({ pid }) => `media ${pid} name`)),
      `${secondsSince(bootedAt).toFixed(2)} ${secondsSince(bootedAt).toFixed(2)}`,
      ...['cpu ', 'cpu0'].map((core) => `${core} ${Math.round(ticks / 4)} 0 0 ${Math.round((ticks * 3) / 4)} 0 0 0 0 0 0`),
      `btime ${Math.round(bootedAt / 1000)}`,
      '0.25 0.25 0.25 1/100 900',
      'MemTotal: 8000000 kB',
      'MemFree: 4000000 kB',
      'MemAvailable: 6000000 kB',
      ...processes.flatMap(({ pid, startedAt }) => [
        // From field 3 on: the fourteenth is its time of CPU, the twentieth its threads, the 22nd its start.
        `${pid} (mediamtx) S 1 1 1 0 -1 0 0 0 0 0 ${Math.round(secondsSince(startedAt) * 10)} 0 0 0 20 0 7 0 ${Math.round(((startedAt - bootedAt) / 1000) * hertz)} 0 0`,
        'VmRSS: 40000 kB',
        'Threads: 7',
      ]),
    ]
  }
  const media = () =>
    processes.flatMap(({ pid, port }) => {
      const inode = 50_000 + pid
      const listens = `listen ${port.toString(16).toUpperCase().padStart(4, '0')} 0 ${inode}`
      return ['== media', `pid ${pid}`, 'files 16', 'Uid:\t0\t0\t0\t0', `args /opt/mediamtx ${port}.yml`, listens, `socket:[${inode}]`]
    })
  const slow = () => ['== slow', `hertz ${hertz}`, `uptime ${secondsSince(bootedAt).toFixed(2)} 0.00`, 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"']

  const ssh = await createTestSshHost((question) => {
    const wants = (part: string) => question.includes(part)
    const lines = ['== system Linux', '== first', `now ${clock.now()}000000`, 'uname rack-1 Linux 6.1.0', ...fast()]
    return [...lines, ...(wants('s') ? slow() : []), ...(wants('s') || wants('m') ? media() : []), '== last', `now ${clock.now()}000000`].join('\n')
  })
  return {
    ssh,
    start: (port) => {
      const pid = nextPid++
      processes = [...processes, { pid, port, startedAt: clock.now() }]
      return pid
    },
    end: (port) => {
      processes = processes.filter((process) => process.port !== port)
    },
    pidAt: (port) => processes.find((process) => process.port === port)?.pid ?? null,
    [Symbol.asyncDispose]: () => ssh[Symbol.asyncDispose](),
  }
}
