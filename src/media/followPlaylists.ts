import { type Clock, sleep, timeLimit } from '../clock/clock.ts'
import { mostPlaylists, type PlaylistFault } from '../shared/probeTransports.ts'
import { ok, type Result } from '../shared/result.ts'
import { type HttpFetcher, readWhole } from './httpFetcher.ts'
import type { Beside } from './looks.ts'
import { type NamedPlaylist, parsePlaylist } from './playlist.ts'
import type { PlaylistMemory } from './playlistMemory.ts'
import type { PlaylistMeter } from './playlistMeter.ts'

/** Longest playlist that is read, bytes. */
export const longestPlaylist = 2_000_000
/**
 * Of a long one so many bytes are read per ms on average: one of 2 MB every 13 s. Understanding 30 kB takes about 1 ms (Xeon of 2.x GHz), so that is a 200th of
 * the time. It goes by size because on a busy machine the time that reading took is mostly that of others.
 */
const bytesPerMs = 150
/** A segment comes at once, and then nothing until the next one: so many target durations, until a stale playlist is known to be one and FFmpeg has loaded it again. */
const pauseTargets = 3
const longestPauseMs = 60_000

export interface FollowOptions {
  readonly clock: Clock
  readonly http: HttpFetcher
  readonly memory: PlaylistMemory
  /** The address as it was asked for: what is remembered is remembered of this one. */
  readonly address: string
  /** Each load must end within this time, ms. */
  readonly answerMs: number
  readonly signal: AbortSignal
  /** A playlist was loaded, or could not be. */
  readonly onLoad: () => void
}
/** The text of a playlist, and where it came from after redirects. */
export type Loaded = Result<{ readonly text: string; readonly url: URL }, PlaylistFault>

interface Followed extends NamedPlaylist {
  readonly meter: PlaylistMeter
}

/** Loads what stands at an address again and again until the signal aborts: its playlist, or all that its master playlist names. `first`: what came from there. */
export function followPlaylists(first: Loaded, source: URL, options: FollowOptions): Beside {
  const parsed = first.ok ? parsePlaylist(first.value.text) : null
  const named: readonly NamedPlaylist[] = parsed?.kind === 'master' ? parsed.named : [{ uri: source.href, kind: 'media', name: '', bandwidthBps: null }]
  const base = first.ok ? first.value.url : source
  const followed = named.slice(0, mostPlaylists).map((each): Followed => {
    const key = `${options.address} ${each.uri.split(/[?#]/, 1)[0]}`
    const meter = options.memory.borrow(key)
    const loaded = parsed?.kind === 'master' ? null : first
    void follow(meter, each.uri, base, loaded, options).finally(() => options.memory.giveBack(key, meter))
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
    // As RFC 8216 has it, from when it was asked for.
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
 * How far a variant ends behind the one that is furthest, ms: by EXT-X-PROGRAM-DATE-TIME where all have it, otherwise by the numbers of segments
 * where all have one target duration. null: they can't be compared.
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
