import type { HostProcess } from '../../shared/hosts.ts'

/** Times of one core, or of all, in ticks since the start. Times that a system does not count separately are 0. */
export interface CpuTimes {
  /** Busy time: user, nice, system and interrupts, without guest time, which is already included. */
  readonly busy: number
  readonly idle: number
  readonly iowait: number
  readonly steal: number
}

/** Times of the cores by their number, `coreFields` in a row (busy, idle, iowait, steal); NaN where there is no such core. */
export type CoreTimes = Float64Array
export const coreFields = 4

/** Counters of one interface since it came up. */
export interface RawNetwork {
  readonly name: string
  readonly receivedBytes: number
  readonly sentBytes: number
  readonly errors: number
  readonly drops: number
}

/** Counters of one disk or partition since the start. */
export interface RawDiskTraffic {
  readonly readBytes: number
  readonly writtenBytes: number
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

export interface RawGpu {
  readonly name: string
  readonly percent: number | null
  /** Milliseconds asleep since the start, for cards that report this instead of their load. */
  readonly idleMs: number | null
  readonly encoderPercent: number | null
  readonly decoderPercent: number | null
  readonly memoryUsedBytes: number | null
  readonly memoryTotalBytes: number | null
  readonly celsius: number | null
}

/** A process that is a media server by its name, unit or container. */
export interface RawMedia {
  readonly pid: number
  readonly by: 'name' | 'unit' | 'container'
  /** Name of its file, up to 15 letters; null: not reported. */
  readonly name: string | null
  readonly cpuSeconds: number | null
  readonly memoryBytes: number | null
  readonly threads: number | null
  /** Seconds of `uptimeSeconds` at which it started. */
  readonly startedAtUptime: number | null
}

/** Slow figures of one media server's process. */
export interface RawMediaDetail {
  /** null: from an older script, which describes only one process. */
  readonly pid: number | null
  readonly openFiles: number | null
  readonly openFilesLimit: number | null
  /** Its command line, cut; null: not reported. */
  readonly arguments: string | null
  readonly uid: number | null
  /** TCP ports on which it listens; null: their owner can't be seen. */
  readonly ownPorts: readonly number[] | null
  /** Ports on which its user listens, with this or other processes; null: not reported. */
  readonly userPorts: readonly number[] | null
}

/** Limits of the container in which the figures were read. */
export interface RawLimits {
  readonly memoryTotalBytes: number | null
  readonly memoryUsedBytes: number | null
  /** Cores of the quota, often a fraction. */
  readonly cores: number | null
  readonly cpuSeconds: number | null
}

/** One parsed answer of the collector, with raw counters. null: missing in this answer. */
export interface RawHost {
  readonly system: 'linux' | 'freebsd' | 'darwin' | null
  /** Monotonic time of the host when its counters were read, seconds from an arbitrary start. Rates are based on it. */
  readonly clockSeconds: number | null
  /** Seconds since its start. */
  readonly uptimeSeconds: number | null
  /** Changes with each start, if the system has one. */
  readonly bootId: string | null
  /** Its wall clock, epoch ms, before and after it collected the slow part; `stepMs`: its resolution. */
  readonly wall: { readonly firstMs: number; readonly lastMs: number | null; readonly stepMs: number } | null
  readonly hostname: string | null
  readonly systemName: string | null
  readonly kernel: string | null
  readonly cpu: { readonly total: CpuTimes; readonly cores: CoreTimes } | null
  /** Load during one second of the reading, for systems without counters. */
  readonly cpuPercent: number | null
  readonly coreCount: number | null
  readonly load: readonly [number, number, number] | null
  readonly memory: {
    readonly totalBytes: number
    readonly usedBytes: number | null
    readonly swapTotalBytes: number | null
    readonly swapUsedBytes: number | null
  } | null
  readonly swap: { readonly totalBytes: number; readonly usedBytes: number } | null
  readonly limits: RawLimits | null
  readonly networks: readonly RawNetwork[] | null
  /** bit/s by interface; interfaces without a speed are missing. */
  readonly linkBps: ReadonlyMap<string, number> | null
  readonly diskTraffic: ReadonlyMap<string, RawDiskTraffic> | null
  readonly mounts: readonly RawMount[] | null
  readonly temperatures: readonly { readonly name: string; readonly celsius: number }[] | null
  readonly gpus: readonly RawGpu[] | null
  readonly tcpRetransmits: number | null
  readonly udpBufferErrors: number | null
  /** undefined: not asked. Empty: asked, and none runs. */
  readonly media: readonly RawMedia[] | undefined
  readonly mediaDetails: readonly RawMediaDetail[] | null
  /** Goroutines of any program that answers at pprof's port there. */
  readonly goroutines: number | null
  /** The busiest first. */
  readonly processes: readonly HostProcess[] | null
}

export const emptyRawHost: RawHost = {
  system: null,
  clockSeconds: null,
  uptimeSeconds: null,
  bootId: null,
  wall: null,
  hostname: null,
  systemName: null,
  kernel: null,
  cpu: null,
  cpuPercent: null,
  coreCount: null,
  load: null,
  memory: null,
  swap: null,
  limits: null,
  networks: null,
  linkBps: null,
  diskTraffic: null,
  mounts: null,
  temperatures: null,
  gpus: null,
  tcpRetransmits: null,
  udpBufferErrors: null,
  media: undefined,
  mediaDetails: null,
  goroutines: null,
  processes: null,
}

export type Writable<T> = { -readonly [Key in keyof T]: T[Key] }
/** The sections of an answer by name; several with one name are joined. */
export interface Sections {
  readonly text: string
  readonly has: (name: string) => boolean
  /** Its lines that are not empty, without their ends. */
  readonly get: (name: string) => readonly string[] | undefined
  /** Its positions in `text`: from, to, from, to … */
  readonly spans: (name: string) => readonly number[] | undefined
}

/** Most entries of each kind; more are an error, or an attack on our memory. */
export const mostOfAKind = { cores: 4096, networks: 64, mounts: 64, temperatures: 64, gpus: 32, media: 32, ports: 1024 } as const

/** Index of the next line feed, or the end. */
function lineEnd(text: string, from: number, to: number): number {
  const end = text.indexOf('\n', from)
  return end < 0 || end > to ? to : end
}
/** End of the line whose line feed is at `end`, without a carriage return. */
const lineStop = (text: string, from: number, end: number): number => (end > from && text.charCodeAt(end - 1) === 13 ? end - 1 : end)

/** Calls `onLine` with start and end of each line in `spans` (from, to, from, to …) that is not empty, without its line end. */
export function eachLine(text: string, spans: readonly number[], onLine: (from: number, stop: number) => void): void {
  for (let span = 0; span + 1 < spans.length; span += 2) {
    const to = spans[span + 1] ?? 0
    for (let from = spans[span] ?? to; from < to; ) {
      const end = lineEnd(text, from, to)
      const stop = lineStop(text, from, end)
      if (stop > from) onLine(from, stop)
      from = end + 1
    }
  }
}

/** Splits an answer into sections, which begin with a line `== <name>`; text before the first one is ignored. */
export function sectionsOf(text: string): Sections {
  const spansByName = new Map<string, number[]>()
  let spans: number[] = []
  const mark = '== '
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + mark.length)) {
    if (at > 0 && text.charCodeAt(at - 1) !== 10) continue
    const end = lineEnd(text, at, text.length)
    const name = text.slice(at + mark.length, lineStop(text, at, end))
    spans.push(at)
    spans = spansByName.get(name) ?? []
    spansByName.set(name, spans)
    spans.push(Math.min(end + 1, text.length))
  }
  spans.push(text.length)
  return {
    text,
    has: (name) => spansByName.has(name),
    get: (name) => {
      const spans = spansByName.get(name)
      if (spans === undefined) return undefined
      const lines: string[] = []
      eachLine(text, spans, (from, stop) => void lines.push(text.slice(from, stop)))
      return lines
    },
    spans: (name) => spansByName.get(name),
  }
}

