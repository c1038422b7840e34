import type { HostProcess, HostReading } from '../../shared/hosts.ts'

/** Times of one core, or of all, in ticks since the start. */
export interface CpuTimes {
  /** Busy time: user, nice, system and interrupts, without guest time, which is already included. */
  readonly busy: number
  readonly idle: number
  readonly iowait: number
  readonly steal: number
}

/** Counters of one interface since it came up. */
export interface RawNetwork {
  readonly name: string
  readonly receivedBytes: number
  readonly sentBytes: number
  readonly errors: number
  readonly drops: number
}

export interface RawMount {
  readonly mount: string
  readonly device: string | null
  /** Keys for its traffic in `diskTraffic`; the first existing one is used. */
  readonly trafficKeys: readonly string[]
  readonly sizeBytes: number
  readonly usedBytes: number
  /** Free for users other than root. */
  readonly freeBytes: number
}

/** A process that is a media server by its name. */
export interface RawMedia {
  readonly pid: number
  readonly cpuSeconds: number
  readonly memoryBytes: number | null
  readonly threads: number
  /** Seconds of `uptimeSeconds` at which it started. */
  readonly startedAtUptime: number
}

/** Slow figures of one media server's process. */
export interface RawMediaDetail {
  readonly pid: number
  readonly openFiles: number | null
  readonly openFilesLimit: number | null
  readonly uid: string | null
  /** TCP ports on which it listens; null: their owner can't be seen. */
  readonly ownPorts: readonly number[] | null
  /** Ports on which its user listens, with this or other processes. */
  readonly userPorts: readonly number[]
}

/** The parts of an answer, with raw counters. */
interface HostParts {
  /** Seconds since its start, when its counters were read. Rates are based on it. */
  readonly uptimeSeconds: number
  readonly bootId: string
  /** Its wall clock, epoch ms, before and after it collected the slow part; `stepMs`: its resolution. */
  readonly wall: { readonly firstMs: number; readonly lastMs: number; readonly stepMs: number }
  readonly hostname: string
  readonly systemName: string
  readonly kernel: string
  /** `cores`: by their numbers; a core that is offline is missing. */
  readonly cpu: { readonly total: CpuTimes; readonly cores: readonly (CpuTimes | undefined)[] }
  readonly load: readonly [number, number, number]
  readonly memory: {
    readonly totalBytes: number
    readonly usedBytes: number | null
    readonly swapTotalBytes: number | null
    readonly swapUsedBytes: number | null
  }
  readonly networks: readonly RawNetwork[]
  /** bit/s by interface; interfaces without a speed are missing. */
  readonly linkBps: ReadonlyMap<string, number>
  /** Counters of disks and partitions since the start. */
  readonly diskTraffic: ReadonlyMap<string, { readonly readBytes: number; readonly writtenBytes: number }>
  readonly mounts: readonly RawMount[]
  readonly temperatures: HostReading['temperaturesC']
  readonly gpus: HostReading['gpus']
  readonly tcpRetransmits: number
  readonly udpBufferErrors: number
  /** Empty: none runs. */
  readonly media: readonly RawMedia[]
  readonly mediaDetails: readonly RawMediaDetail[]
}
/** One parsed answer. Left out or null: missing in this answer. */
export type RawHost = { readonly [Key in keyof HostParts]?: HostParts[Key] | null | undefined }
type Found = { -readonly [Key in keyof RawHost]: RawHost[Key] }

/** Most entries of each kind; more are an error, or an attack on our memory. */
const most = { cores: 4096, networks: 64, disks: 4096, mounts: 64, temperatures: 64, gpus: 32, media: 32, lines: 1024 } as const
/** How many of the busiest processes are listed. */
export const shownProcesses = 20
/** /proc/diskstats counts sectors of 512 bytes, whatever the disk has (Documentation/admin-guide/iostats.rst). */
const sectorBytes = 512
/** sysconf(_SC_CLK_TCK) of every Linux except on Alpha. */
const hertz = 100

