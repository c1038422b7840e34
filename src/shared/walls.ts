import { z } from 'zod'
import { enteredName } from './entered.ts'
import { scopeSchema } from './maintenance.ts'
import { mistaken } from './mistakes.ts'
import { operate, view } from './permissions.ts'
import { livePicturesLimit } from './previews.ts'
import { refused } from './refusals.ts'
import { serverIdSchema } from './servers.ts'
import { epochMs } from './time.ts'

// Walls: mosaics of streams that every desk sees alike.

/** The least and the most of each number. A page has fewer tiles than pictures can be asked for at once (`mostPictures`). */
export const wallLimits = { columns: [1, 8], rows: [1, 6], live: [0, livePicturesLimit] } as const
/** Most walls that are stored, and most streams in places that somebody gave them on one. */
export const mostWalls = 50
export const mostArranged = 240
/** Most tiles of one wall, on all of its pages. */
export const mostTiles = 1_000

const within = ([least, most]: readonly [number, number]) => z.number().int().min(least).max(most)
const tileSchema = z.object({ serverId: serverIdSchema, path: z.string().min(1).max(2_048) })
/** The stream of a tile. */
export type WallStream = z.infer<typeof tileSchema>

const wallFields = {
  /** Tiles beside and above each other on one page. */
  columns: within(wallLimits.columns).default(4),
  rows: within(wallLimits.rows).default(3),
  /** Tiles of a page that play, the first ones on air; all others show snapshots. What starts on demand is never started. */
  live: within(wallLimits.live).default(0),
  /** Streams that it shows, by their servers, tags and paths; null: those of `arranged` only. */
  scope: scopeSchema.nullable().default(null),
  /** Streams in the order that somebody gave them. With a scope they come first of those that it names; the others follow by server and path. */
  arranged: z
    .array(tileSchema)
    .max(mostArranged, mistaken({ kind: 'tooManyAtOnce', most: mostArranged }))
    .default([]),
}
/** A wall as it is entered. */
export const wallInputSchema = z.object({ name: enteredName('wallName', 60), ...wallFields })
export type WallInput = z.infer<typeof wallInputSchema>

/** `penalty`: what is in trouble, worst first. `all`: every stream. Both are there without anybody's doing. `streams`: a stored one. */
export const wallKindSchema = z.enum(['penalty', 'all', 'streams'])
export const wallSchema = z.object({
  id: z.string(),
  kind: wallKindSchema,
  /** null: of a wall that is always there, which is called by its kind. */
  name: z.string().nullable(),
  ...wallFields,
  /** Counts its changes. */
  revision: z.number().int(),
  /** Who changed it last, and when; null: nobody did. */
  by: z.string().nullable(),
  changedAt: epochMs.nullable(),
})
export type Wall = z.infer<typeof wallSchema>

const one = z.object({ id: z.string().max(100) })
const NAME_TAKEN = refused(409, 'wallNameTaken')
const kept = { NOT_FOUND: refused(404, 'noSuchWall'), FORBIDDEN: refused(403, 'wallAlwaysThere') } as const

export const wallsContract = {
  list: view.route({ method: 'GET', path: '/walls', tags: ['walls'], summary: 'Walls in their order' }).output(z.array(wallSchema)),
  add: operate
    .errors({ NAME_TAKEN, TOO_MANY: refused(409, 'tooManyWalls') })
    .route({ method: 'POST', path: '/walls', successStatus: 201, tags: ['walls'] })
    .input(wallInputSchema)
    .output(wallSchema),
  /** Replaces it. With `revision`, only if nobody has changed it since the caller read that one. */
  update: operate
    .errors({ ...kept, NAME_TAKEN, CONFLICT: refused(409, 'wallChangedMeanwhile') })
    .route({ method: 'PUT', path: '/walls/{id}', tags: ['walls'] })
    .input(one.extend({ change: wallInputSchema, revision: z.number().int().optional() }))
    .output(wallSchema),
  remove: operate
    .errors(kept)
    .route({ method: 'DELETE', path: '/walls/{id}', successStatus: 204, tags: ['walls'] })
    .input(one),
  /** Stored walls in this order; those that it does not name follow as they were. */
  order: operate
    .route({ method: 'PUT', path: '/walls/order', tags: ['walls'], summary: 'The order of the walls' })
    .input(z.object({ ids: z.array(one.shape.id).max(mostWalls) }))
    .output(z.array(wallSchema)),
}