/** A number that is finite and not below 0; a comma counts as a point. `[N/A]` and the like: null. */
export function numberOrNull(text: string | undefined): number | null {
  if (text === undefined) return null
  const trimmed = text.trim()
  // The text may be anything, and as long as an answer, so this expression must not backtrack.
  if (!/^\+?(?:\d+(?:[.,]\d+)?|[.,]\d+)$/.test(trimmed)) return null
  const value = Number(trimmed.replace(',', '.'))
  return Number.isFinite(value) && value <= 1e24 ? value : null
}

const isSpace = (code: number): boolean => code === 32 || (code >= 9 && code <= 13)

/** Words of a line, without the space around them. */
export function wordsOf(line: string): string[] {
  return line.match(/\S+/g) ?? []
}

/**
 * Reads the words of a line, from `from` to `to`, into `counts` until that is full, as `numberOrNull` does, with NaN for null.
 * Returns how many it read. Creates no strings, because thousands of counters a second are read here.
 */
export function readCounts(text: string, from: number, to: number, counts: Float64Array): number {
  let words = 0
  for (let at = from; at < to && words < counts.length; ) {
    if (isSpace(text.charCodeAt(at))) {
      at++
      continue
    }
    const start = at
    let value = 0
    let point = -1
    let isPlain = true
    for (; at < to; at++) {
      const code = text.charCodeAt(at)
      if (isSpace(code)) break
      const digit = code - 48
      if (digit >= 0 && digit <= 9) value = value * 10 + digit
      else if (code === 46 && point < 0) point = at
      else isPlain = false
    }
    // The quotient of two exact doubles is rounded once, so it is the nearest double. Numbers with too many digits, and other words, are parsed as text.
    if (!isPlain || at - start > 15 || point === at - 1) value = numberOrNull(text.slice(start, at)) ?? Number.NaN
    else if (point >= 0) value /= 10 ** (at - 1 - point)
    counts[words++] = value
  }
  return words
}

