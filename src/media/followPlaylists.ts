import { type Clock, sleep, timeLimit } from '../clock/clock.ts'
import { mostPlaylists, type PlaylistFault } from '../shared/probeTransports.ts'
import { ok, type Result } from '../shared/result.ts'
import type { AddressMemory } from './addressMemory.ts'
import type { ParallelMeasurement } from './checks.ts'
import { type HttpFetcher, readWhole } from './httpFetcher.ts'
import { type NamedPlaylist, parsePlaylist } from './playlist.ts'
import type { PlaylistMeter } from './playlistMeter.ts'

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
    take: () => {
      const furthest = furthestOf(followed)
      const playlists = followed.map((each) => ({
        kind: each.kind,
        name: each.name,
        bandwidthBps: each.bandwidthBps,
        behindMs: furthest?.(each) ?? null,
        ...each.meter.take(),
      }))
      return { hls: { playlists, more: Math.max(0, named.length - mostPlaylists) }, ts: null }
    },
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

/**
 * Returns a function for how far a variant's end is behind the most advanced one, ms: by EXT-X-PROGRAM-DATE-TIME if all have it, otherwise by segment numbers
 * if all have the same target duration. null: they can't be compared.
 */
function furthestOf(followed: readonly Followed[]): ((of: Followed) => number | null) | null {
  const ends = new Map(followed.flatMap((each) => (each.kind === 'variant' ? [[each, each.meter.end()] as const] : [])))
  const known = [...ends.values()].filter((end) => end !== null)
  if (known.length < 2) return null
  const times = known.flatMap(({ at }) => (at === null ? [] : [at]))
  if (times.length === known.length) {
    const latest = Math.max(...times)
    return (of) => (ends.get(of)?.at == null ? null : Math.min(latest - (ends.get(of)?.at ?? latest), 86_400_000))
  }
  const [first] = known
  if (known.some(({ targetMs }) => targetMs !== first?.targetMs)) return null
  const latest = Math.max(...known.map(({ number }) => number))
  return (of) => {
    const end = ends.get(of)
    return end == null ? null : Math.min((latest - end.number) * end.targetMs, 86_400_000)
  }
}
