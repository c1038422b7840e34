import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { BundleCounts } from '../../../shared/bundles.ts'
import { messageOf } from '../../../shared/messageOf.ts'
import type { Database } from '../../storage/openDatabase.ts'
import { classifyStorageError } from '../../storage/storageTrouble.ts'
import { archivesInFolder, listedArchives, openGrowingArchive, parseArchiveName } from '../archive/archive.ts'
import { type BundleOrder, writeBundle } from '../bundle/bundle.ts'
import { dayStartOf, type StoreLimits } from '../protocol/protocol.ts'
import { archiveDay, closePeriod, type PendingDay, pendingDay } from './archiveDay.ts'
import { type ArchiverWork, archiverWork, missingWork, setAsideWork } from './archiverWork.ts'
import { type ArchiveUsage, usageOf } from './archiveUsage.ts'
import { chooseToRemove, removeChosen } from './retention.ts'
import { takeIn } from './takeIn.ts'
import { verifyArchive } from './verifyArchive.ts'

export type { ArchiverWork } from './archiverWork.ts'
export type { ArchiveUsage } from './archiveUsage.ts'

/** Requests to the archiver's thread: input and answer. None is urgent; they run one at a time. */
export interface ArchiverAsks {
  /** Repairs archives that a killed process left incomplete. Must run before readers open archives, as they can't repair them. */
  readonly open: readonly [null, null]
  /**
   * Does the next piece of work: archiving the oldest past day, computing the checksum of a finished month or year, or
   * adopting a file that somebody put into the folder. null: there is nothing to do. `unsealedFrom` comes from the writer: a
   * day is not past before all of it is sealed. Carry out the answer before asking again, or the same work is found again.
   */
  readonly archive: readonly [{ readonly now: number; readonly unsealedFrom: number | null; readonly limits: StoreLimits }, ArchiverWork | null]
  /**
   * Removes the archives chosen by an earlier call and unlisted since, and chooses those that retention limits no longer
   * allow: unlist the answer, then ask again.
   */
  readonly retain: readonly [{ readonly now: number; readonly limits: StoreLimits }, { readonly unlist: readonly string[] }]
  /** Reads a whole file and verifies its checksums: the file named, or the one verified longest ago. null: there is none. */
  readonly verify: readonly [{ readonly now: number; readonly name?: string }, ArchiverWork | null]
  readonly usage: readonly [null, readonly ArchiveUsage[]]
  /** Writes a bundle of sealed data. `words` describes unreadable data that was left out. `counts` null: nothing is kept of that time. */
  readonly bundle: readonly [{ readonly order: BundleOrder; readonly now: number }, { readonly counts: BundleCounts | null; readonly words: readonly string[] }]
  readonly idle: readonly [null, null]
  readonly close: readonly [null, null]
}

type Archiver = {
  readonly [K in Exclude<keyof ArchiverAsks, 'idle' | 'close'>]: (input: ArchiverAsks[K][0], cancelled: () => boolean) => Promise<ArchiverAsks[K][1]>
}

export interface ArchiverOptions {
  /** history.db, read-only. The caller closes it. */
  readonly history: Database
  /** Folder of the archives. */
  readonly folder: string
  /** `mtxdeck 0.4.0` */
  readonly madeBy: string
  /** For tests that stop at a step. */
  readonly onStep?: (step: string) => void
}

/** Wait after the disk was full, so as not to write gigabytes in vain every minute. */
const againMs = 3_600_000

export function createArchiver(options: ArchiverOptions): Archiver {
  const { history, folder } = options
  const alone = createQueue()
  /** Time at which each file was last verified. */
  const readAt = new Map<string, number>()
  /** Files that can't be adopted and were already reported. */
  const reported = new Set<string>()
  /** Earliest time of the next attempt after the disk refused a day. */
  let retryAt = Number.NEGATIVE_INFINITY

  const archivePending = async (day: PendingDay, now: number, turn: () => Promise<void>): Promise<ArchiverWork | null> => {
    if (now < retryAt && now > retryAt - 2 * againMs) return null
    try {
      const { list, drop, setAside, lost } = await archiveDay({ ...options, day, now, turn })
      return setAsideWork(setAside, { list, drop, words: lost })
    } catch (error) {
      const trouble = classifyStorageError(error)
      if (trouble !== 'full' && trouble !== 'notWritable') throw error
      removeParts(folder)
      retryAt = now + againMs
      const period = new Date(day.dayStart).toISOString().slice(0, 10)
      return archiverWork({
        words: [`${period} cannot be archived in ${folder} (${messageOf(error)}). It stays in history.db, and is tried again in an hour.`],
      })
    }
  }

  return {
    open: async () => {
      undoTransactions(folder)
      removeParts(folder)
      removeChosen(history, folder)
      return null
    },

    archive: ({ now, unsealedFrom, limits }, cancelled) =>
      alone(async () => {
        const turn = turnOf(cancelled)
        const gone = listedArchives(history).find(({ name }) => !existsSync(join(folder, name)))
        if (gone) return missingWork(gone.name)
        const day = pendingDay(history, Math.min(dayStartOf(now), unsealedFrom ?? Number.POSITIVE_INFINITY))
        if (day) return archivePending(day, now, turn)
        const closed = await closePeriod(history, folder, now, turn)
        return closed ? archiverWork({ list: [closed] }) : takeIn({ history, folder, now, limits, reported, turn })
      }),

    retain: ({ now, limits }) =>
      alone(async () => {
        removeChosen(history, folder)
        return { unlist: chooseToRemove(history, folder, now, limits) }
      }),

    verify: ({ now, name }, cancelled) =>
      alone(async () => {
        const entries = listedArchives(history)
        const names = new Set(entries.map((entry) => entry.name))
        for (const known of [...readAt.keys()]) if (!names.has(known)) readAt.delete(known)
        const longestAgo = entries.toSorted((a, b) => (readAt.get(a.name) ?? 0) - (readAt.get(b.name) ?? 0))[0]
        const entry = name === undefined ? longestAgo : entries.find((one) => one.name === name)
        if (!entry) return null
        const work = await verifyArchive(history, folder, entry, now, turnOf(cancelled))
        readAt.set(entry.name, now)
        return work
      }),

    bundle: ({ order, now }, cancelled) =>
      alone(async () => {
        const words: string[] = []
        const counts = await writeBundle({ ...options, order, now, turn: turnOf(cancelled), onDamage: (damage) => words.push(damage) })
        return { counts, words }
      }),

    usage: async () => usageOf(history, folder),
  }
}

/** Runs functions one at a time, in the order given. */
function createQueue(): <T>(run: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (run) => {
    const next = last.then(run, run)
    last = next.catch(() => {})
    return next
  }
}

const turnOf = (cancelled: () => boolean) => async (): Promise<void> => {
  await new Promise((resolve) => void setImmediate(resolve))
  if (cancelled()) throw new Error('cancelled')
}

/** Rolls back transactions of a killed process by opening their archives for writing; readers can't do that. */
function undoTransactions(folder: string): void {
  for (const name of archivesInFolder(folder)) {
    if (!existsSync(join(folder, `${name}-journal`))) continue
    const opened = openGrowingArchive(join(folder, name))
    if (opened.ok) opened.value.close()
  }
}

/** Removes incomplete archives, which will be made again. */
function removeParts(folder: string): void {
  for (const name of existsSync(folder) ? readdirSync(folder) : [])
    if (name.endsWith('.part') && parseArchiveName(name.slice(0, -'.part'.length))) rmSync(join(folder, name), { force: true })
}
