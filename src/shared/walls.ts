import { z } from 'zod'
import { enteredName } from './entered.ts'
import { isFor, scopeSchema } from './maintenance.ts'
import { operate, view } from './permissions.ts'
import { livePicturesLimit } from './previews.ts'
import { refused } from './refusals.ts'
import { serverIdSchema } from './servers.ts'

// Walls: mosaics of streams that look the same at every desk.

/** Minimum and maximum of each number. A page has fewer tiles than pictures can be requested at once (`mostPictures`). */
export const wallLimits = { columns: [1, 8], rows: [1, 6], live: [0, livePicturesLimit] } as const
/** Maximum number of stored walls, and of manually arranged streams on one wall. */
export const mostWalls = 50
export const mostArranged = 240
export const mostTiles = 1_000

const within = ([least, most]: readonly [number, number]) => z.number().int().min(least).max(most)
const tileSchema = z.object({ serverId: serverIdSchema, path: z.string().min(1).max(2_048) })
export type WallStream = z.infer<typeof tileSchema>

const wallFields = {
  /** Columns and rows of tiles on one page. */
  columns: within(wallLimits.columns).default(4),
  rows: within(wallLimits.rows).default(3),
  /** Number of tiles of a page that play live: the first ones on air; all others show snapshots. On-demand streams are never started. */
  live: within(wallLimits.live).default(0),
  /** Selects the shown streams by servers, tags and paths; null: only those in `arranged`. */
  scope: scopeSchema.nullable().default(null),
  /** Streams in manual order. With a scope, those within it come first; the other streams of the scope follow by server and path. */
  arranged: z.array(tileSchema).max(mostArranged).default([]),
}
export const wallInputSchema = z.object({ name: enteredName(60), ...wallFields })
export type WallInput = z.infer<typeof wallInputSchema>

/** `penalty`: streams in trouble, worst first. `all`: every stream. Both are built in. `streams`: a stored wall. */
const wallKindSchema = z.enum(['penalty', 'all', 'streams'])
export const wallSchema = z.object({
  id: z.string(),
  kind: wallKindSchema,
  /** null: a built-in wall, named after its kind. */
  name: z.string().nullable(),
  ...wallFields,
  revision: z.number().int(),
})
export type Wall = z.infer<typeof wallSchema>

export function streamKey({ serverId, path }: WallStream): string {
  return `${serverId}/${path}`
}

/**
 * The streams of a wall in their order, and how many it does not show because there are too many: those with a place of their own, then
 * `favourites`, the streams of somebody's favourite cameras, by their keys, then the others. Pure.
 */
export function streamsOfWall(
  { scope, arranged }: Pick<Wall, 'scope' | 'arranged'>,
  rows: readonly { readonly facts: WallStream }[],
  serverOf: (id: string) => Parameters<typeof isFor>[1] | undefined,
  favourites: ReadonlySet<string> = new Set(),
): { readonly streams: readonly WallStream[]; readonly left: number } {
  if (scope === null) return { streams: uniqueStreams(arranged), left: 0 }
  const named = rows.flatMap(({ facts: { serverId, path } }): WallStream[] => {
    const server = serverOf(serverId)
    return server !== undefined && isFor(scope, server, path) ? [{ serverId, path }] : []
  })
  const there = new Set(named.map(streamKey))
  const first = arranged.filter((stream) => there.has(streamKey(stream)))
  const all = uniqueStreams([...first, ...named.filter((stream) => favourites.has(streamKey(stream))), ...named])
  return { streams: all.slice(0, mostTiles), left: Math.max(0, all.length - mostTiles) }
}

/** Each stream once, where it stands first. */
export function uniqueStreams(streams: readonly WallStream[]): readonly WallStream[] {
  return [...new Map(streams.map((stream) => [streamKey(stream), stream])).values()]
}

const one = z.object({ id: z.string().max(100) })
const NAME_TAKEN = refused(409, 'taken')
const kept = { NOT_FOUND: refused(404, 'noSuch'), FORBIDDEN: refused(403, 'wallAlwaysThere') } as const

const tags = ['walls']
export const wallsContract = {
  list: view.route({ method: 'GET', path: '/walls', tags, summary: 'Walls by name, after the two that are always there' }).output(z.array(wallSchema)),
  add: operate
    .errors({ NAME_TAKEN, TOO_MANY: refused(409, 'tooMany') })
    .route({ method: 'POST', path: '/walls', successStatus: 201, tags })
    .input(wallInputSchema)
    .output(wallSchema),
  /** Replaces a wall. With `revision`: only if it has not changed since that revision. */
  update: operate
    .errors({ ...kept, NAME_TAKEN, CONFLICT: refused(409, 'changed') })
    .route({ method: 'PUT', path: '/walls/{id}', tags })
    .input(one.extend({ change: wallInputSchema, revision: z.number().int().optional() }))
    .output(wallSchema),
  remove: operate.errors(kept).route({ method: 'DELETE', path: '/walls/{id}', successStatus: 204, tags }).input(one),
}
