import type { ReactNode } from 'react'
import { Link } from 'react-router'
import type { Unit } from '../../shared/metrics.ts'
import { formatValue } from '../../shared/units.ts'
import type { Column } from './columns.ts'

/** `csv`: its fields, or the heading of the one that has the same. */
type More<Row, Context> = Partial<Omit<Column<Row, Context>, 'csv'>> & { readonly csv?: string | NonNullable<Column<Row, Context>['csv']> }
type TextOf<Row, Context> = (row: Row, context: Context) => string | null

/** A column of anything: its plain properties on one line, and then what the cell shows. */
export function column<Row, Context = null>(
  id: string,
  head: ReactNode,
  rank: number,
  width: number,
  more: Partial<Column<Row, Context>>,
  cell: Column<Row, Context>['cell'],
): Column<Row, Context> {
  return { id, head, rank, width, ...more, cell }
}

/** A column of texts that may be cut: a tooltip has the whole one. */
export function textColumn<Row, Context = null>(
  id: string,
  head: string,
  rank: number,
  width: number,
  textOf: TextOf<Row, Context>,
  { csv, className = 'text-muted', ...more }: More<Row, Context> & { readonly className?: string } = {},
): Column<Row, Context> {
  const cell = (text: string | null) => (
    <span title={text ?? undefined} className={className}>
      {text}
    </span>
  )
  return {
    ...column(id, head, rank, width, {}, (row: Row, context: Context) => cell(textOf(row, context))),
    value: (row, context) => textOf(row, context) || null,
    ...(csv !== undefined && { csv: typeof csv === 'string' ? { [csv]: textOf } : csv }),
    ...more,
  }
}

/** The same, each a link. */
export function linkColumn<Row, Context = null>(
  id: string,
  head: string,
  rank: number,
  width: number,
  textOf: TextOf<Row, Context>,
  { to, tabIndex, ...more }: More<Row, Context> & { readonly to: (row: Row) => string; readonly tabIndex?: number },
): Column<Row, Context> {
  return textColumn(id, head, rank, width, textOf, {
    cell: (row, context) => (
      <Link to={to(row)} tabIndex={tabIndex} className="font-medium hover:underline" title={textOf(row, context) ?? undefined}>
        {textOf(row, context)}
      </Link>
    ),
    ...more,
  })
}

interface Written<Value, Context> {
  readonly unit?: Unit
  /** How a value is shown that is not only its figure. */
  readonly write?: (value: Value, context: Context) => ReactNode
}
/** A column of figures. */
export function figureColumn<Row, Context = null, Value extends number | null = number | null>(
  id: string,
  head: string,
  rank: number,
  width: number,
  figureOf: (row: Row, context: Context) => Value,
  { csv, unit = 'count', write = (value) => formatValue(value, unit), ...more }: More<Row, Context> & Written<Value, Context> = {},
): Column<Row, Context> {
  return {
    ...column(id, head, rank, width, { numeric: true, value: figureOf }, (row: Row, context: Context) => write(figureOf(row, context), context)),
    ...(csv !== undefined && { csv: typeof csv === 'string' ? { [csv]: figureOf } : csv }),
    ...more,
  }
}
