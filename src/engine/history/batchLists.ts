import type { MetricId } from '../../shared/metrics.ts'

interface BatchList {
  readonly paths: readonly string[]
  readonly metrics: readonly MetricId[]
}

/**
 * Mirrors the lists of paths and metrics that the writer remembers for each owner: one pair for the owner itself, one for its
 * parts. An unchanged list is not sent again.
 */
export interface BatchLists {
  /** The lists that must be sent; null: unchanged since the last batch. */
  readonly changes: (ownerId: string, list: 0 | 1, next: BatchList) => { readonly [K in keyof BatchList]: BatchList[K] | null }
  readonly forget: (ownerId: string) => void
  /** Forgets all lists, because a new writer has none. */
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
      // An equal array does not replace the old one: if the caller reuses the old array, the identity check succeeds at once.
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
