import { parse, setOptions } from 'hls-parser'
import { type Clock, sleep, timeLimit } from '../clock/clock.ts'
import { mostPlaylists, type Playlist, type PlaylistFault, staleAfter } from '../shared/probeReadings.ts'
import { ok, type Result } from '../shared/result.ts'
import { namesTooMany } from './checkingProxy.ts'
import type { ParallelMeasurement } from './checks.ts'
import { type HttpFetcher, readWhole } from './httpFetcher.ts'

/** The part of a playlist's segment that is compared. */
export interface Segment {
  readonly durationMs: number
  /** Hash of its duration and its URI without the query, which may hold a changing token. */
  readonly mark: number
  readonly isAfterDiscontinuity: boolean
}
export interface MediaPlaylist {
  readonly kind: 'media'
  readonly targetMs: number | null
  /** Media sequence number of the first segment. */
  readonly firstNumber: number
  readonly segments: readonly Segment[]
  readonly hasEnded: boolean
}
/** A media playlist that a master playlist names. */
interface NamedPlaylist extends Pick<Playlist, 'kind' | 'name' | 'bandwidthBps'> {
  readonly uri: string
}
interface MasterPlaylist {
  readonly kind: 'master'
  readonly named: readonly NamedPlaylist[]
}

setOptions({ silent: true })

