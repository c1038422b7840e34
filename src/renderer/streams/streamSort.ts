import { compare } from '../../shared/naturalOrder.ts'
import { severities, severityRank } from '../../shared/severities.ts'
import { type Session, streamStates } from '../../shared/streams.ts'
import type { StreamState } from '../../shared/watchedStates.ts'
import type { StreamRow } from '../fleet/fleetRows.ts'
import { type Column, type Sort, sortRows } from '../ui/columns.ts'

/** Worst first. */
const severityOf: Record<StreamState, number> = { gone: 0, stalled: 1, slate: 2, unknown: 3, waiting: 4, live: 5, ended: 6 }
export const statesBySeverity: readonly StreamState[] = [...streamStates].sort((a, b) => severityOf[a] - severityOf[b])

/** Troubles first: by the worst alarm, then by state. */
export function troubleRank({ facts, severity }: StreamRow): number {
  return (severity === null ? severities.length : severityRank[severity]) * streamStates.length + severityOf[facts.state]
}

/**
 * Orders rows by name, as people count (`cam2` before `cam10`), then by server. Comparing texts is expensive, so it is repeated only when
 * rows were added, removed or moved, or a server was renamed. Rows are compared by identity: a new launch of the engine has new ones.
 */
export function createNameOrder(): (rows: readonly StreamRow[]) => readonly StreamRow[] {
  let lastRows: readonly StreamRow[] = []
  let lastNames: readonly string[] = []
  let ordered: readonly StreamRow[] = []
  return (rows) => {
    if (rows.length === lastRows.length && rows.every((row, index) => row === lastRows[index] && row.serverName === lastNames[index])) return ordered
    lastRows = [...rows]
    lastNames = rows.map((row) => row.serverName)
    ordered = [...rows].sort((a, b) => compare(a.facts.path, b.facts.path) || compare(a.serverName, b.serverName))
    return ordered
  }
}

/** Sorts rows that come in the order of their names, which equal ones keep, so that they never swap places. */
export function sortNamed(rows: readonly StreamRow[], columns: readonly Pick<Column<StreamRow>, 'id' | 'value'>[], sort: Sort): readonly StreamRow[] {
  return sort.id !== 'name' ? sortRows(rows, columns, sort, null) : sort.descending ? rows.toReversed() : rows
}

/** While the pointer is over the table, rows keep their places even if they no longer pass the filter; new ones are appended, removed ones leave. */
export function heldOrder(held: readonly number[], wanted: readonly StreamRow[], rowBySlot: ReadonlyMap<number, StreamRow>): StreamRow[] {
  const known = new Set(held)
  const kept = held.flatMap((slot) => rowBySlot.get(slot) ?? [])
  return [...kept, ...wanted.filter((row) => !known.has(row.slot))]
}

const roles = { publisher: 0, reader: 1, other: 2 }
/** Sorts the publisher first, then readers from the oldest, our own last. */
export function sortSessions<Row extends Session>(sessions: readonly Row[]): readonly Row[] {
  return [...sessions].sort(
    (a, b) => roles[a.role] - roles[b.role] || Number(a.own) - Number(b.own) || (a.createdAt ?? 0) - (b.createdAt ?? 0) || a.id.localeCompare(b.id),
  )
}
