import type { BadBytesError } from '../codec/codec.ts'
import type { StoreReport } from '../protocol/protocol.ts'
import type { DiskTrouble } from './diskTrouble.ts'
import type { Journal } from './journal.ts'
import type { NameTable } from './nameTable.ts'
import { oldestOpen, rememberedLists, restoreLists } from './ownerColumns.ts'
import type { SealQueue } from './sealQueue.ts'

export interface JournalRecoveryDeps {
  readonly names: NameTable
  readonly journal: Journal
  readonly queue: SealQueue
  readonly disk: Pick<DiskTrouble, 'recovered'>
  /** Runs a transaction that also writes all pending rows; false: the disk can't be written. */
  readonly transact: (run: () => void) => boolean
  /** Replays the journal into memory; returns the first damage found. */
  readonly replay: () => BadBytesError | null
  readonly onTrouble: (error: unknown, text: string) => void
  readonly report: (report: StoreReport) => void
  /** Rows sealed in one step. */
  readonly sliceRows: number
}

/** Brings memory and journal together again: at a start, and once a disk that could not be written works again. */
export interface JournalRecovery {
  /** Restores rounds that were committed but not sealed when the last writer ended. */
  readonly readJournal: () => void
  /** Discards the oldest rounds in memory. */
  readonly discardOldest: () => void
  /** One step of recovery after a disk failure: seals everything in memory, then reopens the journal. Returns true if there is more to do. */
  readonly recover: () => boolean
}

export function createJournalRecovery(deps: JournalRecoveryDeps): JournalRecovery {
  const { names, journal, queue, disk, transact, sliceRows } = deps
  const { owners } = names
  /** The journal still has rounds that were discarded from memory. */
  let journalHasMore = false

  /** Replays the journal; false: part of it could not be read. */
  const replay = (): boolean => {
    const damage = deps.replay()
    if (damage === null) return true
    deps.onTrouble(damage, 'Part of the last minutes of history can’t be read and is lost.')
    deps.report({ kind: 'storeDamaged', of: null, facts: { damage: 'lastMinutes' } })
    return false
  }

  /** Restores memory from the journal as a start would, but keeps the lists that the next batches refer to. */
  const recallJournal = (): void => {
    const lists = rememberedLists(owners.values())
    queue.closeAll()
    while (queue.discardFirst());
    names.clear()
    // Open while replaying, so that the rounds remember their journal rows, which must stay until the rounds are sealed.
    journal.isOpen = true
    try {
      replay()
    } finally {
      journal.close()
    }
    restoreLists(lists, names.ownerOf)
    journalHasMore = false
  }

  const recover = (): boolean => {
    if (journalHasMore) recallJournal()
    for (let slices = 0; !queue.isEmpty(); slices++) {
      if (slices === 4) return true
      if (!queue.sealSlice(sliceRows)) return false
    }
    queue.closeAll()
    if (queue.rows() > 4 * sliceRows) return true
    while (!queue.isEmpty()) if (!queue.sealSlice(Number.POSITIVE_INFINITY)) return false
    if (!transact(() => journal.trim([], null))) return false
    disk.recovered()
    journal.reopen(owners.values())
    return false
  }

  return {
    readJournal: () => {
      if (replay()) return
      // Seals the rounds that could be read, and starts with an empty journal.
      journal.close()
      recover()
    },
    discardOldest: () => {
      const oldest = oldestOpen(owners.values())
      if (queue.isEmpty() && oldest) queue.close(oldest)
      const discarded = queue.discardFirst()
      if (discarded !== null && discarded.journalFrom !== null) journalHasMore = true
    },
    recover,
  }
}
