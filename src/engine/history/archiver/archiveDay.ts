import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Result } from '../../../shared/result.ts'
import { type Tier, tierStepMs } from '../../../shared/tiers.ts'
import { hashFile } from '../../storage/hashFile.ts'
import type { Database } from '../../storage/openDatabase.ts'
import { syncFolder } from '../../storage/syncFile.ts'
import {
  type Archive,
  type ArchiveError,
  type ArchiveMeta,
  archiveName,
  archivesInFolder,
  type BucketTier,
  blockOf,
  blocksOf,
  checkRows,
  copyPart,
  createArchive,
  createLiveSource,
  entryOf,
  type GrowingArchive,
  isDamage,
  listedArchives,
  openArchive,
  openGrowingArchive,
  parseArchiveName,
  periodOf,
  periodSpan,
  type SetAside,
  sealMark,
  setArchiveAside,
} from '../archive/archive.ts'
import { type Buckets, decodeBuckets, encodeBuckets, mergeBuckets } from '../codec/codec.ts'
import { type ArchiveEntry, dayMs, dayStartOf, layoutToText } from '../protocol/protocol.ts'

/** A past day whose data is still in history.db. */
export interface PendingDay {
  /** Start of the day, UTC. */
  readonly dayStart: number
  /** The last of its seals; later ones are not archived in this run. */
  readonly lastSeal: number
}

/** Result of archiving a day. The writer unlists files set aside, lists the new ones, and then drops the day's seals up to `drop.lastSeal`. */
export interface ArchivedDay {
  readonly list: readonly ArchiveEntry[]
  /** null: a file of the day was damaged before it was listed; the next call recreates it. */
  readonly drop: PendingDay | null
  /** Files found to be damaged: to be unlisted and reported. */
  readonly setAside: readonly SetAside[]
  /** Descriptions of unreadable data that is missing in the archives. */
  readonly lost: readonly string[]
}

interface ArchiveDayOptions {
  readonly history: Database
  readonly folder: string
  readonly day: PendingDay
  readonly now: number
  /** Program and version recorded in the file: `mtxdeck 0.4.0`. */
  readonly madeBy: string
  /** Awaited between slices; throws to stop. The next call continues where this one stopped. */
  readonly turn: () => Promise<void>
  /** Called with the name of each step when done, for tests that stop there. */
  readonly onStep?: (step: string) => void
}

/** The oldest day with seals that ended before `before`; null: there is none. */
export function pendingDay(history: Database, before: number): PendingDay | null {
  const oldest = history.prepare<[], number | null>('SELECT min(from_at) FROM seals').pluck().get()
  if (oldest == null) return null
  const dayStart = dayStartOf(oldest)
  if (dayStart + dayMs > before) return null
  const lastSeal = history
    .prepare<[number, number], number>('SELECT max(id) FROM seals WHERE from_at >= ? AND from_at < ?')
    .pluck()
    .get(dayStart, dayStart + dayMs)
  return { dayStart, lastSeal: lastSeal as number }
}

/**
 * Creates the archives of one day in steps. If the process is killed at any of them, the next call resumes there.
 *
 * 1. The day's samples and minutes are written as parts, verified, and renamed: samples first.
 * 2. The day's minutes are added to the month's quarter hours and the year's two hours, some subjects per transaction. Each
 *    row stores the number of the run that was added last, so that none is added twice.
 *
 * A day's files list the seals they contain. Seals that are in none of them yet (a clock was set back) go into another part.
 */
