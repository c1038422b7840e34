import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { type MaintenanceInput, maintenanceInputSchema, type Span } from '../../shared/maintenance.ts'
import { storedJson } from '../storage/storedJson.ts'
import { unsynced } from '../storage/unsynced.ts'

/** Windows that were planned in the console. */
export interface StoredPlan {
  readonly id: string
  readonly input: MaintenanceInput
  readonly by: string
  readonly addedAt: number
}
interface Row {
  readonly id: string
  readonly input: string
  readonly by: string
  readonly added_at: number
}

const spansSchema = z.array(z.tuple([z.number(), z.number()]))

/** What is stored of maintenance: the only SQL on `maintenance` and `calendars`. */
export function createMaintenanceRows(db: Database) {
  const all = db.prepare('SELECT id, input, by, added_at FROM maintenance ORDER BY added_at, id')
  const upsert = db.prepare(
    'INSERT INTO maintenance (id, input, by, added_at) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET input = excluded.input, by = excluded.by',
  )
  const remove = db.prepare('DELETE FROM maintenance WHERE id = ?')
  const oneCalendar = db.prepare('SELECT windows FROM calendars WHERE key = ?').pluck()
  const keepCalendar = db.prepare('INSERT INTO calendars (key, windows) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET windows = excluded.windows')
  const forgetCalendar = db.prepare('DELETE FROM calendars WHERE key = ?')
  const calendarKeys = db.prepare('SELECT key FROM calendars').pluck()
  return {
    /** One that can't be read is left out. */
    all: (): { readonly plans: readonly StoredPlan[]; readonly unreadable: number } => {
      const rows = all.all() as readonly Row[]
      const plans = rows.flatMap(({ id, input, by, added_at: addedAt }): readonly StoredPlan[] => {
        const read = maintenanceInputSchema.safeParse(storedJson(input))
        return read.success ? [{ id, input: read.data, by, addedAt }] : []
      })
      return { plans, unreadable: rows.length - plans.length }
    },
    keep: ({ id, input, by, addedAt }: StoredPlan): void => void upsert.run(id, JSON.stringify(input), by, Math.round(addedAt)),
    remove: (id: string): void => void remove.run(id),
    /** The windows that a calendar had when it was read last; null: never, as far as is known. */
    calendar: (key: string): readonly Span[] | null => {
      const read = spansSchema.safeParse(storedJson(oneCalendar.get(key)))
      return read.success ? read.data.map(([from, to]) => ({ from, to })) : null
    },
    keepCalendar: (key: string, spans: readonly Span[]): void =>
      unsynced(db, () => void keepCalendar.run(key, JSON.stringify(spans.map(({ from, to }) => [from, to])))),
    /** Forgets the calendars for one use that nothing names any more. */
    keepOnly: (use: string, keys: ReadonlySet<string>): void => {
      for (const key of calendarKeys.all() as readonly string[])
        if (key.startsWith(`${use}:`) && !keys.has(key)) unsynced(db, () => void forgetCalendar.run(key))
    },
  }
}
