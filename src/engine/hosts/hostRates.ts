import type { HostReading, MediaProcess } from '../../shared/hosts.ts'
import { mostSkewErrorMs } from '../../shared/serverClock.ts'
import {
  type CoreTimes,
  type CpuTimes,
  coreFields,
  type RawDiskTraffic,
  type RawHost,
  type RawMedia,
  type RawMediaDetail,
  type RawMount,
  type RawNetwork,
} from './rawHost.ts'

/** When an answer was requested and when it was complete, by our wall clock, epoch ms. */
export interface AnswerTimes {
  readonly askedAtMs: number
  readonly answeredAtMs: number
  /** When it was complete by our monotonic clock, ms. */
  readonly monotonicMs: number
}

/**
 * Turns one host's answers, in order, into readings.
 *
 * 1. Rates and shares are increases between two answers, by the host's own monotonic clock; in the first answer, and
 *    in the first after a start of the host, they are null.
 * 2. A counter that fell was reset, or overflowed its 32 or 64 bits. A plausible overflow is counted, otherwise the
 *    rate is null for that interval. No rate is below 0.
 * 3. Parts missing from an answer keep their last value for `keptSeconds`, because the slow part comes every 30 s.
 */
interface HostRates {
  readonly next: (raw: RawHost, times: AnswerTimes) => HostFigures
}

/** A reading without the choice of the media server's process, which depends on the host's server. */
export interface HostFigures extends Omit<HostReading, 'mediaServer' | 'mediaServerUnknown'> {
  /** Goroutines of any program that answers at the host's pprof port. */
  readonly goroutines: number | null
  /** Ids of new processes whose details were not read yet. */
  readonly pendingMedia: ReadonlySet<number>
}

/** Three intervals of the slow part; a value that was not repeated by then is unknown. */
const keptSeconds = 95
/** Most bytes per second that count as an overflow of a 32-bit counter if the link's speed is unknown: hosts with such counters have at most 1 Gbit/s. */
const plausibleBytes = 125_000_000
const plausibleEvents = 1_000_000
/** Shorter intervals give no rate, because clocks have hundredths of a second. */
const shortestSeconds = 0.05
/** If the host's clock went back by no more than this, it was only read inexactly. */
const backwardSeconds = 1
/** If the host's clock falls behind ours by more than this, which exceeds any answer's time, the host was suspended or restarted. */
const startedLaterMs = 60_000

function round(value: number, places: number): number {
  const factor = 10 ** places
  return Math.round(value * factor) / factor
}
const percentOf = (part: number, whole: number): number | null => (whole > 0 ? Math.min(100, Math.max(0, round((part / whole) * 100, 1))) : null)

/** By how much a counter grew in `seconds`; null: it was reset. `most`: the most it can grow per second, to recognise an overflow. */
export function counterRise(before: number, now: number, seconds: number, most: number): number | null {
  if (now >= before) return now - before
  for (const size of [2 ** 32, 2 ** 64]) {
    const rise = now - before + size
    if (before < size && rise <= most * seconds) return rise
  }
  return null
}

/** Parts of an answer that are kept until the next one. */
const partKeys = [
  'uptimeSeconds',
  'hostname',
  'systemName',
  'kernel',
  'cpu',
  'cpuPercent',
  'coreCount',
  'load',
  'memory',
  'swap',
  'limits',
  'networks',
  'linkBps',
  'diskTraffic',
  'mounts',
  'temperatures',
  'gpus',
  'tcpRetransmits',
  'udpBufferErrors',
  'media',
  'mediaDetails',
  'goroutines',
] as const satisfies readonly (keyof RawHost)[]

/** The last two values of a part of an answer, with the host's time at which they were read. Overwritten every second. */
interface Part<T> {
  before: T | null
  beforeAt: number
  now: T
  at: number
}
type Parts = { -readonly [Key in keyof RawHost]?: Part<NonNullable<RawHost[Key]>> | undefined }

/** State of one host between answers. */
interface RatesState {
  parts: Parts
  clock: number
  skewMs: number | null
  /** Whether details of processes contain their ids: older scripts describe only one process, without its id. */
  detailsHaveIds: boolean
  /** The process to which details without an id belong. */
  unnamedPid: number | null
  /** Processes whose details were read since they were first seen. */
  readonly checkedAt: Set<number>
  /** When processes started, by their ids. */
  started: ReadonlyMap<number, { readonly at: number; readonly uptime: number }>
  /** When the host was started, by our monotonic clock, computed from its last answer. */
  bootAtMs: number | null
  bootId: string | null
}