/** The lines of each section of an answer, which begins with `== <name>`; several with one name are joined. Text before the first one is ignored. */
export function sectionsOf(text: string): ReadonlyMap<string, readonly string[]> {
  const sections = new Map<string, string[]>()
  let lines: string[] | undefined
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('== ')) {
      lines = sections.get(line.slice(3)) ?? []
      sections.set(line.slice(3), lines)
    } else if (line !== '') lines?.push(line)
  }
  return sections
}
type Sections = ReturnType<typeof sectionsOf>

/** A number of at most 24 digits that is not below 0; null: another word, such as `[N/A]`. */
const numberOrNull = (text: string | undefined): number | null => (text !== undefined && /^\d{1,24}(\.\d{1,24})?$/.test(text) ? Number(text) : null)
const wordsOf = (line: string): string[] => line.match(/\S+/g) ?? []

/** A name reported by the host, cleaned for display: one short line without control characters. */
export function shownName(text: string | undefined): string | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be shown.
  const line = (text ?? '').replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ').trim()
  return line === '' ? null : line.slice(0, 200)
}

/** Parses an answer of the script of `collectScript.ts`: each part is optional. null: it is not of a Linux host. Never throws. */
export function parseHost(answer: string): RawHost | null {
  const sections = sectionsOf(answer)
  if (!sections.has('system Linux')) return null
  const slow = sections.get('slow')
  const fast = fastOf(sections.get('fast') ?? [])
  return { ...fast, ...(slow && slowOf(sections, slow)), mediaDetails: parseMediaDetails(sections.get('media'), fast.media ?? []) }
}

/** Parses lines of about ten files of /proc, recognised by their form. */
function fastOf(lines: readonly string[]): Found {
  const found: Found = {}
  const kilobytes = new Map<string, number>()
  const cores: (CpuTimes | undefined)[] = []
  let total: CpuTimes | null = null
  const networks: RawNetwork[] = []
  const traffic = new Map<string, { readBytes: number; writtenBytes: number }>()
  /** Names of the columns of `Tcp:` and `Udp:`, which stand in a line before the values. */
  const columns = new Map<string, readonly string[]>()
  const count = (kind: string, words: readonly string[], name: string): number | null => {
    const names = columns.get(kind)
    if (names === undefined) columns.set(kind, words)
    return numberOrNull(words[names?.indexOf(name) ?? -1])
  }
  let zfs: { readonly [name: string]: number } = {}
  const media: { -readonly [Key in keyof RawMedia]: RawMedia[Key] }[] = []
  let asksMedia = false
  const addUdpErrors = (errors: number | null) => {
    if (errors !== null) found.udpBufferErrors = (found.udpBufferErrors ?? 0) + errors
  }
  for (const line of lines) {
    const words = wordsOf(line)
    const [first = '', second = '', third = ''] = words
    const stat = parseStat(line)
    if (stat !== null) {
      if (media.length < most.media) media.push({ ...stat, memoryBytes: null })
    } else if (first.startsWith('cpu')) {
      const times = cpuTimesOf(words)
      const core = Number(first.slice(3))
      if (first === 'cpu') total = times
      else if (Number.isInteger(core) && core < most.cores && times !== null) cores[core] = times
    } else if (first === 'media') asksMedia = true
    else if (first === 'Tcp:') found.tcpRetransmits = count('Tcp', words, 'RetransSegs') ?? found.tcpRetransmits ?? null
    else if (first === 'Udp:') addUdpErrors(count('Udp', words, 'RcvbufErrors'))
    else if (first === 'Udp6RcvbufErrors') addUdpErrors(numberOrNull(second))
    else if (first === 'VmRSS:') {
      const last = media.at(-1)
      const kb = numberOrNull(second)
      if (last !== undefined) last.memoryBytes = kb === null ? null : kb * 1024
    } else if (third === 'kB') kilobytes.set(first.slice(0, -1), numberOrNull(second) ?? Number.NaN)
    else if (first === 'size' || first === 'c_min') zfs = { ...zfs, [first]: numberOrNull(third) ?? 0 }
    else if (/^[0-9a-f-]{36}$/.test(first)) found.bootId = first
    else if (words.length === 2 && numberOrNull(first) !== null) found.uptimeSeconds = Number(first)
    else if (words.length === 5 && words[3]?.includes('/')) found.load = loadOf(words)
    else if (line.includes(':')) addNetwork(networks, line)
    else if (words.length >= 14 && traffic.size < most.disks) {
      const [read, written] = [numberOrNull(words[5]), numberOrNull(words[9])]
      if (read === null || written === null) continue
      const counted = { readBytes: read * sectorBytes, writtenBytes: written * sectorBytes }
      traffic.set(`${first}:${second}`, counted)
      traffic.set(`/dev/${third}`, counted)
    }
  }
  if (total !== null) found.cpu = { total, cores }
  if (networks.length > 0) found.networks = networks
  if (traffic.size > 0) found.diskTraffic = traffic
  if (asksMedia) found.media = media
  found.memory = memoryOf(kilobytes, Math.max(0, (zfs.size ?? 0) - (zfs.c_min ?? 0)))
  return found
}

