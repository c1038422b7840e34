import { z } from 'zod'
import { epochMs } from './time.ts'

/** What load of a media server is measured in. */
export const sizingLoadSchema = z.enum(['streams', 'traffic', 'readers'])
export type SizingLoad = z.infer<typeof sizingLoadSchema>

/** What one more stream of the usual kind costs: a line through the history, `base + slope × load`. */
const costSchema = z.object({
  unit: z.enum(['percent', 'bytes', 'bps']),
  base: z.number(),
  load: sizingLoadSchema,
  /** For each stream, each reader, or each Mbit/s of traffic. */
  slope: z.number(),
  /** Readers, or bit/s, of a usual stream; 1 where streams are counted. */
  loadOfStream: z.number(),
  moments: z.number(),
  /** 0 to 1. */
  explains: z.number(),
  perStream: z.number(),
})
export type SizingCost = z.infer<typeof costSchema>

/** Why the cost of a stream cannot be told. */
const whySchema = z.discriminatedUnion('kind', [
  /** To no media server. */
  z.object({ kind: z.literal('notTied') }),
  z.object({ kind: z.literal('noInterface') }),
  /** The load hardly changed. */
  z.object({ kind: z.literal('steady') }),
  /** Both the host and its server must have been read for so long more. */
  z.object({ kind: z.literal('needsData'), minutes: z.number() }),
])
export type SizingWhy = z.infer<typeof whySchema>

const growthSchema = z.discriminatedUnion('kind', [
  /** Not known before `ms` of history. */
  z.object({ kind: z.literal('notKnown'), ms: z.number() }),
  z.object({ kind: z.literal('none') }),
  z.object({ kind: z.literal('hardly') }),
  /** Percent of the limit. */
  z.object({ kind: z.literal('grows'), percentADay: z.number(), spanMs: z.number() }),
])
export type SizingGrowth = z.infer<typeof growthSchema>

/** What a limit was reckoned from. */
const basisSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('load'),
    now: z.number(),
    /** null: percent of the whole. */
    total: z.number().nullable(),
    limitPercent: z.number(),
    growth: growthSchema,
    cost: costSchema.nullable(),
  }),
  z.object({ kind: z.literal('disk'), usedPercent: z.number(), sizeBytes: z.number() }),
])
export type SizingBasis = z.infer<typeof basisSchema>

/** Its sentences come over REST alone, in the language that was asked for; else `sizingWords` makes them. */
const sentence = z.string().optional()

/** What the next streams of a host will cost and when something runs out, from its own history. */
export const sizingSchema = z.object({
  hostId: z.string(),
  /** How much history the answer stands on, ms; and why there is no cost of a stream. */
  spanMs: z.number(),
  why: whySchema.nullable(),
  words: z.string().nullable().optional(),
  /** What one more stream of the usual kind costs, for whoever checks it with its formula. */
  perStream: z
    .object({
      cpuPercent: z.number().nullable(),
      memoryBytes: z.number().nullable(),
      sentBps: z.number().nullable(),
      costs: z.array(z.object({ what: z.enum(['cpu', 'memory', 'network']), cost: costSchema })),
      formula: sentence,
    })
    .nullable(),
  limits: z.array(
    z.object({
      what: z.enum(['cpu', 'memory', 'network', 'disk']),
      name: z.string(),
      usedPercent: z.number(),
      /** Streams of the usual kind that still fit. */
      streamsLeft: z.number().nullable(),
      /** Whether there is enough history to tell growth: a day, of disks six hours. */
      growthKnown: z.boolean(),
      /** At the growth of its history; null: it does not grow, or its growth is not known. */
      runsOutAt: epochMs.nullable(),
      basis: basisSchema,
      formula: sentence,
    }),
  ),
})
export type Sizing = z.infer<typeof sizingSchema>
