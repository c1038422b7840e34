import type { ReactNode } from 'react'
import { shownToCsv } from '../../shared/csv.ts'
import { compare } from '../../shared/naturalOrder.ts'

/** Width of a column, and how soon it is dropped if there is little room. */
interface ColumnSize {
  readonly id: string
  /** Required width, px. */
  readonly width: number
  /** Columns with the highest rank are dropped first; 0 is never dropped. */
  readonly rank: number
  /** Hidden if the column with this id is shown, which has the same in more detail. */
  readonly unless?: string
}

export type CsvValue = string | number | null

/** Definition of a table column. */
export interface Column<Row, Context = null> extends ColumnSize {
  readonly head: ReactNode
  /** Tooltip of the heading. */
  readonly tip?: string
  /** The heading is for screen readers only. */
  readonly silent?: boolean
  /** Share of the remaining width. */
  readonly share?: number
  /** Aligns figures by column. */
  readonly numeric?: boolean
  /** Long texts wrap; in rows of one height to two lines. */
  readonly wraps?: boolean
  readonly cell: (row: Row, context: Context) => ReactNode
  /** Value to sort by; unknown comes last in both directions. */
  readonly value?: (row: Row, context: Context) => CsvValue
  /** Sortable by the caller. */
  readonly sortable?: boolean
  /** Initial sort direction; by default descending for figures and ascending for texts. */
  readonly largestFirst?: boolean
  /** CSV fields by heading: in base units, unknown is empty. */
  readonly csv?: Readonly<Record<string, (row: Row, context: Context) => CsvValue>>
}

export function isSortable(column: Pick<Column<never, never>, 'value' | 'sortable'>): boolean {
  return column.sortable ?? column.value !== undefined
}

/** The chosen columns that fit into `width`, in their order. A table drops columns rather than wrapping its headings. */
export function fitColumns(columns: readonly ColumnSize[], chosen: ReadonlySet<string>, width: number): readonly string[] {
  const left = new Map(columns.filter((column) => column.rank === 0 || chosen.has(column.id)).map((column) => [column.id, column]))
  const shown = () => [...left.values()].filter(({ unless }) => unless === undefined || !left.has(unless))
  for (const { id, rank } of [...left.values()].sort((a, b) => b.rank - a.rank)) {
    if (rank === 0 || shown().reduce((sum, column) => sum + column.width, 0) <= width) break
    left.delete(id)
  }
  return shown().map(({ id }) => id)
}

const letterPx = 7.7
const gapPx = 12
/** Width of the widest of these texts, with the gap to the next column. */
export function widthOf(...texts: readonly string[]): number {
  return Math.ceil(gapPx + Math.max(0, ...texts.map((text) => textPx(text, letterPx))))
}

/** Compares names in natural order (`cam2` before `cam10`) and figures by size. */
export function compareValues(a: unknown, b: unknown): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : compare(String(a), String(b))
}

/** Rows as CSV, with all columns that define CSV fields, whether visible or not. */
export function csvOf<Row, Context>(columns: readonly Column<Row, Context>[], rows: readonly Row[], context: Context): string {
  const fields = columns.flatMap(({ csv }) => Object.entries(csv ?? {}))
  return shownToCsv(
    fields.map(([name]) => name),
    rows.map((row) => fields.map(([, field]) => field(row, context))),
  )
}

/**
 * The row that a key selects in a table with keyboard selection, starting from row `active` (-1: none). `page` is the number of
 * visible rows. null: the key selects no row.
 */
export function rowOfKey(key: string, active: number, rows: number, page: number): number | null {
  const targets: Readonly<Record<string, number>> = {
    ArrowDown: active + 1,
    ArrowUp: active - 1,
    PageDown: active + page,
    PageUp: active - page,
    Home: 0,
    End: rows - 1,
  }
  const target = targets[key]
  return target === undefined ? null : Math.min(rows - 1, Math.max(0, target))
}

/** Approximate width of a text with letters `letterPx` wide; Chinese and Korean characters take nearly twice as much. Pure. */
export function textPx(text: string, letterPx: number): number {
  return letterPx * [...text].reduce((sum, letter) => sum + (letter > '\u2e7f' ? 1.7 : 1), 0)
}
