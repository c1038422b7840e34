import { dirname } from 'node:path'
import type { Database } from '../../storage/openDatabase.ts'
import { classifyStorageError } from '../../storage/storageTrouble.ts'
import type { Space } from '../protocol/protocol.ts'

/** Why history.db cannot be written, or is written without samples. */
export interface DiskTrouble {
  /** A transaction failed. False where that is no trouble of the disk. */
  readonly failed: (error: unknown) => boolean
  /** Writing works again. */
  readonly recovered: () => void
  readonly checkSpace: (space: Space) => void
  readonly freeBytes: () => number | null
  /** The disk is nearly full. */
  readonly stopsSamples: () => boolean
  /** Nothing can be written to the file any more. */
  readonly isDamaged: () => boolean
  /** For the operator; null: there is none. */
  readonly words: () => string | null
}

export function createDiskTrouble(db: Database, onTrouble: (error: unknown, text: string) => void): DiskTrouble {
  let failure: string | null = null
  let lowSpace: string | null = null
  let freeBytes: number | null = null
  let damaged = false
  const folder = dirname(db.name)

  return {
    failed: (error) => {
      const kind = classifyStorageError(error)
      if (kind === null) return false
      if (kind === 'damaged') damaged = true
      const { message } = error as Error
      const words = {
        full: `The disk of ${folder} is full: samples are not stored. Free some space, or keep fewer days of history.`,
        notWritable: `${db.name} cannot be written (${message}): samples are not stored. Check the disk and who owns the folder.`,
        damaged: `${db.name} is damaged (${message}): it is set aside, and a new one is begun.`,
        busy: `${db.name} is held by another program: samples are not stored. Close what has it open.`,
      }[kind]
      if (failure === null) onTrouble(error, words)
      failure = words
      return true
    },
    recovered: () => {
      failure = null
    },
    checkSpace: (space) => {
      freeBytes = space.freeBytes
      const least = Math.max(1e9, space.totalBytes * 0.02)
      if (freeBytes < least) {
        if (lowSpace === null) onTrouble(null, 'The disk is nearly full: samples are not stored any more, minutes are.')
        lowSpace = `Only ${inGb(freeBytes)} are free on the disk of ${folder}: samples are not stored until it is more than ${inGb(least)}; minutes, events and all coarser figures are. Free some space, or keep fewer days of history.`
      } else if (freeBytes > least * 1.1) lowSpace = null
    },
    freeBytes: () => freeBytes,
    stopsSamples: () => lowSpace !== null,
    isDamaged: () => damaged,
    words: () => failure ?? lowSpace,
  }
}

const inGb = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`
