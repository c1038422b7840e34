import type { StoreFigures } from '../../../shared/history.ts'
import type { Database } from '../../storage/openDatabase.ts'
import { dayMs, dayStartOf, type StoreLimits } from '../protocol/protocol.ts'
import { createDayDropper, type DropDay } from './dayDropper.ts'
import { createFileLists, type FileLists } from './fileLists.ts'
import { createLimitKeeper, type KeepToLimits } from './limitKeeper.ts'
import { createLiveFigures } from './liveFigures.ts'
import { createNameDropper, type DropNames } from './nameDropper.ts'
import type { OwnerColumns } from './ownerColumns.ts'
import type { SealRemover } from './sealRemover.ts'
import { type Tallies, usedBytes } from './tallies.ts'

/** What history.db holds beside the journal: how much of it there is, and what goes when it is too much or archived. */
export interface LiveFile extends Omit<FileLists, 'allSetAside'> {
  readonly keepToLimits: KeepToLimits
  readonly dropDay: DropDay
  readonly dropNames: DropNames
  readonly figures: (limits: StoreLimits, hotFrom: number | null) => Pick<StoreFigures, 'bytes' | 'from' | 'kept' | 'setAside'>
  /** When the oldest seal began, and about how many bytes those of its day (UTC) take. null: there is none. */
  readonly oldestDay: () => { readonly from: number; readonly bytes: number } | null
}

export interface LiveFileDeps {
  readonly db: Database
  readonly tallies: Tallies
  readonly remove: SealRemover
  /** Runs a transaction with all that is pending; false where the disk does not let it. */
  readonly transact: (run: () => void) => boolean
  /** Those in memory. */
  readonly owners: ReadonlyMap<string, OwnerColumns>
  /** All that the journal holds is in memory. */
  readonly journalIsWhole: () => boolean
}

export function createLiveFile(deps: LiveFileDeps): LiveFile {
  const { db, tallies, transact } = deps
  const firstBegin = db.prepare<[], number | null>('SELECT min(from_at) FROM seals').pluck()
  const bytesOfDay = db.prepare<[number, number], { bytes: number | null; unknown: number }>(
    'SELECT sum(sample_bytes + minute_bytes) AS bytes, count(*) - count(sample_bytes) AS unknown FROM seals WHERE from_at >= ? AND from_at < ?',
  )
  const { allSetAside, ...files } = createFileLists(db, transact)
  const figures = createLiveFigures(db, tallies)
  return {
    ...files,
    keepToLimits: createLimitKeeper(deps),
    dropDay: createDayDropper(deps),
    dropNames: createNameDropper(deps),
    figures: (limits, hotFrom) => ({ ...figures(limits, hotFrom), setAside: allSetAside() }),
    oldestDay: () => {
      const from = firstBegin.get() ?? null
      if (from === null) return null
      const day = bytesOfDay.get(dayStartOf(from), dayStartOf(from) + dayMs)
      // Seals of form 1 do not say how large they are.
      return { from, bytes: day && day.unknown === 0 ? (day.bytes ?? 0) : usedBytes(db) }
    },
  }
}
