import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import type { Clock, Timer } from '../clock/clock.ts'
import type { HostInput } from '../shared/hosts.ts'
import { machine, machineFigures, machineName } from './demoMachine.ts'
import type { MachineTrouble } from './demoOptions.ts'
import type { DemoServer } from './demoServer.ts'

/** A host in the form of the configuration file. */
export type DemoHostInput = Omit<HostInput, 'serverId' | 'paused'> & { readonly server: string }

const user = 'noc'
const password = 'demo-watch-me'
const hertz = 100
const bootedBeforeMs = 12 * 86_400_000

/** The hosts of the demo's servers, each with its own SSH server that answers like the script on Linux. */
export async function createDemoHosts(clock: Clock, servers: readonly DemoServer[]) {
  const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-demo-'))
  const knownHostsFile = join(folder, 'known_hosts')
  const hosts = await Promise.all(
    servers.map(async (server) => {
      const machine = createMachine(clock, server)
      return { ...(await startHost(machine.answer)), machine, name: server.name }
    }),
  )
  const timers = new Set<Timer>()
  const later = (ms: number | undefined, run: () => void) => {
    if (ms === undefined) return
    const timer = clock.setTimeout(() => {
      timers.delete(timer)
      run()
    }, ms)
    timers.add(timer)
  }
  writeFileSync(knownHostsFile, hosts.map(({ port, key }) => `[127.0.0.1]:${port} ${key}\n`).join(''))
  return {
    inputs: hosts.map(({ port }, index): DemoHostInput => {
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
    /** What befalls the machine under this server. */
    trouble: (serverName: string, what: MachineTrouble): void => {
      const host = hosts.find(({ name }) => name === serverName)
      if (host === undefined) throw new Error(`the demo has no machine under ${serverName}`)
      befallHost(host, what, later)
    },
    [Symbol.asyncDispose]: async (): Promise<void> => {
      for (const timer of timers) clock.clearTimeout(timer)
      await Promise.all(hosts.map(({ close }) => close()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

type Host = Awaited<ReturnType<typeof startHost>> & { readonly machine: ReturnType<typeof createMachine> }
function befallHost(host: Host, what: MachineTrouble, later: (ms: number | undefined, run: () => void) => void): void {
  switch (what.kind) {
    case 'load':
      later(what.forMs, host.machine.strain(what))
      return
    case 'fills':
      host.machine.fill(what.percentPerHour)
      return
    case 'clock':
      host.machine.setClock(what.skewMs)
      later(what.forMs, () => host.machine.setClock(0))
      return
    case 'otherKey':
      host.renewKey()
      return
    case 'wrongPassword':
      host.refusePassword(true)
      later(what.forMs, () => host.refusePassword(false))
      return
    default:
      if (what.kind === 'reboot') host.machine.boot()
      host.refuse(true)
      later(what.kind === 'reboot' ? (what.downMs ?? 20_000) : what.forMs, () => host.refuse(false))
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
  let isRefusing = false
  let isPasswordRefused = false
  const serve = (client: ssh2.Connection) => {
    if (isRefusing) {
      client.on('error', () => {})
      client.end()
      return
    }
    clients.add(client)
    client.on('error', () => {}).on('close', () => void clients.delete(client))
    client.on('authentication', (context) => {
      if (context.method === 'password' && context.username === user && context.password === password && !isPasswordRefused) context.accept()
      else context.reject(['password'])
    })
    client.on('session', (accept) => accept().on('exec', (acceptExec) => answerLines(acceptExec(), answer)))
  }
  const served = (hostKey: string) => new ssh2.Server({ hostKeys: [hostKey] }, serve)
  let showing = served(key.private)
  // The port stays the same, whichever key is shown at it. An answer is several packets, each of which would wait until the one before it is acknowledged.
  const server = createServer({ noDelay: true }, (socket) => showing.injectSocket(socket))
  const port = await new Promise<number>((resolve, reject) => {
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
  const cutAll = () => {
    for (const client of clients) client.end()
  }
  return {
    port,
    key: key.public.split(' ').slice(0, 2).join(' '),
    /** Cuts its connections and every new one, or takes them again. */
    refuse: (refuses: boolean) => {
      isRefusing = refuses
      if (refuses) cutAll()
    },
    refusePassword: (refuses: boolean) => {
      isPasswordRefused = refuses
      if (refuses) cutAll()
    },
    /** Shows another key from now on. */
    renewKey: () => {
      showing = served(readableKey().private)
      cutAll()
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        cutAll()
      }),
  }
}

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

type Strain = Omit<Extract<MachineTrouble, { kind: 'load' }>, 'kind' | 'forMs'>

/** A machine that answers requests like the collect script, with counters that continue from one to the next. */
function createMachine(clock: Clock, server: DemoServer) {
  let bootedAt = clock.now() - bootedBeforeMs
  let skewMs = 0
  let filling = { percentPerHour: 0, since: clock.now() }
  const strains = new Set<Strain>()
  const atLeast = (figure: keyof Strain, usual: number): number => Math.max(usual, ...Array.from(strains, (strain) => strain[figure] ?? 0))
  const apiPort = Number(new URL(server.url).port)
  let countedTo = clock.monotonic()
  const counted = { busy: 0, idle: 0, media: 0, received: 0, sent: 0, written: 0, udpErrors: 0 }

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
  const filledBytes = () => (((clock.now() - filling.since) / 3_600_000) * filling.percentPerHour * machine.diskBytes) / 100
  const count = () => {
    const load = loadNow()
    const usual = machineFigures(load, clock.now())
    const figures = {
      ...usual,
      cpuPercent: atLeast('cpuPercent', usual.cpuPercent),
      memoryUsedBytes: Math.max(usual.memoryUsedBytes, (atLeast('memoryPercent', 0) / 100) * machine.memoryBytes),
      diskUsedBytes: Math.max(usual.diskUsedBytes + filledBytes(), (atLeast('diskPercent', 0) / 100) * machine.diskBytes),
    }
    const now = clock.monotonic()
    const seconds = (now - countedTo) / 1000
    countedTo = now
    const ticks = seconds * hertz * machine.cores
    counted.busy += (ticks * figures.cpuPercent) / 100
    counted.idle += ticks * (1 - figures.cpuPercent / 100)
    counted.media += (seconds * hertz * figures.mediaPercent) / 100
    counted.received += Math.max((load.inBps / 8) * 1.03, (atLeast('networkPercent', 0) / 100) * (machine.linkMbps / 8) * 1e6) * seconds
    counted.sent += (load.outBps / 8) * seconds * 1.03
    counted.written += (load.recordBps / 8) * seconds
    counted.udpErrors += atLeast('udpErrorsPerSecond', 0) * seconds
    return figures
  }
  const kilobytes = (bytes: number) => Math.round(bytes / 1024)
  const uptime = () => ((clock.now() - bootedAt) / 1000).toFixed(2)

  const answer = (question: string): string => {
    const figures = count()
    const pid = server.pid()
    const wants = (part: string) => question.includes(part)
    const cpu = (name: string, share: number) => `${name} ${Math.round(counted.busy * share)} 0 0 ${Math.round(counted.idle * share)} 0 0 0 0 0 0`
    const load = ((figures.cpuPercent / 100) * machine.cores).toFixed(2)
    const fast = [
      '== fast',
      pid === null ? 'media' : `media ${pid} name`,
      `${uptime()} ${uptime()}`,
      cpu('cpu ', 1),
      ...Array.from({ length: machine.cores }, (_, core) => cpu(`cpu${core}`, 1 / machine.cores)),
      `btime ${Math.round(bootedAt / 1000)}`,
      `${load} ${load} ${load} 2/411 902`,
      `MemTotal: ${kilobytes(machine.memoryBytes)} kB`,
      `MemFree: ${kilobytes((machine.memoryBytes - figures.memoryUsedBytes) / 2)} kB`,
      `MemAvailable: ${kilobytes(machine.memoryBytes - figures.memoryUsedBytes)} kB`,
      'SwapTotal: 0 kB',
      'Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors',
      `Udp: 1 0 0 1 ${Math.round(counted.udpErrors)} 0`,
      `  eth0: ${Math.round(counted.received)} 1 0 0 0 0 0 0 ${Math.round(counted.sent)} 1 0 0 0 0 0 0`,
      ` 259 2 nvme0n1p2 100 0 0 10 100 0 ${Math.round(counted.written / 512)} 10 0 10 10`,
      ...(pid === null
        ? []
        : [
            `${pid} (mediamtx) S 1 ${pid} ${pid} 0 -1 0 0 0 0 0 ${Math.round(counted.media)} 0 0 0 20 0 23 0 ${4_000 + pid} 0 0`,
            `VmRSS: ${kilobytes(figures.mediaBytes)} kB`,
            'Threads: 23',
          ]),
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
      '/sys/class/hwmon/hwmon0/name:coretemp',
      '/sys/class/hwmon/hwmon0/temp1_label:Package id 0',
      `/sys/class/hwmon/hwmon0/temp1_input:${atLeast('celsius', 48) * 1_000}`,
      '== goroutines',
      `goroutine profile: total ${atLeast('goroutines', 120)}`,
    ]
    const look = () => {
      const sockets = (protocol: 'tcp' | 'udp') =>
        server
          .listening()
          .filter((one) => one.protocol === protocol)
          .map(({ port }) => `00000000:${port.toString(16).toUpperCase().padStart(4, '0')} 998`)
      const stamp = (at: number) => new Date(at).toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' ')
      const live = [...server.model.paths.values()].filter((path) => path.live).slice(-20)
      return [
        ...['== sockets tcp', ...sockets('tcp'), '== sockets tcp6', '== sockets udp', ...sockets('udp'), '== sockets udp6'],
        ...['== names', 'root:0', 'mediamtx:998', '== unit', 'LoadState=loaded'],
        ...(pid === null ? ['ActiveState=inactive', 'Result=success', 'ExecMainStatus=0'] : ['ActiveState=active', 'Result=success', 'ExecMainStatus=0']),
        `== log journal ${pid ?? 0}`,
        `${stamp(bootedAt + skewMs)} INF MediaMTX v${server.version()}`,
        ...live.map(({ name }) => `${stamp(bootedAt + skewMs)} INF [path ${name}] stream is available and online`),
        ...(pid === null ? [`${stamp(clock.now() + skewMs)} INF shutting down gracefully`] : []),
      ]
    }
    return [
      '== system Linux',
      '== first',
      `now ${clock.now() + skewMs}000000`,
      `uname ${machineName(server.name)} Linux 6.12.0`,
      ...fast,
      ...(wants('s') ? slow : []),
      ...(pid !== null && (wants('s') || wants('m')) ? media : []),
      ...(wants('l') ? look() : []),
      '== last',
      `now ${clock.now() + skewMs}000000`,
    ].join('\n')
  }
  return {
    answer,
    /** Its figures are at least these, until the returned function is called. */
    strain: (figures: Strain): (() => void) => {
      const strain = { ...figures }
      strains.add(strain)
      return () => void strains.delete(strain)
    },
    boot: (): void => {
      bootedAt = clock.now()
    },
    /** Its disk fills by so many percent of its size an hour from now on. */
    fill: (percentPerHour: number): void => {
      filling = { percentPerHour, since: clock.now() }
    },
    /** Sets its clock to differ from ours by so many ms. */
    setClock: (ms: number): void => {
      skewMs = ms
    },
  }
}
