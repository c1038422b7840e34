import { existsSync, readdirSync } from 'node:fs'
import type { Clock } from '../../../clock/clock.ts'
import type { ConsoleTrouble } from '../../../shared/consoleTroubles.ts'
import { type NewEvent, newEvent } from '../../../shared/events.ts'
import type { Log } from '../../ports.ts'
import { damageText } from '../../storage/damageText.ts'
import type { ArchiverWork, ArchiveUsage } from '../archiver/archiver.ts'
import { dayStartOf, type StoreLimits, type WriterAsks } from '../protocol/protocol.ts'
import type { ArchiverThread } from './archiverThread.ts'

/** Archive maintenance: archiving past days, enforcing retention limits, and checking files that may be damaged. */
export interface ArchiveWork {
  /** Does everything that is due now. */
  readonly run: () => Promise<void>
  /** Disk usage of each tier at the last check. */
  readonly usage: () => readonly ArchiveUsage[]
  /** Why past days are not archived; null: no problem. */
  readonly trouble: () => ConsoleTrouble | null
  /** Makes the next run check this file. Returns false if it was already going to. */
  readonly checkSoon: (name: string) => boolean
  /** Makes the next run do what is done only every `maintainEveryMs`, too. */
  readonly maintainNext: () => void
}

export interface ArchiveWorkDeps {
  readonly clock: Clock
  readonly log: Log
  /** Folder of the archives. */
  readonly folder: string
  readonly askWriter: <K extends keyof WriterAsks & string>(kind: K, input: WriterAsks[K][0]) => Promise<WriterAsks[K][1]>
  readonly limits: () => StoreLimits
  /** Free bytes on the disk; null: unknown. */
  readonly freeBytes: () => number | null
  readonly record: (events: readonly NewEvent[]) => void
  /** Makes readers close these files. */
  readonly release: (names: readonly string[]) => Promise<void>
}

/** Wait after midnight until all rounds that began before it are sealed. */
const settleMs = 15 * 60_000
/** Interval of looking for files put into the folder, enforcing limits and verifying one file's checksums. */
const maintainEveryMs = 3_600_000
/** Wait after a failure, because half an archive is much work to lose. */
const retryMs = 600_000
/** Free disk space to leave, in addition to the size of the day. */
const spareBytes = 200e6

type OldestDay = WriterAsks['oldestDay'][1]

export function createArchiveWork(
  deps: ArchiveWorkDeps,
  { ask }: Pick<ArchiverThread, 'ask'>,
  /** `pauseBetweenSteps` is awaited between two steps, so that commits and queries get their turn; after closing there are no more steps. */
  { isClosed, pauseBetweenSteps }: { readonly isClosed: () => boolean; readonly pauseBetweenSteps: () => Promise<void> },
): ArchiveWork {
  const { clock, log, folder, askWriter, limits } = deps
  let usage: readonly ArchiveUsage[] = []
  let toCheck = new Set<string>()
  let trouble: ConsoleTrouble | null = null
  let maintainAt = Number.NEGATIVE_INFINITY
  /** Earliest time at which a past day alone is a reason to run; postponed after a failure. */
  let archiveAt = Number.NEGATIVE_INFINITY

  const unlist = async (names: readonly string[]): Promise<void> => {
    for (const name of names) await askWriter('unlistArchive', { name })
    if (names.length > 0) await deps.release(names)
  }

  const carryOut = async (work: ArchiverWork): Promise<void> => {
    for (const words of work.words) log.warn({}, words)
    await unlist(work.unlist)
    for (const aside of work.setAside) {
      await askWriter('setAside', aside)
      log.error({ setAside: aside.file }, damageText(aside.damage))
      deps.record([newEvent('storeDamaged', clock.now(), aside.damage)])
    }
    for (const archive of work.list) await askWriter('listArchive', archive)
    if (!work.drop) return
    while (!isClosed() && (await askWriter('dropDay', work.drop)).more) await pauseBetweenSteps()
  }

  const verify = async (now: number, name?: string): Promise<void> => {
    const found = await ask('verify', name === undefined ? { now } : { now, name })
    if (found) await carryOut(found)
  }

  /** Whether the disk has room for a day's archives: the day is stored twice until they are listed. */
  const hasRoom = (day: OldestDay): boolean => {
    const free = deps.freeBytes()
    const needed = (day?.bytes ?? 0) * 1.5 + spareBytes
    const enough = free === null || free > needed
    trouble =
      enough || day === null ? null : { kind: 'noRoomForArchive', day: new Date(day.from).toISOString().slice(0, 10), neededBytes: needed, freeBytes: free }
    return enough
  }

  /** Archives the days that ended before `asOf`. */
  const archiveDays = async (now: number, asOf: number): Promise<void> => {
    const dropped = new Set<number>()
    for (;;) {
      const day = await askWriter('oldestDay', null)
      if (!hasRoom(isOver(day, asOf) ? day : null)) return
      archiveAt = now + retryMs
      const unsealedFrom = await askWriter('unsealedFrom', null)
      const work = await ask('archive', { now: asOf, unsealedFrom, limits: limits() })
      archiveAt = Number.NEGATIVE_INFINITY
      // A day that could not be dropped is offered again; leave it to the next run.
      if (isClosed() || !work || (work.drop && dropped.has(work.drop.dayStart))) return
      if (work.drop) dropped.add(work.drop.dayStart)
      await carryOut(work)
      await pauseBetweenSteps()
      if (isClosed()) return
    }
  }

  const keepToLimits = async (now: number): Promise<void> => {
    for (;;) {
      const { unlist: names } = await ask('retain', { now, limits: limits() })
      if (names.length === 0) return
      await unlist(names)
    }
  }

  return {
    run: async () => {
      const now = clock.now()
      // In the first minutes of a day, the previous one may have unsealed rounds.
      const asOf = now - dayStartOf(now) < settleMs ? dayStartOf(now) - 1 : now
      const isMaintained = now < maintainAt && now > maintainAt - 2 * maintainEveryMs
      const hasDays = isOver(await askWriter('oldestDay', null), asOf) && (now >= archiveAt || now < archiveAt - retryMs)
      if (!hasDays && toCheck.size === 0 && (isMaintained || !hasFiles(folder))) return
      const asked = toCheck
      toCheck = new Set()
      for (const name of asked) await verify(now, name)
      await archiveDays(now, asOf)
      if (isClosed()) return
      await keepToLimits(now)
      if (!isMaintained) {
        await verify(now)
        maintainAt = now + maintainEveryMs
      }
      usage = await ask('usage', null)
    },
    usage: () => usage,
    trouble: () => trouble,
    checkSoon: (name) => {
      if (toCheck.has(name)) return false
      toCheck.add(name)
      return true
    },
    maintainNext: () => {
      maintainAt = Number.NEGATIVE_INFINITY
    },
  }
}

const isOver = (day: OldestDay, asOf: number): boolean => day !== null && day.from < dayStartOf(asOf)

export function hasFiles(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).length > 0
}
