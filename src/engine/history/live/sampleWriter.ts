import { dirname } from 'node:path'
import type { ConsoleTrouble } from '../../../shared/consoleTroubles.ts'
import type { Damage } from '../../../shared/events.ts'
import type { StoreFigures } from '../../../shared/history.ts'
import { type Database, databaseErrorOf } from '../../storage/openDatabase.ts'
import type { HotMoment, HotSamples, Space, StoredSubject, StoreLimits } from '../protocol/protocol.ts'
import { createBlockPool } from './blockPool.ts'
import { createHotQuery, unsealedFrom } from './hotSamples.ts'
import { createJournal } from './journal.ts'
import { replayJournal } from './journalReplay.ts'
import { LiveFile } from './liveFile.ts'
import { createNameTable, layoutIdsOf } from './nameTable.ts'
import { mostRounds, oldestOpen } from './ownerColumns.ts'
import { createEventWriter, createFactWriter, createTallies } from './pendingRows.ts'
import { createSampleIntake } from './sampleIntake.ts'
import { createSealQueue, createSealRemover, removeUnfinishedSeals } from './sealWriter.ts'

/**
 * The only writer of history.db; runs on the store's writer thread.
 *
 * 1. A batch is encoded when it arrives (`sampleIntake.ts`): its rows go to memory and to the journal.
 * 2. A commit writes the journal, new names, events and facts in one transaction. Committed data survives kill -9.
 * 3. Rounds that are due are closed, queued and sealed slice by slice (`sealWriter.ts`) while the owner's
 *    next rounds come in. A seal's last slice drops journal rows that no owner needs any more.
 * 4. At start the journal is replayed (`journalReplay.ts`).
 * 5. While writing fails, what comes waits in memory for the next commit; once that is much, further batches are dropped.
 * 6. While the disk is nearly full, seals are made without samples; journal, minutes, facts and events continue.
 */
export type SampleWriter = ReturnType<typeof createSampleWriter>

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
const defaultHotBytes = 64 << 20
/** While writing fails, as large a share of `hotBytes` may wait for the next commit: that of 10,000 paths for some minutes. */
const waitingShare = 1 / 8
/** Rows per slice: about 15 ms. A seal of 100 paths is one slice, and therefore one transaction. */
const defaultSliceRows = 32_000

