import type { HostProcess } from '../../shared/hosts.ts'
import { shownProcesses } from './hostCollector.ts'
import {
  coreFields,
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
  type RawHost,
  type RawMedia,
  type RawMount,
  type RawNetwork,
  readCounts,
  type Sections,
  shownName,
  type Writable,
  wordsOf,
} from './rawHost.ts'

/** Room for the counters of all cores: a parser is never within itself. */
const ticks = new Float64Array(5 * mostOfAKind.cores)

/** Parses the answer of a FreeBSD host. Every part is optional: missing or unreadable values are null. */
export function parseBsd(sections: Sections): RawHost {
  const raw: Writable<RawHost> = { ...emptyRawHost, system: 'freebsd' }
  if (sections.has('fast')) readFast(raw, sections)
  if (sections.has('slow')) readSlow(raw, sections)
  readBsdMedia(raw, sections, (lines) => numberOrNull(/\bopenfiles\s+(\d+)/.exec(lines.find((line) => line.includes('openfiles')) ?? '')?.[1]))
  if (!sections.has('fast')) raw.processes = parseBsdProcesses(sections.get('ps'))
  return raw
}

function readFast(raw: Writable<RawHost>, sections: Sections): void {
  const values = sysctlsOf(sections.get('sysctl'))
  const number = (name: string) => numberOrNull(values.get(name))
  const wall = parseNow(sections.get('fast'))
  raw.uptimeSeconds = uptimeOf(values.get('kern.boottime'), wall?.ms ?? null)

  // Five states a core: user, nice, system, interrupt, idle (sys/resource.h), in ticks of stathz.
  const cpTimes = values.get('kern.cp_times') ?? ''
  const statHertz = numberOrNull(/stathz = (\d+)/.exec(values.get('kern.clockrate') ?? '')?.[1])
  const count = Math.min(mostOfAKind.cores, Math.floor(readCounts(cpTimes, 0, cpTimes.length, ticks) / 5))
  const cores = new Float64Array(count * coreFields)
  const sum = { busy: 0, idle: 0, iowait: 0, steal: 0 }
  let counted = 0
  for (let core = 0; core < count; core++) {
    const [user = Number.NaN, nice = Number.NaN, system = Number.NaN, interrupt = Number.NaN, idle = Number.NaN] = ticks.subarray(core * 5)
    const busy = user + nice + system + interrupt
    const isCounted = !Number.isNaN(busy + idle)
    cores.set(isCounted ? [busy, idle, 0, 0] : [Number.NaN, Number.NaN, Number.NaN, Number.NaN], core * coreFields)
    if (!isCounted) continue
    counted++
    sum.busy += busy
    sum.idle += idle
  }
  if (counted > 0) {
    raw.cpu = { total: sum, cores }
    raw.coreCount = counted
    // The sum of its ticks is a clock in hundredths of a second; before FreeBSD 14.3 `date` has whole seconds only.
    if (statHertz) raw.clockSeconds = (sum.busy + sum.idle) / counted / statHertz
  }
  raw.clockSeconds ??= raw.uptimeSeconds
  raw.load = parseLoad(values.get('vm.loadavg'))

  const total = number('hw.physmem')
  const page = number('hw.pagesize')
  if (total !== null) {
    const pages = number('vm.stats.vm.v_page_count')
    const free = number('vm.stats.vm.v_free_count')
    const inactive = number('vm.stats.vm.v_inactive_count')
    // ZFS's cache is wired memory, but everything above its minimum is released on demand.
    const arc = Math.max(0, (number('kstat.zfs.misc.arcstats.size') ?? 0) - (number('kstat.zfs.misc.arcstats.c_min') ?? 0))
    const available = free === null || inactive === null ? null : free + inactive + (number('vm.stats.vm.v_cache_count') ?? 0)
    const used = page === null || pages === null || available === null ? null : Math.max(0, (pages - available) * page - arc)
    raw.memory = { totalBytes: total, usedBytes: used, swapTotalBytes: null, swapUsedBytes: null }
  }
  raw.networks = parseNetstat(sections.get('netstat'))
  raw.media = parseBsdMedia(sections, raw.uptimeSeconds, true)
}