export async function archiveDay(options: ArchiveDayOptions): Promise<ArchivedDay> {
  const { history, folder, day, now, madeBy, turn } = options
  const step = options.onStep ?? (() => {})
  const { dayStart, lastSeal } = day
  const period = periodOf('minutes', dayStart)
  const lost: string[] = []
  const setAside: SetAside[] = []
  const list: ArchiveEntry[] = []
  mkdirSync(folder, { recursive: true, mode: 0o700 })

  const seals = history
    .prepare<[number, number, number], { id: number; from_at: number; to_at: number; sample_bytes: number }>(
      'SELECT id, from_at, to_at, sample_bytes FROM seals WHERE from_at >= ? AND from_at < ? AND id <= ? ORDER BY id',
    )
    .all(dayStart, dayStart + dayMs, lastSeal)
  const listed = new Set(listedArchives(history).map(({ name }) => name))

  /** Opens a file of the day. A damaged file is set aside and treated as missing. */
  const openOrSetAside = (name: string): Archive | null => {
    if (!existsSync(join(folder, name))) return null
    return openedOr(openArchive(join(folder, name)), () => void setAside.push(setArchiveAside(folder, name, now)))
  }

  // Seals already in files of this day but not dropped yet. A file copied here by somebody contains none of them.
  const pending = new Set(seals.map(({ id, from_at }) => sealMark(id, from_at)))
  const archived = new Set<string>()
  const minuteFiles: string[] = []
  for (const name of archivesInFolder(folder)) {
    const of = parseArchiveName(name)
    if (of?.period !== period || of.tier !== 'minutes') continue
    using archive = openOrSetAside(name)
    if (!archive) continue
    const marks = marksOf(archive).filter((mark) => pending.has(mark))
    if (marks.length > 0) minuteFiles.push(name)
    for (const mark of marks) archived.add(mark)
  }
  const left = seals.filter(({ id, from_at }) => !archived.has(sealMark(id, from_at)))

  if (left.length > 0) {
    const marks = left.map(({ id, from_at }) => sealMark(id, from_at)).join(',')
    const wanted = new Set(marks.split(','))
    let part = 1
    let samples: string | null = null
    for (; ; part++) {
      const names = (['samples', 'minutes'] as const).map((tier) => archiveName({ tier, period, part }))
      const [samplesName, minutesName] = names as [string, string]
      if (listed.has(samplesName) || listed.has(minutesName) || existsSync(join(folder, minutesName))) continue
      if (!existsSync(join(folder, samplesName))) break
      // The process was killed after renaming the samples and before renaming the minutes.
      using archive = openOrSetAside(samplesName)
      if (!archive) break
      if (marksOf(archive).join(',') !== marks) continue
      samples = samplesName
      break
    }
    const source = createLiveSource(
      history,
      (id, from) => from >= dayStart && from < dayStart + dayMs && wanted.has(sealMark(id, from)),
      (words) => void lost.push(words),
    )
    const from = left.reduce((least, { from_at }) => Math.min(least, from_at), Number.POSITIVE_INFINITY)
    const to = left.reduce((most, { to_at }) => Math.max(most, to_at), Number.NEGATIVE_INFINITY)
    const metaOf = (kind: Tier): ArchiveMeta => ({ kind, period, from, to, madeBy, madeAt: now, more: { seals: marks } })
    const make = async (tier: 'samples' | 'minutes'): Promise<string> => {
      const name = archiveName({ tier, period, part })
      const partFile = join(folder, `${name}.part`)
      // Leftovers of a killed run.
      for (const end of ['', '-journal']) rmSync(partFile + end, { force: true })
      const into = createArchive(partFile, metaOf(tier))
      try {
        await copyPart({
          sources: [source],
          from: 0,
          to: Number.POSITIVE_INFINITY,
          wants: () => true,
          tiers: [tier],
          facts: tier === 'minutes' ? { from: 0, to: dayStart + dayMs } : null,
          events: null,
          into,
          turn,
          onDamage: (words) => void lost.push(words),
        })
        into.finish()
      } catch (error) {
        into.abandon()
        throw error
      }
      step(`${tier} written`)
      using made = openedOr(openArchive(partFile), ({ words }) => raise(words))
      if (!made) throw new Error(`${partFile} is not there`)
      await checkRows(made, turn)
      step(`${tier} checked`)
      return name
    }
    const rename = (name: string): void => {
      renameSync(join(folder, `${name}.part`), join(folder, name))
      syncFolder(folder)
      step(`${parseArchiveName(name)?.tier} renamed`)
    }
    const makesSamples = samples === null && left.some(({ sample_bytes }) => sample_bytes !== 0)
    const samplesMade = makesSamples ? await make('samples') : null
    const minutesMade = await make('minutes')
    if (samplesMade) rename(samplesMade)
    rename(minutesMade)
    minuteFiles.push(minutesMade)
  }

  for (const tier of ['samples', 'minutes'] as const)
    for (const name of archivesInFolder(folder)) {
      const of = parseArchiveName(name)
      if (of?.period !== period || of.tier !== tier || listed.has(name)) continue
      if (!minuteFiles.includes(archiveName({ ...of, tier: 'minutes' }))) continue
      using archive = openOrSetAside(name)
      if (!archive) continue
      // A file copied here by somebody is checked separately, by `takeIn`.
      if (tier === 'samples' && !marksOf(archive).some((mark) => pending.has(mark))) continue
      const { from, to } = archive.meta()
      list.push(entryOf(join(folder, name), tier, from, to, (await hashFile(join(folder, name), { between: turn })).sha256))
    }

  for (const tier of ['quarterHours', 'twoHours'] as const) {
    const grown = await growPeriod({
      ...options,
      tier,
      period: periodOf(tier, dayStart),
      minuteFiles: minuteFilesOf(folder, tier, dayStart, listed, minuteFiles),
      setAside,
    })
    if (grown) list.push(grown)
  }
  const isThere = (name: string): boolean => existsSync(join(folder, name))
  return { list: list.filter(({ name }) => isThere(name)), drop: minuteFiles.every(isThere) ? day : null, setAside, lost }
}

