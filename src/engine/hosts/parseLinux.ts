import type { HostProcess } from '../../shared/hosts.ts'
import { shownProcesses } from './hostCollector.ts'
import {
  type CpuTimes,
  coreFields,
  eachLine,
  emptyRawHost,
  isOuterInterface,
  mostOfAKind,
  numberOrNull,
  parseDf,
  parseGoroutines,
  parseMediaDetails,
  parseMediaLines,
  parseNow,
  parseNvidia,
  type RawDiskTraffic,
  type RawGpu,
  type RawHost,
  type RawLimits,
  type RawMedia,
  type RawMount,
  type RawNetwork,
  readCounts,
  type Sections,
  shownName,
  type Writable,
  wordsOf,
} from './rawHost.ts'

/** /proc/diskstats counts sectors of 512 bytes, whatever the disk has (Documentation/admin-guide/iostats.rst). */
const sectorBytes = 512
/** sysconf(_SC_CLK_TCK) of every Linux except on Alpha; the slow part has the exact value. */
const usualHertz = 100

/** Parses the answer of a Linux host. Every part is optional: missing or unreadable values are null. */
export function parseLinux(sections: Sections): RawHost {
  const raw: Writable<RawHost> = { ...emptyRawHost, system: 'linux' }
  const fast = sections.spans('fast')
  const slow = sections.get('slow')
  const hertz = numberOrNull(slow?.find((line) => line.startsWith('hertz '))?.slice(6)) || usualHertz
  if (fast) readFast(raw, sections.text, fast, hertz)
  if (slow) readSlow(raw, sections, slow)
  raw.mediaDetails = parseMediaDetails(sections.get('media'), openFilesOf)
  if (slow) raw.goroutines = parseGoroutines([...(sections.get('goroutines') ?? []), ...(sections.get('media') ?? [])])
  const limits = sections.get('limits')
  if (limits) raw.limits = parseLimits(limits)
  const processes = parseProcesses(sections)
  if (processes) raw.processes = processes
  return raw
}

/** Room for the counters of one line, the times of one core, and those of all: a parser is never within itself. */
const counts = new Float64Array(24)
const times = new Float64Array(coreFields)
const coreTimes = new Float64Array(mostOfAKind.cores * coreFields)
const countAt = (index: number): number => counts[index] ?? Number.NaN
const countOr0 = (index: number): number => countAt(index) || 0

/** Returns a function that finds a character's next index; ∞: none. Call it with rising indexes: the text is then searched only once, however many lines lack the character. */
function createSearch(text: string, character: string): (from: number) => number {
  let at = -1
  return (from) => {
    if (at < from) {
      const found = text.indexOf(character, from)
      at = found < 0 ? Number.POSITIVE_INFINITY : found
    }
    return at
  }
}
const isKilobytes = (text: string, stop: number): boolean => text.charCodeAt(stop - 1) === 66 && text.startsWith(' kB', stop - 3)

/** Length of a UUID as the kernel writes it. */
const bootIdLength = 36

