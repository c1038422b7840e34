import type { Log } from '../ports.ts'
import type { Database } from '../storage/openDatabase.ts'
import { createClosedGuard } from './closedGuard.ts'
import { createClosedReading } from './closedReading.ts'
import { createClosedSearch } from './closedSearch.ts'
import { createClosedWriting } from './closedWriting.ts'
import { unpackAlarm } from './packedAlarm.ts'

/**
 * The only code that accesses alarms.db by SQL. Unreadable alarms are skipped. Once the file is found to be damaged, it is neither read nor written until
 * the next start, so that open alarms and their notifications do not fail with it.
 */
export function createClosedRows(db: Database, log: Pick<Log, 'error'>) {
  const guard = createClosedGuard(log)
  const reading = createClosedReading(db, guard)
  const writing = createClosedWriting(db, guard, reading)
  return {
    isDamaged: guard.isDamaged,
    failures: guard.failures,
    ...reading,
    ...createClosedSearch(db, guard, reading),
    ...writing,
  }
}
export type ClosedRows = ReturnType<typeof createClosedRows>

/** Counts the unreadable alarms in alarms.db. Reads all of them. */
export function unreadableClosed(db: Database): number {
  let unreadable = 0
  for (const body of db.prepare('SELECT body FROM closed_alarms').pluck().iterate()) if (unpackAlarm(body as Uint8Array) === null) unreadable++
  return unreadable
}
