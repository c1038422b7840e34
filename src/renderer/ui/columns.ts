import type { ReactNode } from 'react'
import { shownToCsv } from '../../shared/csv.ts'
import { compare } from '../../shared/naturalOrder.ts'

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

export interface Column<Row, Context = null> extends ColumnSize {
  readonly head: ReactNode
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
  /** Its value is not sorted by: the list has an order of its own. */
  readonly sortable?: false
  /** Initial sort direction; by default descending for figures and ascending for texts. */
  readonly largestFirst?: boolean
  /** CSV fields by heading: in base units, unknown is empty. */
  readonly csv?: Readonly<Record<string, (row: Row, context: Context) => CsvValue>>
}

export interface Sort {
  readonly id: string
  readonly descending: boolean
}

/** Rows in the order of one of the columns, unknown values last; without one as they come, and so are those with equal values. */
export function sortRows<Row, Context>(
  rows: readonly Row[],
  columns: readonly Pick<Column<Row, Context>, 'id' | 'value'>[],
  sort: Sort | null,
  context: Context,
): readonly Row[] {
  const sortedBy = columns.find(({ id }) => id === sort?.id)?.value
  if (sortedBy === undefined) return rows
  const values = rows.map((row) => sortedBy(row, context))
  // Comparing texts takes long, and many rows may have the same one: each is compared once.
  const texts = [...new Set(values.filter((value) => typeof value === 'string'))].sort(compare)
  const placeOf = new Map(texts.map((text, place) => [text, place]))
  const sign = sort?.descending ? -1 : 1
  return rows
    .map((row, index) => {
      const value = values[index] ?? null
      return { row, value: typeof value === 'string' ? (placeOf.get(value) ?? 0) : value }
    })
    .sort((a, b) => (a.value === null || b.value === null ? Number(a.value === null) - Number(b.value === null) : sign * (a.value - b.value)))
    .map(({ row }) => row)
}

/** What a click on a heading asks for: one direction, then the other, then the usual order. */
export function nextSort(
  { id, numeric = false, largestFirst = numeric }: Pick<Column<never, never>, 'id' | 'numeric' | 'largestFirst'>,
  sort: Sort | null,
): Sort | null {
  if (sort?.id !== id) return { id, descending: largestFirst }
  return sort.descending === largestFirst ? { id, descending: !largestFirst } : null
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

/** Rows as CSV, with all columns that define CSV fields, whether visible or not. */
export function csvOf<Row, Context>(columns: readonly Column<Row, Context>[], rows: readonly Row[], context: Context): string {
  const fields = columns.flatMap(({ csv }) => Object.entries(csv ?? {}))
  return shownToCsv(
    fields.map(([name]) => name),
    rows.map((row) => fields.map(([, field]) => field(row, context))),
  )
}

/** The row that a key selects, from row `active` (-1: none). `page`: number of visible rows. null: the key selects none. */
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
