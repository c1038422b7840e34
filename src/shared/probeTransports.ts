import { z } from 'zod'

// What carries a stream, measured beside its packets: playlists of HLS, and MPEG-TS.

const count = z.number().int().min(0).max(1e12)
const ms = z.number().min(0).max(86_400_000)

/** Most playlists of one address that are followed. */
export const mostPlaylists = 20
/** A live playlist that has not changed for longer is stale: so many target durations. RFC 8216 (6.2.1) has a server change it within this time. */
export const staleAfter = 1.5

/** How a playlist is named: by the address itself, or by its master playlist. */
export const playlistKinds = ['media', 'variant', 'audio', 'video', 'subtitles'] as const

/** Why a playlist could not be loaded at last. `leadsInside`: from the internet into a private network, or from another machine to this one. */
export const playlistFaults = ['refusedAddress', 'leadsInside', 'unreachable', 'timedOut', 'status', 'tooLarge', 'notAPlaylist', 'redirects'] as const
export type PlaylistFault = (typeof playlistFaults)[number]

const playlistSchema = z.object({
  kind: z.enum(playlistKinds),
  /** As its master playlist describes it, such as `1280x720` or `English`; '' : it does not. */
  name: z.string().max(100),
  /** That its master playlist promises, bit/s. */
  bandwidthBps: z.number().min(0).max(1e13).nullable(),
  /** null: it was loaded. */
  fault: z.enum(playlistFaults).nullable(),
  /** It says that nothing follows (EXT-X-ENDLIST). */
  hasEnded: z.boolean(),
  /** EXT-X-TARGETDURATION; null: it was never loaded, or says none. */
  targetMs: ms.nullable(),
  /** Segments in it. */
  segments: count,
  /** For how long it is known not to have changed. null: it has ended, or was never loaded. */
  ageMs: ms.nullable(),
  /** How late segments came in this look, or do not come: the latest one, at least. null: as with `ageMs`. */
  lateMs: ms.nullable(),
  /** How far it ends behind the variant that is furthest. null: no other variant to compare with. */
  behindMs: ms.nullable(),
  /** Segments in it whose EXTINF, rounded to whole seconds, is above the target duration. */
  long: count,
  /** Segments whose EXTINF or URI (without its query) was another one before, in this look. */
  rewritten: count,
  /** Times that its media sequence went backwards, in this look. */
  sequenceBack: count,
  /** Discontinuities before segments that came in this look. */
  discontinuities: count,
})
export type Playlist = z.infer<typeof playlistSchema>

/** The playlists of one address, as they were followed during a look. */
export const hlsSchema = z.object({
  /** Media playlists: the one of the address, or all that its master playlist names. */
  playlists: z.array(playlistSchema).max(mostPlaylists),
  /** How many more it names that are not followed. */
  more: count,
})
export type Hls = z.infer<typeof hlsSchema>

/** For how long a playlist has not changed, in target durations. */
const staleness = ({ ageMs, targetMs }: Playlist): number => (ageMs === null || targetMs === null || targetMs === 0 ? -1 : ageMs / targetMs)
/** The playlist that has not changed for most target durations; null: none that is live. */
export function stalestPlaylist(hls: Hls | null): (Playlist & { readonly ageMs: number; readonly targetMs: number }) | null {
  let stalest: Playlist | null = null
  for (const playlist of hls?.playlists ?? []) if (staleness(playlist) > (stalest === null ? -1 : staleness(stalest))) stalest = playlist
  return stalest === null || stalest.ageMs === null || stalest.targetMs === null ? null : { ...stalest, ageMs: stalest.ageMs, targetMs: stalest.targetMs }
}

/** Of all playlists the largest figure; null: none has it. */
export function worstOf({ playlists }: Hls, figure: 'lateMs' | 'behindMs'): number | null {
  const known = playlists.flatMap((playlist) => (playlist[figure] === null ? [] : [playlist[figure]]))
  return known.length === 0 ? null : Math.max(...known)
}
export const totalOf = ({ playlists }: Hls, figure: 'long' | 'rewritten' | 'sequenceBack' | 'discontinuities'): number =>
  playlists.reduce((sum, playlist) => sum + playlist[figure], 0)
export const isStale = (playlist: Playlist): boolean => staleness(playlist) > staleAfter
export const missingPlaylists = ({ playlists }: Hls): number => playlists.filter(({ fault }) => fault !== null).length

/** Counts of one look at a transport stream, as TR 101 290 numbers them; over the network as it is read, after what the network lost. */
export const tsCounts = [
  /** 1.1 */
  'syncLosses',
  /** 1.2 */
  'syncByteErrors',
  /** 1.3: it came after more than 0.5 s, or something else came in its place. */
  'patErrors',
  /** 1.4 */
  'continuityErrors',
  /** 1.5 */
  'pmtErrors',
  /** 1.6: a PID of sound or pictures that did not come for 5 s. */
  'pidErrors',
  /** 2.1 */
  'transportErrors',
  /** 2.3: PCRs that are more than 40 ms apart. */
  'pcrIntervalErrors',
  /** 2.3: PCRs that go back, or more than a second ahead, without being announced. */
  'pcrJumps',
  /** 2.5: pictures or sound without a PTS for more than 700 ms. */
  'ptsErrors',
] as const
export type TsCount = (typeof tsCounts)[number]
/** Errors of the first priority: without them a stream can't be decoded. */
export const firstPriority = ['syncLosses', 'syncByteErrors', 'patErrors', 'continuityErrors', 'pmtErrors', 'pidErrors'] as const satisfies readonly TsCount[]

/** The longest that TR 101 290 allows, ms. */
export const tsLimitsMs = { psi: 500, pid: 5_000, pcr: 40, pts: 700 } as const

/** One look at a transport stream. Intervals are the longest of the look, by the stream's own clock (PCR). null: fewer than two came. */
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

/** Errors of the first priority in a look. */
export const tsErrorsOf = (ts: Ts): number => firstPriority.reduce((sum, kind) => sum + ts[kind], 0)