/** A name reported by the host, cleaned for display: one short line without control characters. */
export function shownName(text: string | undefined): string | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be shown.
  const line = (text ?? '').replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ').trim()
  return line === '' ? null : line.slice(0, 200)
}

/** `now 1795179601936089406` (ns), `now 1795179601.936089` or, where `date` has whole seconds only, `now 1795179601` with or without an N. */
export function parseNow(lines: readonly string[] | undefined): { readonly ms: number; readonly stepMs: number } | null {
  for (const line of lines ?? []) {
    const match = /^now (\d{9,11})(\d{9})?(?:[.,](\d{1,9}))?(?:%?N)?$/.exec(line)
    if (match?.[1] === undefined) continue
    const fraction = match[2] ?? match[3]
    if (fraction === undefined) return { ms: Number(match[1]) * 1000, stepMs: 1000 }
    return { ms: Number(match[1]) * 1000 + Number(`0.${fraction}`) * 1000, stepMs: 1 }
  }
  return null
}

/** `df -P -k`: sizes by mount. A mount's name may have spaces, a device's may not. */
export function parseDf(lines: readonly string[] | undefined) {
  return (lines ?? []).flatMap((line) => {
    const match = /^(\S+(?: \S+)*?)\s+(\d+)\s+(\d+)\s+(-?\d+)\s+(?:\d+%|-)\s+(\/.*)$/.exec(line)
    if (match === null) return []
    const [, device = '', size, used, free, mount = ''] = match
    return [{ device, mount, sizeBytes: Number(size) * 1024, usedBytes: Number(used) * 1024, freeBytes: Math.max(0, Number(free)) * 1024 }]
  })
}

/** `media <pid> <by>` for each, or `media` alone where none runs; undefined: the question was not about them. */
export function parseMediaLines(lines: readonly string[] | undefined): readonly Pick<RawMedia, 'pid' | 'by'>[] | undefined {
  const said = lines?.filter((one) => one === 'media' || one.startsWith('media ')) ?? []
  if (said.length === 0) return undefined
  return said.slice(0, mostOfAKind.media).flatMap((line) => {
    const match = /^media (\d{1,10}) (name|unit|container)$/.exec(line.trim())
    return match === null ? [] : [{ pid: Number(match[1]), by: match[2] as RawMedia['by'] }]
  })
}

/**
 * The part `media`: of each process a line `pid <pid>` and then what is known of it. Older scripts have no such line, and
 * one process. `files`: how a system prints open files and their limit.
 */
