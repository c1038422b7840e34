import { z } from 'zod'
import { canaryReadingSchema } from './canaryReadings.ts'
import { contentSchema } from './probeContent.ts'
import { hlsSchema, tsSchema } from './probeTransports.ts'

// Measurements of one look at a stream: the complete result returned by the media process. Nothing here is evaluated.

const bounded = (most: number) => z.number().min(0).max(most)
const text = z.string().max(100)
const ms = z.number().min(0).max(86_400_000)

/** Number of packets of each kind, and of corrupt ones. */
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
  /** Frames of the last one. */
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
  /** FFmpeg's names, such as `yuv420p`; below, `bt709` and `tv`. */
  pixelFormat: text.nullable(),
  colourSpace: text.nullable(),
  colourRange: text.nullable(),
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
  const known = readings.flatMap((reading) => longestGopMs(reading) ?? [])
  return known.length === 0 ? null : Math.max(...known) / 1_000
}