/** The seals that a day's file claims to contain. */
const marksOf = (archive: Archive): string[] => (archive.meta().more.seals ?? '').split(',')

/** The minute files of the period to be added to its file if missing there: listed ones up to this day, and the day's own. */
function minuteFilesOf(folder: string, tier: BucketTier, dayStart: number, listed: ReadonlySet<string>, own: readonly string[]): string[] {
  const of = periodOf(tier, dayStart)
  const day = periodOf('minutes', dayStart)
  return archivesInFolder(folder).filter((name) => {
    const parsed = parseArchiveName(name)
    if (parsed?.tier !== 'minutes' || !parsed.period.startsWith(of)) return false
    return own.includes(name) || (listed.has(name) && parsed.period <= day)
  })
}

interface GrowOptions extends ArchiveDayOptions {
  readonly tier: BucketTier
  readonly period: string
  readonly minuteFiles: readonly string[]
  readonly setAside: SetAside[]
}

/** Subjects per transaction: some megabytes, whose commit blocks readers for a few milliseconds. */
const subjectsPerTransaction = 100

async function growPeriod({ folder, tier, period, minuteFiles, setAside, now, madeBy, turn, onStep }: GrowOptions): Promise<ArchiveEntry | null> {
  const step = onStep ?? (() => {})
  const name = archiveName({ tier, period, part: 1 })
  const file = join(folder, name)
  const open = (): GrowingArchive | null => {
    if (!existsSync(file)) return null
    return openedOr(openGrowingArchive(file), () => void setAside.push(setArchiveAside(folder, name, now)))
  }
  const create = (): GrowingArchive => {
    const span = periodSpan(period) ?? { from: 0, to: 0 }
    const part = `${file}.part`
    for (const end of ['', '-journal']) rmSync(part + end, { force: true })
    createArchive(part, { kind: tier, period, from: span.from, to: span.from, madeBy, madeAt: now, more: { days: '', run: '0', adding: '' } }).finish()
    renameSync(part, file)
    syncFolder(folder)
    step(`${tier} made`)
    return openedOr(openGrowingArchive(file), ({ words }) => raise(words)) ?? raise(`${file} is not there`)
  }

  let growing = open() ?? create()
  try {
    for (const minutesName of minuteFiles) {
      try {
        await addMinutes(growing, tier, join(folder, minutesName), turn, step)
      } catch (error) {
        if (error instanceof MinutesDamaged) {
          setAside.push(setArchiveAside(folder, minutesName, now))
          continue
        }
        if (!isDamage(error)) throw error
        // The period's own file is damaged: it is begun anew with the minute files that still exist.
        growing.close()
        setAside.push(setArchiveAside(folder, name, now))
        growing = create()
        for (const again of minuteFiles) if (existsSync(join(folder, again))) await addMinutes(growing, tier, join(folder, again), turn, step)
        break
      }
    }
    const meta = growing.meta()
    const days = daysOf(meta)
    if (days.length === 0) return null
    return entryOf(file, tier, meta.from, meta.to, null)
  } finally {
    growing.close()
  }
}

/** The minute file being read is damaged, not the file being written. */
class MinutesDamaged extends Error {}

/** Names of the minute files added to a month's or year's file, oldest first. */
function daysOf(meta: ArchiveMeta): string[] {
  return (meta.more.days ?? '').split(',').filter((name) => name !== '')
}

