import { z } from 'zod'
import { said } from './said.ts'
import { epochMs } from './time.ts'

/** Why the cost of a stream is unknown. */
const whySchema = z.discriminatedUnion('kind', [
  /** The host is not linked to a media server. */
  z.object({ kind: z.literal('notTied') }),
  /** The load hardly varied. */
  z.object({ kind: z.literal('steady') }),
  /** Both the host and its server must be read for this much longer. */
  z.object({ kind: z.literal('needsData'), minutes: z.number() }),
])
export type SizingWhy = z.infer<typeof whySchema>

/** Forecast for a host from its own history: what more streams will cost, and when something runs out. */
export const sizingSchema = z.object({
  hostId: z.string(),
  /** Length of the history used, ms. */
  spanMs: z.number(),
  /** Why the cost of a stream is unknown; null: it is known. */
  why: whySchema.nullable(),
  words: said('sizingWhy', z.string().nullable().optional()),
  /** Cost of one more typical stream, by a line fitted to the load that explains it best. */
  perStream: z
    .object({
      cpuPercent: z.number().nullable(),
      memoryBytes: z.number().nullable(),
      sentBps: z.number().nullable(),
    })
    .nullable(),
  limits: z.array(
    z.object({
      what: z.enum(['cpu', 'memory', 'network']),
      name: z.string(),
      usedPercent: z.number(),
      /** Typical streams that still fit. */
      streamsLeft: z.number().nullable(),
      /** Whether there is enough history for a growth forecast: a day. */
      growthKnown: z.boolean(),
      /** At the growth seen so far; null: no growth, or unknown growth. */
      runsOutAt: epochMs.nullable(),
    }),
  ),
})
export type Sizing = z.infer<typeof sizingSchema>
