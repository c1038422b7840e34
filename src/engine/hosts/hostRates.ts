import type { HostReading, MediaProcess } from '../../shared/hosts.ts'
import { mostSkewErrorMs } from '../../shared/serverClock.ts'
import type { CpuTimes, RawHost, RawMedia, RawMediaDetail, RawMount, RawNetwork } from './parseHost.ts'

/** When an answer was requested and when it was complete, by our wall clock, epoch ms. */
interface AnswerTimes {
  readonly askedAtMs: number
  readonly answeredAtMs: number
}

/** A reading without the choice of the media server's process, which depends on the host's server. */
export type HostFigures = Omit<HostReading, 'mediaServer'>

/** Three intervals of the slow part; a value that was not repeated by then is unknown. */
const keptSeconds = 95
/** Shorter intervals give no rate, because clocks have hundredths of a second. */
const shortestSeconds = 0.05
/** A media server that started less than this ago may not listen on all of its ports yet. */
const youngSeconds = 15

/** Of a process: another one with its pid started at another time. */
const idOf = ({ pid, startedAtUptime }: Pick<RawMedia, 'pid' | 'startedAtUptime'>): string => `${pid} ${startedAtUptime}`
/** null: unknown. */
function round<Value extends number | null>(value: Value, places = 0): Value {
  const factor = 10 ** places
  return (value === null ? null : Math.round(value * factor) / factor) as Value
}
const percentOf = (part: number, whole: number): number | null => (whole > 0 ? Math.min(100, Math.max(0, round((part / whole) * 100, 1))) : null)
/** By how much a counter grew per second; null: unknown, or it was set back. */
function rateOf(before: number | null | undefined, now: number | null | undefined, seconds: number | null): number | null {
  return before == null || now == null || seconds === null || now < before ? null : (now - before) / seconds
}

/** Of bytes. */
const bitsOf = (rate: number | null): number | null => (rate === null ? null : Math.round(rate * 8))

/** The last two values of a part of an answer, with the host's time at which they were read. */
interface Part<T> {
  readonly before: T | null
  readonly beforeAt: number
  readonly now: T
  readonly at: number
}
/** What is compared with its value before, or kept. */
type Kept = Omit<RawHost, 'bootId' | 'wall' | 'mediaDetails'>
type Parts = { -readonly [Key in keyof Kept]?: Part<NonNullable<Kept[Key]>> | undefined }

/** Seconds between the last two values of a part; null: no two values can be compared. */
function spanOf(part: Part<unknown> | undefined): number | null {
  const seconds = part && part.before !== null ? part.at - part.beforeAt : 0
  return seconds >= shortestSeconds ? seconds : null
}

/**
 * Turns one host's answers, in order, into readings.
 *
 * 1. Rates and shares are increases between two answers, by the host's own monotonic clock; in the first answer, in the
 *    first after a start of the host, and where a counter was set back, they are null.
 * 2. Parts missing from an answer keep their last value for `keptSeconds`, because the slow part comes every 30 s.
 */
export class HostRates {
  #parts: Parts = {}
  #clock = 0
  #bootId: string | null = null
  /** When each media server started, by our clock when it was first seen: so it stays the same when answers take longer or our clock is set. */
  #starts: ReadonlyMap<string, number> = new Map()
  #skewMs: number | null = null
  #answeredAt = 0
  #details: ReadonlyMap<number, RawMediaDetail> = new Map()

  take(raw: RawHost, times: AnswerTimes): void {
    const { bootId, wall, mediaDetails, ...kept } = raw
    const at = raw.uptimeSeconds ?? this.#clock
    const isOtherBoot = bootId != null && bootId !== this.#bootId
    if (at < this.#clock || (isOtherBoot && this.#bootId !== null)) {
      this.#parts = {}
      this.#skewMs = null
      this.#starts = new Map()
    }
    // A copy: as a part of its answer it would keep all of that in memory.
    if (isOtherBoot) this.#bootId = Buffer.from(bootId).toString()
    const { media, uptimeSeconds } = raw
    if (media != null && uptimeSeconds != null) {
      const startOf = (one: RawMedia) => this.#starts.get(idOf(one)) ?? Math.round(times.answeredAtMs - (uptimeSeconds - one.startedAtUptime) * 1000)
      this.#starts = new Map(media.map((one) => [idOf(one), startOf(one)]))
    }
    this.#clock = at
    this.#answeredAt = times.answeredAtMs
    if (wall) this.#skewMs = skewOf(wall, times)
    const parts = this.#parts as Record<string, Part<unknown> | undefined>
    for (const [key, value] of Object.entries(kept)) {
      const part = parts[key]
      if (value != null) parts[key] = { before: part?.now ?? null, beforeAt: part?.at ?? at, now: value, at }
    }
    for (const [key, part] of Object.entries(parts)) if (part && at - part.at > keptSeconds) parts[key] = undefined
    // Details of a process that ended do not apply to a new one with the same id.
    const before = this.#parts.media?.before ?? []
    const known = (pid: number, started: number) => before.some((one) => one.pid === pid && one.startedAtUptime === started)
    const lasting = (raw.media ?? []).filter(({ pid, startedAtUptime }) => known(pid, startedAtUptime))
    if (raw.media != null) this.#details = new Map([...this.#details].filter(([pid]) => lasting.some((one) => one.pid === pid)))
    this.takeDetails({ mediaDetails })
  }

