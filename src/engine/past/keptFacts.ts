import { z } from 'zod'
import { reasonSchema } from '../../shared/reasons.ts'
import { serverSchema } from '../../shared/servers.ts'
import { streamFactsSchema } from '../../shared/streams.ts'
import { epochMs } from '../../shared/time.ts'

/** A reason of a newer version is not known. */
const keptWhy = reasonSchema.nullable().catch(null)
/** Earlier versions kept the English sentence of a reason. */
const withWhy = (kept: unknown): unknown =>
  typeof kept === 'object' && kept !== null && 'reason' in kept && typeof kept.reason === 'string'
    ? { ...kept, why: { kind: 'told', text: kept.reason } }
    : kept

/**
 * What history keeps of a stream beside its samples: told on each change (`History.describe`), so nothing in it changes
 * with each poll. While a stream is live, `lastLiveAt` is the time of its newest sample, and null here. While its server
 * can't be asked, what the server is told of (`KeptServer.streams`) goes before what is told of the stream.
 */
export const keptStreamSchema = z.preprocess(
  withWhy,
  streamFactsSchema.omit({ slot: true, serverId: true, path: true, reason: true }).extend({
    why: keptWhy,
    // Earlier versions kept none.
    outageSince: epochMs.nullable().default(null),
  }),
)
export type KeptStream = z.infer<typeof keptStreamSchema>

/** What a server's streams have in common. */
const streamsStandingSchema = z.object({
  /** Whether streams were told of in this launch; false: what is kept of them comes from an earlier one. */
  told: z.boolean(),
  /** Its streams are unknown: why, since when, and the slot of the last answer before (null: none in this launch). */
  lost: z.preprocess(withWhy, z.object({ why: keptWhy, since: epochMs, seenAt: epochMs.nullable() })).nullable(),
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
    cautions: serverSchema.shape.cautions.catch([]),
    isSilent: z.boolean().default(false),
    notBackYet: serverSchema.shape.notBackYet.default(null),
    addressesAssumed: z.boolean().default(false),
  })
export type KeptServer = z.infer<typeof keptServerSchema>