/**
 * A line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice. guest is within user
 * already and guest_nice within nice (proc(5), kernel/sched/cputime.c), so both are left out.
 */
function cpuTimesOf([, ...words]: readonly string[]): CpuTimes | null {
  const times = words.map(numberOrNull)
  const [user, nice, system, idle, iowait = 0, irq = 0, softirq = 0, steal = 0] = times
  if (user == null || nice == null || system == null || idle == null) return null
  return { busy: user + nice + system + (irq ?? 0) + (softirq ?? 0), idle, iowait: iowait ?? 0, steal: steal ?? 0 }
}

function loadOf(words: readonly string[]): RawHost['load'] {
  const [one, five, fifteen] = words.map(numberOrNull)
  return one == null || five == null || fifteen == null ? null : [one, five, fifteen]
}

/** net/dev: 8 columns received (bytes, packets, errs, drop, fifo, frame, compressed, multicast), 8 sent. */
function addNetwork(networks: RawNetwork[], line: string): void {
  const colon = line.indexOf(':')
  const name = line.slice(0, colon).trim()
  const counts = wordsOf(line.slice(colon + 1)).map(numberOrNull)
  const [receivedBytes = null, , receiveErrors, receiveDrops, , , , , sentBytes = null, , sendErrors, sendDrops] = counts
  // `Icmp:` of net/snmp may have as many columns.
  if (counts.length !== 16 || receivedBytes === null || sentBytes === null || networks.length >= most.networks) return
  if (/^(Ip|Icmp|IcmpMsg|UdpLite)$/.test(name) || !isOuterInterface(name)) return
  const errors = (receiveErrors ?? 0) + (sendErrors ?? 0)
  networks.push({ name: name.slice(0, 64), receivedBytes, sentBytes, errors, drops: (receiveDrops ?? 0) + (sendDrops ?? 0) })
}
/** Interfaces without outside traffic, or whose traffic is already counted on another one. */
const innerInterface =
  /^(lo\d*$|veth|ifb|dummy|docker|br-|virbr|vnet|fw(br|pr|ln)\d|cali|cilium|lxc|lxdbr|cni|flannel|kube|nodelocaldns|sit\d|ip6tnl|tunl|gre\d|gretap|erspan|ip_vti|ip6_vti|ip6gre|teql|nflog|bonding_masters|usbmon|gif\d|stf\d|awdl|llw|anpi|ap\d|utun)/
export function isOuterInterface(name: string): boolean {
  return !innerInterface.test(name)
}