async function addMinutes(
  growing: GrowingArchive,
  tier: BucketTier,
  minutesFile: string,
  turn: () => Promise<void>,
  step: (name: string) => void,
): Promise<void> {
  const source = minutesFile.slice(minutesFile.lastIndexOf('minutes-'))
  const before = growing.meta()
  if (daysOf(before).includes(source)) return
  const minutes = openedOr(openArchive(minutesFile), () => {
    throw new MinutesDamaged()
  })
  if (!minutes) return
  try {
    const read = <T>(run: () => T): T => {
      try {
        return run()
      } catch (error) {
        throw isDamage(error) ? new MinutesDamaged() : error
      }
    }
    // An interrupted run continues under its number, and skips rows that already have it.
    const run = before.more.adding === source ? Number(before.more.run) : Number(before.more.run ?? 0) + 1
    if (before.more.adding !== source) growing.transact(() => growing.putMeta({ ...before, more: { ...before.more, adding: source, run: String(run) } }))
    step(`${tier} begun`)
    const subjects = read(() => minutes.subjects())
    const layouts = new Map<number, string>()
    const layoutText = (id: number): string => {
      const text = layouts.get(id) ?? layoutToText(minutes.layout(id))
      layouts.set(id, text)
      return text
    }
    let first = Number.POSITIVE_INFINITY
    for (let at = 0; at < subjects.length; at += subjectsPerTransaction) {
      growing.transact(() => {
        for (const { no, server, path } of subjects.slice(at, at + subjectsPerTransaction)) {
          const blocks = read(() => coarseBlocks(minutes, no, tier, layoutText))
          for (const [block, layoutsOfBlock] of blocks) {
            const subject = growing.subject(server, path)
            const there = growing.bucketRow(subject, block)
            for (const buckets of layoutsOfBlock.values()) first = Math.min(first, buckets.first * buckets.stepMs)
            if (there && there.run >= run) continue
            const parts = new Map((there?.parts ?? []).map(({ layout, bytes }) => [layout, bytes]))
            for (const [text, buckets] of layoutsOfBlock) {
              const layout = growing.layout(text)
              const old = parts.get(layout)
              parts.set(layout, encodeBuckets(old ? mergeBuckets([decodeBuckets(old), buckets]) : buckets))
            }
            growing.putBuckets(
              subject,
              block,
              [...parts].map(([layout, bytes]) => ({ layout, bytes })),
              run,
            )
          }
        }
        step(`${tier} adding`)
      })
      step(`${tier} some added`)
      await turn()
    }
    const span = periodSpan(parseArchiveName(source)?.period ?? '')
    const days = daysOf(before)
    growing.transact(() =>
      growing.putMeta({
        ...before,
        // A seal that reaches into the next day does not extend the covered span to that day.
        from: Math.min(days.length === 0 ? Number.POSITIVE_INFINITY : before.from, Math.max(first, span?.from ?? first)),
        to: Math.max(days.length === 0 ? 0 : before.to, (span?.to ?? 1) - 1),
        more: { ...before.more, days: [...days, source].join(','), run: String(run), adding: '' },
      }),
    )
    step(`${tier} added`)
  } finally {
    minutes.close()
  }
}

/** All minutes of a subject merged into wider buckets, by block and by layout text. */
function coarseBlocks(minutes: Archive, no: number, tier: BucketTier, layoutText: (id: number) => string): Map<number, Map<string, Buckets>> {
  const rows = minutes.bucketRows(no, 0, blockOf('minutes', Number.MAX_VALUE))
  const coarse = rows.flatMap(({ parts }) =>
    parts.map(({ layout, bytes }) => ({ layout: layoutText(layout), buckets: mergeBuckets([decodeBuckets(bytes)], tierStepMs[tier]) })),
  )
  return blocksOf(coarse, tier)
}

/**
 * Computes the checksum of a month's or year's file once its period is over; from then on the file is read-only. null: all
 * such files have theirs.
 */
export async function closePeriod(history: Database, folder: string, now: number, turn: () => Promise<void>): Promise<ArchiveEntry | null> {
  for (const entry of listedArchives(history)) {
    const of = parseArchiveName(entry.name)
    if (entry.sha256 !== null || !of || (periodSpan(of.period)?.to ?? 0) > dayStartOf(now)) continue
    const file = join(folder, entry.name)
    if (!existsSync(file)) continue
    return { ...entryOf(file, entry.tier, entry.from, entry.to, (await hashFile(file, { between: turn })).sha256) }
  }
  return null
}

function openedOr<T>(opened: Result<T, ArchiveError>, damaged: (error: ArchiveError) => void): T | null {
  if (opened.ok) return opened.value
  // If the disk merely can't be read now, the file must stay in place.
  if (opened.error.kind === 'databaseDamaged') damaged(opened.error)
  else throw new Error(opened.error.words)
  return null
}
function raise(words: string): never {
  throw new Error(words)
}
