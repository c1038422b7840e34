import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import type { Clock } from '../clock/clock.ts'
import type { HostInput } from '../shared/hosts.ts'
import { machine, machineFigures, machineName } from './demoMachine.ts'
import type { DemoServer } from './demoServer.ts'

/** A host in the form of the configuration file. */
export type DemoHostInput = Omit<HostInput, 'serverId' | 'paused'> & { readonly server: string }

export interface DemoHosts {
  readonly inputs: readonly DemoHostInput[]
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

const user = 'noc'
const password = 'demo-watch-me'
/** The first line of a shell, so that it is not taken for a banner. */
const shellHello = 'mtxdeck-shell 99999\n'
const hertz = 100
const bootedBeforeMs = 12 * 86_400_000

/** The hosts of the demo's servers, each with its own SSH server that answers like the script on Linux. */
export async function createDemoHosts(clock: Clock, servers: readonly DemoServer[]): Promise<DemoHosts> {
  const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-demo-'))
  const knownHostsFile = join(folder, 'known_hosts')
  const hosts = await Promise.all(servers.map((server) => startHost(createMachine(clock, server))))
  writeFileSync(knownHostsFile, hosts.map(({ port, key }) => `[127.0.0.1]:${port} ${key}\n`).join(''))
  return {
    inputs: hosts.map(({ port }, index) => {
      const server = servers[index]?.name ?? ''
      return {
        name: machineName(server),
        ssh: `${user}@127.0.0.1:${port}`,
        auth: { kind: 'password', password },
        jump: [],
        knownHostsFile,
        mediaProcess: null,
        intervalSeconds: 2,
        server,
      }
    }),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(hosts.map(({ close }) => close()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Creates an ed25519 key that ssh2 can read: it can't read one in 500 of the keys that it generates. */
function readableKey(): { readonly private: string; readonly public: string } {
  const made = ssh2.utils.generateKeyPairSync('ed25519')
  return ssh2.utils.parseKey(made.private) instanceof Error ? readableKey() : made
}

async function startHost(answer: (question: string) => string) {
  const key = readableKey()
  const clients = new Set<ssh2.Connection>()
  const server = new ssh2.Server({ hostKeys: [key.private] }, (client) => {
    clients.add(client)
    client.on('error', () => {}).on('close', () => void clients.delete(client))
    client.on('authentication', (context) => {
      if (context.method === 'password' && context.username === user && context.password === password) context.accept()
      else context.reject(['password'])
    })
    client.on('session', (accept) => accept().on('exec', (acceptExec) => answerLines(acceptExec(), answer)))
  })
  const port = await new Promise<number>((resolve, reject) => {
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
  return {
    port,
    key: key.public.split(' ').slice(0, 2).join(' '),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        for (const client of clients) client.end()
      }),
  }
}

function answerLines(channel: ssh2.ServerChannel, answer: (question: string) => string): void {
  let asked = ''
  channel.write(shellHello)
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

/** Answers requests like the collect script, with counters that continue from one to the next. */
function createMachine(clock: Clock, server: DemoServer): (question: string) => string {
  const bootedAt = clock.now() - bootedBeforeMs
  const pid = 812
  const apiPort = Number(new URL(server.url).port)
  let countedTo = clock.monotonic()
  const counted = { busy: 0, idle: 0, media: 0, received: 0, sent: 0, written: 0 }

  const loadNow = () => {
    server.model.settle()
    const load = { streams: 0, inBps: 0, outBps: 0, recordBps: 0 }
    for (const path of server.model.paths.values()) {
      if (!path.live || path.stalled) continue
      const bps = path.flow.mean * 8000
      load.streams++
      load.inBps += bps
      load.outBps += bps * path.readers.size
      if (path.options.record) load.recordBps += bps
    }
    return load
  }
  const count = () => {
    const load = loadNow()
    const figures = machineFigures(load, clock.now())
    const now = clock.monotonic()
    const seconds = (now - countedTo) / 1000
    countedTo = now
    const ticks = seconds * hertz * machine.cores
    counted.busy += (ticks * figures.cpuPercent) / 100
    counted.idle += ticks * (1 - figures.cpuPercent / 100)
    counted.media += (seconds * hertz * figures.mediaPercent) / 100
    counted.received += (load.inBps / 8) * seconds * 1.03
    counted.sent += (load.outBps / 8) * seconds * 1.03
    counted.written += (load.recordBps / 8) * seconds
    return figures
  }
  const kilobytes = (bytes: number) => Math.round(bytes / 1024)
  const uptime = () => ((clock.now() - bootedAt) / 1000).toFixed(2)

  return (question) => {
    const figures = count()
    const wants = (part: string) => question.includes(part)
    const cpu = (name: string, share: number) => `${name} ${Math.round(counted.busy * share)} 0 0 ${Math.round(counted.idle * share)} 0 0 0 0 0 0`
    const load = ((figures.cpuPercent / 100) * machine.cores).toFixed(2)
    const fast = [
      '== fast',
      `media ${pid} name`,
      `${uptime()} ${uptime()}`,
      cpu('cpu ', 1),
      ...Array.from({ length: machine.cores }, (_, core) => cpu(`cpu${core}`, 1 / machine.cores)),
      `btime ${Math.round(bootedAt / 1000)}`,
      `${load} ${load} ${load} 2/411 ${pid + 90}`,
      `MemTotal: ${kilobytes(machine.memoryBytes)} kB`,
      `MemFree: ${kilobytes((machine.memoryBytes - figures.memoryUsedBytes) / 2)} kB`,
      `MemAvailable: ${kilobytes(machine.memoryBytes - figures.memoryUsedBytes)} kB`,
      'SwapTotal: 0 kB',
      `  eth0: ${Math.round(counted.received)} 1 0 0 0 0 0 0 ${Math.round(counted.sent)} 1 0 0 0 0 0 0`,
      ` 259 2 nvme0n1p2 100 0 0 10 100 0 ${Math.round(counted.written / 512)} 10 0 10 10`,
      `${pid} (mediamtx) S 1 ${pid} ${pid} 0 -1 0 0 0 0 0 ${Math.round(counted.media)} 0 0 0 20 0 23 0 4000 0 0`,
      `VmRSS: ${kilobytes(figures.mediaBytes)} kB`,
      'Threads: 23',
    ]
    const media = [
      '== media',
      `pid ${pid}`,
      'files 412',
      'Uid:\t998\t998\t998\t998',
      'args /usr/local/bin/mediamtx /etc/mediamtx.yml',
      `listen ${apiPort.toString(16).toUpperCase().padStart(4, '0')} 998 50812`,
      'socket:[50812]',
    ]
    const slow = [
      '== slow',
      `hertz ${hertz}`,
      `uptime ${uptime()} 0.00`,
      'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"',
      '== mounts',
      'mount 259:2 ext4 /dev/nvme0n1p2 /',
      '== df',
      'Filesystem 1024-blocks Used Available Capacity Mounted on',
      `/dev/nvme0n1p2 ${kilobytes(machine.diskBytes)} ${kilobytes(figures.diskUsedBytes)} ${kilobytes(machine.diskBytes - figures.diskUsedBytes)} 1% /`,
      '== sys',
      `/sys/class/net/eth0/speed:${machine.linkMbps}`,
    ]
    return [
      '== system Linux',
      '== first',
      `now ${clock.now()}000000`,
      `uname ${machineName(server.name)} Linux 6.12.0`,
      ...fast,
      ...(wants('s') ? slow : []),
      ...(wants('s') || wants('m') ? media : []),
      '== last',
      `now ${clock.now()}000000`,
    ].join('\n')
  }
}
