import type { StoreFigures } from '../../../shared/history.ts'
import type { Database } from '../../storage/openDatabase.ts'
import { dayMs, dayStartOf, type StoreLimits } from '../protocol/protocol.ts'
import { createDayDropper, type DropDay } from './dayDropper.ts'
import { createFileLists, type FileLists } from './fileLists.ts'
import type { Journal } from './journal.ts'
import { createLimitKeeper, type KeepToLimits } from './limitKeeper.ts'
import { createLiveFigures } from './liveFigures.ts'
import { createNameDropper, type DropNames } from './nameDropper.ts'
import type { OwnerColumns } from './ownerColumns.ts'
import type { SealRemover } from './sealRemover.ts'
import type { Tallies } from './tallies.ts'

/** The contents of history.db besides the journal: its size, and dropping data that exceeds limits or is archived. */
export interface LiveFile extends Omit<FileLists, 'allSetAside'> {
  readonly keepToLimits: KeepToLimits
  readonly dropDay: DropDay
  readonly dropNames: DropNames
  readonly figures: (limits: StoreLimits, hotFrom: number | null) => Pick<StoreFigures, 'bytes' | 'from' | 'kept' | 'setAside'>
  /** Start of the oldest seal, and the approximate bytes of all seals of its day (UTC). null: there is no seal. */
  readonly oldestDay: () => { readonly from: number; readonly bytes: number } | null
}

export interface LiveFileDeps {
  readonly db: Database
  readonly tallies: Tallies
  readonly remove: SealRemover
  /** Runs a transaction that also writes all pending rows; false: the disk can't be written. */
  readonly transact: (run: () => void) => boolean
  /** Owners in memory. */
  readonly owners: ReadonlyMap<string, OwnerColumns>
  readonly journal: Pick<Journal, 'isOpen' | 'freeBytes'>
}

export function createLiveFile(deps: LiveFileDeps): LiveFile {
  const { db, tallies, transact } = deps
  const firstBegin = db.prepare<[], number | null>('SELECT min(from_at) FROM seals').pluck()
  const bytesOfDay = db
    .prepare<[number, number], number | null>('SELECT sum(sample_bytes + minute_bytes) FROM seals WHERE from_at >= ? AND from_at < ?')
    .pluck()
  const { allSetAside, ...files } = createFileLists(db, transact)
  const figures = createLiveFigures(db, tallies, deps.journal)
  return {
    ...files,
    keepToLimits: createLimitKeeper(deps),
    dropDay: createDayDropper(deps),
    dropNames: createNameDropper(deps),
    figures: (limits, hotFrom) => ({ ...figures(limits, hotFrom), setAside: allSetAside() }),
    oldestDay: () => {
      const from = firstBegin.get() ?? null
      if (from === null) return null
      return { from, bytes: bytesOfDay.get(dayStartOf(from), dayStartOf(from) + dayMs) ?? 0 }
    },
  }
}
