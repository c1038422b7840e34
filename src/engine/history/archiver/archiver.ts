import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BundleCounts } from '../../../shared/bundles.ts'
import { type Tier, tiers } from '../../../shared/history.ts'
import { hashFile } from '../../storage/hashFile.ts'
import type { Database } from '../../storage/openDatabase.ts'
import { classifyStorageError } from '../../storage/storageTrouble.ts'
import {
  type ArchiveCheck,
  archivesInFolder,
  checkArchive,
  checkRows,
  entryOf,
  isDamage,
  isUnreadable,
  listedArchives,
  openArchive,
  openGrowingArchive,
  parseArchiveName,
  periodSpan,
  type SetAside,
  setArchiveAside,
} from '../archive/archive.ts'
import { type BundleOrder, writeBundle } from '../bundle/bundle.ts'
import { type ArchiveEntry, dayMs, dayStartOf, type StoreLimits } from '../protocol/protocol.ts'
import { archiveDay, closePeriod, daysOf, type PendingDay, pendingDay } from './archiveDay.ts'

/** What the writer is to note, in this order: unlist, set aside, list, and then drop what `list` holds now. */
export interface ArchiverWork {
  readonly unlist: readonly string[]
  readonly setAside: readonly Omit<SetAside, 'name'>[]
  readonly list: readonly ArchiveEntry[]
  readonly drop: PendingDay | null
  /** For the log: what could not be read, what was taken in, what is missing. */
  readonly words: readonly string[]
}

export interface ArchiveUsage {
  readonly tier: Tier
  readonly files: number
  readonly bytes: number
  readonly from: number | null
  /** Of the last days that are whole; null: there is none. */
  readonly bytesPerDay: number | null
}

/** What the archiver's thread is asked: input and answer. None of it is urgent; one runs at a time. */
export interface ArchiverAsks {
  /** Mends what a kill left behind. Before readers open archives: they cannot. */
  readonly open: readonly [null, null]
  /**
   * Does the next piece of work: the oldest day that is over, or the checksum of a month or year, or a file that somebody
   * put into the folder. null: there is none. `unsealedFrom` is what the writer says: a day is not over before all of it
   * is sealed. The answer must be carried out before the next ask, which finds the same work again where it was not.
   */
  readonly archive: readonly [{ readonly now: number; readonly unsealedFrom: number | null; readonly limits: StoreLimits }, ArchiverWork | null]
  /**
   * Chooses the archives that limits do not allow any more and removes those that it chose before and that are unlisted
   * meanwhile: unlist what comes back, and ask again.
   */
  readonly retain: readonly [{ readonly now: number; readonly limits: StoreLimits }, { readonly unlist: readonly string[] }]
  /** Reads one file whole and compares its checksums: the one named, or the one that was not read for the longest. null: there is none. */
  readonly verify: readonly [{ readonly now: number; readonly name?: string }, ArchiverWork | null]
  /** Reads all of them strictly. Changes nothing. */
  readonly check: readonly [null, readonly (ArchiveCheck & { readonly name: string })[]]
  readonly usage: readonly [null, readonly ArchiveUsage[]]
  /** Writes a bundle of what is sealed; `words` says what could not be read and is not in it. null counts: nothing is kept of that time. */
  readonly bundle: readonly [{ readonly order: BundleOrder; readonly now: number }, { readonly counts: BundleCounts | null; readonly words: readonly string[] }]
  readonly idle: readonly [null, null]
  readonly close: readonly [null, null]
}

type Archiver = {
  readonly [K in Exclude<keyof ArchiverAsks, 'idle' | 'close'>]: (input: ArchiverAsks[K][0], cancelled: () => boolean) => Promise<ArchiverAsks[K][1]>
}

export interface ArchiverOptions {
  /** history.db, read-only. Whoever opened it closes it. */
  readonly history: Database
  /** Folder of the archives. */
  readonly folder: string
  /** `mtxdeck 0.4.0` */
  readonly madeBy: string
  /** For tests that stop at a step. */
  readonly onStep?: (step: string) => void
}

/** A file that is still being copied into the folder changes until shortly ago. */
const settledMs = 60_000
/** Where the disk is full, gigabytes are not written in vain every minute. */
const againMs = 3_600_000
/** Lists what was chosen to be removed, until it is. */
const removingFile = 'removing.json'
/** So many whole days a forecast is made of. */
const daysOfForecast = 7

