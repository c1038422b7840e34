import { z } from 'zod'
import { contentSchema } from './probeContent.ts'
import { largestKnown } from './statistics.ts'

/** What a look at our own test signal found by the times in its pictures. */
export const canaryReadingSchema = z.object({
  /** From when a picture was made until it was here, ms; where pictures come in segments, of the oldest. null: no picture had our time in it. */
  delayMs: z.number().min(0).max(600_000).nullable(),
  /** How far sound is ahead of the picture that it belongs to, ms; below 0: behind. null: no tone was heard, or no picture had our time in it. */
  soundAheadMs: z.number().min(-500).max(500).nullable(),
  /** Pictures with our time in them. */
  pictures: z.number().int().min(0).max(1e6),
  /** Pictures without: of another signal, or too blurred. */
  strange: z.number().int().min(0).max(1e6),
})
export type CanaryReading = z.infer<typeof canaryReadingSchema>

// Transport-level measurements of a stream, in addition to its packets: HLS playlists, and MPEG-TS.

const count = z.number().int().min(0).max(1e12)
const ms = z.number().min(0).max(86_400_000)

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
  segments: count,
  /** How long it is known to be unchanged. null: it has ended, or was never loaded. */
  ageMs: ms.nullable(),
  /** Maximum known delay of a segment in this look, including one that is still missing (lower bound). null: as with `ageMs`. */
  lateMs: ms.nullable(),
  /** Number of segments whose EXTINF, rounded to whole seconds, exceeds the target duration. */
  long: count,
  /** Number of segments whose EXTINF or URI (without its query) changed during this look, and how often its media sequence went backwards. */
  rewritten: count,
  /** Discontinuities before segments that were added in this look. */
  discontinuities: count,
})
export type Playlist = z.infer<typeof playlistSchema>

