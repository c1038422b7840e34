import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import type { Clock } from '../clock/clock.ts'
import type { HostInput } from '../shared/hosts.ts'
import type { DemoServer } from './demoServer.ts'
import { type MachineFigures, type MachineLoad, machine, machineFigures, machineName } from './demoWorkloads.ts'

type DemoHostInput = Omit<HostInput, 'serverId' | 'paused'> & { readonly server: string }

const user = 'noc'
const password = 'demo-watch-me'
const hertz = 100
const bootedBeforeMs = 12 * 86_400_000
/** As in `/proc/net`. */
const hexPort = (port: number) => port.toString(16).toUpperCase().padStart(4, '0')

/** The hosts of the demo's servers, each with its own SSH server that answers like the script on Linux. */
export async function createDemoHosts(clock: Clock, servers: readonly DemoServer[], Host: typeof DemoHost) {
  const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-demo-'))
  const knownHostsFile = join(folder, 'known_hosts')
  const hosts = await Promise.all(servers.map((server) => new Host(clock, server).open()))
  writeFileSync(knownHostsFile, hosts.map(({ port, key }) => `[127.0.0.1]:${port} ${key}\n`).join(''))
  const usual = { auth: { kind: 'password', password }, knownHostsFile, intervalSeconds: 2 } as const
  return {
    inputs: hosts.map(
      ({ port, server: { name } }): DemoHostInput => ({ ...usual, jump: [], name: machineName(name), ssh: `${user}@127.0.0.1:${port}`, server: name }),
    ),
    machines: hosts as readonly DemoHost[],
    [Symbol.asyncDispose]: async (): Promise<void> => {
      await Promise.all(hosts.map((host) => host[Symbol.asyncDispose]()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Creates an ed25519 key that ssh2 can read: it can't read one in 500 of the keys that it generates. */
export function readableKey(): { readonly private: string; readonly public: string } {
  const made = ssh2.utils.generateKeyPairSync('ed25519')
  return ssh2.utils.parseKey(made.private) instanceof Error ? readableKey() : made
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

/** A machine with an SSH server that answers requests like the collect script, with counters that continue from one to the next. */
export class DemoHost {
  readonly server: DemoServer
  protected readonly clock: Clock
  readonly #key = readableKey()
  readonly key = this.#key.public.split(' ').slice(0, 2).join(' ')
  protected showing = this.sshServer(this.#key.private)
  // The port stays the same, whichever key is shown at it. An answer is several packets, each of which would wait until the one before it is acknowledged.
  readonly #listener = createServer({ noDelay: true }, (socket) => {
    this.#sockets.add(socket.on('close', () => void this.#sockets.delete(socket)))
    this.showing.injectSocket(socket)
  })
  readonly #sockets = new Set<Socket>()
  readonly #clients = new Set<ssh2.Connection>()
  protected isRefusing = false
  protected isPasswordRefused = false
  protected bootedAt: number
  protected skewMs = 0
  #countedTo: number
  readonly #counted = { busy: 0, idle: 0, media: 0, received: 0, sent: 0, written: 0, udpErrors: 0 }

  constructor(clock: Clock, server: DemoServer) {
    this.server = server
    this.clock = clock
    this.bootedAt = clock.now() - bootedBeforeMs
    this.#countedTo = clock.monotonic()
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port
  }
  async open(): Promise<this> {
    await once(this.#listener.listen(0, '127.0.0.1'), 'listening')
    return this
  }
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#listener, 'close')
    this.#listener.close()
    this.cutAll()
    // Also of whoever has said nothing yet.
    for (const socket of this.#sockets) socket.destroySoon()
    await closed
  }

  protected sshServer(hostKey: string): ssh2.Server {
    return new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
      client.on('error', () => {}).on('close', () => void this.#clients.delete(client))
      if (this.isRefusing) return void client.end()
      this.#clients.add(client)
      client.on('authentication', (context) => {
        const isRight = context.method === 'password' && context.username === user && context.password === password
        if (isRight && !this.isPasswordRefused) context.accept()
        else context.reject(['password'])
      })
      client.on('session', (accept) => accept().on('exec', (acceptExec) => answerLines(acceptExec(), (question) => this.#answer(question))))
    })
  }
  protected cutAll(): void {
    for (const client of this.#clients) client.end()
  }

  protected figures(load: MachineLoad): MachineFigures {
    return machineFigures(load, this.clock.now())
  }

  /** Its figures now; counts on until now. */
  #count(): MachineFigures {
    const load = { streams: 0, inBps: 0, outBps: 0, recordBps: 0 }
    this.server.model.settle()
    for (const path of this.server.model.paths.values()) {
      if (!path.live || path.stalledAt !== null) continue
      const bps = path.flow.mean * 8000
      load.streams++
      load.inBps += bps
      load.outBps += bps * path.readers.size
      if (path.options.record) load.recordBps += bps
    }
    const figures = this.figures(load)
    const monotonic = this.clock.monotonic()
    const seconds = (monotonic - this.#countedTo) / 1000
    this.#countedTo = monotonic
    const ticks = seconds * hertz * machine.cores
    const counted = this.#counted
    counted.busy += (ticks * figures.cpuPercent) / 100
    counted.idle += ticks * (1 - figures.cpuPercent / 100)
    counted.media += (seconds * hertz * figures.mediaPercent) / 100
    counted.received += (figures.receivedBps / 8) * seconds
    counted.sent += (load.outBps / 8) * seconds * 1.03
    counted.written += (load.recordBps / 8) * seconds
    counted.udpErrors += figures.udpErrorsPerSecond * seconds
    return figures
  }

  /** The answer of the collect script. `question`: a letter for each part beside the fast one. */
  #answer(question: string): string {
    const figures = this.#count()
    const { pid } = this.server
    const kilobytes = (bytes: number) => Math.round(bytes / 1024)
    const uptime = ((this.clock.now() - this.bootedAt) / 1000).toFixed(2)
    const { busy, idle, media, received, sent, written, udpErrors } = this.#counted
    const cpu = (name: string, share: number) => `${name} ${Math.round(busy * share)} 0 0 ${Math.round(idle * share)} 0 0 0 0 0 0`
    const load = ((figures.cpuPercent / 100) * machine.cores).toFixed(2)
    const now = `now ${this.clock.now() + this.skewMs}000000`
    const mediaProcess = [
      `${pid} (mediamtx) S 1 ${pid} ${pid} 0 -1 0 0 0 0 0 ${Math.round(media)} 0 0 0 20 0 23 0 ${4_000 + (pid ?? 0)} 0 0`,
      `VmRSS: ${kilobytes(figures.mediaBytes)} kB`,
    ]
    const parts = [
      ...['== system Linux', '== first', now, `uname ${machineName(this.server.name)} Linux 6.12.0`],
      ...['== fast', 'media', `${uptime} ${uptime}`, cpu('cpu ', 1)],
      ...Array.from({ length: machine.cores }, (_, core) => cpu(`cpu${core}`, 1 / machine.cores)),
      `${load} ${load} ${load} 2/411 902`,
      `MemTotal: ${kilobytes(machine.memoryBytes)} kB`,
      `MemAvailable: ${kilobytes(machine.memoryBytes - figures.memoryUsedBytes)} kB`,
      'SwapTotal: 0 kB',
      'Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors',
      `Udp: 1 0 0 1 ${Math.round(udpErrors)} 0`,
      `  eth0: ${Math.round(received)} 1 0 0 0 0 0 0 ${Math.round(sent)} 1 0 0 0 0 0 0`,
      ` 259 2 nvme0n1p2 100 0 0 10 100 0 ${Math.round(written / 512)} 10 0 10 10`,
      ...(pid === null ? [] : mediaProcess),
      ...(question.includes('s') ? this.#slow(kilobytes(figures.diskUsedBytes), kilobytes(machine.diskBytes), figures.celsius) : []),
      ...(pid !== null && /[sm]/.test(question) ? this.#media(pid) : []),
      ...(question.includes('l') ? this.#look(pid) : []),
      ...['== last', now],
    ]
    return parts.join('\n')
  }

  #slow(usedKilobytes: number, diskKilobytes: number, celsius: number): readonly string[] {
    return [
      ...['== slow', 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"'],
      ...['== mounts', 'mount 259:2 ext4 /dev/nvme0n1p2 /'],
      ...['== df', 'Filesystem 1024-blocks Used Available Capacity Mounted on'],
      `/dev/nvme0n1p2 ${diskKilobytes} ${usedKilobytes} ${diskKilobytes - usedKilobytes} 1% /`,
      ...['== sys', `/sys/class/net/eth0/speed:${machine.linkMbps}`],
      ...['/sys/class/hwmon/hwmon0/name:coretemp', '/sys/class/hwmon/hwmon0/temp1_label:Package id 0'],
      `/sys/class/hwmon/hwmon0/temp1_input:${celsius * 1_000}`,
    ]
  }
  #media(pid: number): readonly string[] {
    const process = [`pid ${pid}`, 'files 412', 'Uid:\t998\t998\t998\t998']
    return ['== media', ...process, `listen ${hexPort(Number(new URL(this.server.url).port))} 998 50812`, 'socket:[50812]']
  }
  /** What is looked at for a diagnosis. */
  #look(pid: number | null): readonly string[] {
    const { tcp, udp } = this.server.listening()
    const sockets = (ports: readonly number[]) => ports.map((port) => `00000000:${hexPort(port)} 998`)
    const line = (at: number, text: string) => `${new Date(at + this.skewMs).toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' ')} INF ${text}`
    const live = [...this.server.model.paths.values()].filter((path) => path.live).slice(-20)
    return [
      ...['== sockets tcp', ...sockets(tcp), '== sockets tcp6', '== sockets udp', ...sockets(udp), '== sockets udp6'],
      ...['== names', 'root:0', 'mediamtx:998', '== unit', 'LoadState=loaded'],
      ...[`ActiveState=${pid === null ? 'inactive' : 'active'}`, 'Result=success', 'ExecMainStatus=0'],
      ...[`== log journal ${pid ?? 0}`, line(this.bootedAt, `MediaMTX v${this.server.model.version}`)],
      ...live.map(({ name }) => line(this.bootedAt, `[path ${name}] stream is available and online`)),
      ...(pid === null ? [line(this.clock.now(), 'shutting down gracefully')] : []),
    ]
  }
}