export function createArchiver(options: ArchiverOptions): Archiver {
  const { history, folder } = options
  /** When each file was read whole. */
  const readAt = new Map<string, number>()
  /** What was said of a file that stays as it is, so that it is said once. */
  const said = new Set<string>()
  let againAt = Number.NEGATIVE_INFINITY
  let last: Promise<unknown> = Promise.resolve()

  /** One at a time, in the order they were asked. */
  const alone = <T>(run: () => Promise<T>): Promise<T> => {
    const next = last.then(run, run)
    last = next.catch(() => {})
    return next
  }
  const turnOf = (cancelled: () => boolean) => async (): Promise<void> => {
    await new Promise((resolve) => void setImmediate(resolve))
    if (cancelled()) throw new Error('cancelled')
  }
  const work = (of: Partial<ArchiverWork>): ArchiverWork => ({ unlist: [], setAside: [], list: [], drop: null, words: [], ...of })
  const asideWork = (aside: readonly SetAside[], of: Partial<ArchiverWork> = {}): ArchiverWork =>
    work({ unlist: aside.map(({ name }) => name), setAside: aside.map(({ file, at, damage }) => ({ file, at, damage })), ...of })

  const hasSeals = history.prepare<[number, number], number>('SELECT 1 FROM seals WHERE from_at >= ? AND from_at < ? LIMIT 1').pluck()

  /** The next file that lies in the folder and is not listed, checked. null: there is none that can be taken in now. */
  const takeIn = async (now: number, limits: StoreLimits, turn: () => Promise<void>): Promise<ArchiverWork | null> => {
    const listed = new Set(listedArchives(history).map(({ name }) => name))
    const removing = new Set(readRemoving())
    for (const name of archivesInFolder(folder)) {
      if (listed.has(name) || removing.has(name)) continue
      const of = parseArchiveName(name)
      const file = join(folder, name)
      if (!of || now - statSync(file).mtimeMs < settledMs) continue
      const opened = openArchive(file)
      if (!opened.ok) {
        if (opened.error.kind !== 'databaseDamaged') {
          if (!said.has(name)) {
            said.add(name)
            return work({ words: [opened.error.words] })
          }
          continue
        }
        return asideWork([setArchiveAside(folder, name, now, opened.error.words)])
      }
      const { kind, period, from, to } = opened.value.meta()
      opened.value.close()
      if (kind !== of.tier || period !== of.period) return asideWork([setArchiveAside(folder, name, now, `it says of itself that it is ${kind} of ${period}`)])
      // Until its days are archived, live seals of them would hide behind it.
      if (hasSeals.get(dayStartOf(from), dayStartOf(Math.min(to, (periodSpan(period)?.to ?? to) - 1)) + dayMs) !== undefined) continue
      if (to < now - limits[of.tier].days * dayMs) {
        if (said.has(name)) continue
        said.add(name)
        return work({ words: [`${name} is older than what is kept: it stays where it is, and is not shown.`] })
      }
      const { findings, isRead } = await checkArchive(file, turn)
      if (!isRead) {
        if (said.has(name)) continue
        said.add(name)
        return work({ words: [unreadableWords(name, findings.at(-1) ?? '')] })
      }
      if (findings.length > 0) return asideWork([setArchiveAside(folder, name, now, findings.slice(0, 3).join('; '))])
      const over = (periodSpan(period)?.to ?? 0) <= dayStartOf(now)
      return work({
        list: [entryOf(file, of.tier, from, to, over ? (await hashFile(file, { between: turn })).sha256 : null)],
        words: [`${name} was found in the folder, read, and is taken in.`],
      })
    }
    return null
  }

  /** What was begun and is not finished: it is made again. */
  const removeParts = (): void => {
    for (const name of existsSync(folder) ? readdirSync(folder) : [])
      if (name.endsWith('.part') && parseArchiveName(name.slice(0, -'.part'.length))) rmSync(join(folder, name), { force: true })
  }
  const readRemoving = (): string[] => {
    try {
      const names: unknown = JSON.parse(readFileSync(join(folder, removingFile), 'utf8'))
      return Array.isArray(names) ? names.filter((name): name is string => typeof name === 'string' && parseArchiveName(name) !== null) : []
    } catch {
      // Not there, or cut off by a power cut: what it named is chosen again, or stands in the folder unlisted.
      return []
    }
  }
  const writeRemoving = (names: readonly string[]): void => {
    const file = join(folder, removingFile)
    if (names.length === 0) rmSync(file, { force: true })
    else writeFileSync(file, JSON.stringify(names), { mode: 0o600 })
  }
  /** Removes what was chosen and is listed no more. On Windows a file that somebody reads stays until the next time. */
  const removeChosen = (): void => {
    const chosen = readRemoving()
    if (chosen.length === 0) return
    const listed = new Set(listedArchives(history).map(({ name }) => name))
    const left = chosen.filter((name) => {
      if (listed.has(name)) return false
      try {
        for (const end of ['', '-journal']) rmSync(join(folder, name + end), { force: true })
        return false
      } catch {
        return true
      }
    })
    writeRemoving(left)
  }

  /** Compares one listed file with what is known of it. null: it is as it was. */
  const verifyOne = async (entry: ArchiveEntry, now: number, turn: () => Promise<void>): Promise<ArchiverWork> => {
    const { name, sha256, bytes } = entry
    const file = join(folder, name)
    if (!existsSync(file)) return missing(entry)
    if (sha256 !== null) {
      const found = await hashFile(file, { between: turn })
      if (found.sha256 === sha256) return work({})
      // Between the listing that was read and now it may have grown: only what is listed now counts.
      if (listedArchives(history).find((again) => again.name === name)?.sha256 !== sha256) return work({})
      return asideWork([
        setArchiveAside(folder, name, now, found.bytes === bytes ? 'its checksum is another one' : `it has ${found.bytes} bytes instead of ${bytes}`),
      ])
    }
    const opened = openArchive(file)
    if (!opened.ok) {
      if (opened.error.kind === 'databaseDamaged') return asideWork([setArchiveAside(folder, name, now, opened.error.words)])
      return work({ words: [opened.error.words] })
    }
    try {
      // It still grows: its rows have checksums, the file has none yet.
      await checkRows(opened.value, turn)
      return work({})
    } catch (error) {
      if (!isDamage(error)) throw error
      opened.value.close()
      return asideWork([setArchiveAside(folder, name, now, (error as Error).message)])
    } finally {
      opened.value.close()
    }
  }
  const unreadableWords = (name: string, because: string): string => `${name} cannot be read (${because}). It stays where it is, and is tried again.`
  const missing = ({ name }: ArchiveEntry): ArchiverWork =>
    work({ unlist: [name], words: [`${name} is not in the folder any more: what it held is not shown. Copy it back to see it again.`] })

  return {
    open: async () => {
      for (const name of archivesInFolder(folder)) {
        // A transaction that a kill cut off is undone by whoever may write.
        if (!existsSync(join(folder, `${name}-journal`))) continue
        const opened = openGrowingArchive(join(folder, name))
        if (opened.ok) opened.value.close()
      }
      removeParts()
      removeChosen()
      return null
    },

    archive: ({ now, unsealedFrom, limits }, cancelled) =>
      alone(async () => {
        const turn = turnOf(cancelled)
        const gone = listedArchives(history).find(({ name }) => !existsSync(join(folder, name)))
        if (gone) return missing(gone)
        const day = pendingDay(history, Math.min(dayStartOf(now), unsealedFrom ?? Number.POSITIVE_INFINITY))
        if (day) {
          if (now < againAt && now > againAt - 2 * againMs) return null
          try {
            const { list, drop, setAside, lost } = await archiveDay({ ...options, history, folder, day, now, turn })
            return asideWork(setAside, { list, drop, words: lost })
          } catch (error) {
            const trouble = classifyStorageError(error)
            if (trouble !== 'full' && trouble !== 'notWritable') throw error
            removeParts()
            againAt = now + againMs
            const because = (error as Error).message
            return work({
              words: [
                `${new Date(day.dayStart).toISOString().slice(0, 10)} cannot be archived in ${folder} (${because}). It stays in history.db, and is tried again in an hour.`,
              ],
            })
          }
        }
        const closed = await closePeriod(history, folder, now, turn)
        if (closed) return work({ list: [closed] })
        return takeIn(now, limits, turn)
      }),

    retain: ({ now, limits }) =>
      alone(async () => {
        removeChosen()
        const chosen: string[] = []
        const entries = listedArchives(history)
        for (const tier of tiers) {
          // The running day, month and year stay whatever the limits.
          const of = entries
            .filter((entry) => entry.tier === tier && (periodSpan(parseArchiveName(entry.name)?.period ?? '')?.to ?? 0) <= dayStartOf(now))
            .sort((a, b) => a.to - b.to)
          let bytes = entries.reduce((sum, entry) => sum + (entry.tier === tier ? entry.bytes : 0), 0)
          for (const entry of of) {
            if (entry.to >= now - limits[tier].days * dayMs && bytes <= limits[tier].bytes) break
            bytes -= entry.bytes
            chosen.push(entry.name)
          }
        }
        if (chosen.length > 0) writeRemoving([...new Set([...readRemoving(), ...chosen])])
        return { unlist: chosen }
      }),

    verify: ({ now, name }, cancelled) =>
      alone(async () => {
        const entries = listedArchives(history)
        const names = new Set(entries.map((entry) => entry.name))
        for (const known of [...readAt.keys()]) if (!names.has(known)) readAt.delete(known)
        const entry =
          name === undefined
            ? entries.reduce<ArchiveEntry | null>(
                (oldest, one) => (oldest === null || (readAt.get(one.name) ?? 0) < (readAt.get(oldest.name) ?? 0) ? one : oldest),
                null,
              )
            : (entries.find((one) => one.name === name) ?? null)
        if (!entry) return null
        const answer = await verifyOne(entry, now, turnOf(cancelled)).catch((error: unknown) => {
          if (!isUnreadable(error)) throw error
          return work({ words: [unreadableWords(entry.name, (error as Error).message)] })
        })
        readAt.set(entry.name, now)
        return answer
      }),

    check: (_, cancelled) =>
      alone(async () => {
        const out: (ArchiveCheck & { name: string })[] = []
        const turn = turnOf(cancelled)
        for (const { name, sha256 } of listedArchives(history)) {
          const file = join(folder, name)
          const check = await checkArchive(file, turn)
          const changed = sha256 !== null && existsSync(file) && (await hashFile(file, { between: turn })).sha256 !== sha256
          out.push({ name, ...check, findings: changed ? ['Its checksum is another one.', ...check.findings] : check.findings })
        }
        return out
      }),

    bundle: ({ order, now }, cancelled) =>
      alone(async () => {
        const words: string[] = []
        const counts = await writeBundle({ ...options, order, now, turn: turnOf(cancelled), onDamage: (said) => words.push(said) })
        return { counts, words }
      }),

    usage: async () => {
      const entries = listedArchives(history)
      return tiers.map((tier) => {
        const of = entries.filter((entry) => entry.tier === tier)
        return {
          tier,
          files: of.length,
          bytes: of.reduce((sum, { bytes }) => sum + bytes, 0),
          from: of.reduce<number | null>((least, { from }) => (least === null || from < least ? from : least), null),
          bytesPerDay: perDay(folder, tier, of),
        }
      })
    },
  }
}

