import { z } from 'zod'
import { knownEntries } from './knownEntries.ts'
import { type MetricId, metricIds } from './metrics.ts'
import { subjectSchema } from './subjects.ts'

/** `seen`: the metrics prove it. `likely`, `possible`: the metrics are more or less consistent with it. */
export const surenessSchema = z.enum(['seen', 'likely', 'possible'])
export type Sureness = z.infer<typeof surenessSchema>

/** One clause of the explanation of an alarm, based on what was known when it was raised: evidence with its values, or a statement of what is unknown. */
const causeFactsSchema = z.discriminatedUnion('kind', [
  /** Up to the last poll before, `bps` arrived and nothing was lost. */
  z.object({ kind: z.literal('publisherClosed'), bps: z.number() }),
  /** Packets to the server within `windowMs`: lost for good and, with SRT, retransmitted; round trip and latency of SRT, null if unknown. */
  z.object({
    kind: z.literal('network'),
    lost: z.number(),
    repaired: z.number(),
    rttMs: z.number().nullable(),
    latencyMs: z.number().nullable(),
    windowMs: z.number(),
  }),
  /** `said`: the error that its server has reported about the pulled source for `forMs`. */
  z.object({ kind: z.literal('sourceRefuses'), said: z.string(), forMs: z.number() }),
  /** None of its tracks can be recorded in this format. */
  z.object({ kind: z.literal('unrecordable'), format: z.string(), codecs: z.array(z.string()) }),
  /** The process of its media server ended. `next`: pid of its replacement, null if there was none yet. */
  z.object({ kind: z.literal('processEnded'), pid: z.number(), next: z.number().nullable() }),
  /** `entry` of the configuration, to which its path belonged (its own, or a pattern), was removed: it was read without at `readAt`. */
  z.object({ kind: z.literal('pathRemoved'), entry: z.string(), readAt: z.number() }),
  z.object({ kind: z.literal('hostBusy'), cpu: z.number() }),
  z.object({ kind: z.literal('udpErrors'), perSecond: z.number() }),
  z.object({ kind: z.literal('diskBusy'), iowait: z.number() }),
  z.object({ kind: z.literal('diskFull'), mount: z.string(), used: z.number() }),
  z.object({ kind: z.literal('framesDiscarded'), frames: z.number(), windowMs: z.number() }),
  z.object({ kind: z.literal('onlyReaders'), readers: z.number(), of: z.number() }),
  /** Names of other consoles that could read the stream when this one could not, or (`downElsewhere`) could not read it either. */
  z.object({ kind: z.literal('readElsewhere'), at: z.array(z.string()) }),
  z.object({ kind: z.literal('downElsewhere'), at: z.array(z.string()) }),
  /** A canary could not be published to `server` by the protocol `by`; can be read back by other protocols; or, although published, by none of these. */
  z.object({ kind: z.literal('canaryNotPublished'), server: z.string(), by: z.string() }),
  z.object({ kind: z.literal('canaryReadBy'), server: z.string(), by: z.array(z.string()) }),
  z.object({ kind: z.literal('canaryReadByNone'), server: z.string(), by: z.array(z.string()) }),
  // Unknowns.
  z.object({ kind: z.literal('hostNotWatched') }),
  z.object({ kind: z.literal('hostNotRead'), forMs: z.number() }),
  z.object({ kind: z.literal('noFigures') }),
])
export type CauseFacts = z.infer<typeof causeFactsSchema>

export const causeSchema = z.object({
  facts: causeFactsSchema,
  sure: surenessSchema,
  /** Subject and metric of the evidence; null: none. */
  of: subjectSchema.nullable(),
  metric: z.enum(metricIds as [MetricId, ...MetricId[]]).nullable(),
})
export type Cause = z.infer<typeof causeSchema>

export const mostCauses = 8

/** Kinds that concern a server's host rather than one stream. */
const ofHost: ReadonlySet<CauseFacts['kind']> = new Set(['processEnded', 'hostBusy', 'udpErrors', 'diskBusy', 'diskFull', 'hostNotWatched', 'hostNotRead'])
export function isOfHost({ facts }: Cause): boolean {
  return ofHost.has(facts.kind)
}

/** Whether it says what is not known, rather than what is. */
export function isUnknown({ facts: { kind } }: { readonly facts: Pick<CauseFacts, 'kind'> }): boolean {
  return kind === 'hostNotWatched' || kind === 'noFigures'
}

/** Whether it says what is unknown, also of its host: for the page of an alarm, not for where there is room for little. */
export function isBesides(cause: Cause): boolean {
  return cause.facts.kind === 'hostNotRead' || isUnknown(cause)
}

/** Causes as they were stored: those of kinds that other versions have are left out. */
export const storedCausesSchema = z
  .array(z.unknown())
  .max(mostCauses)
  .transform((all) => knownEntries(causeSchema, all))
