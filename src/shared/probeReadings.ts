import { z } from 'zod'
import { canaryReadingSchema } from './canaryReadings.ts'
import { contentSchema } from './probeContent.ts'
import { hlsSchema, tsSchema } from './probeTransports.ts'

// What one look at a stream measures: the whole result that the media process hands out. Nothing here is judged.

const bounded = (most: number) => z.number().min(0).max(most)
const text = z.string().max(100)
const ms = z.number().min(0).max(86_400_000)

/** Packets of each kind, and what is wrong with them. */
const packetsSchema = z.object({
  video: bounded(1e9),
  /** null: audio was not read in this look. Reading a stream on and on, it is read in the first and then in every tenth look. */
  audio: bounded(1e9).nullable(),
  /** Subtitles, data, and streams beyond the first of their kind. */
  other: bounded(1e9),
  /** Which FFmpeg marks as corrupt: with MPEG-TS, after a gap in the continuity counter. null: an ffprobe before 6.0 does not say. */
  corrupt: bounded(1e9).nullable(),
  corruptBytes: bounded(1e15).nullable(),
})

/** Groups of pictures that began and ended while it was read. */
const gopSchema = z.object({
  count: bounded(1e6),
  /** Of the last one. */
  frames: bounded(1e6),
  /** By timestamps, ms: the last one, the median, the longest. */
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
  /** Of the picture as it is shown, such as `16:9`. */
  aspect: text.nullable(),
  /** Pictures per second that the header promises. */
  declaredFps: bounded(10_000).nullable(),
  /** Pictures per second by timestamps; null: too few to tell. */
  fps: bounded(10_000).nullable(),
  /** FFmpeg's names, such as `yuv420p`, `bt709` and `tv`. */
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

/** One look at a stream. Times are ms. */
export const probeReadingSchema = z.object({
  /** From the request to each step; null: it did not come, or this way of reading does not say. */
  response: z.object({
    /** Name of its host resolved. */
    dnsMs: ms.nullable(),
    /** TCP connection to it opened, without `dnsMs`; null with UDP. */
    connectMs: ms.nullable(),
    /** The server has answered and sends: everything up to here. */
    answerMs: ms,
    /** The first key frame is there, from the beginning. */
    keyframeMs: ms.nullable(),
  }),
  /** How long it was read. */
  wallMs: ms,
  /** How much of the stream that was, by its timestamps; null: too few packets to tell. */
  mediaMs: ms.nullable(),
  packets: packetsSchema,
  keyframes: bounded(1e9),
  /** null: no video. */
  video: videoSchema.nullable(),
  /** null: no audio. */
  audio: audioSchema.nullable(),
  /** null: no two key frames were seen. */
  gop: gopSchema.nullable(),
  /** Of all packets by their timestamps, bit/s; where audio is not read, it counts as when it was read last. null: too few to tell. */
  bitrateBps: bounded(1e13).nullable(),
  /** Steps of the video's timestamps that leave out at least two pictures and 200 ms. */
  ptsGaps: bounded(1e9),
  /** Steps of timestamps backwards, or by more than 10 s. */
  ptsJumps: bounded(1e9),
  /** How far audio is ahead of video as they arrive, ms, median; below 0: behind. null: not both. */
  audioAheadMs: z.number().min(-86_400_000).max(86_400_000).nullable(),
  /** What is in its pictures and sound; null: nothing is looked for, or this console can't decode. */
  content: contentSchema.nullable(),
  /** Its playlists; null: it has none, or they can't be read beside it. */
  hls: hlsSchema.nullable(),
  /** Its transport stream; null: it was not to be checked, is none, or can't be measured. */
  ts: tsSchema.nullable(),
  /** What the times in its pictures say; null: it is not our own test signal, or this console can't decode. */
  canary: canaryReadingSchema.nullable(),
})
export type ProbeReading = z.infer<typeof probeReadingSchema>