function readSlow(raw: Writable<RawHost>, sections: Sections): void {
  readBsdSlow(raw, sections)
  const version = shownName(sections.get('os')?.find((line) => /^\d/.test(line)))
  raw.systemName = version === null ? 'FreeBSD' : `FreeBSD ${version}`
  const swaps = (sections.get('swap') ?? []).map((line) => /^\/\S+\s+(\d+)\s+(\d+)\s/.exec(line)).filter((match) => match !== null)
  if (sections.has('swap'))
    raw.swap = {
      totalBytes: swaps.reduce((sum, match) => sum + Number(match[1]) * 1024, 0),
      usedBytes: swaps.reduce((sum, match) => sum + Number(match[2]) * 1024, 0),
    }
  // `iostat -Ix`: totals since the start, kilobytes in the columns kr/i and kw/i.
  const table = sections.get('iostat') ?? []
  const head = table.map(wordsOf).find((words) => words[0] === 'device')
  const [readAt, writtenAt] = [head?.indexOf('kr/i') ?? -1, head?.indexOf('kw/i') ?? -1]
  if (readAt > 0 && writtenAt > 0) {
    const traffic = new Map<string, { readBytes: number; writtenBytes: number }>()
    for (const words of table.map(wordsOf)) {
      const [read, written] = [numberOrNull(words[readAt]), numberOrNull(words[writtenAt])]
      if (words[0] && read !== null && written !== null) traffic.set(words[0], { readBytes: read * 1024, writtenBytes: written * 1024 })
    }
    raw.diskTraffic = traffic
  }
  raw.temperatures = (sections.get('temperatures') ?? []).slice(0, mostOfAKind.temperatures).flatMap((line) => {
    // dev.cpu.0.temperature: 45.0C; hw.acpi.thermal.tz0.temperature: 27.9C
    const match = /^(?:dev\.|hw\.acpi\.thermal\.)(\S+)\.temperature: (-?\d+(?:\.\d+)?)C$/.exec(line)
    return match?.[1] ? [{ name: match[1].replace('.', ' '), celsius: Number(match[2]) }] : []
  })
  raw.gpus = parseNvidia(sections.get('nvidia')).slice(0, mostOfAKind.gpus)
}

/** `name: value` of sysctl. */
export function sysctlsOf(lines: readonly string[] | undefined): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (const line of lines ?? []) {
    const colon = line.indexOf(': ')
    if (colon > 0) values.set(line.slice(0, colon), line.slice(colon + 2).trim())
  }
  return values
}

/**
 * Seconds since `{ sec = 1700000000, usec = 123456 } …`. The kernel adjusts boottime when its clock is set, so that
 * the difference grows evenly.
 */
export function uptimeOf(bootTime: string | undefined, wallMs: number | null): number | null {
  const match = /sec = (\d+), usec = (\d+)/.exec(bootTime ?? '')
  if (match === null || wallMs === null) return null
  const seconds = wallMs / 1000 - Number(match[1]) - Number(match[2]) / 1e6
  return seconds < 0 ? null : seconds
}

/** `{ 0.43 0.39 0.34 }` */
export function parseLoad(text: string | undefined): [number, number, number] | null {
  const [one, five, fifteen] = wordsOf((text ?? '').replace(/[{}]/g, ' ')).map(numberOrNull)
  return one == null || five == null || fifteen == null ? null : [one, five, fifteen]
}

/**
 * Lines of `netstat -ibnd` with `<Link#`: Name Mtu Network [Address] Ipkts Ierrs [Idrop] Ibytes Opkts Oerrs Obytes
 * Coll Drop. The address may be missing, so columns are counted from the last: 9 figures on FreeBSD, 8 on macOS.
 */
export function parseNetstat(lines: readonly string[] | undefined): RawNetwork[] | null {
  if (lines === undefined) return null
  const networks: RawNetwork[] = []
  for (const line of lines) {
    const words = wordsOf(line)
    const link = words.findIndex((word) => word.startsWith('<Link#'))
    // A trailing * marks an interface that is down.
    const name = words[0]?.replace(/\*$/, '')
    if (link !== 2 || !name || !isOuterInterface(name)) continue
    const figures: (number | null)[] = []
    for (let at = words.length - 1; at > link; at--) {
      const word = words[at] ?? ''
      if (word !== '-' && !/^\d+$/.test(word)) break
      figures.unshift(numberOrNull(word))
    }
    // The address, if present, is not a number, so it is not among the figures.
    const [counted, withDrops] = figures.length >= 9 ? [figures.slice(-9), true] : [figures, false]
    if (counted.length < 8) continue
    const [, inErrors, ...rest] = counted
    const [inDrops, received, , outErrors, sent, , outDrops] = withDrops ? rest : [null, ...rest]
    if (received == null || sent == null || networks.length >= mostOfAKind.networks || networks.some((network) => network.name === name)) continue
    networks.push({ name, receivedBytes: received, sentBytes: sent, errors: (inErrors ?? 0) + (outErrors ?? 0), drops: (inDrops ?? 0) + (outDrops ?? 0) })
  }
  return networks
}

/** `1:02.50`, `01:02:03`, `2-03:04:05` as ps writes times, in seconds. */
function parseClock(text: string | undefined): number | null {
  const match = /^(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)$/.exec(text ?? '')
  if (match === null) return null
  return Number(match[1] ?? 0) * 86_400 + Number(match[2] ?? 0) * 3_600 + Number(match[3]) * 60 + Number(match[4])
}

/** One line of `ps -o pid=,rss=,[nlwp=,]etime=,time=`. */
export function parseBsdMedia(sections: Sections, uptimeSeconds: number | null, withThreads: boolean): readonly RawMedia[] | undefined {
  const rows = new Map((sections.get('ps') ?? []).map((line) => [numberOrNull(wordsOf(line)[0]), wordsOf(line)]))
  return parseMediaLines(sections.get('fast'))?.flatMap((found) => {
    const words = rows.get(found.pid)
    if (words === undefined) return []
    const [, resident, threads] = words.map(numberOrNull)
    const elapsed = parseClock(words.at(-2))
    return [
      {
        ...found,
        name: null,
        cpuSeconds: parseClock(words.at(-1)),
        memoryBytes: resident == null ? null : resident * 1024,
        threads: withThreads ? (threads ?? null) : null,
        startedAtUptime: elapsed === null || uptimeSeconds === null ? null : uptimeSeconds - elapsed,
      },
    ]
  })
}