/** Parses lines of about ten files of /proc, recognised by their form. Does not split the text, because most of a host's cost is here. */
function readFast(raw: Writable<RawHost>, text: string, spans: readonly number[], hertz: number): void {
  const kilobytes = new Map<string, number>()
  const networks: RawNetwork[] = []
  const traffic = new Map<string, RawDiskTraffic>()
  // Their types are widened since `readLine` sets them, which TypeScript does not see.
  const mediaLines: string[] = []
  /** Index of the wanted column; null: the line with the names has not been read yet. */
  let tcpColumn = null as number | null
  let udpColumn = null as number | null
  let hasNetworks = false
  let total = null as CpuTimes | null
  let cores = 0
  let coreEnd = 0
  /** By process id, with what its status file says, which comes behind it. */
  const media = new Map<number, Omit<RawMedia, 'by' | 'memoryBytes'> & { resident: number | null; counted: number | null }>()
  let lastMedia = null as { resident: number | null; counted: number | null } | null
  let arc = null as { size: number; floor: number } | null

  const nextSpace = createSearch(text, ' ')
  const nextColon = createSearch(text, ':')
  const nextBracket = createSearch(text, '(')

  const readLine = (from: number, stop: number): void => {
    const first = text.charCodeAt(from)
    // cpu0 …
    if (first === 99 && text.startsWith('cpu', from)) {
      const space = nextSpace(from)
      if (space > stop || !readTimes(text, space, stop)) return
      if (space === from + 3) {
        const [busy = 0, idle = 0, iowait = 0, steal = 0] = times
        total = { busy, idle, iowait, steal }
        return
      }
      const core = Number(text.slice(from + 3, space))
      if (!Number.isInteger(core) || core < 0 || core >= mostOfAKind.cores) return
      const at = core * coreFields
      if (at >= coreEnd) {
        coreTimes.fill(Number.NaN, coreEnd, at)
        coreEnd = at + coreFields
        cores++
      } else if (Number.isNaN(coreTimes[at])) cores++
      for (let field = 0; field < coreFields; field++) coreTimes[at + field] = times[field] ?? Number.NaN
      return
    }
    const colon = nextColon(from)
    const hasColon = colon < stop && colon > from
    if (first === 84 && text.startsWith('Tcp: ', from)) {
      // Two lines: names, then values.
      if (tcpColumn === null) tcpColumn = wordsOf(text.slice(colon + 1, stop)).indexOf('RetransSegs')
      else raw.tcpRetransmits = countInColumn(text, colon + 1, stop, tcpColumn)
    } else if (first === 85 && text.startsWith('Udp: ', from)) {
      if (udpColumn === null) udpColumn = wordsOf(text.slice(colon + 1, stop)).indexOf('RcvbufErrors')
      else addUdpErrors(raw, countInColumn(text, colon + 1, stop, udpColumn))
    } else if (first === 85 && text.startsWith('Udp6RcvbufErrors', from)) addUdpErrors(raw, numberOrNull(text.slice(from + 16, stop)))
    else if (hasColon && (isKilobytes(text, stop) || text.startsWith('Threads:', from))) {
      if (readCounts(text, colon + 1, stop, counts) === 0 || Number.isNaN(countAt(0))) return
      if (lastMedia !== null && text.startsWith('VmRSS:', from)) lastMedia.resident = countAt(0) * 1024
      else if (lastMedia !== null && text.startsWith('Threads:', from)) lastMedia.counted = countAt(0)
      else kilobytes.set(text.slice(from, colon), countAt(0))
    } else if (nextBracket(from) < stop) {
      // The status file has brackets, too: `State: S (sleeping)`.
      const stat = parseStat(text, from, stop, hertz)
      if (stat === null || media.size >= mostOfAKind.media) return
      const bracket = nextBracket(from)
      const name = shownName(text.slice(bracket + 1, text.lastIndexOf(')', stop)))
      lastMedia = { resident: null, counted: null }
      media.set(stat.pid, Object.assign(lastMedia, stat, { name }))
    } else if (hasColon) {
      const network = parseNetwork(text, from, colon, stop)
      if (network === null) return
      hasNetworks = true
      if (networks.length < mostOfAKind.networks && isOuterInterface(network.name)) networks.push(network)
    } else if (first === 109 && text.startsWith('media', from)) {
      if (mediaLines.length < mostOfAKind.media) mediaLines.push(text.slice(from, stop))
    } else if (text.startsWith('size ', from) || text.startsWith('c_min ', from)) {
      const value = numberOrNull(wordsOf(text.slice(from, stop))[2])
      if (value !== null) arc = { ...(arc ?? { size: 0, floor: 0 }), [first === 115 ? 'size' : 'floor']: value }
    } else if (stop - from === bootIdLength && text[from + 8] === '-') raw.bootId = text.slice(from, stop)
    else {
      const words = readCounts(text, from, stop, counts)
      if (words === 2) {
        const uptime = countAt(0)
        if (!Number.isNaN(uptime + countAt(1))) raw.uptimeSeconds = raw.clockSeconds = uptime
      } else if (words === 5) {
        const [one, five, fifteen] = [countAt(0), countAt(1), countAt(2)]
        if (!Number.isNaN(one + five + fifteen) && text.slice(from, stop).includes('/')) raw.load = [one, five, fifteen]
      } else if (words >= 14) {
        const [read, written] = [countAt(5) * sectorBytes, countAt(9) * sectorBytes]
        const [major, minor, name] = wordsOf(text.slice(from, Math.min(stop, from + 64)))
        if (name && !Number.isNaN(read) && !Number.isNaN(written) && traffic.size < 4096) {
          const counted = { readBytes: read, writtenBytes: written }
          traffic.set(`${major}:${minor}`, counted)
          traffic.set(`/dev/${name}`, counted)
        }
      }
    }
  }
  eachLine(text, spans, readLine)

  if (total) {
    raw.cpu = { total, cores: coreTimes.slice(0, coreEnd) }
    raw.coreCount = cores === 0 ? null : cores
  }
  if (hasNetworks) raw.networks = networks
  if (traffic.size > 0) raw.diskTraffic = traffic
  raw.memory = memoryOf(kilobytes, arc)
  // A process that ended before it was read has no stat.
  raw.media = parseMediaLines(mediaLines)?.flatMap(({ pid, by }) => {
    const stat = media.get(pid)
    if (stat === undefined) return []
    const { resident, counted, ...rest } = stat
    return [{ ...rest, by, memoryBytes: resident, threads: counted ?? stat.threads }]
  })
}

