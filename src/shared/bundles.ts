import { z } from 'zod'
import { view } from './permissions.ts'
import { refused } from './refusals.ts'
import { serverIdSchema } from './servers.ts'
import { serverSubject, serverSubjectSchema, streamSubject, streamSubjectSchema } from './subjects.ts'
import { epochMs } from './time.ts'

/** What goes into a bundle: a part of the history in one file, which can be opened where none of the servers can be reached. */
export const bundleInputSchema = z
  .object({
    from: epochMs,
    to: epochMs,
    /** Servers with all of their streams, and single streams with their server's own figures. Default: all servers in the history. */
    of: z
      .array(z.discriminatedUnion('kind', [serverSubjectSchema, streamSubjectSchema]))
      .max(11_000)
      .optional(),
    /** Older form of `of`: these servers or, if `streams` is given, only those of their streams. */
    serverIds: z.array(serverIdSchema).max(1000).optional(),
    streams: z
      .array(z.object({ serverId: serverIdSchema, path: z.string() }))
      .max(10_000)
      .optional(),
    /** A note for the person who opens the bundle. */
    note: z.string().max(2000).default(''),
  })
  .transform(({ serverIds, streams, ...input }) => {
    const older =
      streams
        ?.filter(({ serverId, path }) => path !== '' && (serverIds?.includes(serverId) ?? true))
        .map(({ serverId, path }) => streamSubject(serverId, path)) ?? serverIds?.map(serverSubject)
    return older === undefined ? input : { ...input, of: input.of ?? older }
  })
export type BundleInput = z.infer<typeof bundleInputSchema>

export const bundleMadeSchema = z.object({
  /** Suggested file name, such as `mtxdeck-2026-11-14-0312.mtxdeck`. */
  name: z.string(),
  bytes: z.number(),
  /** Where to fetch it, below the console's own address; valid for ten minutes. */
  link: z.string(),
  servers: z.number(),
  streams: z.number(),
  samples: z.number(),
  events: z.number(),
})
export type BundleCounts = Pick<BundleMade, 'servers' | 'streams' | 'samples' | 'events'>
export type BundleMade = z.infer<typeof bundleMadeSchema>

const errors = { NOTHING_KEPT: refused(404, 'nothingKept') } as const

export const bundlesContract = {
  make: view
    .errors(errors)
    .route({ method: 'POST', path: '/bundles', tags: ['bundles'] })
    .input(bundleInputSchema)
    .output(bundleMadeSchema),
}