export function readBsdMedia(raw: Writable<RawHost>, sections: Sections, openFilesLimit: (lines: readonly string[]) => number | null): void {
  raw.mediaDetails = parseMediaDetails(sections.get('media'), (lines) => ({ openFiles: openFilesOf(lines), openFilesLimit: openFilesLimit(lines) }))
  if (sections.has('slow')) raw.goroutines = parseGoroutines([...(sections.get('goroutines') ?? []), ...(sections.get('media') ?? [])])
}

/** Parses the slow part that FreeBSD and macOS have in common. */
export function readBsdSlow(raw: Writable<RawHost>, sections: Sections): void {
  const first = sections.get('first')
  const from = parseNow(first)
  if (from) raw.wall = { firstMs: from.ms, lastMs: parseNow(sections.get('last'))?.ms ?? null, stepMs: from.stepMs }
  const uname = first?.find((line) => line.startsWith('uname '))?.split(' ')
  raw.hostname = shownName(uname?.[1])
  raw.kernel = shownName(uname?.slice(2).join(' '))
  raw.mounts = parseBsdMounts(sections)
  raw.linkBps = parseLinks(sections.get('links') ?? [])
  // `	12 data packets (3456 bytes) retransmitted`; `	0 dropped due to full socket buffers`
  const count = (name: string, pattern: RegExp) =>
    numberOrNull(
      sections
        .get(name)
        ?.map((line) => pattern.exec(line)?.[1])
        .find((one) => one !== undefined),
    )
  raw.tcpRetransmits = count('tcp', /^\s*(\d+) data packets? .*retransmitted/)
  raw.udpBufferErrors = count('udp', /^\s*(\d+) .*full socket buffers/)
}

/** File systems on a disk, without devfs, procfs, tmpfs and macOS's own small volumes. */
function parseBsdMounts(sections: Sections): RawMount[] {
  const mounts: RawMount[] = []
  for (const { device, ...size } of parseDf(sections.get('df'))) {
    const onDisk = device.startsWith('/dev/') || /^[A-Za-z][\w.-]*(\/|$)/.test(device)
    if (!onDisk || size.sizeBytes === 0 || /^(devfs|procfs|fdescfs|tmpfs|linprocfs|linsysfs|map|nullfs|mqueuefs)\b/.test(device)) continue
    if (/^\/(System\/Volumes\/(?!Data$)|private\/var\/vm|Library\/Developer)/.test(size.mount) || mounts.length >= mostOfAKind.mounts) continue
    // da0p2, nvd0p3, ada1s1a: the letters and the first number name the disk; macOS: disk1s2.
    const disk = /^\/dev\/([a-z]+\d+)/.exec(device)?.[1]
    mounts.push({ ...size, device: shownName(device), trafficKeys: disk ? [disk] : [] })
  }
  return mounts
}

/** Speeds of `ifconfig`: `media: Ethernet autoselect (1000baseT <full-duplex>)`, `10Gbase-T`, `2500Base-T`. */
function parseLinks(lines: readonly string[]): ReadonlyMap<string, number> {
  const speeds = new Map<string, number>()
  let name: string | null = null
  for (const line of lines) {
    const head = /^([\w.-]+): /.exec(line)
    if (head?.[1]) name = head[1]
    const speed = /\bmedia:.*?\b(\d+(?:\.\d+)?)(G?)base/i.exec(line)
    if (name !== null && speed) speeds.set(name, Number(speed[1]) * (speed[2] === '' ? 1e6 : 1e9))
  }
  return speeds
}

/** Number of open files, from a line with only a number. 0 means that they could not be counted. */
const openFilesOf = (lines: readonly string[]): number | null => numberOrNull(lines.find((line) => /^\s*\d+$/.test(line))) || null

/** `ps -axo pid=,user=,%cpu=,rss=,ucomm=`: %cpu is of one core, a decaying mean of up to a minute (ps(1)). */
export function parseBsdProcesses(lines: readonly string[] | undefined): HostProcess[] | null {
  return lines === undefined
    ? null
    : lines
        .flatMap((line): HostProcess[] => {
          const match = /^\s*(\d+)\s+(\S+)\s+(\d+(?:[.,]\d+)?)\s+(\d+)\s+(\S.*)$/.exec(line)
          if (match === null) return []
          const name = shownName(match[5])
          return name === null
            ? []
            : [{ pid: Number(match[1]), name, user: shownName(match[2]), cpuPercent: numberOrNull(match[3]), memoryBytes: Number(match[4]) * 1024 }]
        })
        .sort((one, other) => (other.cpuPercent ?? -1) - (one.cpuPercent ?? -1))
        .slice(0, shownProcesses)
}
