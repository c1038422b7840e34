import { z } from 'zod'
import { serverSchema } from '../../shared/servers.ts'
import { streamFactsSchema } from '../../shared/streams.ts'
import { epochMs } from '../../shared/time.ts'

/**
 * What history keeps of a stream beside its samples: told on each change (`History.describe`), so nothing in it changes
 * with each poll. While a stream is live, `lastLiveAt` is the time of its newest sample, and null here. While its server
 * can't be asked, what the server is told of (`KeptServer.streams`) goes before what is told of the stream.
 */
export const keptStreamSchema = streamFactsSchema.omit({ slot: true, serverId: true, path: true }).extend({
  // Earlier versions kept none.
  outageSince: epochMs.nullable().default(null),
})
export type KeptStream = z.infer<typeof keptStreamSchema>

/** What a server's streams have in common. */
const streamsStandingSchema = z.object({
  /** Whether streams were told of in this launch; false: what is kept of them comes from an earlier one. */
  told: z.boolean(),
  /** Its streams are unknown: why in words, since when, and the slot of the last answer before (null: none in this launch). */
  lost: z.object({ reason: z.string(), since: epochMs, seenAt: epochMs.nullable() }).nullable(),
})
export type StreamsStanding = z.infer<typeof streamsStandingSchema>

/** What history keeps of a server beside its samples. Neither secrets nor the user's name. */
export const keptServerSchema = serverSchema
  .omit({
    id: true,
    answerMs: true,
    roundMs: true,
    leftOut: true,
    nextTryAt: true,
    clockSkewMs: true,
    sessionsAgeMs: true,
    cost: true,
    totals: true,
  })
  .extend({
    /** When the engine that told this was started. */
    launchedAt: epochMs,
    streams: streamsStandingSchema,
    // Earlier versions kept none of these.
    /** While its polls fail; samples tell it otherwise. */
    lastAnswerAt: epochMs.nullable().default(null),
    outageSince: epochMs.nullable().default(null),
    isSilent: z.boolean().default(false),
    notBackYet: serverSchema.shape.notBackYet.default(null),
    addressesAssumed: z.boolean().default(false),
  })
export type KeptServer = z.infer<typeof keptServerSchema>