function addUdpErrors(raw: Writable<RawHost>, count: number | null): void {
  if (count !== null) raw.udpBufferErrors = (raw.udpBufferErrors ?? 0) + count
}
function countInColumn(text: string, from: number, stop: number, column: number): number | null {
  const value = column >= 0 && readCounts(text, from, stop, counts) > column ? countAt(column) : Number.NaN
  return Number.isNaN(value) ? null : value
}

/**
 * Fields of a cpu line: user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice. guest is within
 * user already and guest_nice within nice (proc(5), kernel/sched/cputime.c), so both are left out. Writes into `times`; returns false if the line is invalid.
 */
function readTimes(text: string, from: number, stop: number): boolean {
  // Old kernels have fewer fields.
  counts.fill(Number.NaN, 4, 8)
  if (readCounts(text, from, stop, counts) < 4) return false
  times[0] = countAt(0) + countAt(1) + countAt(2) + countOr0(5) + countOr0(6)
  times[1] = countAt(3)
  times[2] = countOr0(4)
  times[3] = countOr0(7)
  return !Number.isNaN(times[0] + times[1])
}

/** net/dev: 8 columns received (bytes, packets, errs, drop, fifo, frame, compressed, multicast), 8 sent. */
function parseNetwork(text: string, from: number, colon: number, stop: number): RawNetwork | null {
  const name = text.slice(from, colon).trim()
  // `Ip:` and `Icmp:` of net/snmp have the same shape.
  if (name === '' || name === 'Ip' || name === 'Icmp' || name === 'IcmpMsg' || name === 'UdpLite') return null
  if (readCounts(text, colon + 1, stop, counts) !== 16) return null
  const [receivedBytes, sentBytes] = [countAt(0), countAt(8)]
  if (Number.isNaN(receivedBytes + sentBytes)) return null
  return {
    name: name.slice(0, 64),
    receivedBytes,
    sentBytes,
    errors: countOr0(2) + countOr0(10),
    drops: countOr0(3) + countOr0(11),
  }
}

/** /proc/PID/stat: the name in brackets may hold anything, so fields are counted from its last bracket. */
function parseStat(text: string, from: number, stop: number, hertz: number) {
  const line = text.slice(from, stop)
  const pid = numberOrNull(line.slice(0, line.indexOf(' ')))
  // From field 3, the state, on: utime is field 14, stime 15, num_threads 20, starttime 22 (proc(5)).
  counts.fill(Number.NaN)
  readCounts(line, line.lastIndexOf(')') + 1, line.length, counts)
  const [cpuTicks, threads, started] = [countAt(11) + countAt(12), countAt(17), countAt(19)]
  if (pid === null || Number.isNaN(cpuTicks)) return null
  return {
    pid,
    cpuSeconds: cpuTicks / hertz,
    threads: Number.isNaN(threads) ? null : threads,
    startedAtUptime: Number.isNaN(started) ? null : started / hertz,
  }
}

/**
 * Used is the memory not available to programs: total − MemAvailable. Kernels before 3.14 have no such line: there, free memory
 * and caches that can be dropped count as available (proc(5): Shmem is in Cached, and cannot be dropped).
 * ZFS's cache above its minimum is available, too, but not included in MemAvailable.
 */
