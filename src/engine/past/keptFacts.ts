import { z } from 'zod'
import { reasonSchema } from '../../shared/reasons.ts'
import { serverSchema } from '../../shared/servers.ts'
import { expectationSchema, streamFactsSchema } from '../../shared/streams.ts'
import { epochMs } from '../../shared/time.ts'

/** A reason stored by a newer version may be unknown here, and becomes null. */
const keptWhy = reasonSchema.nullable().catch(null)

/**
 * The facts that history keeps of a stream beside its samples. They are stored on each change (`History.describe`), so no field
 * may change with each poll: while a stream is live `lastLiveAt` is null here, and taken from its newest sample. While its
 * server can't be polled, `KeptServer.streams` takes precedence over the stream's own facts.
 */
export const keptStreamSchema = streamFactsSchema.omit({ slot: true, serverId: true, path: true, reason: true }).extend({
  why: keptWhy,
  // A newer version may know others who expect streams.
  expectedBy: expectationSchema.optional().catch(undefined),
})
export type KeptStream = z.infer<typeof keptStreamSchema>

/** The facts that all of a server's streams share. */
const streamsStatusSchema = z.object({
  /** Whether stream facts were stored in this launch; false: those in history come from an earlier launch. */
  told: z.boolean(),
  /** Set while its streams are unknown: why, since when, and the slot of the last answer before that (null: none in this launch). */
  lost: z.object({ why: keptWhy, since: epochMs, seenAt: epochMs.nullable() }).nullable(),
})
export type StreamsStatus = z.infer<typeof streamsStatusSchema>

/** The facts that history keeps of a server beside its samples. They hold neither secrets nor the user's name. */
export const keptServerSchema = serverSchema
  .omit({
    id: true,
    answerMs: true,
    roundMs: true,
    nextTryAt: true,
    clockSkewMs: true,
    cost: true,
    totals: true,
  })
  .extend({
    /** Start time of the engine that stored these facts. */
    launchedAt: epochMs,
    streams: streamsStatusSchema,
    /** Set only while its polls fail; otherwise it is the time of the newest sample. */
    lastAnswerAt: epochMs.nullable(),
    // A newer version may know others.
    cautions: serverSchema.shape.cautions.catch([]),
  })
export type KeptServer = z.infer<typeof keptServerSchema>