export function parseMediaDetails(
  lines: readonly string[] | undefined,
  files: (lines: readonly string[]) => Pick<RawMediaDetail, 'openFiles' | 'openFilesLimit'>,
): readonly RawMediaDetail[] | null {
  if (lines === undefined) return null
  const blocks: { readonly pid: number | null; readonly lines: string[] }[] = []
  for (const line of lines) {
    const pid = /^pid (\d{1,10})$/.exec(line)?.[1]
    if (pid !== undefined) blocks.push({ pid: Number(pid), lines: [] })
    else if (blocks.length === 0) blocks.push({ pid: null, lines: [line] })
    else blocks.at(-1)?.lines.push(line)
  }
  return blocks.slice(0, mostOfAKind.media).map((block) => ({ pid: block.pid, ...files(block.lines), ...whoIsIt(block.lines) }))
}

function whoIsIt(lines: readonly string[]): Pick<RawMediaDetail, 'arguments' | 'uid' | 'ownPorts' | 'userPorts'> {
  const uid = numberOrNull(
    lines
      .find((line) => line.startsWith('Uid:'))
      ?.slice(4)
      .trim()
      .split(/\s+/)[0],
  )
  const own = new Set<string>()
  const listening: { readonly port: number; readonly uid: string; readonly inode: string }[] = []
  for (const line of lines.slice(0, 2 * mostOfAKind.ports)) {
    const socket = /^socket:\[(\d{1,20})\]$/.exec(line)?.[1]
    if (socket !== undefined) own.add(socket)
    const match = /^listen ([0-9A-F]{4}) (\d{1,10}) (\d{1,20})$/.exec(line)
    if (match) listening.push({ port: Number.parseInt(match[1] ?? '', 16), uid: match[2] ?? '', inode: match[3] ?? '' })
  }
  const ports = (of: typeof listening) => [...new Set(of.map(({ port }) => port))].toSorted((one, other) => one - other)
  // If the files of a process can be counted, its sockets can be seen, too.
  const seesFiles = lines.some((line) => line.startsWith('files '))
  return {
    arguments: shownName(lines.find((line) => line.startsWith('args '))?.slice(5)),
    uid,
    ownPorts: seesFiles && lines.some((line) => line.startsWith('args')) ? ports(listening.filter(({ inode }) => own.has(inode))) : null,
    userPorts: uid === null ? null : ports(listening.filter((one) => Number(one.uid) === uid)),
  }
}

/** Parses `goroutine profile: total 42`, the first line of net/http/pprof's answer to ?debug=1. */
export function parseGoroutines(lines: readonly string[]): number | null {
  for (const line of lines) {
    const match = /^goroutine profile: total (\d{1,12})\s*$/.exec(line)
    if (match) return Number(match[1])
  }
  return null
}

/** Lines of `nvidia-smi --query-gpu=name,utilization.gpu,memory.used,memory.total,temperature.gpu[,utilization.encoder,utilization.decoder]`, MiB. */
export function parseNvidia(lines: readonly string[] | undefined): RawGpu[] {
  return (lines ?? []).flatMap((line) => {
    // Some locales have a decimal comma (`45,0, 12`), so only a comma followed by a space separates columns.
    const cells = line.split(/,\s+/)
    const [name, percent, used, total, celsius, encoder, decoder] = cells
    if (cells.length < 5 || !name) return []
    const mebibytes = (cell: string | undefined) => {
      const value = numberOrNull(cell)
      return value === null ? null : value * 1024 * 1024
    }
    const share = (cell: string | undefined) => {
      const value = numberOrNull(cell?.replace(/ ?%$/, ''))
      return value === null || value > 100 ? null : value
    }
    return [
      {
        name: shownName(name) ?? 'NVIDIA',
        percent: share(percent),
        idleMs: null,
        encoderPercent: share(encoder),
        decoderPercent: share(decoder),
        memoryUsedBytes: mebibytes(used),
        memoryTotalBytes: mebibytes(total),
        celsius: numberOrNull(celsius),
      },
    ]
  })
}

/** Interfaces without outside traffic, or whose traffic is already counted on another one. */
const innerInterface =
  /^(lo\d*$|veth|ifb|dummy|docker|br-|virbr|vnet|fw(br|pr|ln)\d|cali|cilium|lxc|lxdbr|cni|flannel|kube|nodelocaldns|sit\d|ip6tnl|tunl|gre\d|gretap|erspan|ip_vti|ip6_vti|ip6gre|teql|nflog|bonding_masters|usbmon|gif\d|stf\d|pflog|pfsync|enc\d|awdl|llw|anpi|ap\d|utun)/

export function isOuterInterface(name: string): boolean {
  return !innerInterface.test(name)
}
