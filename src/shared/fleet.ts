import { type } from '@orpc/contract'
import { z } from 'zod'
import { view } from './permissions.ts'
import type { Reason } from './reasons.ts'
import { type Server, serverTotalsSchema, sumsLackSchema } from './servers.ts'
import type { StreamFacts } from './streams.ts'
import { askedMs, epochMs } from './time.ts'
import { type Trouble, troubleSchema } from './troubles.ts'

/** Figures of the streams that changed, in columns: entry i of each belongs to `slot[i]`. null is not known. */
export interface FigureColumns {
  readonly slot: readonly number[]
  readonly bitrateInBps: readonly (number | null)[]
  readonly bitrateOutBps: readonly (number | null)[]
  readonly readers: readonly (number | null)[]
  readonly ownReaders: readonly number[]
  readonly lostLastMinute: readonly (number | null)[]
  readonly rttMs: readonly (number | null)[]
  readonly readAt: readonly (number | null)[]
}

/** The same while they are filled. */
export type GrowingFigures = { readonly [K in keyof FigureColumns]: FigureColumns[K][number][] }
export const createFigureColumns = (): GrowingFigures => ({
  slot: [],
  bitrateInBps: [],
  bitrateOutBps: [],
  readers: [],
  ownReaders: [],
  lostLastMinute: [],
  rttMs: [],
  readAt: [],
})

/**
 * What changed since a revision. The caller pulls: it asks again with the `revision` it was given, and the
 * engine keeps one number a stream, nothing a caller. A slow or hidden window asks later and gets the sum.
 */
export interface FleetChanges {
  /** One launch of the engine; another one means that slots and revisions start over. */
  readonly launch: string
  readonly revision: number
  /** Forget everything known: this is the whole fleet, or the first piece of it. */
  readonly reset: boolean
  /** A piece: ask for the next one with `revision` and without waiting. Until the last one what is known is not whole. */
  readonly more: boolean
  readonly at: number
  readonly servers: readonly Server[]
  readonly removedServers: readonly string[]
  readonly streams: readonly StreamFacts[]
  readonly removedSlots: readonly number[]
  readonly figures: FigureColumns
  /** All that is wrong now, worst first, at most 500; null where it did not change. */
  readonly troubles: readonly Trouble[] | null
  readonly troublesTotal: number
  /** The console itself can't see: asleep a moment ago, or no network at all. null: fine. */
  readonly consoleWhy: Reason | null
  /** `consoleWhy` as a sentence: over REST alone. */
  readonly consoleTrouble?: string | null
}

/** Sums over all servers, for one line of figures and for scripts. */
export const fleetSummarySchema = z.object({
  at: epochMs,
  servers: z.number(),
  serversUp: z.number(),
  totals: serverTotalsSchema,
  ...sumsLackSchema.shape,
  troubles: z.number(),
})
export type FleetSummary = z.infer<typeof fleetSummarySchema>

/** A part of a long list; left out: all of it. */
export const pageInputSchema = z
  .object({
    limit: z.coerce.number().int().min(1).max(1_000_000).optional(),
    offset: z.coerce.number().int().min(0).max(1_000_000).optional(),
  })
  .optional()
export type PageInput = z.infer<typeof pageInputSchema>

/** The part of a list that was asked for. */
export function* pageOf<T>(items: Iterable<T>, { limit = Number.POSITIVE_INFINITY, offset = 0 }: NonNullable<PageInput> = {}): Iterable<T> {
  let at = 0
  for (const item of items) {
    if (at >= offset + limit) return
    if (at >= offset) yield item
    at++
  }
}
/** What the answer to such a question says in headers, since its body is the list itself. */
export const pageWords =
  'All of them, or with limit and offset a part. The header X-Total-Count says how many there are, X-Shown-Count how many this answer has.'

export const fleetContract = {
  /** Waits up to `waitMs` for a change. Not checked on the way out: it is the hot path, made by code of ours from checked parts. */
  changes: view
    .route({ method: 'GET', path: '/fleet/changes', tags: ['fleet'] })
    .input(
      z.object({ launch: z.string().nullable().default(null), since: z.coerce.number().default(0), waitMs: z.coerce.number().min(0).max(30_000).default(0) }),
    )
    .output(type<FleetChanges>()),
  /**
   * The fleet as it was at one moment, told like `changes` so that a window shows it in the same way. `launch` says which
   * numbering `slot` has. Given `before`, the moment of the last answer with the same `launch`, facts and servers that
   * were the same then are left out and `reset` is false; figures come whole each time. What was not kept is null.
   *
   * What a poll found holds from its slot on, also where the answer came late. Bit rates are each poll's own; live ones
   * are means over some seconds.
   */
  past: view
    .route({ method: 'GET', path: '/fleet/past', tags: ['fleet'] })
    .input(z.object({ at: askedMs, launch: z.string().nullable().default(null), before: askedMs.optional() }))
    .output(type<FleetChanges>()),
  summary: view.route({ method: 'GET', path: '/fleet', tags: ['fleet'] }).output(fleetSummarySchema),
  /** All that is wrong now, worst first. */
  troubles: view
    .route({ method: 'GET', path: '/troubles', tags: ['fleet'], summary: 'What is wrong now, worst first', description: pageWords })
    .input(pageInputSchema)
    .output(z.array(troubleSchema)),
}
