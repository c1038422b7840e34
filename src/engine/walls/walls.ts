import { randomUUID } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import type { Clock } from '../../clock/clock.ts'
import { scopeSchema } from '../../shared/maintenance.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { mostWalls, type Wall, type WallInput, wallInputSchema, wallSchema } from '../../shared/walls.ts'
import { api, orRefused } from '../api.ts'
import type { Log } from '../ports.ts'
import { storedJson } from '../storage/storedJson.ts'

interface WallsDeps {
  readonly clock: Clock
  readonly log: Log
  readonly db: Database
}

/** Mosaics of streams that every desk sees alike. Nothing here knows whether their streams exist. */
export interface Walls {
  /** In their order; those that are always there come first. */
  readonly list: () => readonly Wall[]
  readonly add: (input: WallInput, by: string) => Result<Wall, 'NAME_TAKEN' | 'TOO_MANY'>
  /** `revision`: that which the caller has read; undefined: whatever it is. CONFLICT: it is another one. */
  readonly update: (id: string, input: WallInput, by: string, revision?: number) => Result<Wall, 'NOT_FOUND' | 'FORBIDDEN' | 'NAME_TAKEN' | 'CONFLICT'>
  readonly remove: (id: string) => Result<void, 'NOT_FOUND' | 'FORBIDDEN'>
  /** Those that are not named follow as they were. */
  readonly order: (ids: readonly string[]) => readonly Wall[]
}

const alwaysThere: readonly Wall[] = [
  wallSchema.parse({ id: 'penalty', kind: 'penalty', name: null, revision: 0, by: null, changedAt: null }),
  wallSchema.parse({ id: 'all', kind: 'all', name: null, scope: scopeSchema.parse({}), revision: 0, by: null, changedAt: null }),
]

const shown = ({ id, input, revision, by, changedAt }: StoredWall): Wall => ({ id, kind: 'streams', ...input, revision, by, changedAt })

export function createWalls({ clock, log, db }: WallsDeps): Walls {
  const rows = createWallRows(db)
  const read = rows.all()
  if (read.unreadable > 0) log.error({ walls: read.unreadable }, 'some walls cannot be read')
  let stored = read.walls

  const list = () => [...alwaysThere, ...stored.map(shown)]
  const refusal = (id: string) => err(alwaysThere.some((wall) => wall.id === id) ? ('FORBIDDEN' as const) : ('NOT_FOUND' as const))
  const isTaken = (name: string, exceptId: string | null) => stored.some(({ id, input }) => id !== exceptId && input.name.toLowerCase() === name.toLowerCase())
  const keep = (wall: StoredWall): Wall => {
    rows.keep(wall)
    const isNew = !stored.some(({ id }) => id === wall.id)
    stored = isNew ? [...stored, wall] : stored.map((one) => (one.id === wall.id ? wall : one))
    return shown(wall)
  }

  return {
    list,
    add: (input, by) => {
      if (stored.length >= mostWalls) return err('TOO_MANY')
      if (isTaken(input.name, null)) return err('NAME_TAKEN')
      return ok(keep({ id: randomUUID(), input, revision: 1, by, changedAt: clock.now() }))
    },
    update: (id, input, by, revision) => {
      const before = stored.find((wall) => wall.id === id)
      if (before === undefined) return refusal(id)
      if (revision !== undefined && revision !== before.revision) return err('CONFLICT')
      if (isTaken(input.name, id)) return err('NAME_TAKEN')
      return ok(keep({ id, input, revision: before.revision + 1, by, changedAt: clock.now() }))
    },
    remove: (id) => {
      if (!stored.some((wall) => wall.id === id)) return refusal(id)
      rows.remove(id)
      stored = stored.filter((wall) => wall.id !== id)
      return ok(undefined)
    },
    order: (ids) => {
      const named = [...new Set(ids)].flatMap((id) => stored.find((wall) => wall.id === id) ?? [])
      stored = [...named, ...stored.filter((wall) => !named.includes(wall))]
      rows.order(stored.map(({ id }) => id))
      return list()
    },
  }
}
/** A wall that was made in the console. */
interface StoredWall {
  readonly id: string
  readonly input: WallInput
  readonly revision: number
  readonly by: string
  readonly changedAt: number
}
interface Row {
  readonly id: string
  readonly input: string
  readonly revision: number
  readonly by: string
  readonly changed_at: number
}
/** What is stored of walls: the only SQL on `walls`. */
function createWallRows(db: Database) {
  const all = db.prepare<[], Row>('SELECT id, input, revision, by, changed_at FROM walls ORDER BY place, id')
  const upsert = db.prepare(
    `INSERT INTO walls (id, place, input, revision, by, changed_at) VALUES (?, (SELECT coalesce(max(place), 0) + 1 FROM walls), ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET input = excluded.input, revision = excluded.revision, by = excluded.by, changed_at = excluded.changed_at`,
  )
  const remove = db.prepare('DELETE FROM walls WHERE id = ?')
  const place = db.prepare('UPDATE walls SET place = ? WHERE id = ?')
  return {
    /** In their order. One that can't be read is left out. */
    all: (): { readonly walls: readonly StoredWall[]; readonly unreadable: number } => {
      const rows = all.all()
      const walls = rows.flatMap(({ id, input, revision, by, changed_at: changedAt }): readonly StoredWall[] => {
        const read = wallInputSchema.safeParse(storedJson(input))
        return read.success ? [{ id, input: read.data, revision, by, changedAt }] : []
      })
      return { walls, unreadable: rows.length - walls.length }
    },
    keep: ({ id, input, revision, by, changedAt }: StoredWall): void => void upsert.run(id, JSON.stringify(input), revision, by, Math.round(changedAt)),
    remove: (id: string): void => void remove.run(id),
    order: (ids: readonly string[]): void =>
      db.transaction(() => {
        for (const [at, id] of ids.entries()) place.run(at, id)
      })(),
  }
}

export function wallsRouter(walls: Walls) {
  return {
    list: api.walls.list.handler(() => [...walls.list()]),
    add: api.walls.add.handler(({ input, context, errors }) => orRefused(walls.add(input, context.operator.name), errors)),
    update: api.walls.update.handler(({ input, context, errors }) =>
      orRefused(walls.update(input.id, input.change, context.operator.name, input.revision), errors),
    ),
    remove: api.walls.remove.handler(({ input, errors }) => {
      orRefused(walls.remove(input.id), errors)
    }),
    order: api.walls.order.handler(({ input }) => [...walls.order(input.ids)]),
  }
}
