import type { Clock } from '../../clock/clock.ts'
import type { Log } from '../ports.ts'

/** Batches on their way to the writer that are not committed. */
export interface SampleBacklog {
  /** False: a slow disk keeps too many of them waiting, and this one is dropped rather than memory filled. */
  readonly admits: () => boolean
  readonly add: (bytes: number) => void
  /** Returns what is to be called when a commit of all that waits now has ended. */
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
