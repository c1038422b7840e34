import { z } from 'zod'

// Transport-level measurements of a stream, in addition to its packets: HLS playlists, and MPEG-TS.

const count = z.number().int().min(0).max(1e12)
const ms = z.number().min(0).max(86_400_000)

/** Maximum number of playlists followed per address. */
export const mostPlaylists = 20
/** A live playlist unchanged for more than this many target durations is stale: RFC 8216 (6.2.1) requires a server to update it within this time. */
export const staleAfter = 1.5

/** How a playlist is referenced: `media` by the address itself, the others by its master playlist. */
const playlistKinds = ['media', 'variant', 'audio', 'video', 'subtitles'] as const

/** Why the last load of a playlist failed. `leadsInside`: it leads from the internet into a private network, or from another machine to this one. */
const playlistFaults = ['refusedAddress', 'leadsInside', 'unreachable', 'timedOut', 'status', 'tooLarge', 'notAPlaylist', 'redirects'] as const
export type PlaylistFault = (typeof playlistFaults)[number]

const playlistSchema = z.object({
  kind: z.enum(playlistKinds),
  /** Description in the master playlist, such as `1280x720` or `English`; '': none. */
  name: z.string().max(100),
  /** Bandwidth declared in the master playlist, bit/s. */
  bandwidthBps: z.number().min(0).max(1e13).nullable(),
  /** null: the last load succeeded. */
  fault: z.enum(playlistFaults).nullable(),
  /** It is marked as complete (EXT-X-ENDLIST). */
  hasEnded: z.boolean(),
  /** EXT-X-TARGETDURATION; null: absent, or never loaded. */
  targetMs: ms.nullable(),
  /** Number of segments. */
  segments: count,
  /** How long it is known to be unchanged. null: it has ended, or was never loaded. */
  ageMs: ms.nullable(),
  /** Maximum known delay of a segment in this look, including one that is still missing (lower bound). null: as with `ageMs`. */
  lateMs: ms.nullable(),
  /** How far its end lags behind the most advanced variant. null: no other variant to compare with. */
  behindMs: ms.nullable(),
  /** Number of segments whose EXTINF, rounded to whole seconds, exceeds the target duration. */
  long: count,
  /** Number of segments whose EXTINF or URI (without its query) changed during this look. */
  rewritten: count,
  /** How often its media sequence went backwards in this look. */
  sequenceBack: count,
  /** Discontinuities before segments that were added in this look. */
  discontinuities: count,
})
export type Playlist = z.infer<typeof playlistSchema>

/** The playlists of one address, as followed during a look. */
export const hlsSchema = z.object({
  /** Media playlists: the address itself, or those referenced by its master playlist. */
  playlists: z.array(playlistSchema).max(mostPlaylists),
  /** Number of further referenced playlists that are not followed. */
  more: count,
})
export type Hls = z.infer<typeof hlsSchema>

/** How long a playlist has been unchanged, in target durations; -1: unknown. */
const staleness = ({ ageMs, targetMs }: Playlist): number => (ageMs === null || targetMs === null || targetMs === 0 ? -1 : ageMs / targetMs)
/** The playlist that has been unchanged for the most target durations; null: none is live. */
export function stalestPlaylist(hls: Hls | null): (Playlist & { readonly ageMs: number; readonly targetMs: number }) | null {
  let stalest: Playlist | null = null
  for (const playlist of hls?.playlists ?? []) if (staleness(playlist) > (stalest === null ? -1 : staleness(stalest))) stalest = playlist
  return stalest === null || stalest.ageMs === null || stalest.targetMs === null ? null : { ...stalest, ageMs: stalest.ageMs, targetMs: stalest.targetMs }
}

/** Maximum of a figure over all playlists; null: none has it. */
export function worstOf({ playlists }: Hls, figure: 'lateMs' | 'behindMs'): number | null {
  const known = playlists.flatMap((playlist) => (playlist[figure] === null ? [] : [playlist[figure]]))
  return known.length === 0 ? null : Math.max(...known)
}
export function totalOf({ playlists }: Hls, figure: 'long' | 'rewritten' | 'sequenceBack' | 'discontinuities'): number {
  return playlists.reduce((sum, playlist) => sum + playlist[figure], 0)
}
export function isStale(playlist: Playlist): boolean {
  return staleness(playlist) > staleAfter
}
export function missingPlaylists({ playlists }: Hls): number {
  return playlists.filter(({ fault }) => fault !== null).length
}

/** Error counts of one look at a transport stream, with TR 101 290 numbers; measured as received, including network losses. */
const tsCounts = [
  /** 1.1 */
  'syncLosses',
  /** 1.2 */
  'syncByteErrors',
  /** 1.3: the PAT came after more than 0.5 s, or something else came in its place. */
  'patErrors',
  /** 1.4 */
  'continuityErrors',
  /** 1.5 */
  'pmtErrors',
  /** 1.6: an audio or video PID was absent for 5 s. */
  'pidErrors',
  /** 2.1 */
  'transportErrors',
  /** 2.3: PCRs that are more than 40 ms apart. */
  'pcrIntervalErrors',
  /** 2.3: PCRs that jump backwards, or forwards by more than a second, without being announced. */
  'pcrJumps',
  /** 2.5: pictures or sound without a PTS for more than 700 ms. */
  'ptsErrors',
] as const
type TsCount = (typeof tsCounts)[number]
/** First-priority errors: a stream with them can't be decoded. */
const firstPriority = ['syncLosses', 'syncByteErrors', 'patErrors', 'continuityErrors', 'pmtErrors', 'pidErrors'] as const satisfies readonly TsCount[]

/** Maximum intervals allowed by TR 101 290, ms. */
export const tsLimitsMs = { psi: 500, pid: 5_000, pcr: 40, pts: 700 } as const

/** One look at a transport stream. `…Ms`: longest interval in the look, by the stream's own clock (PCR). null: fewer than two were received. */
export const tsSchema = z.object({
  packets: count,
  programs: count,
  syncLosses: count,
  syncByteErrors: count,
  patErrors: count,
  continuityErrors: count,
  pmtErrors: count,
  pidErrors: count,
  transportErrors: count,
  pcrIntervalErrors: count,
  pcrJumps: count,
  ptsErrors: count,
  patMs: ms.nullable(),
  pmtMs: ms.nullable(),
  pcrMs: ms.nullable(),
  ptsMs: ms.nullable(),
})
export type Ts = z.infer<typeof tsSchema>

/** Number of first-priority errors in a look. */
export function tsErrorsOf(ts: Ts): number {
  return firstPriority.reduce((sum, kind) => sum + ts[kind], 0)
}
