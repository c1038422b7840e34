import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import type { Span } from '../../shared/maintenance.ts'
import { storedJson } from '../storage/storedJson.ts'
import { unsynced } from '../storage/unsynced.ts'

const spansSchema = z.array(z.tuple([z.number(), z.number()]))

/** What calendars had when they were read last: the only SQL on `calendars`. */
export function createCalendarRows(db: Database) {
  const one = db.prepare('SELECT windows FROM calendars WHERE key = ?').pluck()
  const keep = db.prepare('INSERT INTO calendars (key, windows) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET windows = excluded.windows')
  const forget = db.prepare('DELETE FROM calendars WHERE key = ?')
  const keys = db.prepare('SELECT key FROM calendars').pluck()
  return {
    /** null: it was never read, as far as is known. */
    windows: (key: string): readonly Span[] | null => {
      const read = spansSchema.safeParse(storedJson(one.get(key)))
      return read.success ? read.data.map(([from, to]) => ({ from, to })) : null
    },
    keep: (key: string, spans: readonly Span[]): void => unsynced(db, () => void keep.run(key, JSON.stringify(spans.map(({ from, to }) => [from, to])))),
    /** Forgets the calendars for one use that nothing names any more. */
    keepOnly: (use: string, named: ReadonlySet<string>): void => {
      for (const key of keys.all() as readonly string[]) if (key.startsWith(`${use}:`) && !named.has(key)) unsynced(db, () => void forget.run(key))
    },
  }
}