export function createHostRates(): HostRates {
  const state: RatesState = {
    parts: {},
    clock: Number.NEGATIVE_INFINITY,
    skewMs: null,
    detailsHaveIds: false,
    unnamedPid: null,
    checkedAt: new Set(),
    started: new Map(),
    bootAtMs: null,
    bootId: null,
  }
  return { next: (raw, times) => nextFigures(state, raw, times) }
}

function nextFigures(state: RatesState, raw: RawHost, times: AnswerTimes): HostFigures {
  takeAnswer(state, raw, times)
  const { parts } = state
  const mediaProcesses = mediaReadings(state, times)
  const [load1, load5, load15] = parts.load?.now ?? [null, null, null]
  return {
    at: times.answeredAtMs,
    hostname: parts.hostname?.now ?? null,
    system: parts.systemName?.now ?? null,
    kernel: parts.kernel?.now ?? null,
    ...cpuReading(parts),
    load1,
    load5,
    load15,
    ...memoryReading(parts),
    disks: (parts.mounts?.now ?? []).map((mount) => diskReading(parts, mount)),
    networks: (parts.networks?.now ?? []).map((network) => networkReading(parts, network)),
    temperaturesC: [...(parts.temperatures?.now ?? [])],
    gpus: gpuReadings(parts),
    uptimeSeconds: roundOrNull(parts.uptimeSeconds?.now ?? null),
    clockSkewMs: state.skewMs,
    tcpRetransmits: rateOf(parts.tcpRetransmits),
    udpBufferErrors: rateOf(parts.udpBufferErrors),
    mediaProcesses,
    goroutines: parts.goroutines?.now ?? null,
    pendingMedia: new Set(state.detailsHaveIds ? mediaProcesses.map(({ pid }) => pid).filter((pid) => !state.checkedAt.has(pid)) : []),
  }
}

function takeAnswer(state: RatesState, raw: RawHost, times: AnswerTimes): void {
  const at = raw.clockSeconds ?? (Number.isFinite(state.clock) ? state.clock : 0)
  const boot = raw.clockSeconds === null ? null : times.monotonicMs - raw.clockSeconds * 1000
  const tookMs = times.answeredAtMs - times.askedAtMs
  // A restart between two answers is recognised by another boot id, or without one by a clock that fell behind ours.
  const isOtherBoot =
    raw.bootId !== null && state.bootId !== null
      ? raw.bootId !== state.bootId
      : boot !== null && state.bootAtMs !== null && boot - tookMs - state.bootAtMs > startedLaterMs
  if (at < state.clock - backwardSeconds || isOtherBoot) {
    // Earlier values can't be compared, except that a process was there.
    state.parts = {}
    state.skewMs = null
    state.started = new Map()
  }
  if (boot !== null) state.bootAtMs = boot
  // A copy, because a slice would keep the whole answer in memory.
  if (raw.bootId !== null && raw.bootId !== state.bootId) state.bootId = Buffer.from(raw.bootId, 'latin1').toString('latin1')
  state.clock = at
  takeParts(state.parts, raw, at)
  if (raw.wall) state.skewMs = skewOf(raw.wall, times)
  takeDetails(state, raw)
}

/** Stores the parts of this answer, and drops those that are too old. */
function takeParts(parts: Parts, raw: RawHost, at: number): void {
  const known = parts as Record<string, Part<unknown> | undefined>
  for (const key of partKeys) {
    const value = raw[key]
    const part = known[key]
    if (value == null) {
      if (part && at - part.at > keptSeconds) known[key] = undefined
    } else if (part) {
      part.before = part.now
      part.beforeAt = part.at
      part.now = value
      part.at = at
    } else known[key] = { before: null, beforeAt: at, now: value, at }
  }
}

