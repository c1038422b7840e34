import { z } from 'zod'
import { serverErrorSchema } from './errors.ts'
import { operate, view } from './permissions.ts'
import { refused } from './refusals.ts'
import { serverIdSchema } from './servers.ts'
import { epochMs } from './time.ts'

/** Kinds of players, in the order in which they are shown. `srt` and `rtmp`: any player of that protocol. */
export const playabilityClients = ['browserWebrtc', 'browserHls', 'vlcRtsp', 'srt', 'rtmp'] as const
export type PlayabilityClient = (typeof playabilityClients)[number]

const codecs = z.array(z.string())
/** Why a player can't play a stream, or not all of it. */
export const playabilityReasonSchema = z.discriminatedUnion('kind', [
  /** The server can't be asked. */
  z.object({ kind: z.literal('serverUnknown') }),
  z.object({ kind: z.literal('notOnAir') }),
  /** On demand: what it consists of is known when somebody reads it. */
  z.object({ kind: z.literal('startsWhenRead') }),
  z.object({ kind: z.literal('tracksUnknown') }),
  z.object({ kind: z.literal('switchedOff'), setting: z.string() }),
  /** Whether the protocol is switched on is not known. */
  z.object({ kind: z.literal('settingsUnknown') }),
  /** Only with encryption, which this player has not. */
  z.object({ kind: z.literal('encryptedOnly') }),
  /** The protocol carries none of its tracks. */
  z.object({ kind: z.literal('noTrack'), codecs }),
  /** hlsVariant mpegts takes H264 and AAC only, and gives nothing of a stream that has something else. */
  z.object({ kind: z.literal('variantCannot'), codecs }),
  /** The protocol carries these tracks not at all, or since a newer version. */
  z.object({ kind: z.literal('leftOut'), codecs, since: z.string().nullable() }),
  /** This player has no decoder for them. */
  z.object({ kind: z.literal('playerLacks'), codecs }),
  /** Some browsers play them, most not everywhere. */
  z.object({ kind: z.literal('someBrowsers'), codecs }),
  z.object({ kind: z.literal('enhancedRtmp'), codecs }),
  /** H264 of this profile may contain B-frames, which WebRTC has not; null: the profile is not known. */
  z.object({ kind: z.literal('mayHaveBFrames'), profile: z.string().nullable() }),
  /** Low-latency HLS without HTTPS. */
  z.object({ kind: z.literal('appleNeedsTls') }),
  /** `seconds`: of the longest segment, if a try found it long. */
  z.object({ kind: z.literal('late'), seconds: z.number().nullable(), lowLatency: z.boolean() }),
  // Found by a try from this console.
  z.object({ kind: z.literal('doorFails'), error: serverErrorSchema }),
  z.object({ kind: z.literal('noAnswer') }),
  z.object({ kind: z.literal('loopbackOnly'), bound: z.string() }),
  z.object({ kind: z.literal('otherProgram') }),
  /** With the credentials of this console; others may be let in. */
  z.object({ kind: z.literal('refusedHere'), status: z.number() }),
  z.object({ kind: z.literal('readFails'), status: z.number(), message: z.string() }),
])
export type PlayabilityReason = z.infer<typeof playabilityReasonSchema>

/** limited: it plays, but not everything, not everywhere or late. */
export const playabilityVerdicts = ['plays', 'limited', 'cannot', 'unknown'] as const

const playabilityRowSchema = z.object({
  client: z.enum(playabilityClients),
  verdict: z.enum(playabilityVerdicts),
  reasons: z.array(playabilityReasonSchema),
  /** The reasons in words, in the requested language. Sent over REST only. */
  words: z.array(z.string()).optional(),
})
export type PlayabilityRow = z.infer<typeof playabilityRowSchema>

export const playabilitySchema = z.object({
  serverId: serverIdSchema,
  path: z.string(),
  at: epochMs,
  /** When a diagnosis tried it, if that counts still; null: judged by tracks and configuration alone. */
  triedAt: epochMs.nullable(),
  rows: z.array(playabilityRowSchema),
})
export type Playability = z.infer<typeof playabilitySchema>

/** So long a try counts, ms. */
export const tryCountsMs = 600_000

const tags = ['playability']
const errors = { NOT_FOUND: refused(404, 'noSuchStream') }
const path = '/servers/{serverId}/playability/{+path}' as const
const input = z.object({ serverId: serverIdSchema, path: z.string().min(1).max(1_000) })

export const playabilityContract = {
  /** By its tracks and its server's configuration, and by the last diagnosis of it that is not older than ten minutes. */
  ofStream: view
    .errors(errors)
    .route({ method: 'GET', path, tags, summary: 'By which players a stream plays, and why not' })
    .input(input)
    .output(playabilitySchema),
  /** Diagnoses it first. A source on demand is not started. */
  attempt: operate.errors(errors).route({ method: 'POST', path, tags, summary: 'The same, after each way was tried' }).input(input).output(playabilitySchema),
}
