import { z } from 'zod'
import { patternSchema } from './patterns.ts'
import { view } from './permissions.ts'
import { serverStreamOrProbeSchema } from './subjects.ts'
import { askedMs, epochMs } from './time.ts'

export const mostAvailabilityDays = 93
export const mostAvailabilitySubjects = 20_000
export const availabilityKinds = ['stream', 'server', 'probe'] as const

/** Times in ms. Up, down, unknown and maintenance together make up the expected time; all other time does not count. */
const times = {
  /** Up time as a percentage of up and down time (known, not in maintenance); null: nothing is known. */
  percent: z.number().nullable(),
  upMs: z.number(),
  downMs: z.number(),
  /** Expected, but its state is unknown: this console was not watching or, for a stream, its server could not be polled. */
  unknownMs: z.number(),
  maintenanceMs: z.number(),
  /** Number of outages, and the longest one, counting only down time. */
  outages: z.number(),
  longestMs: z.number(),
}
const availabilityRowSchema = z.object({
  subject: serverStreamOrProbeSchema,
  /** Name of the server, of the stream's server, or of the probe. */
  name: z.string(),
  ...times,
  /** Mean time to repair (mean duration of an outage); null: no outage. */
  repairMs: z.number().nullable(),
  isDown: z.boolean(),
  /** Computed at a resolution of two hours, because too much changed: outages close together count as one. */
  isCoarse: z.boolean(),
})
export type AvailabilityRow = z.infer<typeof availabilityRowSchema>

export const availabilitySchema = z.object({
  from: epochMs,
  to: epochMs,
  /** Least available first. */
  rows: z.array(availabilityRowSchema),
  /** Totals over all subjects, as if they were one; the longest outage is the longest of any. */
  all: z.object({ ...times, repairMs: z.number().nullable() }),
  total: z.number(),
  /** Number of subjects beyond the maximum, which are not examined. */
  left: z.number(),
  /** Number of subjects without any time that counts, such as streams that never were on air. */
  notCounted: z.number(),
})
export type Availability = z.infer<typeof availabilitySchema>

export const availabilityInputSchema = z
  .object({
    /** Default: 30 days before `to`. */
    from: askedMs.optional(),
    /** Default: now. */
    to: askedMs.optional(),
    of: z.enum(availabilityKinds).optional(),
    /** Name or id of a server. */
    server: z.string().min(1).max(200).optional(),
    /** A name, a pattern with `*`, or a regular expression after `~`. */
    path: patternSchema.optional(),
    tag: z.string().min(1).max(200).optional(),
    /** REST only; CSV is sent as a file. */
    format: z.enum(['json', 'csv']).optional(),
    limit: z.coerce.number().int().min(1).max(mostAvailabilitySubjects).default(1_000),
    offset: z.coerce.number().int().min(0).max(mostAvailabilitySubjects).default(0),
  })
  .prefault({})
export type AvailabilityInput = z.output<typeof availabilityInputSchema>

/** When an outage was over, as an event of at most `maxMs` tells it that was seen then. */
export function outageEnd(since: number, maxMs: number, seenAt: number): number {
  return Math.min(seenAt, since + maxMs)
}

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