/** Assigns details to processes. Details of a process that ended do not apply to a new one with the same id. */
function takeDetails(state: RatesState, raw: RawHost): void {
  const { parts, checkedAt } = state
  if (raw.mediaDetails?.some(({ pid }) => pid !== null)) state.detailsHaveIds = true
  const before = parts.media?.before ?? []
  const isNew = (media: RawMedia) => !before.some(({ pid, startedAtUptime }) => pid === media.pid && !startsDiffer(startedAtUptime, media.startedAtUptime))
  const fresh = (raw.media ?? []).filter(isNew)
  for (const { pid } of fresh) checkedAt.delete(pid)
  // The count of the previous process does not apply to a new one.
  if (fresh.length > 0 && raw.goroutines === null) parts.goroutines = undefined
  for (const { pid } of raw.mediaDetails ?? []) {
    if (pid === null) state.unnamedPid = parts.media?.now[0]?.pid ?? null
    else checkedAt.add(pid)
  }
}

/** Seconds between the last two values of a part; null: no two values can be compared. */
function spanOf(part: Part<unknown> | undefined): number | null {
  const seconds = part && part.before !== null ? part.at - part.beforeAt : 0
  return seconds >= shortestSeconds ? seconds : null
}

function rateOf(part: Part<number> | undefined): number | null {
  const seconds = spanOf(part)
  if (!part || part.before === null || seconds === null) return null
  const rise = counterRise(part.before, part.now, seconds, plausibleEvents)
  return rise === null ? null : round(rise / seconds, 2)
}

function cpuReading(parts: Parts): Pick<HostReading, 'cores' | 'cpuPercent' | 'perCorePercent' | 'stealPercent' | 'iowaitPercent'> {
  const part = parts.cpu
  const cores = parts.coreCount?.now ?? null
  const limits = parts.limits
  const before = spanOf(part) === null ? null : (part?.before ?? null)
  const now = part?.now ?? null
  const total = before && now ? shareOf(before.total, now.total) : null
  const perCorePercent: (number | null)[] = []
  for (let at = 0; now !== null && at < now.cores.length; at += coreFields) perCorePercent.push(before === null ? null : coreShare(before.cores, now.cores, at))
  // In a container with a quota, its use of that quota matters, not the machine's load.
  const quota = limits?.now.cores ?? null
  if (quota !== null && quota > 0 && (cores === null || quota < cores)) {
    const seconds = spanOf(limits)
    const [old, fresh] = [limits?.before?.cpuSeconds ?? null, limits?.now.cpuSeconds ?? null]
    const used = seconds === null || old === null || fresh === null || fresh < old ? null : fresh - old
    return {
      cores: round(quota, 2),
      cpuPercent: used === null || seconds === null ? null : percentOf(used, seconds * quota),
      perCorePercent: [],
      stealPercent: total?.steal ?? null,
      iowaitPercent: total?.iowait ?? null,
    }
  }
  return {
    cores,
    cpuPercent: total?.busy ?? percentOrNull(parts.cpuPercent?.now ?? null),
    perCorePercent,
    stealPercent: total?.steal ?? null,
    iowaitPercent: total?.iowait ?? null,
  }
}

function memoryReading(parts: Parts): Pick<HostReading, 'memoryTotalBytes' | 'memoryUsedBytes' | 'memoryPercent' | 'swapTotalBytes' | 'swapUsedBytes'> {
  const memory = parts.memory?.now ?? null
  const limits = parts.limits?.now ?? null
  const swap = parts.swap?.now ?? null
  const limited = limits?.memoryTotalBytes != null && (memory === null || limits.memoryTotalBytes < memory.totalBytes)
  const total = limited ? limits.memoryTotalBytes : (memory?.totalBytes ?? null)
  const used = limited ? limits.memoryUsedBytes : (memory?.usedBytes ?? null)
  return {
    memoryTotalBytes: total,
    memoryUsedBytes: used,
    memoryPercent: total === null || used === null ? null : percentOf(used, total),
    swapTotalBytes: memory?.swapTotalBytes ?? swap?.totalBytes ?? null,
    swapUsedBytes: memory?.swapUsedBytes ?? swap?.usedBytes ?? null,
  }
}