/** /proc/PID/stat: the name in brackets may hold anything, so fields are counted from its last bracket. */
function parseStat(line: string) {
  const pid = /^(\d{1,10}) \(/.exec(line)?.[1]
  if (pid === undefined) return null
  // From field 3, the state, on: utime is field 14, stime 15, num_threads 20, starttime 22 (proc(5)).
  const fields = wordsOf(line.slice(line.lastIndexOf(')') + 1)).map(numberOrNull)
  const [utime, stime, threads, started] = [fields[11], fields[12], fields[17], fields[19]]
  if (utime == null || stime == null || threads == null || started == null) return null
  return { pid: Number(pid), cpuSeconds: (utime + stime) / hertz, threads, startedAtUptime: started / hertz }
}

/**
 * Used is the memory not available to programs: total − MemAvailable, less what ZFS's cache can give back, which
 * MemAvailable does not include.
 */
function memoryOf(kilobytes: ReadonlyMap<string, number>, zfsBytes: number): RawHost['memory'] {
  const bytes = (name: string) => {
    const value = kilobytes.get(name) ?? Number.NaN
    return Number.isNaN(value) ? null : value * 1024
  }
  const [total, available, swapTotal, swapFree] = [bytes('MemTotal'), bytes('MemAvailable'), bytes('SwapTotal'), bytes('SwapFree')]
  if (!total) return null
  return {
    totalBytes: total,
    usedBytes: available === null ? null : Math.max(0, total - available - zfsBytes),
    swapTotalBytes: swapTotal,
    swapUsedBytes: swapTotal === null || swapFree === null ? null : Math.max(0, swapTotal - swapFree),
  }
}

function slowOf(sections: Sections, lines: readonly string[]): Found {
  const first = sections.get('first') ?? []
  const [from, to] = [first, sections.get('last') ?? []].map(parseNow)
  const uname = wordsOf(first.find((line) => line.startsWith('uname ')) ?? '')
  const pretty = lines.find((line) => line.startsWith('PRETTY_NAME='))?.slice(12)
  const files = new Map((sections.get('sys') ?? []).map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]))
  return {
    ...(from && to && { wall: { firstMs: from.ms, lastMs: to.ms, stepMs: from.stepMs } }),
    hostname: shownName(uname[1]),
    kernel: shownName(uname.slice(2).join(' ')),
    systemName: shownName(pretty?.replace(/^(["'])(.*)\1$/, '$2')) ?? 'Linux',
    mounts: parseMounts(sections),
    linkBps: linkSpeeds(files),
    temperatures: temperaturesOf(files),
    gpus: parseNvidia(sections.get('nvidia') ?? []),
  }
}

/** `now 1795179601936089406` (ns), `now 1795179601.936089` or, where `date` has whole seconds only, `now 1795179601` with or without an N. */
function parseNow(lines: readonly string[]): { readonly ms: number; readonly stepMs: number } | undefined {
  for (const line of lines) {
    const [, seconds, ninth, fraction = ninth] = /^now (\d{9,11})(\d{9})?(?:\.(\d{1,9}))?(?:%?N)?$/.exec(line) ?? []
    if (seconds !== undefined) return { ms: Number(`${seconds}.${fraction ?? 0}`) * 1000, stepMs: fraction === undefined ? 1000 : 1 }
  }
  return undefined
}

/** `df -P -k`: sizes by mount. A mount's name may have spaces, a device's may not. */
function parseMounts(sections: Sections): RawMount[] {
  const known = new Map<string, readonly string[]>()
  for (const line of sections.get('mounts') ?? []) {
    const [, number, device, mount] = /^mount (\d+:\d+) \S+ (\S+) (\/.*)$/.exec(line) ?? []
    if (number !== undefined && device !== undefined && mount !== undefined) known.set(mount, [number, device])
  }
  const mounts: RawMount[] = []
  const seen = new Set<string>()
  for (const line of sections.get('df') ?? []) {
    const match = /^(\S+(?: \S+)*?)\s+(\d+)\s+(\d+)\s+(-?\d+)\s+(?:\d+%|-)\s+(\/.*)$/.exec(line)
    if (match === null || mounts.length >= most.mounts) continue
    const [, device = '', size, used, free, mount = ''] = match
    const keys = known.get(mount) ?? []
    // A disk that is mounted in several places counts once, at the first one.
    const disk = keys[0]?.startsWith('0:') === false ? keys[0] : device
    if (Number(size) === 0 || seen.has(disk)) continue
    seen.add(disk)
    const bytes = { sizeBytes: Number(size) * 1024, usedBytes: Number(used) * 1024, freeBytes: Math.max(0, Number(free)) * 1024 }
    mounts.push({ mount, device: shownName(device), trafficKeys: [...keys, device], ...bytes })
  }
  return mounts
}

function linkSpeeds(files: ReadonlyMap<string, string>): ReadonlyMap<string, number> {
  return new Map(
    [...files].flatMap(([path, value]): [string, number][] => {
      const name = /^\/sys\/class\/net\/([^/]+)\/speed$/.exec(path)?.[1]
      // Mbit/s; -1, or 4294967295 in older kernels: unknown.
      const megabits = numberOrNull(value)
      return name !== undefined && megabits !== null && megabits > 0 && megabits < 4_294_967_295 ? [[name, megabits * 1_000_000]] : []
    }),
  )
}

/** Sensors of hwmon; if there are none, thermal zones, which on PCs duplicate one of hwmon's. In thousandths of a degree. */
function temperaturesOf(files: ReadonlyMap<string, string>): HostReading['temperaturesC'] {
  const sensors: HostReading['temperaturesC'] = []
  const zones: HostReading['temperaturesC'] = []
  for (const [path, value] of files) {
    const celsius = /^-?\d{1,7}$/.test(value) ? Math.round(Number(value) / 100) / 10 : 0
    // An impossible temperature means that the sensor is not connected.
    if (celsius === 0 || celsius < -60 || celsius > 150) continue
    const [, sensor, chip, number] = /^(\/sys\/class\/hwmon\/(hwmon\d+))\/temp(\d+)_input$/.exec(path) ?? []
    // A disk's sensor (drivetemp, nvme) names its disk.
    const named = files.get(`${sensor}/device/model`) ?? files.get(`${sensor}/name`) ?? chip
    if (sensor !== undefined) sensors.push({ name: shownName(`${named} ${files.get(`${sensor}/temp${number}_label`) ?? ''}`) ?? '', celsius })
    const zone = /^(\/sys\/class\/thermal\/thermal_zone\d+)\/temp$/.exec(path)?.[1]
    if (zone !== undefined) zones.push({ name: shownName(files.get(`${zone}/type`)) ?? 'zone', celsius })
  }
  return (sensors.length > 0 ? sensors : zones).slice(0, most.temperatures)
}

/** Lines of `nvidia-smi --query-gpu=name,utilization.gpu,memory.used,memory.total,temperature.gpu,utilization.encoder`, MiB. */
function parseNvidia(lines: readonly string[]): HostReading['gpus'] {
  return lines.slice(0, most.gpus).flatMap((line) => {
    const [name, ...cells] = line.split(/,\s+/)
    const [busy, used, total, celsius = null, encoding] = cells.map((cell) => numberOrNull(cell.replace(/ ?%$/, '')))
    if (cells.length < 4 || !name) return []
    const share = (percent: number | null | undefined) => (percent == null || percent > 100 ? null : percent)
    const bytes = (mebibytes: number | null | undefined) => (mebibytes == null ? null : mebibytes * 1024 * 1024)
    const percents = { percent: share(busy), encoderPercent: share(encoding) }
    return [{ name: shownName(name) ?? 'NVIDIA', ...percents, memoryUsedBytes: bytes(used), memoryTotalBytes: bytes(total), celsius }]
  })
}

const pidLine = /^pid (\d{1,10})$/
/** Of each media server's process a line `pid <pid>` and then what is known of it. An older script has no such line: it looked at one process. */
function parseMediaDetails(lines: readonly string[] | undefined, [only, ...others]: readonly RawMedia[]): readonly RawMediaDetail[] | null {
  if (lines === undefined) return null
  const blocks: { readonly pid: number; readonly lines: string[] }[] =
    only !== undefined && others.length === 0 && !lines.some((line) => pidLine.test(line)) ? [{ pid: only.pid, lines: [] }] : []
  for (const line of lines) {
    const pid = pidLine.exec(line)?.[1]
    if (pid !== undefined) blocks.push({ pid: Number(pid), lines: [] })
    else blocks.at(-1)?.lines.push(line)
  }
  return blocks.slice(0, most.media).map(({ pid, lines: all }) => {
    const wordAfter = (start: string) =>
      all
        .find((line) => line.startsWith(start))
        ?.slice(start.length)
        .trim()
        .split(/\s+/)[0]
    const uid = wordAfter('Uid:') ?? null
    const openFiles = numberOrNull(wordAfter('files '))
    const some = all.slice(0, most.lines)
    const own = new Set(some.flatMap((line) => /^socket:\[(\d{1,20})\]$/.exec(line)?.[1] ?? []))
    const listening = some.flatMap((line) => {
      const [, port, user, inode = ''] = /^listen ([0-9A-F]{4}) (\d{1,10}) (\d{1,20})$/.exec(line) ?? []
      return port === undefined ? [] : [{ port: Number.parseInt(port, 16), user, inode }]
    })
    const ports = (of: typeof listening) => [...new Set(of.map(({ port }) => port))].toSorted((one, other) => one - other)
    return {
      pid,
      openFiles,
      openFilesLimit: numberOrNull(wordAfter('Max open files')),
      uid,
      // If the files of a process can be counted, its sockets can be seen, too.
      ownPorts: openFiles === null ? null : ports(listening.filter(({ inode }) => own.has(inode))),
      userPorts: ports(listening.filter(({ user }) => user === uid)),
    }
  })
}

/** Parses two listings of all processes, a second apart, and their users: the busiest ones. */
export function parseProcesses(answer: string): HostProcess[] {
  const sections = sectionsOf(answer)
  const listed = (name: string) => {
    const lines = sections.get(name) ?? []
    const uptime = numberOrNull(lines.map((line) => /^(\d+\.\d+) \d+\.\d+$/.exec(line)?.[1]).find((one) => one !== undefined))
    const processes = lines.flatMap((line) => {
      const stat = parseStat(line)
      const name = stat && shownName(line.slice(line.indexOf('(') + 1, line.lastIndexOf(')')))
      return stat && name ? [{ ...stat, name }] : []
    })
    return { uptime, processes: new Map(processes.map((process) => [process.pid, process])) }
  }
  const users = new Map((sections.get('names') ?? []).map((line) => [line.split(':')[1], line.split(':')[0]]))
  const statuses = new Map(
    (sections.get('owners') ?? []).flatMap((line): [string, string][] => {
      const [, pid, field, value] = /^\/proc\/(\d+)\/status:(Uid|VmRSS):\s*(\d+)/.exec(line) ?? []
      return value === undefined ? [] : [[`${pid} ${field}`, value]]
    }),
  )
  const [old, now] = [listed('before'), listed('after')]
  const seconds = old.uptime === null || now.uptime === null ? 0 : now.uptime - old.uptime
  return [...now.processes.values()]
    .map(({ pid, name, cpuSeconds, startedAtUptime }): HostProcess => {
      const earlier = old.processes.get(pid)
      const used = earlier?.startedAtUptime === startedAtUptime ? cpuSeconds - earlier.cpuSeconds : null
      const uid = statuses.get(`${pid} Uid`)
      const resident = statuses.get(`${pid} VmRSS`)
      return {
        pid,
        name,
        user: uid === undefined ? null : (shownName(users.get(uid)) ?? uid),
        cpuPercent: used === null || used < 0 || seconds <= 0 ? null : Math.round((used / seconds) * 1000) / 10,
        memoryBytes: resident === undefined ? null : Number(resident) * 1024,
      }
    })
    .sort((one, other) => (other.cpuPercent ?? -1) - (one.cpuPercent ?? -1) || (other.memoryBytes ?? 0) - (one.memoryBytes ?? 0))
    .slice(0, shownProcesses)
}
