import { type NameField, type Naming, sortOfField } from '../../shared/naming.ts'
import { compare } from '../../shared/naturalOrder.ts'
import { severities, severityRank } from '../../shared/severities.ts'
import { streamStates } from '../../shared/streams.ts'
import type { StreamState } from '../../shared/watchedStates.ts'
import type { StreamRow } from '../fleet/fleetRows.ts'

/** Column of a field of names. */
type FieldColumnId = `field:${string}`
export function fieldColumn({ name }: Pick<NameField, 'name'>): FieldColumnId {
  return `field:${name}`
}
const isFieldColumn = (id: string): id is FieldColumnId => /^field:[\w-]{1,40}$/.test(id)
const fieldOfColumn = (id: FieldColumnId): string => id.slice('field:'.length)

export const sortKeys = [
  'state',
  'name',
  'server',
  'source',
  'size',
  'bitrateIn',
  'bitrateOut',
  'readers',
  'recording',
  'lost',
  'rtt',
  'uptime',
  'age',
] as const
/** Also a field of names, as the column is called that has it. */
export type SortKey = (typeof sortKeys)[number] | FieldColumnId
export interface StreamSort {
  readonly key: SortKey
  readonly descending: boolean
}
/** Troubles first. */
export const defaultSort: StreamSort = { key: 'state', descending: false }

export function readSort(params: URLSearchParams): StreamSort {
  const text = params.get('sort') ?? ''
  const named = text.replace(/^-/, '')
  const key = isFieldColumn(named) ? named : sortKeys.find((candidate) => candidate === named)
  return key ? { key, descending: text.startsWith('-') } : defaultSort
}
export function writeSort(params: URLSearchParams, sort: StreamSort): URLSearchParams {
  const next = new URLSearchParams(params)
  next.delete('sort')
  if (sort.key !== defaultSort.key || sort.descending) next.set('sort', `${sort.descending ? '-' : ''}${sort.key}`)
  return next
}
/** Worst first. */
const severityOf: Record<StreamState, number> = { gone: 0, stalled: 1, slate: 2, unknown: 3, waiting: 4, live: 5, ended: 6 }
export const statesBySeverity: readonly StreamState[] = [...streamStates].sort((a, b) => severityOf[a] - severityOf[b])

/**
 * Ranks names in natural order (`cam2` before `cam10`). Comparing texts is expensive, so it is repeated only when rows were added,
 * removed or moved, or a server was renamed. Rows are compared by identity: a new launch of the engine has new ones.
 */
export function createNameRanks(): (rows: readonly StreamRow[]) => ReadonlyMap<number, NameRank> {
  let lastRows: readonly StreamRow[] = []
  let lastNames: readonly string[] = []
  let ranks: ReadonlyMap<number, NameRank> = new Map()
  return (rows) => {
    if (rows.length === lastRows.length && rows.every((row, index) => row === lastRows[index] && row.serverName === lastNames[index])) return ranks
    lastRows = [...rows]
    lastNames = rows.map((row) => row.serverName)
    const serverNames = [...new Map(rows.map((row) => [row.facts.serverId, row.serverName]))].sort((a, b) => compare(a[1], b[1]))
    const serverRank = new Map(serverNames.map(([id], index) => [id, index]))
    const ordered = [...rows].sort(
      (a, b) => compare(a.facts.path, b.facts.path) || (serverRank.get(a.facts.serverId) ?? 0) - (serverRank.get(b.facts.serverId) ?? 0),
    )
    ranks = new Map(ordered.map((row, index) => [row.slot, { name: index, server: serverRank.get(row.facts.serverId) ?? 0 }]))
    return ranks
  }
}
interface NameRank {
  readonly name: number
  readonly server: number
}

const recordingRank = { off: 0, on: 1, failing: 2 } as const

/** Value to sort a row by; null is unknown and comes last in both directions. */
function sortValue(row: StreamRow, key: Exclude<SortKey, FieldColumnId>, rank: NameRank | undefined): number | string | null {
  const { facts, figures } = row
  switch (key) {
    case 'state':
      return (row.severity === null ? severities.length : severityRank[row.severity]) * streamStates.length + severityOf[facts.state]
    case 'name':
      return rank?.name ?? null
    case 'server':
      return rank?.server ?? null
    case 'source':
      return facts.sourceType
    case 'size':
      return facts.width && facts.height ? facts.width * facts.height : null
    case 'bitrateIn':
      return figures.bitrateInBps
    case 'bitrateOut':
      return figures.bitrateOutBps
    case 'readers':
      return figures.readers
    case 'recording':
      return facts.recording === undefined ? null : recordingRank[facts.recording]
    case 'lost':
      return figures.lostLastMinute
    case 'rtt':
      return figures.rttMs
    case 'uptime':
      return facts.upSince === null ? null : -facts.upSince
    case 'age':
      return figures.readAt === null ? null : -figures.readAt
    default:
      return key satisfies never
  }
}

/** Numbers and times as such, texts in natural order. */
function fieldValue(row: StreamRow, { name, type }: NameField, { fieldsOf }: Naming): number | string | null {
  const value = fieldsOf(row.facts.path)?.[name]
  return value === undefined ? null : sortOfField(type, value)
}

/** Returns a sorted copy. Ties are ordered by name, so that equal rows never swap places. */
export function sortRows(rows: readonly StreamRow[], sort: StreamSort, ranks: ReadonlyMap<number, NameRank>, naming: Naming): StreamRow[] {
  const { key } = sort
  const field = isFieldColumn(key) ? naming.fields.find((one) => one.name === fieldOfColumn(key)) : undefined
  const keyOf = (row: StreamRow, rank: NameRank | undefined) =>
    field !== undefined ? fieldValue(row, field, naming) : isFieldColumn(key) ? null : sortValue(row, key, rank)
  const keyed = rows.map((row) => {
    const rank = ranks.get(row.slot)
    return { row, value: keyOf(row, rank), name: rank?.name ?? 0 }
  })
  const sign = sort.descending ? -1 : 1
  keyed.sort((a, b) => {
    if (a.value !== b.value) {
      if (a.value === null) return 1
      if (b.value === null) return -1
      const isLess = field?.type === 'text' ? compare(String(a.value), String(b.value)) < 0 : a.value < b.value
      return (isLess ? -1 : 1) * sign
    }
    return a.name - b.name
  })
  return keyed.map((entry) => entry.row)
}

/**
 * The order while the pointer is over the table. Rows keep their places, even those that no longer pass the filter
 * (`rowBySlot` still has them); new rows are appended; rows that no longer exist are removed.
 */
export function heldOrder(held: readonly number[], wanted: readonly StreamRow[], rowBySlot: ReadonlyMap<number, StreamRow>): StreamRow[] {
  const known = new Set(held)
  const kept = held.flatMap((slot) => rowBySlot.get(slot) ?? [])
  return [...kept, ...wanted.filter((row) => !known.has(row.slot))]
}
