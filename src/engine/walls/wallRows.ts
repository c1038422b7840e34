import type { Database } from 'better-sqlite3'
import { type WallInput, wallInputSchema } from '../../shared/walls.ts'
import { storedJson } from '../storage/storedJson.ts'

/** A wall that was made in the console. */
export interface StoredWall {
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
export function createWallRows(db: Database) {
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
