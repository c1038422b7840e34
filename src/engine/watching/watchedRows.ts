import type { Database } from 'better-sqlite3'
import type { z } from 'zod'
import type { FileFault } from '../../shared/fileFaults.ts'
import { damageOf } from '../storage/storageTrouble.ts'

/** The stored row of a watched server, host or probe. `settings` is null if only the configuration file lists it. */
export interface StoredRow<Settings> {
  readonly id: string
  readonly name: string
  readonly settings: Settings | null
  readonly sealedSecret: Uint8Array | null
}

type Table = 'servers' | 'hosts' | 'probes'

/** Reads and writes the rows of servers, hosts or probes in their table. */
export function createWatchedRows<Settings>(db: Database, table: Table, schema: z.ZodType<Settings>, newId: () => string) {
  const selectAll = db.prepare(`SELECT id, name, settings, secret FROM ${table} ORDER BY name COLLATE NOCASE`)
  const insert = db.prepare(`INSERT INTO ${table} (id, name, settings, secret, created_at) VALUES (?, ?, ?, ?, ?)`)
  const update = db.prepare(`UPDATE ${table} SET name = ?, settings = ?, secret = ? WHERE id = ?`)
  const remove = db.prepare(`DELETE FROM ${table} WHERE id = ?`)
  const textOf = (settings: Settings | null) => settings && JSON.stringify(settings)
  return {
    all: (): readonly StoredRow<Settings>[] =>
      (selectAll.all() as { id: string; name: string; settings: string | null; secret: Uint8Array | null }[]).map((row) => ({
        id: row.id,
        name: row.name,
        settings: row.settings === null ? null : schema.parse(JSON.parse(row.settings)),
        sealedSecret: row.secret,
      })),
    insert: (row: Omit<StoredRow<Settings>, 'id'>, at: number): string => {
      const id = newId()
      insert.run(id, row.name, textOf(row.settings), row.sealedSecret, Math.round(at))
      return id
    },
    update: (row: StoredRow<Settings>): void => {
      update.run(row.name, textOf(row.settings), row.sealedSecret, row.id)
    },
    remove: (id: string): void => {
      remove.run(id)
    },
  }
}
export type WatchedRows<Settings> = ReturnType<typeof createWatchedRows<Settings>>

/** Names the first row that can't be read, or null. SQLite itself does not notice a flipped bit in a text. */
export function unreadableRow<Settings>(
  db: Database,
  noun: 'server' | 'host' | 'probe',
  schema: z.ZodType<Settings>,
  isSound: (id: string, settings: Settings | null) => boolean,
): FileFault | null {
  const rows = db.prepare(`SELECT id, settings FROM ${noun}s`).all() as { id: string; settings: string | null }[]
  const isReadable = ({ id, settings }: (typeof rows)[number]): boolean => {
    try {
      return isSound(id, settings === null ? null : schema.parse(JSON.parse(settings)))
    } catch {
      return false
    }
  }
  const bad = rows.find((row) => !isReadable(row))
  return bad ? damageOf(`${noun} ${bad.id}`) : null
}
