import type { Clock } from '../../clock/clock.ts'
import type { Log } from '../ports.ts'

/** Bytes of the batches that were sent to the writer but not committed yet. */
export interface SampleBacklog {
  /** false: too much is waiting for a slow disk, and the batch must be dropped to bound memory. */
  readonly admits: () => boolean
  readonly add: (bytes: number) => void
  /** Call before a commit; call the returned function when that commit has ended. */
  readonly onCommit: () => () => void
  readonly clear: () => void
  readonly isDropping: () => boolean
}

const mostBytes = 64 << 20

export function createSampleBacklog(clock: Clock, log: Log): SampleBacklog {
  let bytes = 0
  let droppedSince: number | null = null
  return {
    admits: () => {
      if (bytes > mostBytes) {
        droppedSince ??= clock.now()
        return false
      }
      if (droppedSince !== null) log.warn({ droppedMs: clock.now() - droppedSince }, 'the disk was too slow: samples were dropped')
      droppedSince = null
      return true
    },
    add: (more) => {
      bytes += more
    },
    onCommit: () => {
      const covered = bytes
      return () => {
        bytes = Math.max(0, bytes - covered)
      }
    },
    clear: () => {
      bytes = 0
    },
    isDropping: () => droppedSince !== null,
  }
}
