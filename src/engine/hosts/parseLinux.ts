import type { HostProcess } from '../../shared/hosts.ts'
import { shownProcesses } from './hostReader.ts'
import {
  type CpuTimes,
  emptyRawHost,
  isOuterInterface,
  mostOfAKind,
  numberOrNull,
  parseDf,
  parseGoroutines,
  parseMediaLine,
  parseNow,
  parseNvidia,
  type RawDiskTraffic,
  type RawGpu,
  type RawHost,
  type RawLimits,
  type RawMedia,
  type RawMount,
  type RawNetwork,
  type Sections,
  shownName,
  type Writable,
  wordsOf,
} from './rawHost.ts'

/** /proc/diskstats counts sectors of 512 bytes, whatever the disk has (Documentation/admin-guide/iostats.rst). */
const sectorBytes = 512
/** sysconf(_SC_CLK_TCK) of every Linux but those on Alpha; the slow part says it for sure. */
const usualHertz = 100

/** What a Linux host answered. Nothing of it is needed: what is missing or unreadable is null. */
export const parseLinux = (sections: Sections): RawHost => {
  const raw: Writable<RawHost> = { ...emptyRawHost, system: 'linux' }
  const fast = sections.get('fast')
  const slow = sections.get('slow')
  const hertz = numberOrNull(slow?.find((line) => line.startsWith('hertz '))?.slice(6)) || usualHertz
  if (fast) readFast(raw, fast, hertz)
  if (slow) readSlow(raw, sections, slow)
  const limits = sections.get('limits')
  if (limits) raw.limits = parseLimits(limits)
  const processes = parseProcesses(sections)
  if (processes) raw.processes = processes
  return raw
}

