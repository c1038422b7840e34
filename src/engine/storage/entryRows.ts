import type { Database } from 'better-sqlite3'
import type { z } from 'zod'
import { storedJson } from './storedJson.ts'

/** How each field beside the id is stored: null: as it is, and numbers rounded; else as JSON of this schema. Its column has its name with underscores. */
type Fields<Entry> = { readonly [K in Exclude<keyof Entry, 'id'>]: z.ZodType<Entry[K]> | null }

const columnOf = (field: string) => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** Entries of a table by their ids: the only SQL on what they have. */
export function createEntryRows<Entry extends { readonly id: string }>(db: Database, table: string, fields: Fields<Entry>, order = 'rowid') {
  const stored = Object.entries<z.ZodType | null>(fields).map(([field, schema]) => ({ field: field as keyof Entry, column: columnOf(field), schema }))
  const columns = stored.map(({ column }) => column)
  const all = db.prepare<[], Record<string, unknown>>(`SELECT id, ${columns} FROM ${table} ORDER BY ${order}`)
  const upsert = db.prepare(
    `INSERT INTO ${table} (id, ${columns}) VALUES (?${', ?'.repeat(columns.length)})
     ON CONFLICT (id) DO UPDATE SET ${columns.map((column) => `${column} = excluded.${column}`)}`,
  )
  const remove = db.prepare(`DELETE FROM ${table} WHERE id = ?`)

  const entryOf = (row: Readonly<Record<string, unknown>>): Entry | null => {
    const entry: Partial<Record<PropertyKey, unknown>> = { id: row.id }
    for (const { field, column, schema } of stored) {
      const read = schema === null ? { success: true, data: row[column] } : schema.safeParse(storedJson(row[column]))
      if (!read.success) return null
      entry[field] = read.data
    }
    return entry as Entry
  }
  const cellOf = (value: unknown, schema: z.ZodType | null): unknown =>
    schema !== null && value !== null ? JSON.stringify(value) : typeof value === 'number' ? Math.round(value) : value

  return {
    /** Those that can be read, and the ids of the others. */
    all: (): { readonly entries: readonly Entry[]; readonly unreadable: readonly string[] } => {
      const rows = all.all().map((row) => ({ id: String(row.id), entry: entryOf(row) }))
      return { entries: rows.flatMap(({ entry }) => entry ?? []), unreadable: rows.flatMap(({ id, entry }) => (entry === null ? [id] : [])) }
    },
    /** Adds an entry, or puts it in the place of the one with its id. */
    keep: (entry: Entry): void => void upsert.run(entry.id, ...stored.map(({ field, schema }) => cellOf(entry[field], schema))),
    remove: (id: string): void => void remove.run(id),
  }
}