function diskReading(parts: Parts, mount: RawMount): HostReading['disks'][number] {
  const part = parts.diskTraffic
  const key = mount.trafficKeys.find((one) => part?.now.has(one))
  const rate = (of: (traffic: RawDiskTraffic) => number): number | null => {
    const seconds = spanOf(part)
    const [before, now] = [key && part?.before?.get(key), key && part?.now.get(key)]
    if (!before || !now || seconds === null) return null
    // The underlying counter is in sectors, and overflows only with 32 bits, at 2 TB; that interval is a gap.
    const rise = counterRise(of(before), of(now), seconds, 0)
    return rise === null ? null : Math.round((rise / seconds) * 8)
  }
  return {
    mount: mount.mount,
    device: mount.device,
    sizeBytes: mount.sizeBytes,
    // As df counts: blocks reserved for root are neither used nor free.
    usedPercent: percentOf(mount.usedBytes, mount.usedBytes + mount.freeBytes) ?? 0,
    freeBytes: mount.freeBytes,
    readBps: rate((traffic) => traffic.readBytes),
    writtenBps: rate((traffic) => traffic.writtenBytes),
    fullAt: null,
  }
}

function networkReading(parts: Parts, now: RawNetwork): HostReading['networks'][number] {
  const part = parts.networks
  const seconds = spanOf(part)
  const before = seconds === null ? undefined : part?.before?.find((network) => network.name === now.name)
  const linkBps = parts.linkBps?.now.get(now.name) ?? null
  const rate = (of: (network: RawNetwork) => number, most: number): number | null => {
    const rise = before === undefined || seconds === null ? null : counterRise(of(before), of(now), seconds, most)
    return rise === null || seconds === null ? null : rise / seconds
  }
  const most = linkBps === null ? plausibleBytes : linkBps / 8
  const [received, sent] = [rate((network) => network.receivedBytes, most), rate((network) => network.sentBytes, most)]
  const [errors, drops] = [rate((network) => network.errors, 0), rate((network) => network.drops, 0)]
  // Links have the same capacity in each direction; the busier direction is the bottleneck.
  const fuller = received === null || sent === null ? null : Math.max(received, sent) * 8
  return {
    name: now.name,
    receivedBps: received === null ? null : Math.round(received * 8),
    sentBps: sent === null ? null : Math.round(sent * 8),
    errors: errors === null ? null : round(errors, 2),
    drops: drops === null ? null : round(drops, 2),
    linkBps,
    usedPercent: fuller === null || linkBps === null ? null : percentOf(fuller, linkBps),
  }
}

function gpuReadings(parts: Parts): HostReading['gpus'] {
  const part = parts.gpus
  const seconds = spanOf(part)
  return (part?.now ?? []).map(({ idleMs, ...gpu }, index) => {
    const before = part?.before?.[index]
    const slept = idleMs === null || before?.name !== gpu.name || before.idleMs === null || idleMs < before.idleMs ? null : idleMs - before.idleMs
    // Time awake is an upper bound of the load; these cards report nothing better.
    return { ...gpu, percent: gpu.percent ?? (slept === null || seconds === null ? null : percentOf(seconds * 1000 - slept, seconds * 1000)) }
  })
}

function mediaReadings(state: RatesState, times: AnswerTimes): MediaProcess[] {
  const { parts, checkedAt } = state
  const part = parts.media
  const seconds = spanOf(part)
  const uptime = parts.uptimeSeconds?.now ?? null
  const details = parts.mediaDetails?.now ?? []
  const all = part?.now ?? []
  const readings = all.map((media): MediaProcess => {
    const before = part?.before?.find(({ pid }) => pid === media.pid)
    const same = before !== undefined && !startsDiffer(before.startedAtUptime, media.startedAtUptime)
    const used = same && before.cpuSeconds !== null && media.cpuSeconds !== null ? media.cpuSeconds - before.cpuSeconds : null
    const detail = details.find(({ pid }) => (pid === null ? state.unnamedPid === media.pid : pid === media.pid && checkedAt.has(pid)))
    return {
      pid: media.pid,
      by: media.by,
      name: media.name ?? nameOfCommand(detail?.arguments ?? null),
      arguments: detail?.arguments ?? null,
      ports: detail === undefined ? null : portsOf(detail, details),
      cpuPercent: used === null || used < 0 || seconds === null ? null : round((used / seconds) * 100, 1),
      memoryBytes: media.memoryBytes,
      threads: media.threads,
      openFiles: detail?.openFiles ?? null,
      openFilesLimit: detail?.openFilesLimit ?? null,
      startedAt:
        media.startedAtUptime === null || uptime === null
          ? null
          : startOf(state, media.pid, media.startedAtUptime, times.answeredAtMs - (uptime - media.startedAtUptime) * 1000),
    }
  })
  state.started = new Map(
    all.flatMap(({ pid, startedAtUptime }, index) => {
      const at = readings[index]?.startedAt ?? null
      return at === null || startedAtUptime === null ? [] : [[pid, { at, uptime: startedAtUptime }]]
    }),
  )
  return readings
}

