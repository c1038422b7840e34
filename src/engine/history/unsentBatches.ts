import type { Clock } from '../../clock/clock.ts'
import type { KeptEvent, NewEvent } from '../../shared/events.ts'
import type { MetricId } from '../../shared/metrics.ts'
import type { Log } from '../ports.ts'

interface BatchList {
  readonly paths: readonly string[]
  readonly metrics: readonly MetricId[]
}

/**
 * Mirrors the lists of paths and metrics that the writer remembers for each owner: one pair for the owner itself, one for its
 * parts. An unchanged list is not sent again.
 */

const noList: BatchList = { paths: [], metrics: [] }

export function createBatchLists() {
  const lists = new Map<string, [BatchList, BatchList]>()
  return {
    /** The lists that must be sent; null: unchanged since the last batch. */
    changes: (ownerId: string, list: 0 | 1, { paths, metrics }: BatchList): { readonly [K in keyof BatchList]: BatchList[K] | null } => {
      const known = lists.get(ownerId) ?? [noList, noList]
      const last = known[list]
      const hasSamePaths = sameItems(last.paths, paths)
      const hasSameMetrics = sameItems(last.metrics, metrics)
      // An equal array does not replace the old one: if the caller reuses the old array, the identity check succeeds at once.
      if (!hasSamePaths || !hasSameMetrics) {
        known[list] = { paths: hasSamePaths ? last.paths : paths, metrics: hasSameMetrics ? last.metrics : metrics }
        lists.set(ownerId, known)
      }
      return { paths: hasSamePaths ? null : paths, metrics: hasSameMetrics ? null : metrics }
    },
    forget: (ownerId: string): void => void lists.delete(ownerId),
    /** Forgets all lists, because a new writer has none. */
    clear: (): void => lists.clear(),
  }
}

function sameItems(a: readonly string[], b: readonly string[]): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

const mostBytes = 64 << 20

/** Bytes of the batches that were sent to the writer but not committed yet. */
export function createSampleBacklog(clock: Clock, log: Log) {
  let bytes = 0
  let droppedSince: number | null = null
  return {
    /** false: too much is waiting for a slow disk, and the batch must be dropped to bound memory. */
    admits: (): boolean => {
      if (bytes > mostBytes) {
        droppedSince ??= clock.now()
        return false
      }
      if (droppedSince !== null) log.warn({ droppedMs: clock.now() - droppedSince }, 'the disk was too slow: samples were dropped')
      droppedSince = null
      return true
    },
    add: (more: number): void => {
      bytes += more
    },
    /** Call before a commit; call the returned function when that commit has ended. */
    onCommit: (): (() => void) => {
      const covered = bytes
      return () => {
        bytes = Math.max(0, bytes - covered)
      }
    },
    clear: (): void => {
      bytes = 0
    },
    isDropping: (): boolean => droppedSince !== null,
  }
}

/** A new event is stored without a sentence; it is put into words when shown. */
export function keptEvent(event: NewEvent): KeptEvent {
  return { ...event, text: '' }
}
