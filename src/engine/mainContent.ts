import { type Kept, keepLimitSchema, keptSchema } from '../shared/history.ts'
import { unreadableHostRow } from './hosts/hostRows.ts'
import { createServerRows, type ServerRows, unreadableServerRow } from './servers/serverRows.ts'
import type { Database } from './storage/openDatabase.ts'

/** Says what of main.db nobody can read, or null. With limits that are not those that were set, history would be dropped too soon. */
export function unreadableInMain(db: Database): string | null {
  const rows = createServerRows(db)
  const limit = keptSchema.options.find((kept) => storedLimit(rows, kept)?.success === false)
  return limit === undefined ? (unreadableServerRow(db) ?? unreadableHostRow(db)) : `the limit of ${limit} cannot be read`
}

/** The limit that was set in the console; null: none was. */
export function storedLimit(rows: ServerRows, kept: Kept) {
  const text = rows.setting(`keep.${kept}`)
  return text === null ? null : keepLimitSchema.safeParse(fromJson(text))
}
function fromJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
