import type { MetricId } from '../../shared/metrics.ts'

interface BatchList {
  readonly paths: readonly string[]
  readonly metrics: readonly MetricId[]
}

/**
 * The lists of paths and metrics that the writer remembers of each owner: one of the owner itself and one of its parts, which take turns.
 * A list that is the same as last time is not sent again.
 */
export interface BatchLists {
  /** What is to be sent of the lists; null: the same as last time. */
  readonly changes: (ownerId: string, list: 0 | 1, next: BatchList) => { readonly [K in keyof BatchList]: BatchList[K] | null }
  readonly forget: (ownerId: string) => void
  /** The writer is another one, which remembers none. */
  readonly clear: () => void
}

const noList: BatchList = { paths: [], metrics: [] }

export function createBatchLists(): BatchLists {
  const lists = new Map<string, [BatchList, BatchList]>()
  return {
    changes: (ownerId, list, { paths, metrics }) => {
      const known = lists.get(ownerId) ?? [noList, noList]
      const last = known[list]
      const hasSamePaths = sameItems(last.paths, paths)
      const hasSameMetrics = sameItems(last.metrics, metrics)
      // The old array is kept where it is equal, so that equal ones of later polls are found equal at once.
      if (!hasSamePaths || !hasSameMetrics) {
        known[list] = { paths: hasSamePaths ? last.paths : paths, metrics: hasSameMetrics ? last.metrics : metrics }
        lists.set(ownerId, known)
      }
      return { paths: hasSamePaths ? null : paths, metrics: hasSameMetrics ? null : metrics }
    },
    forget: (ownerId) => void lists.delete(ownerId),
    clear: () => lists.clear(),
  }
}

function sameItems(a: readonly string[], b: readonly string[]): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
