import { existsSync, readdirSync } from 'node:fs'
import type { Clock } from '../../../clock/clock.ts'
import type { ConsoleTrouble } from '../../../shared/consoleTroubles.ts'
import { type NewEvent, newEvent } from '../../../shared/events.ts'
import type { Log } from '../../ports.ts'
import { damageText } from '../../storage/damageText.ts'
import type { ArchiverWork, ArchiveUsage } from '../archiver/archiver.ts'
import { dayStartOf, type StoreLimits, type WriterAsks } from '../protocol/protocol.ts'
import type { ArchiverThread } from './archiverThread.ts'

/** What there is to do about archives: days that are over, limits, and files that may be damaged. */
export interface ArchiveWork {
  /** Does all that is due now. */
  readonly run: () => Promise<void>
  /** Of each tier, as it was found last. */
  readonly usage: () => readonly ArchiveUsage[]
  /** Why days that are over are not archived; null: they are. */
  readonly trouble: () => ConsoleTrouble | null
  /** The next run checks this file. False where it would anyway. */
  readonly doubt: (name: string) => boolean
  /** The next run checks all files and their limits. */
  readonly tendNext: () => void
}

export interface ArchiveWorkDeps {
  readonly clock: Clock
  readonly log: Log
  /** Where archives lie. */
  readonly folder: string
  readonly askWriter: <K extends keyof WriterAsks & string>(kind: K, input: WriterAsks[K][0]) => Promise<WriterAsks[K][1]>
  readonly limits: () => StoreLimits
  /** Room on the disk; null: not known. */
  readonly freeBytes: () => number | null
  readonly record: (events: readonly NewEvent[]) => void
  /** Makes readers close these files. */
  readonly release: (names: readonly string[]) => Promise<void>
}

/** What a server began before midnight is sealed by then. */
const settleMs = 15 * 60_000
/** Files that somebody put into the folder, limits, and the checksums of a file. */
const tendEveryMs = 3_600_000
/** After a failure: half an archive is much work. */
const retryMs = 600_000
/** Of the disk, whatever the day takes. */
const spareBytes = 200e6

type OldestDay = WriterAsks['oldestDay'][1]

export function createArchiveWork(
  deps: ArchiveWorkDeps,
  { ask }: Pick<ArchiverThread, 'ask'>,
  /** `breathe` between two steps, so that commits and questions come in between; no further step once it is closed. */
  { isClosed, breathe }: { readonly isClosed: () => boolean; readonly breathe: () => Promise<void> },
): ArchiveWork {
  const { clock, log, folder, askWriter, limits } = deps
  let usage: readonly ArchiveUsage[] = []
  let doubted = new Set<string>()
  let trouble: ConsoleTrouble | null = null
  let tendAt = Number.NEGATIVE_INFINITY
  /** Later after a failure. */
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
    while (!isClosed() && (await askWriter('dropDay', work.drop)).more) await breathe()
  }

  const verify = async (now: number, name?: string): Promise<void> => {
    const found = await ask('verify', name === undefined ? { now } : { now, name })
    if (found) await carryOut(found)
  }

  /** A day lies twice on the disk until its archives are listed. */
  const hasRoom = (day: OldestDay): boolean => {
    const free = deps.freeBytes()
    const needed = (day?.bytes ?? 0) * 1.5 + spareBytes
    const enough = free === null || free > needed
    trouble =
      enough || day === null ? null : { kind: 'noRoomForArchive', day: new Date(day.from).toISOString().slice(0, 10), neededBytes: needed, freeBytes: free }
    return enough
  }

  /** `asOf`: days that end before it are archived. */
  const archiveDays = async (now: number, asOf: number): Promise<void> => {
    const dropped = new Set<number>()
    for (;;) {
      const day = await askWriter('oldestDay', null)
      if (!hasRoom(isOver(day, asOf) ? day : null)) return
      archiveAt = now + retryMs
      const unsealedFrom = await askWriter('unsealedFrom', null)
      const work = await ask('archive', { now: asOf, unsealedFrom, limits: limits() })
      archiveAt = Number.NEGATIVE_INFINITY
      // What could not be dropped comes again: not before the next run.
      if (isClosed() || !work || (work.drop && dropped.has(work.drop.dayStart))) return
      if (work.drop) dropped.add(work.drop.dayStart)
      await carryOut(work)
      await breathe()
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
      // In the first minutes of a day the last one is not over yet.
      const asOf = now - dayStartOf(now) < settleMs ? dayStartOf(now) - 1 : now
      const isTended = now < tendAt && now > tendAt - 2 * tendEveryMs
      const hasDays = isOver(await askWriter('oldestDay', null), asOf) && (now >= archiveAt || now < archiveAt - retryMs)
      if (!hasDays && doubted.size === 0 && (isTended || !hasFiles(folder))) return
      const asked = doubted
      doubted = new Set()
      for (const name of asked) await verify(now, name)
      await archiveDays(now, asOf)
      if (isClosed()) return
      await keepToLimits(now)
      if (!isTended) {
        await verify(now)
        tendAt = now + tendEveryMs
      }
      usage = await ask('usage', null)
    },
    usage: () => usage,
    trouble: () => trouble,
    doubt: (name) => {
      if (doubted.has(name)) return false
      doubted.add(name)
      return true
    },
    tendNext: () => {
      tendAt = Number.NEGATIVE_INFINITY
    },
  }
}

const isOver = (day: OldestDay, asOf: number): boolean => day !== null && day.from < dayStartOf(asOf)

export const hasFiles = (folder: string): boolean => existsSync(folder) && readdirSync(folder).length > 0
