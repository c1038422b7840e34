import type { Session } from '../../shared/streams.ts'

const order = { publisher: 0, reader: 1, other: 2 }
/** Sorts the publisher first, then readers from the oldest, our own last. */
export function sortSessions<Row extends Session>(sessions: readonly Row[]): readonly Row[] {
  return [...sessions].sort(
    (a, b) => order[a.role] - order[b.role] || Number(a.own) - Number(b.own) || (a.createdAt ?? 0) - (b.createdAt ?? 0) || a.id.localeCompare(b.id),
  )
}