/** Bytes of the last whole days, on average; of a month's or year's newest file by the days in it. */
function perDay(folder: string, tier: Tier, entries: readonly ArchiveEntry[]): number | null {
  if (tier === 'quarterHours' || tier === 'twoHours') {
    const newest = entries.at(-1)
    const opened = newest && openArchive(join(folder, newest.name))
    if (!newest || !opened?.ok) return null
    const days = new Set(daysOf(opened.value.meta()).map((name) => parseArchiveName(name)?.period)).size
    opened.value.close()
    return days === 0 ? null : newest.bytes / days
  }
  const days = new Map<string, number>()
  let first = Number.POSITIVE_INFINITY
  for (const { name, bytes, from } of entries) {
    const period = parseArchiveName(name)?.period ?? ''
    days.set(period, (days.get(period) ?? 0) + bytes)
    if (from < first) first = from
  }
  // The day that mtxdeck first ran on is mostly no whole one.
  const whole = [...days].sort(([a], [b]) => (a < b ? -1 : 1)).filter(([period]) => (periodSpan(period)?.from ?? 0) >= first - dayMs / 24)
  const last = whole.slice(-daysOfForecast)
  return last.length === 0 ? null : last.reduce((sum, [, bytes]) => sum + bytes, 0) / last.length
}
