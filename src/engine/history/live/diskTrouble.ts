import { dirname } from 'node:path'
import type { ConsoleTrouble } from '../../../shared/consoleTroubles.ts'
import { messageOf } from '../../../shared/messageOf.ts'
import { consoleTroubleText } from '../../../shared/words/consoleTroubleText.ts'
import { faultOf } from '../../storage/faultOf.ts'
import type { Database } from '../../storage/openDatabase.ts'
import { classifyStorageError, type StorageTrouble } from '../../storage/storageTrouble.ts'
import type { Space } from '../protocol/protocol.ts'

/** Tracks why history.db can't be written, or is written without samples. */
export interface DiskTrouble {
  /** Reports a failed transaction. Returns false if the error is no disk problem. */
  readonly failed: (error: unknown) => boolean
  /** Reports that writing works again. */
  readonly recovered: () => void
  readonly checkSpace: (space: Space) => void
  readonly freeBytes: () => number | null
  /** Whether samples are not stored because the disk is nearly full. */
  readonly stopsSamples: () => boolean
  /** Whether the file is damaged and can't be written any more. */
  readonly isDamaged: () => boolean
  /** The current problem; null: none. */
  readonly why: () => ConsoleTrouble | null
}

export function createDiskTrouble(db: Database, onTrouble: (error: unknown, text: string) => void): DiskTrouble {
  let failure: ConsoleTrouble | null = null
  let lowSpace: ConsoleTrouble | null = null
  let freeBytes: number | null = null
  let damaged = false
  const folder = dirname(db.name)

  return {
    failed: (error) => {
      const kind = classifyStorageError(error)
      if (kind === null) return false
      if (kind === 'damaged') damaged = true
      const isFirst = failure === null
      failure = failureOf(kind, db.name, error)
      if (isFirst) onTrouble(error, consoleTroubleText(failure, 'en'))
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
        lowSpace = { kind: 'spaceLow', folder, freeBytes, leastBytes: least }
      } else if (freeBytes > least * 1.1) lowSpace = null
    },
    freeBytes: () => freeBytes,
    stopsSamples: () => lowSpace !== null,
    isDamaged: () => damaged,
    why: () => failure ?? lowSpace,
  }
}

function failureOf(kind: StorageTrouble, file: string, error: unknown): ConsoleTrouble {
  switch (kind) {
    case 'full':
      return { kind: 'historyDiskFull', folder: dirname(file) }
    case 'notWritable':
      return { kind: 'historyNotWritable', file, because: messageOf(error) }
    case 'damaged':
      return { kind: 'historyDamaged', file, because: [faultOf(error)] }
    case 'busy':
      return { kind: 'historyHeld', file }
  }
}
