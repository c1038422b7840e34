import type { FileFault } from '../shared/fileFaults.ts'
import { keepLimitSchema } from '../shared/history.ts'
import { type Kept, keptKinds } from '../shared/tiers.ts'
import { unreadableHostRow } from './hosts/hostRows.ts'
import { unreadableProbeRow } from './probes/probeRows.ts'
import { createServerRows, type ServerRows, unreadableServerRow } from './servers/serverRows.ts'
import type { Database } from './storage/openDatabase.ts'
import { damageOf } from './storage/storageTrouble.ts'
import { storedJson } from './storage/storedJson.ts'

/**
 * Describes the first unreadable entry of main.db; null: all can be read. Retention limits are checked too: falling back to
 * defaults would drop history too soon.
 */
export function unreadableInMain(db: Database): FileFault | null {
  const rows = createServerRows(db)
  const limit = keptKinds.find((kept) => storedLimit(rows, kept)?.success === false)
  return limit === undefined ? (unreadableServerRow(db) ?? unreadableHostRow(db) ?? unreadableProbeRow(db)) : damageOf(`limit ${limit}`)
}

/** The retention limit set in the console; null: none was set. */
export function storedLimit(rows: ServerRows, kept: Kept) {
  const text = rows.setting(`keep.${kept}`)
  return text === null ? null : keepLimitSchema.safeParse(storedJson(text))
}
