import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { get } from 'node:http'
import { cpus, hostname, loadavg, release, totalmem, uptime } from 'node:os'
import { type Clock, sleep, timeLimit } from '../../clock/clock.ts'
import { mostMediaProcesses } from '../../shared/collectScript.ts'
import type { HostProcess } from '../../shared/hosts.ts'
import { ok } from '../../shared/result.ts'
import { type HostCollector, needsMediaDetails, shownProcesses, slowIntervalMs } from './hostCollector.ts'
import { createHostRates, type HostFigures } from './hostRates.ts'
import { parseHost } from './parseHost.ts'
import { emptyRawHost, isOuterInterface, parseGoroutines, type RawHost } from './rawHost.ts'
import { createSystemThread, type SystemThread } from './systemThread.ts'

/** A reading younger than this is reused, so that several callers cost no more than one. */
const reuseMs = 500
/** A part that takes longer, such as a hanging network disk, is not waited for; its result goes into the next reading. */
const partLimitMs = 3_000
const pprofLimitMs = 2_000
/** A new process is checked in this many readings, because it gets its name a moment after its id. */
const checksAtNewProcess = 2
/** Limit of pprof's answer, of which only the first line is used. */
const pprofMaxBytes = 64 * 1024

/** Collects from this machine. Never fails: figures that are not reported are null. */
export interface LocalHost extends HostCollector {
  readonly read: () => Promise<{ readonly ok: true; readonly value: HostFigures }>
  readonly processes: (signal: AbortSignal) => Promise<{ readonly ok: true; readonly value: readonly HostProcess[] }>
}

/**
 * The machine that this process runs on: quickly changing figures from /proc if there is one, as for a remote
 * host, and all others by systeminformation, on a separate thread.
 */
export function createLocalHost(clock: Clock): LocalHost {
  const rates = createHostRates()
  const system = createSystemThread()
  const lifetime = new AbortController()
  let last: { readonly at: number; readonly reading: Promise<HostFigures> } | null = null
  let mediaPids: readonly number[] = []
  let detailsAt = Number.NEGATIVE_INFINITY
  let checksAtMedia = true
  const findMediaServers = createMediaSearch(clock)

  /** Slow figures, each read every 30 s, and at most one of them per reading to limit the cost. */
  const parts: { readonly read: () => Promise<Partial<RawHost> | null>; at: number; running: boolean }[] = (
    ['name', 'mounts', 'temperatures', 'gpus', 'links'] as const
  ).map((kind) => ({ read: () => system.ask(kind), at: Number.NEGATIVE_INFINITY, running: false }))
  if (process.platform === 'linux')
    parts.push({
      read: async () => (mediaPids.length === 0 ? {} : { goroutines: await readGoroutines(clock, lifetime.signal) }),
      at: Number.NEGATIVE_INFINITY,
      running: false,
    })
  /** Slow figures that came since the last reading. */
  let fresh: Partial<RawHost> = {}
  const refresh = async (): Promise<Partial<RawHost>> => {
    const now = clock.monotonic()
    const never = parts.filter((part) => part.at === Number.NEGATIVE_INFINITY)
    const due = parts.filter((part) => !part.running && now - part.at >= slowIntervalMs).toSorted((one, other) => one.at - other.at)
    const work = (never.length > 0 ? never : due.slice(0, 1)).map(async (part) => {
      part.at = now
      part.running = true
      // A part that this platform does not report is null; the others are kept.
      const read = await part.read()
      part.running = false
      fresh = { ...fresh, ...read }
    })
    if (work.length > 0) await inTime(clock, Promise.all(work), lifetime.signal)
    const all = fresh
    fresh = {}
    return all
  }

  const read = async (): Promise<HostFigures> => {
    const before = mediaPids
    if (process.platform === 'linux') mediaPids = findMediaServers()
    const slow = await refresh()
    const withDetails = checksAtMedia || mediaPids.some((pid) => !before.includes(pid)) || clock.monotonic() - detailsAt >= slowIntervalMs
    if (withDetails) detailsAt = clock.monotonic()
    const fast = process.platform === 'linux' ? readProc(mediaPids, withDetails) : await readSystem(clock, system, lifetime.signal)
    const at = clock.now()
    const reading = rates.next(
      { ...fast, hostname: hostname(), kernel: release(), ...slow },
      { askedAtMs: at, answeredAtMs: at, monotonicMs: clock.monotonic() },
    )
    checksAtMedia = needsMediaDetails(reading)
    // The clock is our own.
    return { ...reading, clockSkewMs: 0, uptimeSeconds: reading.uptimeSeconds ?? Math.round(uptime()) }
  }

  return {
    read: async () => {
      if (last === null || clock.monotonic() - last.at >= reuseMs) last = { at: clock.monotonic(), reading: read() }
      return ok(await last.reading)
    },
    // No shell is run on this machine.
    check: async () => ok(null),
    processes: async (signal) => {
      // The library compares with its previous call, which may have been long ago, or never.
      await system.ask('processes')
      await sleep(clock, 1_000, AbortSignal.any([signal, lifetime.signal]))
      const list = (await system.ask('processes')) ?? []
      const cores = cpus().length
      return ok(
        list
          .toSorted((one, other) => other.cpu - one.cpu)
          .slice(0, shownProcesses)
          .map(({ pid, name, user, cpu, memRss }) => ({
            pid,
            name,
            user: user === '' ? null : user,
            // The library gives the share of all cores; ours is of one core.
            cpuPercent: Number.isFinite(cpu) ? Math.round(cpu * cores * 10) / 10 : null,
            memoryBytes: memRss > 0 ? memRss * 1024 : null,
          })),
      )
    },
    answerMs: () => null,
    close: () => {
      lifetime.abort()
      system.close()
    },
  }
}