  takeDetails({ mediaDetails }: Pick<RawHost, 'mediaDetails'>): void {
    if (mediaDetails != null) this.#details = new Map([...this.#details, ...mediaDetails.map((detail) => [detail.pid, detail] as const)])
  }

  /** Whether details of media servers should be read before the next slow part: of new ones, and of those that may not listen on all of their ports yet. */
  lacksDetails(): boolean {
    return (this.#parts.media?.now ?? []).some(({ pid, startedAtUptime }) => !this.#details.has(pid) || this.#clock - startedAtUptime < youngSeconds)
  }

  figures(): HostFigures {
    const parts = this.#parts
    const [load1, load5, load15] = parts.load?.now ?? [null, null, null]
    const memory = parts.memory?.now ?? null
    const rate = (key: 'tcpRetransmits' | 'udpBufferErrors') => round(rateOf(parts[key]?.before, parts[key]?.now, spanOf(parts[key])), 2)
    return {
      at: this.#answeredAt,
      hostname: parts.hostname?.now ?? null,
      system: parts.systemName?.now ?? null,
      kernel: parts.kernel?.now ?? null,
      ...cpuReading(parts),
      load1,
      load5,
      load15,
      memoryTotalBytes: memory?.totalBytes ?? null,
      memoryUsedBytes: memory?.usedBytes ?? null,
      memoryPercent: memory === null || memory.usedBytes === null ? null : percentOf(memory.usedBytes, memory.totalBytes),
      swapTotalBytes: memory?.swapTotalBytes ?? null,
      swapUsedBytes: memory?.swapUsedBytes ?? null,
      disks: (parts.mounts?.now ?? []).map((mount) => diskReading(parts, mount)),
      networks: (parts.networks?.now ?? []).map((network) => networkReading(parts, network)),
      temperaturesC: [...(parts.temperatures?.now ?? [])],
      gpus: [...(parts.gpus?.now ?? [])],
      uptimeSeconds: parts.uptimeSeconds === undefined ? null : Math.round(parts.uptimeSeconds.now),
      clockSkewMs: this.#skewMs,
      tcpRetransmits: rate('tcpRetransmits'),
      udpBufferErrors: rate('udpBufferErrors'),
      mediaProcesses: this.#mediaReadings(),
    }
  }

  #mediaReadings(): MediaProcess[] {
    const part = this.#parts.media
    return (part?.now ?? []).map(({ pid, cpuSeconds, memoryBytes, threads, startedAtUptime }) => {
      const before = part?.before?.find((one) => one.pid === pid && one.startedAtUptime === startedAtUptime)
      const cores = rateOf(before?.cpuSeconds, cpuSeconds, spanOf(part))
      const detail = this.#details.get(pid)
      return {
        pid,
        ports: detail === undefined ? null : portsOf(detail, [...this.#details.values()]),
        cpuPercent: cores === null ? null : round(cores * 100, 1),
        memoryBytes,
        threads,
        openFiles: detail?.openFiles ?? null,
        openFilesLimit: detail?.openFilesLimit ?? null,
        startedAt: this.#starts.get(idOf({ pid, startedAtUptime })) ?? null,
      }
    })
  }
}

/** Ports of a process. If its sockets can't be seen: those on which its user listens, provided that no other media server has that user. */
function portsOf(detail: RawMediaDetail, all: readonly RawMediaDetail[]): number[] | null {
  const isAlone = all.every(({ pid, uid }) => pid === detail.pid || (uid !== null && uid !== detail.uid))
  const ports = detail.ownPorts ?? (isAlone ? detail.userPorts : null)
  return ports && [...ports]
}

function cpuReading({ cpu }: Parts): Pick<HostReading, 'cores' | 'cpuPercent' | 'perCorePercent' | 'stealPercent' | 'iowaitPercent'> {
  const before = spanOf(cpu) === null ? null : (cpu?.before ?? null)
  const total = shareOf(before?.total, cpu?.now.total)
  const cores = Array.from(cpu?.now.cores ?? [])
  return {
    cores: cores.filter((core) => core !== undefined).length || null,
    cpuPercent: total?.busy ?? null,
    perCorePercent: cores.map((core, number) => shareOf(before?.cores[number], core)?.busy ?? null),
    stealPercent: total?.steal ?? null,
    iowaitPercent: total?.iowait ?? null,
  }
}

/**
 * Shares of the time between two values. The kernel's iowait and idle sometimes fall a little (proc(5)), which is
 * not a reset; falling busy time is one, of a core that was unplugged.
 */
function shareOf(before: CpuTimes | undefined, now: CpuTimes | undefined): { busy: number | null; iowait: number | null; steal: number | null } | null {
  if (before === undefined || now === undefined || now.busy < before.busy || now.steal < before.steal) return null
  const [busy, steal, iowait] = [now.busy - before.busy, now.steal - before.steal, Math.max(0, now.iowait - before.iowait)]
  const total = busy + steal + iowait + Math.max(0, now.idle - before.idle)
  return { busy: percentOf(busy, total), iowait: percentOf(iowait, total), steal: percentOf(steal, total) }
}

function diskReading({ diskTraffic }: Parts, { mount, device, trafficKeys, sizeBytes, usedBytes, freeBytes }: RawMount): HostReading['disks'][number] {
  const key = trafficKeys.find((one) => diskTraffic?.now.has(one)) ?? ''
  const [before, now] = [diskTraffic?.before?.get(key), diskTraffic?.now.get(key)]
  const bps = (counter: 'readBytes' | 'writtenBytes') => bitsOf(rateOf(before?.[counter], now?.[counter], spanOf(diskTraffic)))
  return {
    mount,
    device,
    sizeBytes,
    // As df counts: blocks reserved for root are neither used nor free.
    usedPercent: percentOf(usedBytes, usedBytes + freeBytes) ?? 0,
    freeBytes,
    readBps: bps('readBytes'),
    writtenBps: bps('writtenBytes'),
    fullAt: null,
  }
}

function networkReading({ networks, linkBps: links }: Parts, now: RawNetwork): HostReading['networks'][number] {
  const before = networks?.before?.find((network) => network.name === now.name)
  const linkBps = links?.now.get(now.name) ?? null
  const rate = (counter: 'receivedBytes' | 'sentBytes' | 'errors' | 'drops') => rateOf(before?.[counter], now[counter], spanOf(networks))
  const [receivedBps, sentBps] = [bitsOf(rate('receivedBytes')), bitsOf(rate('sentBytes'))]
  return {
    name: now.name,
    receivedBps,
    sentBps,
    errors: round(rate('errors'), 2),
    drops: round(rate('drops'), 2),
    linkBps,
    // Links have the same capacity in each direction; the busier direction is the bottleneck.
    usedPercent: receivedBps === null || sentBps === null || linkBps === null ? null : percentOf(Math.max(receivedBps, sentBps), linkBps),
  }
}

/**
 * Its clock minus ours, computed as in NTP (RFC 5905, section 8): the mean of how far it was ahead at the start and
 * at the end of its answer, so that its working time cancels out. The error is at most half of the network's round trip.
 * A clock that is read in whole seconds is only known to the second. null: the way was too long to tell, as after this process was stopped.
 */
function skewOf({ firstMs, lastMs, stepMs }: NonNullable<RawHost['wall']>, { askedAtMs, answeredAtMs }: AnswerTimes): number | null {
  const wayMs = answeredAtMs - askedAtMs - (lastMs - firstMs)
  if (wayMs / 2 > mostSkewErrorMs) return null
  // A whole second may have been read anywhere within it.
  const middle = stepMs > 1 ? stepMs / 2 : 0
  const skew = (firstMs + middle - askedAtMs + (lastMs + middle - answeredAtMs)) / 2
  return Math.round(skew / stepMs) * stepMs + 0
}
