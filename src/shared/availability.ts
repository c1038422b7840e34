import { z } from 'zod'
import { patternSchema } from './patterns.ts'
import { view } from './permissions.ts'
import { serverStreamOrProbeSchema } from './subjects.ts'
import { askedMs, epochMs } from './time.ts'

/** Longest period of a report, days. */
export const mostAvailabilityDays = 93
/** So many streams, servers and probes are looked at. */
export const mostAvailabilitySubjects = 20_000
export const availabilityKinds = ['stream', 'server', 'probe'] as const

/** Times are ms. Expected are up, down, unknown and in maintenance together; all other time does not count. */
const times = {
  /** Up of what is known and not in maintenance, percent; null: nothing is known. */
  percent: z.number().nullable(),
  upMs: z.number(),
  downMs: z.number(),
  /** Expected, but nobody knows: this console or, for a stream, its server could not be asked. */
  unknownMs: z.number(),
  maintenanceMs: z.number(),
  /** Of outages only what counts as down. */
  outages: z.number(),
  longestMs: z.number(),
}
const availabilityRowSchema = z.object({
  subject: serverStreamOrProbeSchema,
  /** Of the server, that of the stream, or the probe. */
  name: z.string(),
  ...times,
  /** Mean time to repair: how long an outage lasted; null: there was none. */
  repairMs: z.number().nullable(),
  isDown: z.boolean(),
  /** Known to two hours only, because too much changed: outages that are close together count as one. */
  isCoarse: z.boolean(),
})
export type AvailabilityRow = z.infer<typeof availabilityRowSchema>

export const availabilitySchema = z.object({
  from: epochMs,
  to: epochMs,
  /** The least available first. */
  rows: z.array(availabilityRowSchema),
  /** Of all of them, as if they were one; the longest outage is that of the worst. */
  all: z.object({ ...times, repairMs: z.number().nullable() }),
  total: z.number(),
  /** How many there are beyond those that are looked at. */
  left: z.number(),
})
export type Availability = z.infer<typeof availabilitySchema>

export const availabilityInputSchema = z
  .object({
    /** Left out: 30 days before `to`. */
    from: askedMs.optional(),
    /** Left out: now. */
    to: askedMs.optional(),
    of: z.enum(availabilityKinds).optional(),
    /** Name or id of a server. */
    server: z.string().min(1).max(200).optional(),
    /** A name, a pattern with `*`, or a regular expression after `~`. */
    path: patternSchema.optional(),
    tag: z.string().min(1).max(200).optional(),
    /** Of REST: CSV comes as a file. */
    format: z.enum(['json', 'csv']).optional(),
    limit: z.coerce.number().int().min(1).max(mostAvailabilitySubjects).default(1_000),
    offset: z.coerce.number().int().min(0).max(mostAvailabilitySubjects).default(0),
  })
  .prefault({})
export type AvailabilityInput = z.output<typeof availabilityInputSchema>

export const availabilityContract = {
  read: view
    .route({
      method: 'GET',
      path: '/availability',
      tags: ['history'],
      summary: 'How much of a period streams, servers and probes were available, and their outages',
    })
    .input(availabilityInputSchema)
    .output(availabilitySchema),
}