function textOf(path: string): string {
  try {
    // Synchronous, because these files are not on a disk, and each takes microseconds.
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

const procFiles = [
  '/proc/uptime',
  '/proc/sys/kernel/random/boot_id',
  '/proc/loadavg',
  '/proc/meminfo',
  '/proc/net/dev',
  '/proc/diskstats',
  '/proc/net/snmp',
  '/proc/net/snmp6',
  '/proc/spl/kstat/zfs/arcstats',
]

function readProc(mediaPids: readonly number[], withDetails: boolean): RawHost {
  // Only the first lines of /proc/stat are used; the rest is long, and counts interrupts.
  const stat = textOf('/proc/stat')
  const files = procFiles.map(textOf)
  const media =
    mediaPids.length === 0
      ? ['media']
      : mediaPids.flatMap((pid) => [`media ${pid} ${mediaFoundBy(pid)}`, textOf(`/proc/${pid}/stat`).trimEnd(), textOf(`/proc/${pid}/status`).trimEnd()])
  const limits = limitFiles.flatMap((file) =>
    textOf(file)
      .trimEnd()
      .split('\n')
      .map((line) => `${file}:${line}`),
  )
  return parseHost(
    [
      '== system Linux',
      '== fast',
      ...media,
      stat.slice(0, stat.indexOf('\nintr ') + 1 || stat.length),
      ...files,
      ...(limits.length > 0 ? ['== limits', ...limits] : []),
      ...(withDetails && mediaPids.length > 0 ? ['== media', ...mediaPids.flatMap(mediaDetails)] : []),
    ].join('\n'),
  )
}

/** Files with a container's limits, in both versions of cgroups; the first of each group shows whether there is a limit. Limits apply from its start, so these are selected once. */
const limitFiles = [
  ['memory.max', 'memory.current', 'memory.stat'],
  ['memory/memory.limit_in_bytes', 'memory/memory.usage_in_bytes', 'memory/memory.stat'],
  ['cpu.max', 'cpu.stat'],
  ['cpu/cpu.cfs_quota_us', 'cpu/cpu.cfs_period_us', 'cpuacct/cpuacct.usage'],
]
  .map((files) => files.map((file) => `/sys/fs/cgroup/${file}`))
  // "max", -1 and 9223372036854771712 mean no limit.
  .filter(([first = '']) => /^[1-9]\d{0,17}(\s|$)/.test(textOf(first)))
  .flat()

const isMediaName = (name: string): boolean => /^(mediamtx|rtsp-simple-ser)/.test(name)
/**
 * Finds media servers by name, first among all processes, then in each reading among the new ones. That takes one listing of a folder, and a
 * newly started server is found at once.
 */
function createMediaSearch(clock: Clock) {
  let checks = new Map<string, number>()
  let media: ReadonlySet<string> = new Set()
  let searchedAt = Number.NEGATIVE_INFINITY
  return (): readonly number[] => {
    const all = clock.monotonic() - searchedAt >= slowIntervalMs
    if (all) searchedAt = clock.monotonic()
    const pids = processNumbers()
    const isNew = (pid: string) => (checks.get(pid) ?? 0) < checksAtNewProcess
    media = new Set(pids.filter((pid) => (all || isNew(pid) ? isMediaName(textOf(`/proc/${pid}/comm`)) : media.has(pid))))
    checks = new Map(pids.map((pid) => [pid, (checks.get(pid) ?? 0) + 1]))
    return [...media].map(Number).slice(0, mostMediaProcesses)
  }
}
function processNumbers(): readonly string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  } catch {
    // No /proc: nothing is found.
    return []
  }
}
function mediaFoundBy(pid: number): 'name' | 'unit' | 'container' {
  const groups = textOf(`/proc/${pid}/cgroup`)
  if (/docker|containerd|libpod|kubepods|\/lxc\/|crio/.test(groups)) return 'container'
  return /(mediamtx|rtsp-simple-server)[^/]*\.service/.test(groups) ? 'unit' : 'name'
}

