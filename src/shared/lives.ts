import { z } from 'zod'
import { fieldValueSchema } from './naming.ts'
import { view } from './permissions.ts'
import { serverIdSchema } from './servers.ts'
import { askedMs, epochMs } from './time.ts'

export const mostLivedStreams = 300
export const mostLivesFields = 20
export const mostLives = 200
/** Longest period, ms: 31 days. */
const longestMs = 31 * 86_400_000
export const usualLivesMs = 86_400_000

/** One period on air of a stream, derived from its state, readers and bit rate in history; accurate to `resolutionMs`. */
const lifeSchema = z.object({
  /** When it was first listed before going on air; null: it was already on air when first seen. */
  created: epochMs.nullable(),
  /** When its publisher or source was ready; null: before the period. */
  active: epochMs.nullable(),
  /** When it had its first reader; null: no reader was seen, or it already had one when the period began. */
  watched: epochMs.nullable(),
  watchedBefore: z.boolean(),
  /** When it went off air; null: it was still on air at the end of the period. */
  gone: epochMs.nullable(),
  /** The end was not observed because its server or this console was unavailable; `gone` is then when it was last seen. */
  goneUnseen: z.boolean(),
  /** Within the period. */
  durationMs: z.number(),
  peakReaders: z.number().nullable(),
  /** Bytes received, computed from its bit rates; null: unknown. */
  bytes: z.number().nullable(),
})
export type Life = z.infer<typeof lifeSchema>

const livesOfStreamSchema = z.object({
  serverId: serverIdSchema,
  server: z.string(),
  path: z.string(),
  /** Fields of its name according to the matching naming template. Omitted: none matches. */
  fields: z.record(z.string(), z.string()).optional(),
  /** Newest first. */
  lives: z.array(lifeSchema),
})
export type LivesOfStream = z.infer<typeof livesOfStreamSchema>

const livesSchema = z.object({
  from: epochMs,
  to: epochMs,
  /** Accuracy of times, ms; 0: single polls. Beginnings and ends are more accurate where samples are kept. */
  resolutionMs: z.number(),
  streams: z.array(livesOfStreamSchema),
  /** Number of streams beyond the maximum, which are not included. */
  left: z.number().int(),
})
export type Lives = z.infer<typeof livesSchema>

const livesInputSchema = z.object({
  serverId: serverIdSchema.optional(),
  path: z.string().min(1).max(1_000).optional(),
  /** Filter by name fields, such as `examId=exam_123`. */
  where: z.union([fieldValueSchema.transform((one) => [one]), z.array(fieldValueSchema).max(mostLivesFields)]).optional(),
  /** Default: `lastMs` before `to`. */
  from: askedMs.optional(),
  lastMs: z.coerce.number().int().min(10_000).max(longestMs).default(usualLivesMs),
  /** Default: now. */
  to: askedMs.optional(),
})
export type LivesInput = z.infer<typeof livesInputSchema>

export const livesContract = {
  lives: view
    .route({ method: 'GET', path: '/streams/lives', tags: ['streams'], summary: 'When streams were created, active, watched and gone in a period' })
    .input(livesInputSchema)
    .output(livesSchema),
}
export const longestLivesMs = longestMs
