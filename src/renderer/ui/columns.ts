import type { ReactNode } from 'react'
import { shownToCsv } from '../../shared/csv.ts'
import { textPx } from './textPx.ts'

/** How wide a column is and how soon it goes when there is little room. */
export interface ColumnSize {
  readonly id: string
  /** Pixels that it needs. */
  readonly width: number
  /** Columns with the highest go first; 0 never goes. */
  readonly rank: number
  /** Not shown beside the column of this id, which shows the same in more detail. */
  readonly unless?: string
}

export type CsvValue = string | number | null

/** All there is to say about a column of a table. */
export interface Column<Row, Context = null> extends ColumnSize {
  readonly head: ReactNode
  /** More of it, for who points at its heading. */
  readonly tip?: string
  /** Its heading is only for who does not see the table. */
  readonly silent?: boolean
  /** Its part of the room that is left over. */
  readonly share?: number
  /** Figures, one below the other. */
  readonly numeric?: boolean
  /** Long texts take more than one line. */
  readonly wraps?: boolean
  readonly cell: (row: Row, context: Context) => ReactNode
  /** What rows are sorted by; unknown stands last in either direction. */
  readonly value?: (row: Row, context: Context) => CsvValue
  /** The caller sorts by it. */
  readonly sortable?: boolean
  /** Where sorting begins; by default with the largest figure, and with the first of words. */
  readonly largestFirst?: boolean
  /** Fields of a file for spreadsheets, by their headings: plain units there, unknown is empty. */
  readonly csv?: Readonly<Record<string, (row: Row, context: Context) => CsvValue>>
}

export const isSortable = (column: Pick<Column<never, never>, 'value' | 'sortable'>): boolean => column.sortable ?? column.value !== undefined

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
/** Room for the widest of these texts, with the gap to the next column. */
export const widthOf = (...texts: readonly string[]): number => Math.ceil(gapPx + Math.max(0, ...texts.map((text) => textPx(text, letterPx))))

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })
/** Names as people count (`cam2` before `cam10`), figures by size. */
export const compareValues = (a: unknown, b: unknown): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(String(a), String(b))

/** Rows for a spreadsheet, with all columns that have something to say there, shown or not. */
export function csvOf<Row, Context>(columns: readonly Column<Row, Context>[], rows: readonly Row[], context: Context): string {
  const fields = columns.flatMap(({ csv }) => Object.entries(csv ?? {}))
  return shownToCsv(
    fields.map(([name]) => name),
    rows.map((row) => fields.map(([, field]) => field(row, context))),
  )
}
