import { z } from 'zod'
import { said } from './said.ts'
import { epochMs } from './time.ts'

/** Units in which the load of a media server is measured. */
export const sizingLoadSchema = z.enum(['streams', 'traffic', 'readers'])

/** The cost of one more typical stream: a line fitted to the history, `base + slope × load`. */
const costSchema = z.object({
  unit: z.enum(['percent', 'bytes', 'bps']),
  base: z.number(),
  load: sizingLoadSchema,
  /** Per stream, per reader, or per Mbit/s of traffic. */
  slope: z.number(),
  /** Readers or bit/s of a typical stream; 1 if the load is counted in streams. */
  loadOfStream: z.number(),
  moments: z.number(),
  /** 0 to 1. */
  explains: z.number(),
  perStream: z.number(),
})
export type SizingCost = z.infer<typeof costSchema>

/** Why the cost of a stream is unknown. */
const whySchema = z.discriminatedUnion('kind', [
  /** The host is not linked to a media server. */
  z.object({ kind: z.literal('notTied') }),
  z.object({ kind: z.literal('noInterface') }),
  /** The load hardly varied. */
  z.object({ kind: z.literal('steady') }),
  /** Both the host and its server must be read for this much longer. */
  z.object({ kind: z.literal('needsData'), minutes: z.number() }),
])
export type SizingWhy = z.infer<typeof whySchema>

const growthSchema = z.discriminatedUnion('kind', [
  /** Unknown until there are `ms` of history. */
  z.object({ kind: z.literal('notKnown'), ms: z.number() }),
  z.object({ kind: z.literal('none') }),
  z.object({ kind: z.literal('hardly') }),
  /** Percent of the limit. */
  z.object({ kind: z.literal('grows'), percentADay: z.number(), spanMs: z.number() }),
])
export type SizingGrowth = z.infer<typeof growthSchema>

/** What a limit was calculated from. */
const basisSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('load'),
    now: z.number(),
    /** null: the value is a percentage of the whole. */
    total: z.number().nullable(),
    limitPercent: z.number(),
    growth: growthSchema,
    cost: costSchema.nullable(),
  }),
  z.object({ kind: z.literal('disk'), usedPercent: z.number(), sizeBytes: z.number() }),
])
export type SizingBasis = z.infer<typeof basisSchema>

/** Forecast for a host from its own history: what more streams will cost, and when something runs out. */
export const sizingSchema = z.object({
  hostId: z.string(),
  /** Length of the history used, ms. */
  spanMs: z.number(),
  /** Why the cost of a stream is unknown; null: it is known. */
  why: whySchema.nullable(),
  words: said('sizingWhy', z.string().nullable().optional()),
  /** Cost of one more typical stream, with its formula so that it can be checked. */
  perStream: z
    .object({
      cpuPercent: z.number().nullable(),
      memoryBytes: z.number().nullable(),
      sentBps: z.number().nullable(),
      costs: z.array(z.object({ what: z.enum(['cpu', 'memory', 'network']), cost: costSchema })),
      formula: said('perStream', z.string().optional()),
    })
    .nullable(),
  limits: z.array(
    z.object({
      what: z.enum(['cpu', 'memory', 'network', 'disk']),
      name: z.string(),
      usedPercent: z.number(),
      /** Typical streams that still fit. */
      streamsLeft: z.number().nullable(),
      /** Whether there is enough history for a growth forecast: a day, or six hours for disks. */
      growthKnown: z.boolean(),
      /** At the growth seen so far; null: no growth, or unknown growth. */
      runsOutAt: epochMs.nullable(),
      basis: basisSchema,
      formula: said('sizingLimit', z.string().optional()),
    }),
  ),
})
export type Sizing = z.infer<typeof sizingSchema>
