import { z } from 'zod'
import { fieldValueSchema } from './naming.ts'
import { view } from './permissions.ts'
import { serverIdSchema } from './servers.ts'
import { askedMs, epochMs } from './time.ts'

/** Most streams whose lives are read at once. */
export const mostLivedStreams = 300
/** Most fields of names that lives are asked by. */
export const mostLivesFields = 20
/** Most lives of one stream: the newest are kept. */
export const mostLives = 200
/** Longest period, ms: 31 days. */
const longestMs = 31 * 86_400_000
export const usualLivesMs = 86_400_000

/** One time on air of a stream, by what history keeps of its state, readers and bit rate; as exact as `resolutionMs`. */
export const lifeSchema = z.object({
  /** When it was listed and not on air yet, just before; null: it was on air when it was first seen. */
  created: epochMs.nullable(),
  /** When its publisher or source was ready; null: before the period. */
  active: epochMs.nullable(),
  /** When somebody read it first; null: nobody did, as far as it was seen, or somebody did already as the period began. */
  watched: epochMs.nullable(),
  watchedBefore: z.boolean(),
  /** When it was off air again; null: it was not by the end of the period. */
  gone: epochMs.nullable(),
  /** Its end was not seen: its server or this console was away, and it is the last moment that it was seen. */
  goneUnseen: z.boolean(),
  /** Within the period. */
  durationMs: z.number(),
  peakReaders: z.number().nullable(),
  /** Received, from its bit rates, bytes; null: not known. */
  bytes: z.number().nullable(),
})
export type Life = z.infer<typeof lifeSchema>

const livesOfStreamSchema = z.object({
  serverId: serverIdSchema,
  server: z.string(),
  path: z.string(),
  /** Of its name, by the naming template that fits it. Left out: none fits. */
  fields: z.record(z.string(), z.string()).optional(),
  /** Newest first. */
  lives: z.array(lifeSchema),
})
export type LivesOfStream = z.infer<typeof livesOfStreamSchema>

export const livesSchema = z.object({
  from: epochMs,
  to: epochMs,
  /** Times are exact to so many ms; 0: to single polls. */
  resolutionMs: z.number(),
  streams: z.array(livesOfStreamSchema),
  /** Streams beyond those that are looked at. */
  left: z.number().int(),
})
export type Lives = z.infer<typeof livesSchema>

export const livesInputSchema = z.object({
  serverId: serverIdSchema.optional(),
  path: z.string().min(1).max(1_000).optional(),
  /** Fields of names: `examId=exam_123`. */
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
