import type { ConsoleTrouble } from '../../../shared/consoleTroubles.ts'
import type { KeptEvent } from '../../../shared/events.ts'
import type { StoreFigures } from '../../../shared/history.ts'
import type { Database } from '../../storage/openDatabase.ts'
import type { Description, HotMoment, HotSamples, Space, StoredBatch, StoredSubject, StoreLimits, StoreReport } from '../protocol/protocol.ts'
import { createBlockPool } from './blockPool.ts'
import { createDiskTrouble } from './diskTrouble.ts'
import { createEventWriter } from './eventWriter.ts'
import { createFactWriter } from './factWriter.ts'
import { createHotQuery, unsealedFrom } from './hotSamples.ts'
import { createJournal } from './journal.ts'
import { createJournalRecovery } from './journalRecovery.ts'
import { replayJournal } from './journalReplay.ts'
import { layoutIdsOf } from './layoutIds.ts'
import { createLiveFile, type LiveFile } from './liveFile.ts'
import { createNameTable } from './nameTable.ts'
import { mostRounds, oldestOpen, type RememberedLists, rememberedLists, restoreLists } from './ownerColumns.ts'
import { createSampleIntake } from './sampleIntake.ts'
import { createSealQueue } from './sealQueue.ts'
import { createSealRemover } from './sealRemover.ts'
import { createSealWriter, removeUnfinishedSeals } from './sealWriter.ts'
import { createTallies } from './tallies.ts'

/**
 * The only writer of history.db; runs on the store's writer thread.
 *
 * 1. A batch is encoded when it arrives (`sampleIntake.ts`): its rows go to memory and to the journal.
 * 2. A commit writes the journal, new names, events and facts in one transaction. Committed data survives kill -9.
 * 3. Rounds that are due are closed, queued (`sealQueue.ts`) and sealed slice by slice (`sealWriter.ts`) while the owner's
 *    next rounds come in. A seal's last slice drops journal rows that no owner needs any more.
 * 4. At start the journal is replayed (`journalReplay.ts`).
 * 5. While writing fails the journal is closed. Rounds stay in memory until they are due, and are then discarded. When
 *    writing works again, everything in memory is sealed before the journal is reopened, so that it never has a hole.
 * 6. While the disk is nearly full, seals are made without samples; journal, minutes, facts and events continue.
 */
export interface SampleWriter {
  /** Restores rounds that were committed but not sealed when the last writer ended. Call once, before anything else. */
  readonly readJournal: () => void
  readonly batch: (batch: StoredBatch) => void
  readonly gap: (ownerId: string, at: number) => void
  readonly events: (events: readonly KeptEvent[]) => void
  readonly describe: (description: Description) => void
  /** Commits pending data. Returns true if rounds are waiting to be sealed. */
  readonly commit: (monotonic: number) => boolean
  /** Commits pending events and facts now, so that readers find them. */
  readonly flush: () => void
  /** One maintenance step of some 20 ms: seals due rounds, enforces retention limits, checks the disk. Returns true if there is more to do. */
  readonly maintain: (now: number, monotonic: number, space: Space | null) => boolean
  /** Closes all rounds in memory, so that the next steps seal them. */
  readonly closeAll: () => void
  /** Seals the next slice. Returns true if there are more. */
  readonly sealNext: () => boolean
  /** Time of the oldest data in memory; null: there is none. */
  readonly unsealedFrom: () => number | null
  readonly hot: (subjects: readonly StoredSubject[], to: number) => HotSamples
  readonly hotMoment: (to: number) => HotMoment
  readonly live: Pick<LiveFile, 'dropDay' | 'listArchive' | 'unlistArchive' | 'setAside' | 'knowSetAside' | 'oldestDay'>
  readonly figures: () => StoreFigures
  readonly keep: (limits: StoreLimits, now: number) => void
  /** Why samples are not stored, for the operator; null: they are. */
  readonly trouble: () => ConsoleTrouble | null
  /** Findings for the operator since the last call. */
  readonly takeReports: () => readonly StoreReport[]
  /** The lists that batches refer to, to be passed to `restoreLists` of the next writer. */
  readonly lists: () => readonly RememberedLists[]
  readonly restoreLists: (lists: readonly RememberedLists[]) => void
  /** Whether the file was found damaged, so that nothing can be written to it any more. */
  readonly isDamaged: () => boolean
  /** Commits pending data. The database stays open. */
  readonly close: () => void
}

export interface SampleWriterOptions {
  readonly db: Database
  readonly limits: StoreLimits
  readonly onTrouble: (error: unknown, text: string) => void
  /** Maximum bytes of samples in memory; above it the owner with the oldest rounds is sealed early. */
  readonly hotBytes?: number
  /** Rows sealed in one step. */
  readonly sliceRows?: number
}

/** 100,000 paths at 2 s fill this in about three minutes. It is half of the memory of the store's thread. */
const usualHotBytes = 64 << 20
/** Rows per slice: about 15 ms. A seal of 100 paths is one slice, and therefore one transaction. */
const usualSliceRows = 32_000
const mostReports = 100

