import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileFaultText } from '../../../i18n/consoleTroubleText.ts'
import type { ConsoleTrouble } from '../../../shared/consoleTroubles.ts'
import type { FileFault } from '../../../shared/fileFaults.ts'
import { err, messageOf, ok, type Result } from '../../../shared/result.ts'
import { tiers } from '../../../shared/tiers.ts'
import type { CopyOrder } from '../../storage/backups.ts'
import { changedBytes, hashFile } from '../../storage/hashFile.ts'
import type { Database } from '../../storage/openDatabase.ts'
import { classifyStorageError, damageOf, faultOf } from '../../storage/storageTrouble.ts'
import {
  archivesInFolder,
  checkRows,
  entryOf,
  hourMs,
  isDamage,
  isUnreadable,
  listedArchives,
  misnamedAs,
  openArchive,
  openGrowingArchive,
  parseArchiveName,
  periodSpan,
  type SetAside,
  setArchiveAside,
} from '../archive/archive.ts'
import type { BundleOrder } from '../bundle/bundle.ts'
import { type ArchiveEntry, dayMs, dayStartOf, type StoreLimits } from '../protocol/protocol.ts'
import { archiveDay, closePeriod, type PendingDay, pendingDay } from './archiveDay.ts'

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
  readonly overLimits: readonly [{ readonly now: number; readonly limits: StoreLimits }, readonly ArchiveEntry[]]
  /** Removes an archive that was unlisted. One that stays, as on Windows where it is open elsewhere, is listed again. */
  readonly remove: readonly [ArchiveEntry, ArchiverWork]
  /** Reads a whole file and verifies its checksums: the file named, or one, each hour another. null: there is none. */
  readonly verify: readonly [{ readonly now: number; readonly name?: string }, ArchiverWork | null]
  /** Writes a bundle of sealed data. `words` describes unreadable data that was left out. `isMade` false: nothing is kept of that time. */
  readonly bundle: readonly [{ readonly order: BundleOrder; readonly now: number }, { readonly isMade: boolean; readonly words: readonly string[] }]
  /** Copies main.db, which is no business of archives, but waits for the disk. */
  readonly copyMain: readonly [CopyOrder, ConsoleTrouble | null]
  readonly idle: readonly [null, null]
  readonly close: readonly [null, null]
}

type Archiver = {
  readonly [K in Exclude<keyof ArchiverAsks, 'idle' | 'copyMain'>]: (input: ArchiverAsks[K][0], cancelled: () => boolean) => Promise<ArchiverAsks[K][1]>
}

interface ArchiverOptions {
  readonly history: Database
  readonly folder: string
  /** `mtxdeck 0.4.0` */
  readonly madeBy: string
  /** For tests that stop at a step. */
  readonly onStep?: (step: string) => void
}

export function createArchiver(options: ArchiverOptions): Archiver {
  const { history, folder } = options
  const alone = createQueue()

  const archivePending = async (day: PendingDay, now: number, turn: () => Promise<void>): Promise<ArchiverWork> => {
    try {
      const { list, drop, setAside, lost } = await archiveDay({ ...options, day, now, turn })
      return setAsideWork(setAside, { list, drop, words: lost })
    } catch (error) {
      const trouble = classifyStorageError(error)
      if (trouble !== 'full' && trouble !== 'notWritable') throw error
      removeParts(folder)
      const period = new Date(day.dayStart).toISOString().slice(0, 10)
      return archiverWork({
        isPostponed: true,
        words: [`${period} cannot be archived in ${folder} (${messageOf(error)}). It stays in history.db, and is tried again.`],
      })
    }
  }

  return {
    open: async () => {
      undoTransactions(folder)
      removeParts(folder)
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
        return closed ? archiverWork({ list: [closed] }) : takeIn({ history, folder, now, limits, turn })
      }),

    overLimits: ({ now, limits }) => alone(async () => overLimits(history, now, limits)),

    remove: (archive) => alone(async () => remove(folder, archive)),

    verify: ({ now, name }, cancelled) =>
      alone(async () => {
        const entries = listedArchives(history)
        const entry = name === undefined ? entries[Math.floor(now / hourMs) % entries.length] : entries.find((one) => one.name === name)
        return entry ? verifyArchive(history, folder, entry, now, turnOf(cancelled)) : null
      }),

    bundle: ({ order, now }, cancelled) =>
      alone(async () => {
        // Loads zod, as what checks a stranger's archive does below; this thread needs it for nothing else.
        const { writeBundle } = await import('../bundle/bundle.ts')
        const words: string[] = []
        const isMade = await writeBundle({ ...options, order, now, turn: turnOf(cancelled), onDamage: (damage) => words.push(damage) })
        return { isMade, words }
      }),

    close: async () => {
      history.close()
      return null
    },
  }
}

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