/** Start of a process. Stays the same when answers take longer or shorter, or when our clock is set. */
function startOf({ started }: RatesState, pid: number, startedAtUptime: number, at: number): number {
  const known = started.get(pid)
  return known !== undefined && !startsDiffer(known.uptime, startedAtUptime) ? known.at : Math.round(at)
}

/** Name of the file in a command line, without its folder. */
const nameOfCommand = (line: string | null): string | null => line?.split(' ')[0]?.split('/').at(-1) || null

/** Ports of a process. If its sockets can't be seen: those on which its user listens, provided that no other media server has that user. */
function portsOf(detail: RawMediaDetail, all: readonly RawMediaDetail[]): number[] | null {
  const alone = all.every(({ pid, uid }) => pid === detail.pid || (uid !== null && uid !== detail.uid))
  const ports = detail.ownPorts ?? (alone ? detail.userPorts : null)
  return ports === null ? null : [...ports]
}

const roundOrNull = (value: number | null): number | null => (value === null ? null : Math.round(value))
const percentOrNull = (value: number | null): number | null => (value === null ? null : percentOf(value, 100))

/**
 * Shares of the time between two values. The kernel's iowait and idle sometimes fall a little (proc(5)), which is
 * not a reset; falling busy time is one, of a core that was unplugged.
 */
function shareOf(before: CpuTimes, now: CpuTimes): { busy: number | null; iowait: number | null; steal: number | null } | null {
  const busy = now.busy - before.busy
  const steal = now.steal - before.steal
  if (busy < 0 || steal < 0) return null
  const iowait = Math.max(0, now.iowait - before.iowait)
  const total = busy + steal + iowait + Math.max(0, now.idle - before.idle)
  return { busy: percentOf(busy, total), iowait: percentOf(iowait, total), steal: percentOf(steal, total) }
}

const riseAt = (before: CoreTimes, now: CoreTimes, at: number): number => (now[at] ?? Number.NaN) - (before[at] ?? Number.NaN)
/** Load of a core, computed as in `shareOf`; null: the core was added or removed in between. */
function coreShare(before: CoreTimes, now: CoreTimes, at: number): number | null {
  const busy = riseAt(before, now, at)
  const idle = riseAt(before, now, at + 1)
  const iowait = riseAt(before, now, at + 2)
  const steal = riseAt(before, now, at + 3)
  // NaN if the core is missing in one of the values.
  return busy >= 0 && steal >= 0 ? percentOf(busy, busy + steal + Math.max(0, iowait) + Math.max(0, idle)) : null
}

/** On some systems start times are in whole seconds, so two values of one process may differ slightly. */
const startsDiffer = (one: number | null, other: number | null): boolean => one !== null && other !== null && Math.abs(one - other) > 2.5

/**
 * Its clock minus ours, computed as in NTP (RFC 5905, section 8): the mean of how far it was ahead at the start and
 * at the end of its answer, so that its working time cancels out. The error is at most half of the network's round trip.
 * A clock that is read in whole seconds is only known to the second. null: the way was too long to tell, as after this process was stopped.
 */
function skewOf(wall: NonNullable<RawHost['wall']>, times: AnswerTimes): number | null {
  const wayMs = times.answeredAtMs - times.askedAtMs - ((wall.lastMs ?? wall.firstMs) - wall.firstMs)
  if (wayMs / 2 > mostSkewErrorMs) return null
  // A whole second may have been read anywhere within it.
  const middle = wall.stepMs / 2
  const first = wall.firstMs + (wall.stepMs > 1 ? middle : 0)
  const lastMs = wall.lastMs === null ? null : wall.lastMs + (wall.stepMs > 1 ? middle : 0)
  const skew = lastMs === null ? first - (times.askedAtMs + times.answeredAtMs) / 2 : (first - times.askedAtMs + (lastMs - times.answeredAtMs)) / 2
  return Math.round(skew / wall.stepMs) * wall.stepMs + 0
}
