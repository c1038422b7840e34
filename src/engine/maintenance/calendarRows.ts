import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import type { Span } from '../../shared/maintenance.ts'
import { storedJson } from '../storage/storedJson.ts'
import { unsynced } from '../storage/unsynced.ts'

const spansSchema = z.array(z.tuple([z.number(), z.number()]))

/** The windows last read from calendars: the only SQL on `calendars`. */
export function createCalendarRows(db: Database) {
  const one = db.prepare('SELECT windows FROM calendars WHERE key = ?').pluck()
  const keep = db.prepare('INSERT INTO calendars (key, windows) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET windows = excluded.windows')
  const forget = db.prepare('DELETE FROM calendars WHERE key = ?')
  const keys = db.prepare('SELECT key FROM calendars').pluck()
  return {
    /** null: never read, or not stored. */
    windows: (key: string): readonly Span[] | null => {
      const read = spansSchema.safeParse(storedJson(one.get(key)))
      return read.success ? read.data.map(([from, to]) => ({ from, to })) : null
    },
    keep: (key: string, spans: readonly Span[]): void => unsynced(db, () => void keep.run(key, JSON.stringify(spans.map(({ from, to }) => [from, to])))),
    /** Deletes the calendars of one use that no plan refers to. */
    keepOnly: (use: string, named: ReadonlySet<string>): void => {
      for (const key of keys.all() as readonly string[]) if (key.startsWith(`${use}:`) && !named.has(key)) unsynced(db, () => void forget.run(key))
    },
  }
}
