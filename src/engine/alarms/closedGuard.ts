import type { Log } from '../ports.ts'
import type { Database } from '../storage/openDatabase.ts'
import { classifyStorageError } from '../storage/storageTrouble.ts'

const failed = Symbol('failed')

/** Whatever is stored replaces what is there: that it can't is damage of an index. */
const isDamage = (error: unknown): boolean =>
  classifyStorageError(error) === 'damaged' || (error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_CONSTRAINT'))

/** Lets alarms.db fail without what uses it: once the file is found to be damaged it is not used until another one is begun. */
export function createClosedGuard(db: Database, log: Pick<Log, 'error'>) {
  let isDamaged = false
  let failures = 0
  // Not open: the file was moved away, written back, and can't be opened yet.
  const isUsable = () => !isDamaged && db.open
  /** What is written; `otherwise` if the file is damaged or not open. Throws what else fails. */
  const written = <T>(otherwise: T, use: () => T): T => {
    if (!isUsable()) return otherwise
    try {
      return use()
    } catch (error) {
      if (!isDamage(error)) throw error
      log.error({ error }, 'alarms.db is damaged: closed alarms cannot be read')
      isDamaged = true
      return otherwise
    }
  }
  /** What is read; `otherwise` if the file or its disk fails. */
  const guarded = <T>(otherwise: T, use: () => T): T => {
    try {
      const read = written<T | typeof failed>(failed, use)
      if (read !== failed) return read
    } catch (error) {
      const trouble = classifyStorageError(error)
      if (trouble === null) throw error
      if (failures === 0) log.error({ error, trouble }, 'closed alarms cannot be read for now')
    }
    failures++
    return otherwise
  }
  return {
    /** The file is damaged: what it has can't be read. */
    isDamaged: (): boolean => isDamaged,
    /** How often something could not be read so far: an answer during which this has changed lacks something. */
    failures: (): number => failures,
    /** Another file was begun. */
    begunAnew: (): void => {
      isDamaged = false
    },
    isUsable,
    written,
    guarded,
  }
}
export type ClosedGuard = ReturnType<typeof createClosedGuard>