function memoryOf(kilobytes: ReadonlyMap<string, number>, arc: { size: number; floor: number } | null): RawHost['memory'] {
  const total = kilobytes.get('MemTotal')
  if (total === undefined || total === 0) return null
  const free = kilobytes.get('MemFree')
  const available =
    kilobytes.get('MemAvailable') ??
    (free === undefined
      ? null
      : free +
        Math.max(0, (kilobytes.get('Buffers') ?? 0) + (kilobytes.get('Cached') ?? 0) + (kilobytes.get('SReclaimable') ?? 0) - (kilobytes.get('Shmem') ?? 0)))
  const droppable = arc === null ? 0 : Math.max(0, arc.size - arc.floor)
  const swapTotal = kilobytes.get('SwapTotal')
  const swapFree = kilobytes.get('SwapFree')
  return {
    totalBytes: total * 1024,
    usedBytes: available === null ? null : Math.max(0, (total - available) * 1024 - droppable),
    swapTotalBytes: swapTotal === undefined ? null : swapTotal * 1024,
    swapUsedBytes: swapTotal === undefined || swapFree === undefined ? null : Math.max(0, swapTotal - swapFree) * 1024,
  }
}

/**
 * Files of cgroups, each line with its file's name. Version 2: memory.max, memory.current, memory.stat, cpu.max (quota
 * and period, µs), cpu.stat. Version 1: memory.limit_in_bytes and so on, cpu.cfs_quota_us, cpuacct.usage (ns). Caches
 * that can be dropped (inactive_file) do not count as used, as in the kernel's own out-of-memory killer.
 */
function parseLimits(lines: readonly string[]): RawLimits {
  const values = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    const file = line.slice(line.lastIndexOf('/', colon) + 1, colon)
    const [word, rest] = line.slice(colon + 1).split(' ')
    if (file.endsWith('.stat') && word) values.set(word, rest ?? '')
    else values.set(file, line.slice(colon + 1))
  }
  const number = (name: string) => numberOrNull(values.get(name))
  const total = number('memory.max') ?? number('memory.limit_in_bytes')
  const held = number('memory.current') ?? number('memory.usage_in_bytes')
  const inactive = number('inactive_file') ?? number('total_inactive_file') ?? 0
  const [quota, period] = (values.get('cpu.max') ?? `${values.get('cpu.cfs_quota_us')} ${values.get('cpu.cfs_period_us')}`).split(' ').map(numberOrNull)
  const microseconds = number('usage_usec')
  const nanoseconds = number('cpuacct.usage')
  return {
    memoryTotalBytes: total,
    memoryUsedBytes: total === null || held === null ? null : Math.max(0, held - inactive),
    cores: quota == null || !period ? null : quota / period,
    cpuSeconds: microseconds !== null ? microseconds / 1e6 : nanoseconds !== null ? nanoseconds / 1e9 : null,
  }
}

const openFilesOf = (lines: readonly string[]) => ({
  openFiles: numberOrNull(lines.find((line) => line.startsWith('files '))?.slice(6)),
  openFilesLimit: numberOrNull(/^Max open files\s+(\d+)/.exec(lines.find((line) => line.startsWith('Max open files')) ?? '')?.[1]),
})