export function createSampleWriter(options: SampleWriterOptions): SampleWriter {
  const { db, onTrouble, hotBytes = usualHotBytes, sliceRows = usualSliceRows } = options
  let { limits } = options
  let monotonic = 0
  let reports: StoreReport[] = []

  removeUnfinishedSeals(db)
  const layoutIds = layoutIdsOf(db)
  const pool = createBlockPool()
  const disk = createDiskTrouble(db, onTrouble)
  const names = createNameTable(db)
  const tallies = createTallies(db)
  const remove = createSealRemover(db, tallies)
  const events = createEventWriter(db, tallies)
  const facts = createFactWriter(db, names, tallies)
  const journal = createJournal(db, layoutIds)
  const seals = createSealWriter({ db, pool, layoutIds, tallies, remove })
  const { owners } = names
  const allPending = [names, events, facts, journal]

  const report = (found: StoreReport): void => {
    if (reports.length < mostReports) reports.push(found)
  }

  /** Runs a transaction that also writes all pending rows. A full or broken disk is no bug: samples stay in memory until it works again. */
  const transact = (run: () => void): boolean => {
    try {
      db.transaction(() => {
        for (const pending of allPending) pending.write()
        run()
      }).immediate()
    } catch (error) {
      journal.rolledBack()
      if (!disk.failed(error)) throw error
      journal.close()
      events.dropOldest()
      return false
    }
    for (const pending of allPending) pending.forget()
    return true
  }

  const queue = createSealQueue({ pool, journal, seals, owners, transact, withSamples: () => !disk.stopsSamples(), onTrouble, report })
  const { close } = queue
  const intake = createSampleIntake({ names, journal, pool, close, report, monotonic: () => monotonic })
  const hot = createHotQuery(names, pool)
  const { readJournal, recover, discardOldest } = createJournalRecovery({
    names,
    journal,
    queue,
    disk,
    transact,
    replay: () => replayJournal({ db, names, intake, journal, pool, layoutIds, close }),
    onTrouble,
    report,
    sliceRows,
  })
  const live = createLiveFile({ db, owners, tallies, remove, transact, journal })

  const commitPending = (): void => {
    if (allPending.some((pending) => pending.isPending()) && !transact(() => {})) return
    if (journal.isOpen) disk.recovered()
  }

  const closeDue = (discard: boolean): void => {
    for (const owner of owners.values()) {
      const { sealDue, times } = owner.open
      if (sealDue === null || (sealDue > monotonic && times.length < mostRounds)) continue
      close(owner)
      if (discard) discardOldest()
    }
  }

  return {
    readJournal,
    batch: intake.batch,
    gap: intake.gap,
    events: events.add,
    describe: facts.describe,
    commit: (nowMonotonic) => {
      monotonic = nowMonotonic
      commitPending()
      while (pool.usedBytes() - queue.bytes() > hotBytes) {
        const oldest = oldestOpen(owners.values())
        if (!oldest) break
        close(oldest)
      }
      // If sealing falls behind, delay the commit rather than let memory grow without bound.
      while (pool.usedBytes() > hotBytes * 1.25 && !queue.isEmpty()) if (!queue.sealSlice(sliceRows)) discardOldest()
      return !queue.isEmpty()
    },
    flush: () => {
      if (events.isPending() || facts.isPending()) commitPending()
    },
    maintain: (now, nowMonotonic, space) => {
      monotonic = nowMonotonic
      if (space) disk.checkSpace(space)
      const recovers = !journal.isOpen && recover()
      closeDue(!journal.isOpen && !recovers)
      if (!journal.isOpen) return recovers
      if (!queue.isEmpty()) {
        if (!queue.sealSlice(sliceRows)) return false
        if (!queue.isEmpty()) return true
      }
      return live.keepToLimits(limits, now) || live.dropNames(now)
    },
    closeAll: queue.closeAll,
    sealNext: () => journal.isOpen && queue.sealSlice(sliceRows) && !queue.isEmpty(),
    unsealedFrom: () => unsealedFrom(owners.values()),
    hot: (subjects, to) => ({ lastSeal: seals.lastSeal(), ...hot.samples(subjects, to) }),
    hotMoment: (to) => {
      commitPending()
      return { lastSeal: seals.lastSeal(), ...hot.moment(to) }
    },
    live,
    figures: () => ({
      ...live.figures(limits, unsealedFrom(owners.values())),
      refusedValues: intake.refusedValues(),
      freeBytes: disk.freeBytes(),
      samplesStopped: disk.stopsSamples(),
      why: disk.why(),
    }),
    keep: (next, now) => {
      limits = next
      live.keepToLimits(limits, now)
    },
    trouble: disk.why,
    isDamaged: disk.isDamaged,
    lists: () => rememberedLists(owners.values()),
    restoreLists: (lists) => restoreLists(lists, names.ownerOf),
    takeReports: () => {
      const taken = reports
      reports = []
      return taken
    },
    close: commitPending,
  }
}
