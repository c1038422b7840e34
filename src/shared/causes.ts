import { z } from 'zod'
import { type MetricId, metricIds } from './metrics.ts'
import { subjectSchema } from './subjects.ts'

/** `seen`: the figures show it. `likely`, `possible`: they fit what is wrong, more or less. */
export const surenessSchema = z.enum(['seen', 'likely', 'possible'])
export type Sureness = z.infer<typeof surenessSchema>

/** A clause of why something went wrong, by what was known when it was raised. Each has its figures, or says what is not known. */
export const causeFactsSchema = z.discriminatedUnion('kind', [
  /** Until the last poll before, `bps` arrived and nothing was lost. */
  z.object({ kind: z.literal('publisherClosed'), bps: z.number() }),
  /** Packets to the server within `windowMs`: lost for good and, of SRT, sent again; with its round trip and latency, null: not known. */
  z.object({
    kind: z.literal('network'),
    lost: z.number(),
    repaired: z.number(),
    rttMs: z.number().nullable(),
    latencyMs: z.number().nullable(),
    windowMs: z.number(),
  }),
  /** What its server says of the source that it pulls, for so long. */
  z.object({ kind: z.literal('sourceRefuses'), said: z.string(), forMs: z.number() }),
  /** The process of its media server ended, and `next` took its place; null: none had by then. */
  z.object({ kind: z.literal('processEnded'), pid: z.number(), next: z.number().nullable() }),
  z.object({ kind: z.literal('hostBusy'), cpu: z.number() }),
  z.object({ kind: z.literal('udpErrors'), perSecond: z.number() }),
  z.object({ kind: z.literal('diskBusy'), iowait: z.number() }),
  z.object({ kind: z.literal('diskFull'), mount: z.string(), used: z.number() }),
  z.object({ kind: z.literal('framesDiscarded'), frames: z.number(), windowMs: z.number() }),
  z.object({ kind: z.literal('onlyReaders'), readers: z.number(), of: z.number() }),
  z.object({ kind: z.literal('othersLive'), live: z.number() }),
  /** Other consoles, by name, that read the same stream when it could not be read here, or could not either. */
  z.object({ kind: z.literal('readElsewhere'), at: z.array(z.string()) }),
  z.object({ kind: z.literal('downElsewhere'), at: z.array(z.string()) }),
  /** Of a canary: this console could not publish it to `server`, by this protocol; it is read back by others; or by none of these, although it is published. */
  z.object({ kind: z.literal('canaryNotPublished'), server: z.string(), by: z.string() }),
  z.object({ kind: z.literal('canaryReadBy'), server: z.string(), by: z.array(z.string()) }),
  z.object({ kind: z.literal('canaryReadByNone'), server: z.string(), by: z.array(z.string()) }),
  z.object({ kind: z.literal('hostFine'), cpu: z.number() }),
  // What is not known.
  z.object({ kind: z.literal('hostNotWatched') }),
  z.object({ kind: z.literal('hostNotRead'), forMs: z.number() }),
  z.object({ kind: z.literal('noFigures') }),
])
export type CauseFacts = z.infer<typeof causeFactsSchema>

export const causeSchema = z.object({
  facts: causeFactsSchema,
  sure: surenessSchema,
  /** Where its evidence is: of what, and the metric that shows it; null: none does. */
  of: subjectSchema.nullable(),
  metric: z.enum(metricIds as [MetricId, ...MetricId[]]).nullable(),
})
export type Cause = z.infer<typeof causeSchema>

/** Most clauses of one alarm. */
export const mostCauses = 8

/** Kinds that say something of a server's host, and not of one stream. */
const ofHost: ReadonlySet<CauseFacts['kind']> = new Set([
  'processEnded',
  'hostBusy',
  'udpErrors',
  'diskBusy',
  'diskFull',
  'hostFine',
  'hostNotWatched',
  'hostNotRead',
])
export const isOfHost = ({ facts }: Cause): boolean => ofHost.has(facts.kind)