export function createSampleWriter(options: SampleWriterOptions) {
  const { db, onTrouble, hotBytes = defaultHotBytes, sliceRows = defaultSliceRows } = options
  let { limits } = options
  let monotonic = 0
  let damages: Damage[] = []

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
  const { owners } = names
  /** Rows waiting in memory for the next transaction: `write` inside it, `forget` once it is committed. */
  const allPending = [names, events, facts, journal]

  /** Whether the last attempt to seal could write. */
  let canSeal = true

  /** Runs a transaction that also writes all pending rows. A full or broken disk is no bug: they wait until it works again. */
  const transact = (run: () => void): boolean => {
    try {
      db.transaction(() => {
        for (const pending of allPending) pending.write()
        run()
      }).immediate()
    } catch (error) {
      journal.rolledBack()
      if (!disk.failed(error)) throw error
      events.dropOldest()
      return false
    }
    for (const pending of allPending) pending.forget()
    if (canSeal) disk.recovered()
    return true
  }

  const withSamples = (): boolean => !disk.stopsSamples()
  const queue = createSealQueue({ db, pool, layoutIds, tallies, remove, journal, owners, transact, withSamples, onTrouble })
  const { close } = queue
  /** Seals the next slice. Returns false if the disk can't be written. */
  const sealSlice = (): boolean => {
    canSeal = queue.sealSlice(sliceRows)
    if (canSeal) disk.recovered()
    return canSeal
  }
  const admits = (): boolean => !disk.isFailing() || (journal.waitingBytes() < hotBytes * waitingShare && (canSeal || pool.usedBytes() < hotBytes * 1.25))
  const intake = createSampleIntake({ names, journal, pool, close, admits, monotonic: () => monotonic })
  const hot = createHotQuery(names, pool)
  const live = new LiveFile({ db, owners, tallies, remove, transact, journal })

  /** Returns false if the disk can't be written. */
  const commitPending = (): boolean => !allPending.some((pending) => pending.isPending()) || transact(() => {})

  const closeDue = (): void => {
    for (const owner of owners.values()) {
      const { sealDue, times } = owner.open
      if (sealDue !== null && (sealDue <= monotonic || times.length >= mostRounds)) close(owner)
    }
  }

  return {
    /** Restores rounds that were committed but not sealed when the last writer ended. Call once, before anything else. */
    readJournal: (): void => {
      const damage = replayJournal({ db, names, intake, journal, layoutIds, close })
      if (damage === null) return
      onTrouble(damage, 'Part of the last minutes of history can’t be read and is lost.')
      damages.push({ damage: 'partUnreadable', file: 'history.db' })
      // Seals what could be read, so that no later start comes to the damage again.
      queue.closeAll()
      while (!queue.isEmpty() && sealSlice());
      transact(() => journal.trim(owners.values(), null))
    },
    batch: intake.batch,
    gap: intake.gap,
    events: events.add,
    describe: facts.describe,
    /** Commits pending data. Returns true if rounds are waiting to be sealed. */
    commit: (nowMonotonic: number): boolean => {
      monotonic = nowMonotonic
      commitPending()
      while (pool.usedBytes() - queue.bytes() > hotBytes) {
        const oldest = oldestOpen(owners.values())
        if (!oldest) break
        close(oldest)
      }
      // If sealing falls behind, delay the commit rather than let memory grow without bound.
      while (pool.usedBytes() > hotBytes * 1.25 && !queue.isEmpty()) if (!sealSlice()) break
      return !queue.isEmpty()
    },
    /** Commits pending events and facts now, so that readers find them. */
    flush: (): void => {
      if (events.isPending() || facts.isPending()) commitPending()
    },
    /** One maintenance step of some 20 ms: seals due rounds, enforces retention limits, checks the disk. Returns true if there is more to do. */
    maintain: (now: number, nowMonotonic: number, space: Space | null): boolean => {
      monotonic = nowMonotonic
      if (space) disk.checkSpace(space)
      closeDue()
      if (!commitPending()) return false
      if (!queue.isEmpty()) {
        if (!sealSlice()) return false
        if (!queue.isEmpty()) return true
      }
      if (live.keepToLimits(limits, now)) return true
      live.dropNames(now)
      return false
    },
    /** Closes all rounds in memory, so that the next steps seal them. */
    closeAll: queue.closeAll,
    /** Seals the next slice. Returns true if there are more. */
    sealNext: (): boolean => sealSlice() && !queue.isEmpty(),
    /** Time of the oldest data in memory; null: there is none. */
    unsealedFrom: (): number | null => unsealedFrom(owners.values()),
    hot: (subjects: readonly StoredSubject[], to: number): HotSamples => ({ lastSeal: queue.lastSeal(), ...hot.samples(subjects, to) }),
    hotMoment: (to: number): HotMoment => {
      commitPending()
      return { lastSeal: queue.lastSeal(), ...hot.moment(to) }
    },
    live,
    figures: (): Omit<StoreFigures, 'setAside'> => ({
      ...live.figures(limits, unsealedFrom(owners.values())),
      freeBytes: disk.freeBytes(),
      why: disk.why(),
    }),
    keep: (next: StoreLimits, now: number): void => {
      limits = next
      live.keepToLimits(limits, now)
    },
    /** Why samples are not stored, for the operator; null: they are. */
    trouble: disk.why,
    /** Whether the file was found damaged, so that nothing can be written to it any more. */
    isDamaged: disk.isDamaged,
    /** Damage found since the last call. */
    takeDamages: (): readonly Damage[] => {
      const taken = damages
      damages = []
      return taken
    },
    close: (): void => void commitPending(),
  }
}

/** Tracks why history.db can't be written, or is written without samples. */
function createDiskTrouble(db: Database, onTrouble: (error: unknown, text: string) => void) {
  let failure: ConsoleTrouble | null = null
  let lowSpace: ConsoleTrouble | null = null
  let freeBytes: number | null = null
  let damaged = false
  const folder = dirname(db.name)

  return {
    /** Reports a failed transaction. Returns false if the error is no disk problem. */
    failed: (error: unknown): boolean => {
      const known = databaseErrorOf(db.name, error)
      if (known === null) return false
      if (known.kind === 'databaseDamaged') damaged = true
      if (failure === null) onTrouble(error, known.words)
      failure = known.trouble
      return true
    },
    /** Reports that writing works again. */
    recovered: (): void => {
      failure = null
    },
    checkSpace: (space: Space): void => {
      freeBytes = space.freeBytes
      const least = Math.max(1e9, space.totalBytes * 0.02)
      if (freeBytes < least) {
        if (lowSpace === null) onTrouble(null, 'The disk is nearly full: samples are not stored any more, minutes are.')
        lowSpace = { kind: 'spaceLow', folder, freeBytes, leastBytes: least }
      } else if (freeBytes > least * 1.1) lowSpace = null
    },
    freeBytes: (): number | null => freeBytes,
    isFailing: (): boolean => failure !== null,
    /** Whether samples are not stored because the disk is nearly full. */
    stopsSamples: (): boolean => lowSpace !== null,
    /** Whether the file is damaged and can't be written any more. */
    isDamaged: (): boolean => damaged,
    /** The current problem; null: none. */
    why: (): ConsoleTrouble | null => failure ?? lowSpace,
  }
}