const readFast = (raw: Writable<RawHost>, lines: readonly string[], hertz: number): void => {
  const found = parseMediaLine(lines)
  const kilobytes = new Map<string, number>()
  const cores = new Map<number, CpuTimes>()
  const networks: RawNetwork[] = []
  const traffic = new Map<string, RawDiskTraffic>()
  const names = new Map<string, readonly string[]>()
  let total: CpuTimes | null = null
  let media: Omit<RawMedia, 'by' | 'memoryBytes'> | null = null
  let arc: { size: number; floor: number } | null = null

  for (const line of lines) {
    const first = line.charCodeAt(0)
    const colon = line.indexOf(':')
    // cpu0 …
    if (first === 99 && line.startsWith('cpu')) {
      const words = wordsOf(line)
      const times = parseTimes(words)
      if (times === null) continue
      if (words[0] === 'cpu') total = times
      else {
        const core = Number(words[0]?.slice(3))
        if (Number.isInteger(core) && core >= 0 && core < mostOfAKind.cores) cores.set(core, times)
      }
    } else if (colon > 0 && (first === 84 || first === 85) && (line.startsWith('Tcp: ') || line.startsWith('Udp: '))) {
      // Two lines each: names, then values.
      const name = line.slice(0, colon)
      const words = wordsOf(line).slice(1)
      const columns = names.get(name)
      if (columns === undefined) names.set(name, words)
      else {
        const at = columns.indexOf(name === 'Tcp' ? 'RetransSegs' : 'RcvbufErrors')
        const value = at < 0 ? null : numberOrNull(words[at])
        if (name === 'Tcp') raw.tcpRetransmits = value
        else if (value !== null) raw.udpBufferErrors = (raw.udpBufferErrors ?? 0) + value
      }
    } else if (line.startsWith('Udp6RcvbufErrors')) {
      const value = numberOrNull(line.slice(16))
      if (value !== null) raw.udpBufferErrors = (raw.udpBufferErrors ?? 0) + value
    } else if (colon > 0 && line.endsWith(' kB')) {
      const value = numberOrNull(line.slice(colon + 1, -3))
      if (value !== null) kilobytes.set(line.slice(0, colon), value)
    } else if (line.startsWith('Threads:')) {
      const value = numberOrNull(line.slice(8))
      if (value !== null) kilobytes.set('Threads', value)
    } else if (colon > 0 && !line.includes('(')) {
      const network = parseNetwork(line.slice(0, colon).trim(), wordsOf(line.slice(colon + 1)))
      if (network && networks.length < mostOfAKind.networks) networks.push(network)
    } else if (line.includes('(')) {
      // The status file has brackets, too: `State: S (sleeping)`.
      media ??= parseStat(line, hertz)
    } else if (line.startsWith('size ') || line.startsWith('c_min ')) {
      const value = numberOrNull(wordsOf(line)[2])
      if (value !== null) arc = { ...(arc ?? { size: 0, floor: 0 }), [line.startsWith('size ') ? 'size' : 'floor']: value }
    } else {
      const words = wordsOf(line)
      if (words.length === 2) {
        const uptime = numberOrNull(words[0])
        if (uptime !== null && numberOrNull(words[1]) !== null) raw.uptimeSeconds = raw.clockSeconds = uptime
      } else if (words.length === 5 && words[3]?.includes('/')) {
        const [one, five, fifteen] = words.slice(0, 3).map(numberOrNull)
        if (one != null && five != null && fifteen != null) raw.load = [one, five, fifteen]
      } else if (words.length >= 14) {
        const [major, minor, name, , , sectorsRead, , , , sectorsWritten] = words
        const read = numberOrNull(sectorsRead)
        const written = numberOrNull(sectorsWritten)
        if (name && read !== null && written !== null && traffic.size < 4096) {
          const counted = { readBytes: read * sectorBytes, writtenBytes: written * sectorBytes }
          traffic.set(`${major}:${minor}`, counted)
          traffic.set(`/dev/${name}`, counted)
        }
      }
    }
  }

  if (total) {
    raw.cpu = { total, cores }
    raw.coreCount = cores.size === 0 ? null : cores.size
  }
  if (networks.length > 0) raw.networks = networks.filter((network) => isOuterInterface(network.name))
  if (traffic.size > 0) raw.diskTraffic = traffic
  raw.memory = memoryOf(kilobytes, arc)
  if (found !== undefined) {
    const resident = kilobytes.get('VmRSS')
    const stat = found !== null && media?.pid === found.pid ? media : null
    raw.media =
      // Ended between being found and being read.
      found === null || stat === null
        ? null
        : { ...stat, by: found.by, memoryBytes: resident === undefined ? null : resident * 1024, threads: kilobytes.get('Threads') ?? stat.threads }
  }
}

/**
 * Fields of a cpu line: user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice. guest is within
 * user already and guest_nice within nice (proc(5), kernel/sched/cputime.c), so both are left out.
 */
const parseTimes = (words: readonly string[]): CpuTimes | null => {
  const [user, nice, system, idle, iowait, irq, softirq, steal] = words.slice(1).map(numberOrNull)
  if (user == null || nice == null || system == null || idle == null) return null
  return { busy: user + nice + system + (irq ?? 0) + (softirq ?? 0), idle, iowait: iowait ?? 0, steal: steal ?? 0 }
}

/** net/dev: 8 columns received (bytes, packets, errs, drop, fifo, frame, compressed, multicast), 8 sent. */
const parseNetwork = (name: string, words: readonly string[]): RawNetwork | null => {
  // `Ip:` and `Icmp:` of net/snmp have the same shape.
  if (words.length !== 16 || name === '' || /^(Ip|Icmp|IcmpMsg|UdpLite)$/.test(name)) return null
  const [receivedBytes, , receiveErrors, receiveDrops, , , , , sentBytes, , sendErrors, sendDrops] = words.map(numberOrNull)
  if (receivedBytes == null || sentBytes == null) return null
  return {
    name: name.slice(0, 64),
    receivedBytes,
    sentBytes,
    errors: (receiveErrors ?? 0) + (sendErrors ?? 0),
    drops: (receiveDrops ?? 0) + (sendDrops ?? 0),
  }
}

