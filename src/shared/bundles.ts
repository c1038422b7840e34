import { z } from 'zod'
import { view } from './permissions.ts'
import { refused } from './refusals.ts'
import type { SubjectOf } from './subjectNames.ts'
import { probeSubjectSchema, serverSubjectSchema, streamSubjectSchema } from './subjects.ts'
import { epochMs } from './time.ts'

export const mostBundledPictures = 20_000

export const bundledSessions = ['all', 'hidden'] as const

/** Selects the contents of a bundle: a part of the history in one file, which can be opened without access to any of the servers. */
export const bundleInputSchema = z.object({
  from: epochMs,
  to: epochMs,
  /**
   * Servers with all of their streams, single streams with their server's own figures, and probes. Probes that read selected streams are
   * included. Default: everything in the history except hosts, of which a bundle has the alarms alone.
   */
  of: z
    .array(z.discriminatedUnion('kind', [serverSubjectSchema, streamSubjectSchema, probeSubjectSchema]))
    .max(11_000)
    .optional(),
  /** Include pictures: the evidence for probe faults, those of daily checks, and snapshots. */
  pictures: z.boolean().default(true),
  /** Past sessions: with all stored data (`all`), or with placeholders instead of addresses and users (`hidden`). */
  sessions: z.enum(bundledSessions).default('all'),
  /** A note for the person who opens the bundle. */
  note: z.string().max(2000).default(''),
})
export type BundleInput = z.infer<typeof bundleInputSchema>
/** A subject that can be selected for a bundle. */
export type BundleSubject = SubjectOf<'server' | 'stream' | 'probe'>

/** The contents of a bundle: subjects and period. */
export interface BundleScope extends Pick<BundleInput, 'from' | 'to' | 'of'> {
  /** Ids of all included probes, selected themselves or through the streams that they read. */
  readonly probes: readonly string[]
}
export type BundleChoice = ReturnType<typeof bundleChoiceOf>
export function bundleChoiceOf({ of, probes }: Pick<BundleScope, 'of' | 'probes'>) {
  const isWholeFleet = of === undefined
  const servers = new Set<string>()
  const streams = new Map<string, Set<string>>()
  for (const one of of ?? []) {
    if (one.kind === 'server') servers.add(one.serverId)
    else if (one.kind === 'stream') streams.set(one.serverId, (streams.get(one.serverId) ?? new Set()).add(one.path))
  }
  const chosenProbes = new Set(probes)
  /** The server with all of its streams. */
  const hasServer = (serverId: string): boolean => isWholeFleet || servers.has(serverId)
  return {
    isWholeFleet,
    hasServer,
    /** Whether the server's own figures are included: the server itself or one of its streams is selected. */
    hasOwn: (serverId: string): boolean => hasServer(serverId) || streams.has(serverId),
    hasStream: (serverId: string, path: string): boolean => hasServer(serverId) || (streams.get(serverId)?.has(path) ?? false),
    hasProbe: (probeId: string): boolean => isWholeFleet || chosenProbes.has(probeId),
  }
}
/** The ids of probes included by a selection. `readsOf`: the stream of a watched server that a probe reads; undefined: none. */
export function bundledProbeIds(
  of: BundleInput['of'],
  probes: Iterable<string>,
  readsOf: (probeId: string) => { readonly serverId: string; readonly path: string } | undefined,
): string[] {
  const choice = bundleChoiceOf({ of, probes: (of ?? []).flatMap((one) => (one.kind === 'probe' ? [one.probeId] : [])) })
  return [...probes].filter((id) => {
    const read = readsOf(id)
    return choice.hasProbe(id) || (read !== undefined && choice.hasStream(read.serverId, read.path))
  })
}

const bundleMadeSchema = z.object({
  /** Suggested file name, such as `mtxdeck-2026-11-14-0312.mtxdeck`. */
  name: z.string(),
  bytes: z.number(),
  /** Where to fetch it, below the console's own address; valid for ten minutes. */
  link: z.string(),
})
export type BundleMade = z.infer<typeof bundleMadeSchema>

const errors = { NOTHING_KEPT: refused(404, 'nothingKept') } as const

export const bundlesContract = {
  make: view
    .errors(errors)
    .route({ method: 'POST', path: '/bundles', tags: ['bundles'] })
    .input(bundleInputSchema)
    .output(bundleMadeSchema),
}