/** Changes for the writer to make, in this order: unlist, set aside, list, then drop the data now in `list`. */
export interface ArchiverWork {
  readonly unlist: readonly string[]
  readonly setAside: readonly SetAside[]
  readonly list: readonly ArchiveEntry[]
  readonly drop: PendingDay | null
  /** For the log: unreadable data, adopted files, missing files. */
  readonly words: readonly string[]
  /** Not to be tried again at once: the disk has no room for the day or refuses to be written, or only files that can't be adopted are left. */
  readonly isPostponed: boolean
}

function archiverWork(of: Partial<ArchiverWork>): ArchiverWork {
  return { unlist: [], setAside: [], list: [], drop: null, words: [], isPostponed: false, ...of }
}

/** Work that reports archives set aside, along with other changes. */
function setAsideWork(setAside: readonly SetAside[], of: Partial<ArchiverWork> = {}): ArchiverWork {
  return archiverWork({ unlist: setAside.map(({ file }) => file), setAside, ...of })
}

function unreadableWork(name: string, because: string): ArchiverWork {
  return archiverWork({ words: [`${name} cannot be read (${because}). It stays where it is, and is tried again.`] })
}

function missingWork(name: string): ArchiverWork {
  return archiverWork({ unlist: [name], words: [`${name} is not in the folder any more: what it held is not shown. Copy it back to see it again.`] })
}

/** A file modified more recently than this may still be being copied into the folder. */
const settledMs = 60_000

interface TakeInOptions extends Pick<ArchiverOptions, 'history' | 'folder'> {
  readonly now: number
  readonly limits: StoreLimits
  readonly turn: () => Promise<void>
}

/** Adopts the next file in the folder that is not listed, or reports it as damaged. null: no file can be adopted now. */
async function takeIn(options: TakeInOptions): Promise<ArchiverWork | null> {
  const { history, folder, now } = options
  const words: string[] = []
  const listed = new Set(listedArchives(history).map(({ name }) => name))
  for (const name of archivesInFolder(folder)) {
    if (listed.has(name) || now - statSync(join(folder, name)).mtimeMs < settledMs) continue
    const found = await takeInOne(options, name)
    words.push(...(found?.words ?? []))
    if (found !== null && found.list.length + found.setAside.length > 0) return { ...found, words }
  }
  // Those that can't be adopted are left alone, and looked at again with the next run.
  return words.length > 0 ? archiverWork({ words, isPostponed: true }) : null
}

/** null: too early. */
async function takeInOne({ history, folder, now, limits, turn }: TakeInOptions, name: string): Promise<ArchiverWork | null> {
  const of = parseArchiveName(name)
  if (!of) return null
  const file = join(folder, name)
  const setAside = (because: FileFault) => setAsideWork([setArchiveAside(folder, name, now)], { words: [`${name}: ${fileFaultText(because, 'en')}`] })
  const opened = openArchive(file)
  if (!opened.ok) return opened.error.kind === 'databaseDamaged' ? setAside(opened.error.fault) : archiverWork({ words: [opened.error.words] })
  const { kind, period, from, to } = opened.value.meta()
  opened.value.close()
  if (kind !== of.tier || period !== of.period) return setAside(misnamedAs(kind, period))
  const end = periodSpan(period)?.to ?? 0
  // A listed archive would hide live seals of the same days, so wait until those are archived.
  if (hasSeals(history, dayStartOf(from), dayStartOf(Math.min(to, end - 1)) + dayMs)) return null
  if (to < now - limits[of.tier].days * dayMs) return archiverWork({ words: [`${name} is older than what is kept: it stays where it is, and is not shown.`] })
  const { checkArchive } = await import('../check/check.ts')
  const { findings, isRead } = await checkArchive(file, turn)
  if (!isRead) return unreadableWork(name, fileFaultText(findings.at(-1) ?? { kind: 'internal' }, 'en'))
  if (findings[0]) return setAside(findings[0])
  const sha256 = end <= dayStartOf(now) ? (await hashFile(file, { between: turn })).sha256 : null
  return archiverWork({ list: [entryOf(file, of.tier, from, to, sha256)], words: [`${name} was found in the folder, read, and is taken in.`] })
}

