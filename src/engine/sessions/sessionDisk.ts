import type { Clock } from '../../clock/clock.ts'
import type { ConsoleTrouble } from '../../shared/consoleTroubles.ts'
import type { Log } from '../ports.ts'
import { databaseErrorOf } from '../storage/openDatabase.ts'

/** Another program, as of a backup, may hold the file for a moment. */
const saidAfterMs = 10_000
/** A disk that damages every new file would otherwise fill up with them. */
const recreateAgainMs = 60_000

interface SessionDiskDeps {
  readonly clock: Pick<Clock, 'monotonic'>
  readonly log: Log
  readonly file: string
  /** Sets the damaged file aside and creates a new one. Returns whether it succeeded; if not, the database may be closed. */
  readonly recreate: () => boolean
  readonly isOpen: () => boolean
}

/** Runs what reads or writes a file of sessions. A file or disk that fails is logged once until it works again; a damaged file is recreated. */
export function createSessionDisk({ clock, log, file, recreate, isOpen }: SessionDiskDeps) {
  let recreatedAt = Number.NEGATIVE_INFINITY
  let failing: { readonly since: number; readonly trouble: ConsoleTrouble } | null = null
  const recreateIfDue = (): boolean => {
    if (clock.monotonic() - recreatedAt < recreateAgainMs) return false
    recreatedAt = clock.monotonic()
    if (!recreate()) return false
    failing = null
    return true
  }
  const failed = (error: unknown): void => {
    // It was closed as damaged, and no new file could be created: nothing works until one can.
    if (failing !== null && !isOpen()) {
      recreateIfDue()
      return
    }
    const known = databaseErrorOf(file, error)
    if (known === null) throw error
    if (known.kind === 'databaseDamaged' && recreateIfDue()) return
    if (failing === null) log.warn({ trouble: known.trouble.kind }, 'sessions cannot be stored now')
    failing = { since: failing?.since ?? clock.monotonic(), trouble: known.trouble }
  }
  return {
    /** Returns whether it was done: what was to be written is tried again. */
    attempt: (work: () => void): boolean => {
      try {
        work()
        failing = null
        return true
      } catch (error) {
        failed(error)
        return false
      }
    },
    /** Something else failed that reads or writes. */
    failed,
    /** Why nothing could be stored for some time; null: it can. */
    trouble: (): ConsoleTrouble | null => (failing !== null && clock.monotonic() - failing.since >= saidAfterMs ? failing.trouble : null),
  }
}