/** The same lines that `collectScript` prints for a process. */
function mediaDetails(pid: number): readonly string[] {
  const listening = ['tcp', 'tcp6'].flatMap((table) =>
    textOf(`/proc/${pid}/net/${table}`)
      .split('\n')
      .flatMap((line) => {
        const match = /^ *\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:0000 0A \S+ \S+ \S+ +(\d+) +\d+ (\d+) /.exec(line)
        return match ? [{ line: `listen ${match[1]} ${match[2]} ${match[3]}`, socket: `socket:[${match[3]}]` }] : []
      }),
  )
  const wanted = new Set(listening.map(({ socket }) => socket))
  return [
    `pid ${pid}`,
    ...openFilesOf(pid, wanted),
    ...textOf(`/proc/${pid}/limits`)
      .split('\n')
      .filter((line) => line.startsWith('Max open files')),
    ...textOf(`/proc/${pid}/status`)
      .split('\n')
      .filter((line) => line.startsWith('Uid:')),
    `args ${textOf(`/proc/${pid}/cmdline`)
      .replace(/[\0\n]/g, ' ')
      .slice(0, 300)}`,
    ...listening.map(({ line }) => line),
  ]
}
/** Number of open files of a process, and which of the wanted sockets are among them; empty for processes of another user. */
function openFilesOf(pid: number, wanted: ReadonlySet<string>): readonly string[] {
  try {
    const files = readdirSync(`/proc/${pid}/fd`)
    const targets = files.map((file) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${file}`)
      } catch {
        // Closed in the meantime.
        return ''
      }
    })
    return [`files ${files.length}`, ...targets.filter((target) => wanted.has(target))]
  } catch {
    return []
  }
}

/** Reads pprof at its default address, where it answers only this machine unless configured otherwise. */
const readGoroutines = (clock: Clock, signal: AbortSignal): Promise<number | null> =>
  new Promise((resolve) => {
    const limit = timeLimit(clock, pprofLimitMs, signal)
    let text = ''
    const done = () => {
      limit[Symbol.dispose]()
      request.destroy()
      resolve(parseGoroutines(text.split('\n')))
    }
    const request = get({ host: '127.0.0.1', port: 9999, path: '/debug/pprof/goroutine?debug=1', agent: false, signal: limit.signal }, (response) => {
      response.setEncoding('latin1')
      response.on('data', (chunk: string) => {
        text += chunk
        if (text.includes('\n') || text.length > pprofMaxBytes) done()
      })
      response.on('close', done)
      response.on('error', done)
    })
    request.on('error', done)
  })

/** Resolves to null if the work takes longer than the limit of a part. */
async function inTime<T>(clock: Clock, work: Promise<T>, signal: AbortSignal): Promise<T | null> {
  using limit = timeLimit(clock, partLimitMs, signal)
  if (limit.signal.aborted) return null
  return await Promise.race([work, new Promise<null>((resolve) => limit.signal.addEventListener('abort', () => resolve(null), { once: true }))])
}

/** Reads the quickly changing figures where there is no /proc. The thread may block, waiting for another program. */
export async function readSystem(clock: Clock, system: SystemThread, signal: AbortSignal): Promise<RawHost> {
  const [memory, networks] = await Promise.all([inTime(clock, system.ask('memory'), signal), inTime(clock, system.ask('traffic'), signal)])
  const cores = cpus().map(({ times }) => ({ busy: times.user + times.nice + times.sys + times.irq, idle: times.idle }))
  const sum = (of: (core: (typeof cores)[number]) => number) => cores.reduce((total, core) => total + of(core), 0)
  const [one = 0, five = 0, fifteen = 0] = loadavg()
  return {
    ...emptyRawHost,
    clockSeconds: clock.monotonic() / 1000,
    uptimeSeconds: uptime(),
    cpu:
      cores.length === 0
        ? null
        : {
            total: { busy: sum((core) => core.busy), idle: sum((core) => core.idle), iowait: 0, steal: 0 },
            cores: Float64Array.from(cores.flatMap(({ busy, idle }) => [busy, idle, 0, 0])),
          },
    coreCount: cores.length === 0 ? null : cores.length,
    // Windows has no load average, and Node reports 0 there.
    load: process.platform === 'win32' ? null : [one, five, fifteen],
    memory: {
      totalBytes: memory?.total ?? totalmem(),
      usedBytes: memory ? memory.total - memory.available : null,
      swapTotalBytes: memory?.swaptotal ?? null,
      swapUsedBytes: memory?.swapused ?? null,
    },
    networks:
      networks
        ?.filter((network) => isOuterInterface(network.iface))
        .map((network) => ({
          name: network.iface,
          receivedBytes: network.rx_bytes,
          sentBytes: network.tx_bytes,
          errors: network.rx_errors + network.tx_errors,
          drops: network.rx_dropped + network.tx_dropped,
        })) ?? null,
  }
}
