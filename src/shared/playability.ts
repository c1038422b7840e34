import { z } from 'zod'
import { serverErrorSchema } from './errors.ts'
import { operate, view } from './permissions.ts'
import { refused } from './refusals.ts'
import { said } from './said.ts'
import { serverIdSchema } from './servers.ts'
import { epochMs } from './time.ts'

/** Kinds of players, in display order. `srt` and `rtmp`: any player of that protocol. */
export const playabilityClients = ['browserWebrtc', 'browserHls', 'vlcRtsp', 'srt', 'rtmp'] as const
export type PlayabilityClient = (typeof playabilityClients)[number]

const codecs = z.array(z.string())
/** Why a player can't play a stream, or only in part. */
export const playabilityReasonSchema = z.discriminatedUnion('kind', [
  /** The server can't be reached. */
  z.object({ kind: z.literal('serverUnknown') }),
  z.object({ kind: z.literal('notOnAir') }),
  /** On demand: its tracks are known only once it is read. */
  z.object({ kind: z.literal('startsWhenRead') }),
  z.object({ kind: z.literal('tracksUnknown') }),
  z.object({ kind: z.literal('switchedOff'), setting: z.string() }),
  /** It is unknown whether the protocol is enabled. */
  z.object({ kind: z.literal('settingsUnknown') }),
  /** Available only with encryption, which this player does not support. */
  z.object({ kind: z.literal('encryptedOnly') }),
  /** The protocol supports none of its tracks. */
  z.object({ kind: z.literal('noTrack'), codecs }),
  /** It has neither picture nor sound. */
  z.object({ kind: z.literal('onlyData'), codecs }),
  /** The server passes on a track by RTSP whose codec it does not know. */
  z.object({ kind: z.literal('unknownCodec') }),
  /** hlsVariant mpegts supports only H264 and AAC, and fails for a stream with any other codec. */
  z.object({ kind: z.literal('variantCannot'), codecs }),
  /** The protocol does not support these tracks, or only since a newer version (`since`). */
  z.object({ kind: z.literal('leftOut'), codecs, since: z.string().nullable() }),
  /** This player has no decoder for them. */
  z.object({ kind: z.literal('playerLacks'), codecs }),
  /** Only some browsers play them. */
  z.object({ kind: z.literal('someBrowsers'), codecs }),
  z.object({ kind: z.literal('enhancedRtmp'), codecs }),
  /** H264 of this profile may contain B-frames, which WebRTC does not support; null: unknown profile. */
  z.object({ kind: z.literal('mayHaveBFrames'), profile: z.string().nullable() }),
  /** Low-latency HLS without HTTPS. */
  z.object({ kind: z.literal('appleNeedsTls') }),
  /** `seconds`: duration of the longest segment, if a test found it to be long. */
  z.object({ kind: z.literal('late'), seconds: z.number().nullable(), lowLatency: z.boolean() }),
  // Found by a test from this console.
  /** HLS had no segment in time, as key frames are `seconds` apart; null: not measured. */
  z.object({ kind: z.literal('noSegment'), seconds: z.number().nullable() }),
  z.object({ kind: z.literal('doorFails'), error: serverErrorSchema }),
  z.object({ kind: z.literal('noAnswer') }),
  z.object({ kind: z.literal('loopbackOnly'), bound: z.string() }),
  z.object({ kind: z.literal('otherProgram') }),
  /** Refused with the credentials of this console; others may be accepted. */
  z.object({ kind: z.literal('refusedHere'), status: z.number() }),
  z.object({ kind: z.literal('readFails'), status: z.number(), message: z.string() }),
])
export type PlayabilityReason = z.infer<typeof playabilityReasonSchema>

/** limited: it plays, but not completely, not everywhere or with a delay. */
export const playabilityVerdicts = ['plays', 'limited', 'cannot', 'unknown'] as const

const playabilityRowSchema = z.object({
  client: z.enum(playabilityClients),
  verdict: z.enum(playabilityVerdicts),
  reasons: z.array(playabilityReasonSchema),
  /** The reasons in words, in the requested language. Sent over REST only. */
  words: said('playabilityReasons', z.array(z.string()).optional()),
})
export type PlayabilityRow = z.infer<typeof playabilityRowSchema>

export const playabilitySchema = z.object({
  serverId: serverIdSchema,
  path: z.string(),
  at: epochMs,
  /** When a diagnosis tested it, if still valid; null: based on tracks and configuration alone. */
  triedAt: epochMs.nullable(),
  rows: z.array(playabilityRowSchema),
})
export type Playability = z.infer<typeof playabilitySchema>

/** How long a test result is valid, ms. */
export const tryCountsMs = 600_000

const tags = ['playability']
const errors = { NOT_FOUND: refused(404, 'noSuchStream') }
const path = '/servers/{serverId}/playability/{+path}' as const
const input = z.object({ serverId: serverIdSchema, path: z.string().min(1).max(1_000) })

export const playabilityContract = {
  /** Based on its tracks, its server's configuration, and its last diagnosis if at most ten minutes old. */
  ofStream: view
    .errors(errors)
    .route({ method: 'GET', path, tags, summary: 'By which players a stream plays, and why not' })
    .input(input)
    .output(playabilitySchema),
  /** Runs a diagnosis first. An on-demand source is not started. */
  attempt: operate.errors(errors).route({ method: 'POST', path, tags, summary: 'The same, after each way was tried' }).input(input).output(playabilitySchema),
}
