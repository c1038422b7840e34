import type { Clock } from '../../clock/clock.ts'
import type { ConsoleTrouble } from '../../shared/consoleTroubles.ts'
import type { Log } from '../ports.ts'
import { databaseErrorOf } from '../storage/openDatabase.ts'

/** Another program, as of a backup, may hold the file for a moment. */
const saidAfterMs = 10_000
interface SessionDiskDeps {
  readonly clock: Pick<Clock, 'monotonic'>
  readonly log: Log
  readonly file: string
}

/** Runs what reads or writes a file of sessions. A file or disk that fails is logged once until it works again. */
export function createSessionDisk({ clock, log, file }: SessionDiskDeps) {
  let failing: { readonly since: number; readonly trouble: ConsoleTrouble } | null = null
  const failed = (error: unknown): void => {
    const known = databaseErrorOf(file, error)
    if (known === null) throw error
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