function readSlow(raw: Writable<RawHost>, sections: Sections, lines: readonly string[]): void {
  const first = sections.get('first')
  const from = parseNow(first)
  if (from) raw.wall = { firstMs: from.ms, lastMs: parseNow(sections.get('last'))?.ms ?? null, stepMs: from.stepMs }
  const uname = first?.find((line) => line.startsWith('uname '))?.split(' ')
  raw.hostname = shownName(uname?.[1])
  raw.kernel = shownName(uname?.slice(2).join(' '))
  const pretty = lines.find((line) => line.startsWith('PRETTY_NAME='))?.slice(12)
  raw.systemName = shownName(pretty?.replace(/^(["'])(.*)\1$/, '$2')) ?? 'Linux'
  // An answer with only the slow part has its own time, for its counters.
  const uptime = numberOrNull(lines.find((line) => line.startsWith('uptime '))?.split(' ')[1])
  if (raw.clockSeconds === null && uptime !== null) raw.clockSeconds = raw.uptimeSeconds = uptime

  raw.mounts = parseMounts(sections)
  const files = parseSysFiles(sections.get('sys') ?? [])
  raw.linkBps = linkSpeeds(files)
  raw.temperatures = temperaturesOf(files)
  raw.gpus = [...parseNvidia(sections.get('nvidia')), ...cardsOf(files)].slice(0, mostOfAKind.gpus)
}

function parseMounts(sections: Sections): RawMount[] {
  const keys = new Map<string, readonly [string, string]>()
  for (const line of sections.get('mounts') ?? []) {
    const match = /^mount (\d+:\d+) \S+ (\S+) (\/.*)$/.exec(line)
    if (match?.[1] && match[2] && match[3]) keys.set(match[3], [match[1], match[2]])
  }
  const mounts: RawMount[] = []
  const seen = new Set<string>()
  for (const { device, ...size } of parseDf(sections.get('df'))) {
    const known = keys.get(size.mount)
    // A disk that is mounted in several places counts once, at the first one.
    const disk = known && !known[0].startsWith('0:') ? known[0] : device
    if (size.sizeBytes === 0 || seen.has(disk) || mounts.length >= mostOfAKind.mounts) continue
    seen.add(disk)
    mounts.push({ ...size, device: shownName(device), trafficKeys: known ? [...known, device] : [device] })
  }
  return mounts
}

/** `path:value`, by path. */
function parseSysFiles(lines: readonly string[]): ReadonlyMap<string, string> {
  const files = new Map<string, string>()
  for (const line of lines) {
    // PCI addresses in paths contain colons, too, but grep got no such paths.
    const colon = line.indexOf(':')
    if (colon > 0) files.set(line.slice(0, colon), line.slice(colon + 1).trim())
  }
  return files
}

function linkSpeeds(files: ReadonlyMap<string, string>): ReadonlyMap<string, number> {
  const speeds = new Map<string, number>()
  for (const [path, value] of files) {
    const name = /^\/sys\/class\/net\/([^/]+)\/speed$/.exec(path)?.[1]
    // Mbit/s; -1, or 4294967295 in older kernels: unknown.
    const megabits = name === undefined ? null : numberOrNull(value)
    if (name !== undefined && megabits !== null && megabits > 0 && megabits < 4_294_967_295) speeds.set(name, megabits * 1_000_000)
  }
  return speeds
}

/** Sensors of hwmon; if there are none, thermal zones, which on PCs duplicate one of hwmon's. */
function temperaturesOf(files: ReadonlyMap<string, string>): { name: string; celsius: number }[] {
  const sensors: { name: string; celsius: number }[] = []
  const zones: { name: string; celsius: number }[] = []
  for (const [path, value] of files) {
    const sensor = /^(\/sys\/class\/hwmon\/(hwmon\d+))\/temp(\d+)_input$/.exec(path)
    if (sensor?.[1]) {
      const label = files.get(`${sensor[1]}/temp${sensor[3]}_label`)
      // A disk's sensor (drivetemp, nvme) names its disk.
      const chip = files.get(`${sensor[1]}/device/model`) ?? files.get(`${sensor[1]}/name`) ?? sensor[2]
      addTemperature(sensors, label ? `${chip} ${label}` : `${chip}`, value)
    }
    const zone = /^(\/sys\/class\/thermal\/thermal_zone(\d+))\/temp$/.exec(path)
    if (zone?.[1]) addTemperature(zones, files.get(`${zone[1]}/type`) ?? `zone ${zone[2]}`, value)
  }
  return sensors.length > 0 ? sensors : zones
}

/** `value` in thousandths of a degree. An impossible temperature means that the sensor is not connected. */
function addTemperature(list: { name: string; celsius: number }[], name: string, value: string): void {
  // Each is compared with all before it, so an answer full of them would block the engine.
  if (list.length >= mostOfAKind.temperatures) return
  const celsius = /^-?\d+$/.test(value) ? Number(value) / 1000 : null
  if (celsius === null || celsius < -60 || celsius > 150 || celsius === 0) return
  const shown = shownName(name) ?? 'sensor'
  // Sensors with the same name get numbers.
  const alike = list.filter((one) => one.name === shown || one.name.startsWith(`${shown} #`)).length
  list.push({ name: alike === 0 ? shown : `${shown} #${alike + 1}`, celsius: Math.round(celsius * 10) / 10 })
}

/**
 * Cards that report in sysfs: amdgpu its use (gpu_busy_percent, mem_info_vram_*), i915 and xe only for how
 * long the graphics part slept (rc6_residency_ms, idle_residency_ms). Nvidia's cards are read by its own tool.
 */
function cardsOf(files: ReadonlyMap<string, string>): RawGpu[] {
  const cards = new Map<string, string>()
  for (const path of files.keys()) {
    const match = /^(\/sys\/class\/drm\/card\d+)\//.exec(path)
    if (match?.[1] && cards.size < mostOfAKind.gpus) cards.set(match[1], match[1].slice(match[1].lastIndexOf('/') + 1))
  }
  return [...cards].flatMap(([path, card]): RawGpu[] => {
    const number = (file: string) => numberOrNull(files.get(`${path}/${file}`))
    const vendor = files.get(`${path}/device/vendor`)
    const percent = number('device/gpu_busy_percent')
    const idleMs = number('gt/gt0/rc6_residency_ms') ?? number('device/tile0/gt0/gtidle/idle_residency_ms')
    const total = number('device/mem_info_vram_total')
    if (vendor === '0x10de' || (percent === null && idleMs === null && total === null)) return []
    const celsius = [...files].find(([file]) => file.startsWith(`${path}/device/hwmon/`) && file.endsWith('/temp1_input'))?.[1]
    const brand = vendor === '0x1002' ? 'AMD' : vendor === '0x8086' ? 'Intel' : 'GPU'
    return [
      {
        name: shownName(files.get(`${path}/device/product_name`)) ?? `${brand} ${card}`,
        percent: percent !== null && percent <= 100 ? percent : null,
        idleMs,
        // The engine that encodes and decodes on AMD is one.
        encoderPercent: number('device/vcn_busy_percent'),
        decoderPercent: null,
        memoryUsedBytes: number('device/mem_info_vram_used'),
        memoryTotalBytes: total,
        celsius: celsius !== undefined && /^\d+$/.test(celsius) ? Math.round(Number(celsius) / 100) / 10 : null,
      },
    ]
  })
}

/** Parses two listings of all processes, a second apart, and their users. */
function parseProcesses(sections: Sections): HostProcess[] | null {
  const before = sections.get('before')
  const after = sections.get('after')
  if (!before || !after) return null
  const check = (lines: readonly string[]) => {
    const seen = new Map<number, { readonly name: string; readonly cpuSeconds: number; readonly started: number | null }>()
    for (const line of lines) {
      const stat = line.includes('(') ? parseStat(line, 0, line.length, usualHertz) : null
      const name = stat && shownName(line.slice(line.indexOf('(') + 1, line.lastIndexOf(')')))
      if (stat && name) seen.set(stat.pid, { name, cpuSeconds: stat.cpuSeconds, started: stat.startedAtUptime })
    }
    const uptime = lines.map((line) => /^(\d+\.\d+) \d+\.\d+$/.exec(line)?.[1]).find((one) => one !== undefined)
    return { seen, uptime: numberOrNull(uptime) }
  }
  const users = new Map((sections.get('names') ?? []).map((line) => line.split(':') as [string, string]).map(([name, uid]) => [uid, name]))
  const owners = new Map<number, { uid?: string; memoryBytes?: number }>()
  for (const line of sections.get('owners') ?? []) {
    const match = /^\/proc\/(\d+)\/status:(Uid|VmRSS):\s*(\d+)/.exec(line)
    if (!match?.[3]) continue
    const pid = Number(match[1])
    owners.set(pid, { ...owners.get(pid), ...(match[2] === 'Uid' ? { uid: match[3] } : { memoryBytes: Number(match[3]) * 1024 }) })
  }
  const [old, now] = [check(before), check(after)]
  const seconds = old.uptime === null || now.uptime === null ? 0 : now.uptime - old.uptime
  return [...now.seen]
    .map(([pid, { name, cpuSeconds, started }]): HostProcess => {
      const earlier = old.seen.get(pid)
      const used = earlier?.started === started ? cpuSeconds - earlier.cpuSeconds : null
      const owner = owners.get(pid)
      return {
        pid,
        name,
        user: owner?.uid === undefined ? null : (shownName(users.get(owner.uid)) ?? owner.uid),
        cpuPercent: used === null || used < 0 || seconds <= 0 ? null : Math.round((used / seconds) * 1000) / 10,
        memoryBytes: owner?.memoryBytes ?? null,
      }
    })
    .sort((one, other) => (other.cpuPercent ?? -1) - (one.cpuPercent ?? -1) || (other.memoryBytes ?? 0) - (one.memoryBytes ?? 0))
    .slice(0, shownProcesses)
}