/** Lines that are used here. Others are removed first, because the parser's time grows with the square of their number. */
const readTags = /^(?!#)|^#(?:EXTM3U|EXTINF|EXT-X-(?:TARGETDURATION|MEDIA-SEQUENCE|DISCONTINUITY|DISCONTINUITY-SEQUENCE|ENDLIST|STREAM-INF|MEDIA))\b/
const longestLine = 8_192
const mostMs = 86_400_000

/** null: it is not a playlist, or one that no player would accept. */
export function parsePlaylist(text: string): MediaPlaylist | MasterPlaylist | null {
  // The parser's time grows with the square of named playlists, too.
  if (!isPlaylist(text) || namesTooMany(text)) return null
  const lines = text.split(/\r?\n/).filter((line) => line !== '' && readTags.test(line))
  if (lines.some((line) => line.length > longestLine)) return null
  try {
    const parsed = parse(lines.join('\n'))
    return parsed.isMasterPlaylist ? masterOf(parsed.variants) : mediaOf(parsed)
  } catch {
    return null
  }
}
export function isPlaylist(text: string): boolean {
  return /^\ufeff?#EXTM3U/.test(text)
}

type Parsed = ReturnType<typeof parse>
type ParsedMedia = Extract<Parsed, { isMasterPlaylist: false }>
type ParsedVariants = Extract<Parsed, { isMasterPlaylist: true }>['variants']

/** Converts EXTINF and EXT-X-TARGETDURATION, which are in seconds. */
const msOf = (seconds: unknown): number => (typeof seconds === 'number' && seconds > 0 ? Math.min(Math.round(seconds * 1_000), mostMs) : 0)

function mediaOf({ targetDuration, mediaSequenceBase, segments, endlist }: ParsedMedia): MediaPlaylist {
  // In low-latency playlists, the parts of an incomplete segment appear as a segment without URI.
  const whole = segments.filter(({ uri }) => typeof uri === 'string' && uri !== '')
  return {
    kind: 'media',
    targetMs: typeof targetDuration === 'number' && targetDuration > 0 ? msOf(targetDuration) : null,
    firstNumber: Number.isSafeInteger(mediaSequenceBase) ? Math.max(0, mediaSequenceBase ?? 0) : 0,
    segments: whole.map(({ uri, duration, discontinuity }) => ({
      durationMs: msOf(duration),
      mark: hash(`${duration} ${uri.split(/[?#]/, 1)[0]}`),
      isAfterDiscontinuity: discontinuity === true,
    })),
    hasEnded: endlist === true,
  }
}

function masterOf(variants: ParsedVariants): MasterPlaylist {
  const byUri = new Map<string, NamedPlaylist>()
  const add = (uri: unknown, kind: Playlist['kind'], name: string, bandwidth: unknown) => {
    if (typeof uri !== 'string' || uri === '' || byUri.has(uri)) return
    byUri.set(uri, { uri, kind, name: name.slice(0, 100), bandwidthBps: typeof bandwidth === 'number' && bandwidth > 0 ? Math.min(bandwidth, 1e13) : null })
  }
  for (const { uri, bandwidth, resolution } of variants) add(uri, 'variant', resolution ? `${resolution.width}x${resolution.height}` : '', bandwidth)
  for (const { audio, video, subtitles } of variants) {
    for (const rendition of audio) add(rendition.uri, 'audio', rendition.name, null)
    for (const rendition of video) add(rendition.uri, 'video', rendition.name, null)
    for (const rendition of subtitles) add(rendition.uri, 'subtitles', rendition.name, null)
  }
  return { kind: 'master', named: [...byUri.values()] }
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  return value | 0
}

/** Number of segments kept for comparison with the next load, the newest ones. */
const mostCompared = 100
/** Assumed for playlists without a target duration, ms. */
const usualTargetMs = 6_000
const shortestWaitMs = 500
const longestWaitMs = 30_000

/** What is kept of a load; not its segments, of which there may be a hundred thousand. */
interface Known extends Pick<MediaPlaylist, 'targetMs' | 'firstNumber' | 'hasEnded'> {
  readonly numberAfter: number
  readonly long: number
}
function knownOf({ targetMs, firstNumber, hasEnded, segments }: MediaPlaylist): Known {
  const long = segments.filter(({ durationMs }) => targetMs !== null && Math.round(durationMs / 1_000) * 1_000 > targetMs).length
  return { targetMs, firstNumber, hasEnded, numberAfter: firstNumber + segments.length, long }
}

/** Compares each load of one playlist with the previous ones. */
export function createPlaylistMeter() {
  let playlist: Known | null = null
  let fault: PlaylistFault | null = null
  let loads = 0
  let comparisons = 0
  /** Marks by media sequence number, of the last segments. */
  let marks = new Map<number, number>()
  /** Time of the last load in which it had changed. */
  let changedMs = 0
  /** Time of the load in which its last segment was new. */
  let seenMs = 0
  /** Time of the last successful load. */
  let loadedMs = 0
  let hasChanged = false
  let counts = { lateMs: 0, rewritten: 0, discontinuities: 0 }

  const remember = ({ firstNumber, segments }: MediaPlaylist) => {
    const from = Math.max(0, segments.length - mostCompared)
    marks = new Map(segments.slice(from).map(({ mark }, index) => [firstNumber + from + index, mark]))
  }
  const compare = (before: Known, next: MediaPlaylist, atMs: number) => {
    comparisons++
    if (next.firstNumber < before.firstNumber || next.firstNumber + next.segments.length < before.numberAfter) {
      counts.rewritten++
      seenMs = atMs
      return true
    }
    const { firstNumber, segments } = next
    const known = before.numberAfter - firstNumber
    segments.slice(0, Math.max(0, known)).forEach(({ mark }, index) => {
      const was = marks.get(firstNumber + index)
      if (was !== undefined && was !== mark) counts.rewritten++
    })
    const fresh = segments.slice(Math.max(0, known))
    for (const { isAfterDiscontinuity } of fresh) if (isAfterDiscontinuity) counts.discontinuities++
    if (fresh.length > 0) {
      const dueMs = seenMs + fresh.reduce((sum, { durationMs }) => sum + durationMs, 0)
      counts.lateMs = Math.max(counts.lateMs, loadedMs - dueMs)
      seenMs = atMs
    }
    return fresh.length > 0 || next.hasEnded
  }
  const isLive = () => playlist !== null && !playlist.hasEnded
  const targetMs = () => playlist?.targetMs ?? null
  /** For how long it had not changed at its last load: while it can't be loaded, nothing more is known. */
  const ageMs = () => loadedMs - changedMs
  return {
    /** Call when it was loaded. Times are ms of a monotonic clock. */
    loaded: (next: MediaPlaylist, atMs: number) => {
      fault = null
      loads++
      const isFirst = playlist === null
      hasChanged = playlist === null || compare(playlist, next, atMs)
      if (isFirst) seenMs = atMs
      if (hasChanged) changedMs = atMs
      loadedMs = atMs
      playlist = knownOf(next)
      remember(next)
    },
    /** Call when it could not be loaded. */
    failed: (because: PlaylistFault) => {
      loads++
      fault = because
      hasChanged = false
    },
    /** How long to wait until it is loaded again, ms; null: it has ended. */
    waitMs: (): number | null => {
      if (playlist?.hasEnded && fault === null) return null
      // As RFC 8216 (6.3.4) has it.
      const dueMs = targetMs() ?? usualTargetMs
      return Math.min(longestWaitMs, Math.max(shortestWaitMs, hasChanged ? dueMs : dueMs / 2))
    },
    /** Whether it has been compared with an earlier load since `take`, or it has ended or could not be loaded. */
    hasSeen: () => comparisons > 0 || (loads > 0 && (fault !== null || playlist?.hasEnded === true)),
    /** Whether it is live but had not changed for too long at its last load. */
    isStale: () => fault === null && isLive() && targetMs() !== null && ageMs() > staleAfter * (targetMs() ?? 0),
    targetMs,
    /** Ends the look and returns its figures. */
    take: (): Omit<Playlist, 'kind' | 'name' | 'bandwidthBps'> => {
      const taken = {
        fault,
        hasEnded: playlist?.hasEnded ?? false,
        targetMs: targetMs(),
        segments: playlist === null ? 0 : playlist.numberAfter - playlist.firstNumber,
        ageMs: isLive() ? Math.min(ageMs(), mostMs) : null,
        // The next segment may take up to one target duration.
        lateMs: isLive() ? Math.min(mostMs, Math.max(counts.lateMs, loadedMs - seenMs - (targetMs() ?? mostMs), 0)) : null,
        long: playlist?.long ?? 0,
        rewritten: counts.rewritten,
        discontinuities: counts.discontinuities,
      }
      counts = { lateMs: 0, rewritten: 0, discontinuities: 0 }
      loads = 0
      comparisons = 0
      return taken
    },
  }
}
type PlaylistMeter = ReturnType<typeof createPlaylistMeter>

/** Maximum number of entries of each kind, more than a console follows; the oldest are forgotten first. */
const mostEntries = 5_000
/** After this time what was found of an address is checked again, ms. */
const rememberedMs = 600_000

/**
 * Remembers, from one look at an address to the next, the meters of its playlists, whether it has a playlist at all, and whether it must be read through the
 * proxy. A single look is too short to tell that a playlist is stale.
 */
export function createAddressMemory() {
  const meters = new Map<string, PlaylistMeter>()
  const foundAt = { noPlaylist: new Map<string, number>(), needsProxy: new Map<string, number>() }
  return {
    /** Takes the meter of this playlist out until it is returned; anybody else who borrows it meanwhile gets a new one. */
    borrowMeter: (key: string): PlaylistMeter => {
      const meter = meters.get(key)
      meters.delete(key)
      return meter ?? createPlaylistMeter()
    },
    returnMeter: (key: string, meter: PlaylistMeter): void => keep(meters, key, meter),
    /** Notes that this address has no playlist, or can't be read directly (see `directWay`), only through the proxy. `atMs`: of a monotonic clock. */
    note: (what: keyof typeof foundAt, address: string, atMs: number): void => keep(foundAt[what], address, atMs),
    /** Whether that was found in the last ten minutes, so that it is not tried in each turn. */
    knows: (what: keyof typeof foundAt, address: string, atMs: number): boolean =>
      atMs - (foundAt[what].get(address) ?? Number.NEGATIVE_INFINITY) < rememberedMs,
  }
}
export type AddressMemory = ReturnType<typeof createAddressMemory>

/** Keeps an entry as the newest one. */
function keep<Kept>(all: Map<string, Kept>, key: string, kept: Kept): void {
  all.delete(key)
  all.set(key, kept)
  for (const oldest of all.keys()) {
    if (all.size <= mostEntries) return
    all.delete(oldest)
  }
}

/** Maximum size of a playlist, bytes. */
export const longestPlaylist = 2_000_000
/**
 * Maximum average rate for long playlists, bytes per ms: one of 2 MB is loaded every 13 s. Parsing 30 kB takes about 1 ms (2.x GHz Xeon), so this uses 1/200
 * of the time. Based on size because on a busy machine the measured parsing time is mostly that of other work.
 */
const bytesPerMs = 150
/** Segments come in bursts with pauses. Longest pause, in target durations: by then a stale playlist is known as stale and FFmpeg has reloaded it. */
const pauseTargets = 3
const longestPauseMs = 60_000

interface FollowOptions {
  readonly clock: Clock
  readonly http: HttpFetcher
  readonly memory: AddressMemory
  /** The address as requested; part of the keys of `memory`. */
  readonly address: string
  /** Each load must end within this time, ms. */
  readonly answerMs: number
  readonly signal: AbortSignal
  /** A playlist was loaded, or could not be. */
  readonly onLoad: () => void
}
/** The text of a playlist, and its URL after redirects. */
export type Loaded = Result<{ readonly text: string; readonly url: URL }, PlaylistFault>

interface Followed extends NamedPlaylist {
  readonly meter: PlaylistMeter
}

/** Reloads the playlist at an address, or all playlists in its master playlist, until the signal aborts. `first`: the result of the first load. */
export function followPlaylists(first: Loaded, source: URL, options: FollowOptions): ParallelMeasurement {
  const parsed = first.ok ? parsePlaylist(first.value.text) : null
  const named: readonly NamedPlaylist[] = parsed?.kind === 'master' ? parsed.named : [{ uri: source.href, kind: 'media', name: '', bandwidthBps: null }]
  const base = first.ok ? first.value.url : source
  const followed = named.slice(0, mostPlaylists).map((each): Followed => {
    const key = `${options.address} ${each.uri.split(/[?#]/, 1)[0]}`
    const meter = options.memory.borrowMeter(key)
    const loaded = parsed?.kind === 'master' ? null : first
    void follow(meter, each.uri, base, loaded, options).finally(() => options.memory.returnMeter(key, meter))
    return { ...each, meter }
  })
  return {
    hasSeen: () => followed.every(({ meter }) => meter.hasSeen()),
    isStale: () => followed.some(({ meter }) => meter.isStale()),
    pauseMs: () => Math.min(longestPauseMs, pauseTargets * Math.max(...followed.map(({ meter }) => meter.targetMs() ?? 0))),
    take: () => ({
      hls: {
        playlists: followed.map(({ kind, name, bandwidthBps, meter }) => ({ kind, name, bandwidthBps, ...meter.take() })),
        more: Math.max(0, named.length - mostPlaylists),
      },
      ts: null,
    }),
  }
}

async function follow(meter: PlaylistMeter, uri: string, base: URL, first: Loaded | null, options: FollowOptions): Promise<void> {
  const { clock, signal, onLoad } = options
  const url = URL.canParse(uri, base.href) ? new URL(uri, base) : null
  for (let loaded = first; !signal.aborted; loaded = null) {
    const askedMs = clock.monotonic()
    const answered = loaded ?? (url === null ? ({ ok: false, error: 'refusedAddress' } as const) : await load(url, options))
    if (signal.aborted) return
    const readMs = clock.monotonic()
    const playlist = answered.ok ? parsePlaylist(answered.value.text) : null
    if (playlist?.kind === 'media') meter.loaded(playlist, readMs)
    else meter.failed(answered.ok ? 'notAPlaylist' : answered.error)
    onLoad()
    const waitMs = meter.waitMs()
    if (waitMs === null) return
    // Measured from the request, as specified by RFC 8216.
    const leftMs = Math.max(askedMs + waitMs - clock.monotonic(), (answered.ok ? answered.value.text.length : 0) / bytesPerMs)
    await sleep(clock, leftMs, signal).catch(() => {})
  }
}

async function load(url: URL, { clock, http, answerMs, signal }: FollowOptions): Promise<Loaded> {
  using limit = timeLimit(clock, answerMs, signal)
  const opened = await http.open(url, limit.signal)
  if (!opened.ok) return opened
  const text = await readWhole(opened.value.body, longestPlaylist, limit.signal)
  return text.ok ? ok({ text: text.value, url: opened.value.url }) : text
}