/** /proc/PID/stat: the name in brackets may hold anything, so fields are counted from its last bracket. */
const parseStat = (line: string, hertz: number) => {
  const pid = numberOrNull(line.slice(0, line.indexOf(' ')))
  const words = wordsOf(line.slice(line.lastIndexOf(')') + 1))
  // From field 3, the state, on: utime is field 14, stime 15, num_threads 20, starttime 22 (proc(5)).
  const [user, system, threads, started] = [words[11], words[12], words[17], words[19]].map(numberOrNull)
  if (pid === null || user == null || system == null) return null
  return { pid, cpuSeconds: (user + system) / hertz, threads: threads ?? null, startedAtUptime: started == null ? null : started / hertz }
}

/**
 * Used is what programs could not have: total − MemAvailable. Kernels before 3.14 have no such line: what is free,
 * and caches that can be dropped, count as available there (proc(5): Shmem is in Cached, and can not be dropped).
 * What the cache of ZFS holds above its least can be had too, and MemAvailable does not know of it.
 */
const memoryOf = (kilobytes: ReadonlyMap<string, number>, arc: { size: number; floor: number } | null): RawHost['memory'] => {
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
 * that can be dropped are no use (inactive_file), as the kernel's own out-of-memory killer sees it.
 */
const parseLimits = (lines: readonly string[]): RawLimits => {
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

const readSlow = (raw: Writable<RawHost>, sections: Sections, lines: readonly string[]): void => {
  const first = sections.get('first')
  const from = parseNow(first)
  if (from) raw.wall = { firstMs: from.ms, lastMs: parseNow(sections.get('last'))?.ms ?? null, stepMs: from.stepMs }
  const uname = first?.find((line) => line.startsWith('uname '))?.split(' ')
  raw.hostname = shownName(uname?.[1])
  raw.kernel = shownName(uname?.slice(2).join(' '))
  const pretty = lines.find((line) => line.startsWith('PRETTY_NAME='))?.slice(12)
  raw.systemName = shownName(pretty?.replace(/^(["'])(.*)\1$/, '$2')) ?? 'Linux'
  // A slow tick alone has a time of its own, for what it counts.
  const uptime = numberOrNull(lines.find((line) => line.startsWith('uptime '))?.split(' ')[1])
  if (raw.clockSeconds === null && uptime !== null) raw.clockSeconds = raw.uptimeSeconds = uptime

  raw.mounts = parseMounts(sections)
  const files = parseSysFiles(sections.get('sys') ?? [])
  raw.linkBps = linkSpeeds(files)
  raw.temperatures = temperaturesOf(files)
  raw.gpus = [...parseNvidia(sections.get('nvidia')), ...cardsOf(files)].slice(0, mostOfAKind.gpus)
  const media = sections.get('media')
  if (media) {
    const limit = /^Max open files\s+(\d+)/.exec(media.find((line) => line.startsWith('Max open files')) ?? '')
    raw.mediaSlow = {
      openFiles: numberOrNull(media.find((line) => line.startsWith('files '))?.slice(6)),
      openFilesLimit: numberOrNull(limit?.[1]),
      goroutines: parseGoroutines(media),
    }
  }
}

const parseMounts = (sections: Sections): RawMount[] => {
  const keys = new Map<string, readonly [string, string]>()
  for (const line of sections.get('mounts') ?? []) {
    const match = /^mount (\d+:\d+) \S+ (\S+) (\/.*)$/.exec(line)
    if (match?.[1] && match[2] && match[3]) keys.set(match[3], [match[1], match[2]])
  }
  const mounts: RawMount[] = []
  const seen = new Set<string>()
  for (const { device, ...size } of parseDf(sections.get('df'))) {
    const known = keys.get(size.mount)
    // One disk that is mounted in several places is one disk; the first place is what it was mounted for.
    const disk = known && !known[0].startsWith('0:') ? known[0] : device
    if (size.sizeBytes === 0 || seen.has(disk) || mounts.length >= mostOfAKind.mounts) continue
    seen.add(disk)
    mounts.push({ ...size, device: shownName(device), trafficKeys: known ? [...known, device] : [device] })
  }
  return mounts
}

/** `path:value`, by path. */
const parseSysFiles = (lines: readonly string[]): ReadonlyMap<string, string> => {
  const files = new Map<string, string>()
  for (const line of lines) {
    // PCI addresses in paths have colons too, but grep was given none of those paths.
    const colon = line.indexOf(':')
    if (colon > 0) files.set(line.slice(0, colon), line.slice(colon + 1).trim())
  }
  return files
}

const linkSpeeds = (files: ReadonlyMap<string, string>): ReadonlyMap<string, number> => {
  const speeds = new Map<string, number>()
  for (const [path, value] of files) {
    const name = /^\/sys\/class\/net\/([^/]+)\/speed$/.exec(path)?.[1]
    // Mbit/s; -1, or 4294967295 of older kernels: it does not know.
    const megabits = name === undefined ? null : numberOrNull(value)
    if (name !== undefined && megabits !== null && megabits > 0 && megabits < 4_294_967_295) speeds.set(name, megabits * 1_000_000)
  }
  return speeds
}

/** Sensors of hwmon; where there are none, thermal zones, which on PCs show one of hwmon's once more. */
const temperaturesOf = (files: ReadonlyMap<string, string>): { name: string; celsius: number }[] => {
  const sensors: { name: string; celsius: number }[] = []
  const zones: { name: string; celsius: number }[] = []
  for (const [path, value] of files) {
    const sensor = /^(\/sys\/class\/hwmon\/(hwmon\d+))\/temp(\d+)_input$/.exec(path)
    if (sensor?.[1]) {
      const label = files.get(`${sensor[1]}/temp${sensor[3]}_label`)
      // A disk's sensor (drivetemp, nvme) says which disk it is.
      const chip = files.get(`${sensor[1]}/device/model`) ?? files.get(`${sensor[1]}/name`) ?? sensor[2]
      addTemperature(sensors, label ? `${chip} ${label}` : `${chip}`, value)
    }
    const zone = /^(\/sys\/class\/thermal\/thermal_zone(\d+))\/temp$/.exec(path)
    if (zone?.[1]) addTemperature(zones, files.get(`${zone[1]}/type`) ?? `zone ${zone[2]}`, value)
  }
  return (sensors.length > 0 ? sensors : zones).slice(0, mostOfAKind.temperatures)
}

/** Thousandths of a degree. What no machine survives is a sensor that is not connected. */
const addTemperature = (list: { name: string; celsius: number }[], name: string, value: string): void => {
  const celsius = /^-?\d+$/.test(value) ? Number(value) / 1000 : null
  if (celsius === null || celsius < -60 || celsius > 150 || celsius === 0) return
  const shown = shownName(name) ?? 'sensor'
  // Two sensors of one name are told apart by number.
  const alike = list.filter((one) => one.name === shown || one.name.startsWith(`${shown} #`)).length
  list.push({ name: alike === 0 ? shown : `${shown} #${alike + 1}`, celsius: Math.round(celsius * 10) / 10 })
}

/**
 * Cards that tell of themselves in sysfs: amdgpu its use (gpu_busy_percent, mem_info_vram_*), i915 and xe only for how
 * long the graphics part slept (rc6_residency_ms, idle_residency_ms). Nvidia's own tool tells of its cards.
 */
const cardsOf = (files: ReadonlyMap<string, string>): RawGpu[] => {
  const cards = new Map<string, string>()
  for (const path of files.keys()) {
    const match = /^(\/sys\/class\/drm\/card\d+)\//.exec(path)
    if (match?.[1]) cards.set(match[1], match[1].slice(match[1].lastIndexOf('/') + 1))
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

/** Two looks at all processes, a second apart, and whose they are. */
const parseProcesses = (sections: Sections): HostProcess[] | null => {
  const before = sections.get('before')
  const after = sections.get('after')
  if (!before || !after) return null
  const look = (lines: readonly string[]) => {
    const seen = new Map<number, { readonly name: string; readonly cpuSeconds: number; readonly started: number | null }>()
    for (const line of lines) {
      const stat = line.includes('(') ? parseStat(line, usualHertz) : null
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
  const [old, now] = [look(before), look(after)]
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
