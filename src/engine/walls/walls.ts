import { randomUUID } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import { scopeSchema } from '../../shared/maintenance.ts'
import { compare } from '../../shared/naturalOrder.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { mostWalls, type Wall, type WallInput, wallInputSchema, wallSchema } from '../../shared/walls.ts'
import { api, orRefused } from '../api.ts'
import type { Log } from '../ports.ts'
import { createEntryRows } from '../storage/entryRows.ts'

interface WallsDeps {
  readonly log: Log
  readonly db: Database
}

/** Mosaics of streams that every desk sees alike. Nothing here knows whether their streams exist. */
export type Walls = ReturnType<typeof createWalls>

const alwaysThere: readonly Wall[] = [
  wallSchema.parse({ id: 'penalty', kind: 'penalty', name: null, revision: 0 }),
  wallSchema.parse({ id: 'all', kind: 'all', name: null, scope: scopeSchema.parse({}), revision: 0 }),
]

const shown = ({ id, input, revision }: StoredWall): Wall => ({ id, kind: 'streams', ...input, revision })

export function createWalls({ log, db }: WallsDeps) {
  const rows = createEntryRows<StoredWall>(db, 'walls', { input: wallInputSchema, revision: null })
  const read = rows.all()
  if (read.unreadable.length > 0) log.error({ walls: read.unreadable.length }, 'some walls cannot be read')
  let stored = read.entries

  const refusal = (id: string) => err(alwaysThere.some((wall) => wall.id === id) ? ('FORBIDDEN' as const) : ('NOT_FOUND' as const))
  const isTaken = (name: string, exceptId: string | null) => stored.some(({ id, input }) => id !== exceptId && input.name.toLowerCase() === name.toLowerCase())

  return {
    /** By name; those that are always there come first. */
    list: (): readonly Wall[] => [...alwaysThere, ...stored.map(shown).toSorted((a, b) => compare(a.name ?? '', b.name ?? ''))],
    add: (input: WallInput): Result<Wall, 'NAME_TAKEN' | 'TOO_MANY'> => {
      if (stored.length >= mostWalls) return err('TOO_MANY')
      if (isTaken(input.name, null)) return err('NAME_TAKEN')
      const wall = { id: randomUUID(), input, revision: 1 }
      rows.keep(wall)
      stored = [...stored, wall]
      return ok(shown(wall))
    },
    /** `revision`: that which the caller has read; undefined: whatever it is. CONFLICT: it is another one. */
    update: (id: string, input: WallInput, revision?: number): Result<Wall, 'NOT_FOUND' | 'FORBIDDEN' | 'NAME_TAKEN' | 'CONFLICT'> => {
      const before = stored.find((wall) => wall.id === id)
      if (before === undefined) return refusal(id)
      if (revision !== undefined && revision !== before.revision) return err('CONFLICT')
      if (isTaken(input.name, id)) return err('NAME_TAKEN')
      const wall = { ...before, input, revision: before.revision + 1 }
      rows.keep(wall)
      stored = stored.map((one) => (one === before ? wall : one))
      return ok(shown(wall))
    },
    remove: (id: string): Result<void, 'NOT_FOUND' | 'FORBIDDEN'> => {
      if (!stored.some((wall) => wall.id === id)) return refusal(id)
      rows.remove(id)
      stored = stored.filter((wall) => wall.id !== id)
      return ok(undefined)
    },
  }
}
/** A wall that was made in the console. */
interface StoredWall {
  readonly id: string
  readonly input: WallInput
  readonly revision: number
}
export function wallsRouter(walls: Walls) {
  return {
    list: api.walls.list.handler(() => [...walls.list()]),
    add: api.walls.add.handler(({ input, errors }) => orRefused(walls.add(input), errors)),
    update: api.walls.update.handler(({ input, errors }) => orRefused(walls.update(input.id, input.change, input.revision), errors)),
    remove: api.walls.remove.handler(({ input, errors }) => {
      orRefused(walls.remove(input.id), errors)
    }),
  }
}
