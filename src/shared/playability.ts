import { z } from 'zod'
import { diagnosisEndpointSchema, diagnosisFoundSchema } from './diagnosis.ts'
import { view } from './permissions.ts'
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
  /** The server does not answer, has not named the tracks yet, or its configuration was never read. */
  z.object({ kind: z.literal('notKnown') }),
  z.object({ kind: z.literal('notOnAir') }),
  /** On demand: its tracks are known only once it is read. */
  z.object({ kind: z.literal('startsWhenRead') }),
  z.object({ kind: z.literal('switchedOff'), setting: z.string() }),
  /** Available only with encryption, which this player does not support. */
  z.object({ kind: z.literal('encryptedOnly') }),
  /** The protocol supports none of its tracks. */
  z.object({ kind: z.literal('noTrack'), codecs }),
  /** hlsVariant mpegts supports only H264 and AAC, and fails for a stream with any other codec. */
  z.object({ kind: z.literal('variantCannot'), codecs }),
  /** The protocol does not support these tracks, or only since a newer version (`since`). */
  z.object({ kind: z.literal('leftOut'), codecs, since: z.string().nullable() }),
  /** This player has no decoder for them. */
  z.object({ kind: z.literal('playerLacks'), codecs }),
  /** Only some players of this kind have one: some browsers, or those of Enhanced RTMP. */
  z.object({ kind: z.literal('fewPlayers'), codecs }),
  /** H264 of this profile may contain B-frames, which WebRTC does not support. */
  z.object({ kind: z.literal('mayHaveBFrames') }),
  /** Low-latency HLS without HTTPS. */
  z.object({ kind: z.literal('appleNeedsTls') }),
  /** Found by a diagnosis from this console. Reading that is refused to it may be allowed to others. */
  z.object({ kind: z.literal('tried'), endpoint: diagnosisEndpointSchema, found: diagnosisFoundSchema }),
])
export type PlayabilityReason = z.infer<typeof playabilityReasonSchema>

/** limited: it plays, but not completely, not everywhere or with a delay. */
export const playabilityVerdicts = ['plays', 'limited', 'cannot', 'unknown'] as const

const playabilityRowSchema = z.object({
  client: z.enum(playabilityClients),
  verdict: z.enum(playabilityVerdicts),
  reasons: z.array(playabilityReasonSchema),
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

export const playabilityContract = {
  /** Based on its tracks, its server's configuration, and its last diagnosis if at most ten minutes old. */
  ofStream: view
    .errors({ NOT_FOUND: refused(404, 'noSuch') })
    .route({ method: 'GET', path: '/servers/{serverId}/playability/{+path}', tags: ['playability'], summary: 'By which players a stream plays, and why not' })
    .input(z.object({ serverId: serverIdSchema, path: z.string().min(1).max(1_000) }))
    .output(playabilitySchema),
}