const hasSeals = (history: Database, from: number, to: number): boolean =>
  history.prepare<[number, number]>('SELECT 1 FROM seals WHERE from_at >= ? AND from_at < ? LIMIT 1').get(from, to) !== undefined

/** Compares a listed file with its size and checksum in history.db, and sets it aside if it is damaged. */
async function verifyArchive(history: Database, folder: string, entry: ArchiveEntry, now: number, turn: () => Promise<void>): Promise<ArchiverWork> {
  const { name } = entry
  if (!existsSync(join(folder, name))) return missingWork(name)
  try {
    const damage = entry.sha256 === null ? await rowDamage(join(folder, name), turn) : ok(await byteDamage(history, folder, entry, turn))
    if (!damage.ok) return archiverWork({ words: [damage.error] })
    if (damage.value === null) return archiverWork({})
    return setAsideWork([setArchiveAside(folder, name, now)], { words: [`${name}: ${fileFaultText(damage.value, 'en')}`] })
  } catch (error) {
    if (!isUnreadable(error)) throw error
    return unreadableWork(name, messageOf(error))
  }
}

/** The damage; null: the file's bytes are unchanged. */
async function byteDamage(history: Database, folder: string, { name, sha256, bytes }: ArchiveEntry, turn: () => Promise<void>): Promise<FileFault | null> {
  const found = await hashFile(join(folder, name), { between: turn })
  if (found.sha256 === sha256) return null
  // The file may have grown since the list was read: compare with the current entry.
  if (listedArchives(history).find((again) => again.name === name)?.sha256 !== sha256) return null
  return damageOf(found.bytes === bytes ? changedBytes : `${found.bytes} bytes instead of ${bytes}`)
}

/** Checks the rows of a file that still grows and has no checksum as a whole. The error says why it can't be opened. */
async function rowDamage(file: string, turn: () => Promise<void>): Promise<Result<FileFault | null, string>> {
  const opened = openArchive(file)
  if (!opened.ok) return opened.error.kind === 'databaseDamaged' ? ok(opened.error.fault) : err(opened.error.words)
  using archive = opened.value
  try {
    await checkRows(archive, turn)
    return ok(null)
  } catch (error) {
    if (!isDamage(error)) throw error
    return ok(faultOf(error))
  }
}

/** The listed archives that retention limits no longer allow, the oldest of each tier first. */
function overLimits(history: Database, now: number, limits: StoreLimits): ArchiveEntry[] {
  const entries = listedArchives(history)
  return tiers.flatMap((tier) => {
    const ofTier = entries.filter((entry) => entry.tier === tier)
    // The current day, month and year stay regardless of the limits.
    const over = ofTier.filter(({ name }) => (periodSpan(parseArchiveName(name)?.period ?? '')?.to ?? 0) <= dayStartOf(now)).sort((a, b) => a.to - b.to)
    let bytes = ofTier.reduce((sum, entry) => sum + entry.bytes, 0)
    const gone: ArchiveEntry[] = []
    for (const entry of over) {
      if (entry.to >= now - limits[tier].days * dayMs && bytes <= limits[tier].bytes) break
      bytes -= entry.bytes
      gone.push(entry)
    }
    return gone
  })
}

function remove(folder: string, archive: ArchiveEntry): ArchiverWork {
  try {
    for (const end of ['', '-journal']) rmSync(join(folder, archive.name + end), { force: true })
    return archiverWork({})
  } catch (error) {
    return archiverWork({ words: [`${archive.name} is beyond what is kept and cannot be removed: ${messageOf(error)}`], list: [archive] })
  }
}