/** The playlists of one address, as followed during a look. */
const hlsSchema = z.object({
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

/** Maximum delay of a segment over all playlists; null: none has one. */
export function latestSegmentMs({ playlists }: Hls): number | null {
  return largestKnown(playlists.map(({ lateMs }) => lateMs))
}
export function totalOf({ playlists }: Hls, figure: 'long' | 'rewritten' | 'discontinuities'): number {
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
const tsSchema = z.object({
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

// Measurements of one look at a stream: the complete result returned by the media process. Nothing here is evaluated.

const bounded = (most: number) => z.number().min(0).max(most)
const text = z.string().max(100)

const packetsSchema = z.object({
  video: bounded(1e9),
  /** null: audio was not read in this look. With continuous reading, it is read in the first and then in every tenth look. */
  audio: bounded(1e9).nullable(),
  /** Subtitles, data, and streams beyond the first of their kind. */
  other: bounded(1e9),
  /** Packets marked as corrupt by FFmpeg: with MPEG-TS, after a gap in the continuity counter. null: not reported by ffprobe before 6.0. */
  corrupt: bounded(1e9).nullable(),
  corruptBytes: bounded(1e15).nullable(),
})

/** Complete groups of pictures in the look. */
const gopSchema = z.object({
  count: bounded(1e6),
  frames: bounded(1e6),
  /** Durations by timestamps, ms: the last one, the median, the longest. */
  lastMs: ms,
  usualMs: ms,
  longestMs: ms,
})

const videoSchema = z.object({
  /** FFmpeg's short name, such as h264. */
  codec: text,
  profile: text.nullable(),
  /** As the codec counts it: 41 is level 4.1 of H.264. */
  level: z.number().int().min(0).max(10_000).nullable(),
  widthPx: bounded(100_000),
  heightPx: bounded(100_000),
  /** Display aspect ratio, such as `16:9`. */
  aspect: text.nullable(),
  /** Pictures per second according to the header. */
  declaredFps: bounded(10_000).nullable(),
  /** Pictures per second by timestamps; null: too few packets. */
  fps: bounded(10_000).nullable(),
})

const audioSchema = z.object({
  codec: text,
  profile: text.nullable(),
  channels: bounded(1_000),
  /** Such as `stereo` or `5.1`. */
  layout: text.nullable(),
  sampleRateHz: bounded(10_000_000),
})

/** Of the connection by SRT, as the watched server that it reads from lists it: counters of the look. */
const srtSchema = z.object({
  rttMs: ms.nullable(),
  latencyMs: ms.nullable(),
  /** Retransmissions included. */
  sent: bounded(1e15).nullable(),
  /** Reported lost, whether repaired or not. */
  lost: bounded(1e15).nullable(),
  retransmitted: bounded(1e15).nullable(),
})

/** One look at a stream. Times are ms. */
export const probeReadingSchema = z.object({
  /** Time from the request to each step that was made in this look; null: not reached, or not reported by this way of reading. */
  response: z.object({
    /** DNS resolution of the host name. */
    dnsMs: ms.nullable(),
    /** Opening the TCP connection, without `dnsMs`; null with UDP. */
    connectMs: ms.nullable(),
    /** Total time until the server has answered and sends data; null by UDP, where none is asked. */
    answerMs: ms.nullable(),
    /** Total time until the first key frame has arrived. */
    keyframeMs: ms.nullable(),
  }),
  /** Duration of reading. */
  wallMs: ms,
  /** Duration of the received media, by its timestamps; null: too few packets. */
  mediaMs: ms.nullable(),
  packets: packetsSchema,
  /** null: this protocol does not mark those of this codec. */
  keyframes: bounded(1e9).nullable(),
  /** null: no video. */
  video: videoSchema.nullable(),
  /** null: no audio. */
  audio: audioSchema.nullable(),
  /** null: fewer than two key frames were seen. */
  gop: gopSchema.nullable(),
  /** A group of pictures that was not seen as a whole is at least this long, ms; null: none is longer than the whole ones. */
  gopAtLeastMs: ms.nullable(),
  /** Bit rate of all packets by timestamps, bit/s. If audio is not read, its last known rate is used. null: too few packets. */
  bitrateBps: bounded(1e13).nullable(),
  /** Gaps in the video's timestamps of at least two pictures and 200 ms. */
  ptsGaps: bounded(1e9),
  /** Timestamp jumps backwards, or by more than 10 s. */
  ptsJumps: bounded(1e9),
  /** How far audio arrives ahead of video, ms, median; negative: behind. null: not both are present. */
  audioAheadMs: z.number().min(-86_400_000).max(86_400_000).nullable(),
  /** Content of its pictures and sound; null: not checked, or this console can't decode. */
  content: contentSchema.nullable(),
  /** Its playlists; null: it has none, or they can't be read in parallel. */
  hls: hlsSchema.nullable(),
  /** Its transport stream; null: the check was not requested, it is not MPEG-TS, or it can't be measured. */
  ts: tsSchema.nullable(),
  /** Result of the times encoded in its pictures; null: it is not our own test signal, or this console can't decode. */
  canary: canaryReadingSchema.nullable(),
  /** null: not by SRT, or no watched server has listed the connection since the last look. The media process can't tell, so this is always null there. */
  srt: srtSchema.nullable(),
})
export type ProbeReading = z.infer<typeof probeReadingSchema>
/** The longest group of pictures as far as it is known, ms: a lower bound where it was not seen as a whole. */
export function longestGopMs({ gop, gopAtLeastMs }: Pick<ProbeReading, 'gop' | 'gopAtLeastMs'>): number | null {
  return gopAtLeastMs ?? gop?.longestMs ?? null
}

/** How far apart the key frames of a stream are by these readings, s, or are at least; null: none has measured that. */
export function keyFramesApart(readings: readonly ProbeReading[]): number | null {
  const apartMs = largestKnown(readings.map(longestGopMs))
  return apartMs === null ? null : apartMs / 1_000
}
