import type { Log } from '../ports.ts'
import { classifyStorageError } from '../storage/storageTrouble.ts'

const failed = Symbol('failed')

/** Stored rows replace existing ones, so a constraint error means that an index is damaged. */
const isDamage = (error: unknown): boolean =>
  classifyStorageError(error) === 'damaged' || (error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_CONSTRAINT'))

/** Keeps failures of alarms.db from affecting its users: once it is found to be damaged, it is not used any more. */
export function createClosedGuard(log: Pick<Log, 'error'>) {
  let isDamaged = false
  let failures = 0
  const isUsable = () => !isDamaged
  /** Runs a write; returns `otherwise` if the file is damaged or closed. Throws other errors. */
  const guardedWrite = <T>(otherwise: T, use: () => T): T => {
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
  /** Runs a read; returns `otherwise` if the file or its disk fails. */
  const guardedRead = <T>(otherwise: T, use: () => T): T => {
    try {
      const read = guardedWrite<T | typeof failed>(failed, use)
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
    /** Whether the file is damaged and can't be read. */
    isDamaged: (): boolean => isDamaged,
    /** Number of failed reads so far: results obtained while this increases are incomplete. */
    failures: (): number => failures,
    isUsable,
    guardedWrite,
    guardedRead,
  }
}
export type ClosedGuard = ReturnType<typeof createClosedGuard>
