import type { Log } from '../ports.ts'
import type { Database } from '../storage/openDatabase.ts'
import { createClosedGuard } from './closedGuard.ts'
import { createClosedReading } from './closedReading.ts'
import { createClosedSearch } from './closedSearch.ts'
import { createClosedWriting } from './closedWriting.ts'
import { unpackAlarm } from './packedAlarm.ts'

/**
 * The only SQL on alarms.db. An alarm that can't be read is left out. Once the file is found to be damaged nothing is read of it nor stored in it until
 * another one is begun: what is open and what is told of it must not fail with it.
 */
export function createClosedRows(db: Database, log: Pick<Log, 'error'>) {
  const guard = createClosedGuard(db, log)
  const reading = createClosedReading(db, guard)
  const writing = createClosedWriting(db, guard, reading)
  return {
    isDamaged: guard.isDamaged,
    failures: guard.failures,
    ...reading,
    ...createClosedSearch(db, guard, reading),
    ...writing,
    /** Another file was begun. */
    begunAnew: (): void => {
      guard.begunAnew()
      writing.begunAnew()
    },
  }
}
export type ClosedRows = ReturnType<typeof createClosedRows>

/** How many of the alarms in alarms.db can't be read. Reads all of them. */
export function unreadableClosed(db: Database): number {
  let unreadable = 0
  for (const body of db.prepare('SELECT body FROM closed_alarms').pluck().iterate()) if (unpackAlarm(body as Uint8Array) === null) unreadable++
  return unreadable
}
