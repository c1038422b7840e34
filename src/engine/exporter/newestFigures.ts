import { type MetricId, metrics } from '../../shared/metrics.ts'
import { type Owner, ownerIdOf } from '../../shared/subjectNames.ts'
import type { SampleBatch } from '../history/history.ts'

/** The newest figures of a server's streams or a host's parts, or of a server or host itself (`parts` null). */
export interface NewestRows {
  /** Monotonic ms. */
  arrivedAt: number
  /** As in a `SampleBatch`. */
  holdsMs: number | undefined
  /** The same list as long as its names are the same. */
  parts: readonly string[] | null
  metrics: readonly MetricId[]
  /** As in a `SampleBatch`; increases are summed up since the first of them. */
  values: Float64Array
}

interface OfOwner {
  own: NewestRows | null
  parts: NewestRows | null
}

/** Holds the newest figures of everything that is watched, because history takes them away, and sums up what only grows. */
export function createNewestFigures(now: () => number) {
  const owners = new Map<string, OfOwner>()

  return {
    see: (batch: SampleBatch): void => {
      const id = ownerIdOf(batch.owner)
      const known = owners.get(id) ?? { own: null, parts: null }
      owners.set(id, known)
      const slot = batch.parts === null ? 'own' : 'parts'
      known[slot] = renewed(known[slot], batch, now())
    },
    /** Nothing is known of it until its next figures; its sums go on. */
    unknown: (owner: Owner): void => {
      const known = owners.get(ownerIdOf(owner))
      for (const rows of [known?.own, known?.parts]) if (rows) rows.arrivedAt = Number.NEGATIVE_INFINITY
    },
    forget: (id: string): void => void owners.delete(id),
    /** null: none since `sinceMs` ago, or for longer than its batch says that it holds. */
    of: (id: string, kind: keyof OfOwner, sinceMs: number): NewestRows | null => {
      const rows = owners.get(id)?.[kind] ?? null
      return rows !== null && now() - rows.arrivedAt <= (rows.holdsMs ?? sinceMs) ? rows : null
    },
  }
}

/** Whether a list has the same names in the same order. */
function isSame(a: readonly string[] | null, b: readonly string[] | null): boolean {
  if (a === b) return true
  if (a === null || b === null || a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false
  return true
}

function renewed(before: NewestRows | null, { parts, metrics: columns, values, holdsMs }: SampleBatch, arrivedAt: number): NewestRows {
  const sums = columns.flatMap((id, column) => (metrics[id].kind === 'increase' ? [column] : []))
  const isOfForm = before !== null && before.metrics.length === columns.length
  const isLike = isOfForm && before.values.length === values.length && isSame(before.parts, parts)
  // The same memory again: a buffer for every poll would wait for a whole collection.
  const kept = isLike ? before.values : new Float64Array(values.length)
  const rowBefore = isLike || !isOfForm || before.parts === null ? null : new Map(before.parts.map((part, row) => [part, row]))
  const width = columns.length
  const rows = parts?.length ?? 1
  const summed = new Float64Array(rows * sums.length)
  for (let row = 0, to = 0; row < rows; row++) {
    const source = isLike ? row : (rowBefore?.get(parts?.[row] ?? '') ?? -1)
    for (const column of sums) {
      const sum = source < 0 ? Number.NaN : ((before as NewestRows).values[source * width + column] as number)
      const more = values[row * width + column] as number
      summed[to++] = Number.isNaN(sum) ? more : Number.isNaN(more) ? sum : sum + more
    }
  }
  kept.set(values)
  for (let row = 0, from = 0; row < rows; row++) for (const column of sums) kept[row * width + column] = summed[from++] as number
  return { arrivedAt, holdsMs, parts: isLike ? before.parts : parts, metrics: columns, values: kept }
}
