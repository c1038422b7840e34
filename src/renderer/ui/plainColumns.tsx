import type { ReactNode } from 'react'
import { Link } from 'react-router'
import type { Unit } from '../../shared/metrics.ts'
import { formatValue } from '../../shared/units.ts'
import type { Column } from './columns.ts'

/** What a column has beside what it shows. `csv`: its fields, or the heading of the one that has the same. */
type Plain<Row, Context> = Pick<Column<Row, Context>, 'rank' | 'width'> &
  Partial<Omit<Column<Row, Context>, 'csv'>> & { readonly csv?: string | NonNullable<Column<Row, Context>['csv']> }
type TextOf<Row, Context> = (row: Row, context: Context) => string | null

function csvOf<Row, Context>(
  csv: Plain<Row, Context>['csv'],
  shown: (row: Row, context: Context) => string | number | null,
): Pick<Column<Row, Context>, 'csv'> {
  return csv === undefined ? {} : { csv: typeof csv === 'string' ? { [csv]: shown } : csv }
}

/** A column of anything: its plain properties on one line, and then what the cell shows. */
export function column<Row, Context = null>(
  id: string,
  head: ReactNode,
  plain: Omit<Column<Row, Context>, 'id' | 'head' | 'cell'>,
  cell: Column<Row, Context>['cell'],
): Column<Row, Context> {
  return { id, head, ...plain, cell }
}

/** A column of texts that may be cut: a tooltip has the whole one. */
export function textColumn<Row, Context = null>(
  id: string,
  head: string,
  textOf: TextOf<Row, Context>,
  { csv, className = 'text-muted', ...plain }: Plain<Row, Context> & { readonly className?: string },
): Column<Row, Context> {
  const cell = (text: string | null) => (
    <span title={text ?? undefined} className={className}>
      {text}
    </span>
  )
  return {
    id,
    head,
    value: (row, context) => textOf(row, context) || null,
    cell: (row, context) => cell(textOf(row, context)),
    ...csvOf(csv, textOf),
    ...plain,
  }
}

export function linkColumn<Row, Context = null>(
  id: string,
  head: string,
  textOf: TextOf<Row, Context>,
  { to, tabIndex, ...plain }: Plain<Row, Context> & { readonly to: (row: Row) => string; readonly tabIndex?: number },
): Column<Row, Context> {
  return textColumn(id, head, textOf, {
    cell: (row, context) => (
      <Link to={to(row)} tabIndex={tabIndex} className="font-medium hover:underline" title={textOf(row, context) ?? undefined}>
        {textOf(row, context)}
      </Link>
    ),
    ...plain,
  })
}

interface Written<Value, Context> {
  readonly unit?: Unit
  /** How a value is shown that is not only its figure. */
  readonly write?: (value: Value, context: Context) => ReactNode
}
export function figureColumn<Row, Context = null, Value extends number | null = number | null>(
  id: string,
  head: string,
  figureOf: (row: Row, context: Context) => Value,
  { csv, unit = 'count', write = (value) => formatValue(value, unit), ...plain }: Plain<Row, Context> & Written<Value, Context>,
): Column<Row, Context> {
  return {
    id,
    head,
    numeric: true,
    value: figureOf,
    cell: (row, context) => write(figureOf(row, context), context),
    ...csvOf(csv, figureOf),
    ...plain,
  }
}
