import { useVirtualizer, type VirtualItem } from '@tanstack/react-virtual'
import { ArrowDown, ArrowUp } from 'lucide-react'
import { memo, type ReactNode, useEffect, useId, useMemo, useState } from 'react'
import { type Column, fitColumns, nextSort, rowOfKey, type Sort, sortRows } from './columns.ts'
import type { Hold } from './useCalm.ts'
import { useSize } from './useSize.ts'

/** One cell that replaces several, to explain why a row has no figures. */
export interface Span {
  /** Range of visible columns to replace; `to` defaults to the last one. */
  readonly from: string
  readonly to?: string
  readonly cell: ReactNode
}

interface DataTableProps<Row, Context> {
  /** Name for screen readers. */
  readonly label: string
  readonly columns: readonly Column<Row, Context>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string | number
  /** Input of cells besides their row. Pass a new object whenever cells may change, because rows may change in place. */
  readonly context: Context
  /** Ids of the columns to show, all by default; those that do not fit are dropped. */
  readonly chosen?: ReadonlySet<string> | undefined
  /** Height of every row. If set, the table fills its container, scrolls by itself and renders visible rows only; otherwise rows are as high as needed. */
  readonly rowPx?: number | undefined
  /** Current order of the rows. Headings request another one through `onSort`, null for the default; without `onSort` the table sorts by itself. */
  readonly sort?: Sort | null | undefined
  readonly onSort?: ((sort: Sort | null) => void) | undefined
  /** Makes rows selectable with arrow keys; called on Enter or a click. */
  readonly onOpen?: ((row: Row) => void) | undefined
  /** Keeps the order of rows while the pointer is over them. */
  readonly hold?: Hold | undefined
  readonly rowClass?: ((row: Row, context: Context) => string) | undefined
  readonly span?: ((row: Row, context: Context, shown: ReadonlySet<string>) => Span | null) | undefined
  readonly foot?: Readonly<Record<string, ReactNode>> | undefined
  /** Called when the last row comes into sight; for lists with `rowPx` that are fetched in parts. */
  readonly onEnd?: (() => void) | undefined
  readonly empty?: ReactNode
}

const headPx = 31
const sidePx = 14
const overscan = 8

/** The console's table: columns are data, those that do not fit are dropped, headings sort, arrow keys select, Enter opens. */
export function DataTable<Row, Context>(props: DataTableProps<Row, Context>) {
  const { label, keyOf, context, rowPx, onOpen, hold, rowClass, span, foot, onEnd, empty } = props
  const id = useId()
  const framed = rowPx !== undefined
  const { lang, dataset } = document.documentElement
  const { ref: frame, width, height } = useSize<HTMLDivElement>()
  const { shown, rows, sort, setSort } = useColumnsAndOrder(props, width === 0 ? Number.POSITIVE_INFINITY : width - (framed ? 2 * sidePx : 0))
  const template = templateOf(shown)
  const shownIds = useMemo(() => new Set(shown.map((column) => column.id)), [shown])

  const { items, totalPx, pool, scrollTo, page } = useRowsInSight(frame, height, rows.length, rowPx)
  const { active, onKeyDown } = useActiveRow({ rows, keyOf, page, scrollTo, onOpen, hold })
  const atEnd = framed && (items.length === 0 || items.some(({ index }) => index === rows.length - 1))
  // biome-ignore lint/correctness/useExhaustiveDependencies: more rows that still end in sight ask for more
  useEffect(() => {
    if (atEnd) onEnd?.()
  }, [atEnd, rows.length, onEnd])
  const rowOf = (item: Pick<VirtualItem, 'index'>, top: number | null) => {
    const row = rows[item.index]
    if (row === undefined) return null
    return (
      <TableRow
        key={top === null ? keyOf(row) : item.index % pool}
        row={row}
        id={`${id}${item.index}`}
        index={item.index}
        top={top}
        rowPx={rowPx}
        columns={shown}
        shown={shownIds}
        template={template}
        context={context}
        active={item.index === active}
        drawnFor={`${lang} ${dataset.zone}`}
        onOpen={onOpen}
        rowClass={rowClass}
        span={span}
      />
    )
  }
  return (
    <div
      ref={frame}
      className={framed ? 'min-h-0 flex-1 overflow-y-auto overflow-x-hidden rounded-lg border border-line bg-surface [scrollbar-gutter:stable]' : 'min-w-0'}
    >
      <table
        aria-label={label}
        aria-rowcount={rows.length + 1}
        aria-colcount={shown.length}
        // What scrolls can be scrolled by keys.
        {...(framed && { tabIndex: 0 })}
        {...(onOpen && { role: 'grid', tabIndex: 0, onKeyDown, onBlur: hold?.release, 'aria-activedescendant': active >= 0 ? `${id}${active}` : undefined })}
        className={`block -outline-offset-2 ${framed ? 'min-h-full' : ''}`}
      >
        <thead className="sticky top-0 z-10 block border-line border-b bg-surface" style={framed ? { height: headPx } : undefined}>
          <tr aria-rowindex={1} className="grid" style={{ gridTemplateColumns: template, paddingInline: framed ? sidePx : 0 }}>
            {shown.map((column) => (
              <HeadCell key={column.id} column={column} sort={sort} onSort={setSort} />
            ))}
          </tr>
        </thead>
        <tbody className="relative block" {...(hold && { onPointerEnter: hold.take, onPointerMove: hold.take, onPointerLeave: hold.release })}>
          {framed ? inPlaces(items, pool).map((item) => rowOf(item, item.start - headPx)) : rows.map((_, index) => rowOf({ index }, null))}
          {(framed || rows.length === 0) && (
            <tr className="block">
              <td className="block p-0" style={rows.length === 0 ? undefined : { height: totalPx }}>
                {rows.length === 0 ? empty : null}
              </td>
            </tr>
          )}
        </tbody>
        {foot && (
          <tfoot className="block border-line border-t text-muted">
            <tr className="grid" style={{ gridTemplateColumns: template }}>
              {shown.map((column) => (
                <td key={column.id} className={cellClass(column)}>
                  {foot[column.id]}
                </td>
              ))}
            </tr>
          </tfoot>
        )}
      </table>
    </div>
  )
}

/** Grid template: each column gets its width, and columns with a `share` divide the rest. */
function templateOf(columns: readonly Pick<Column<never, never>, 'width' | 'share'>[]): string {
  const needed = columns.reduce((sum, { width }) => sum + width, 0)
  const shares = columns.reduce((sum, { share = 0 }) => sum + share, 0)
  return columns.map(({ width, share = 0 }) => (share === 0 ? `${width}px` : `calc(${width}px + max(0px, 100% - ${needed}px) * ${share / shares})`)).join(' ')
}

function useColumnsAndOrder<Row, Context>({ columns, rows, context, chosen, sort = null, onSort }: DataTableProps<Row, Context>, width: number) {
  const [own, setOwn] = useState<Sort | null>(null)
  const fitted = fitColumns(columns, chosen ?? new Set(columns.map(({ id }) => id)), width).join()
  const shown = useMemo(() => {
    const ids = new Set(fitted.split(','))
    return columns.filter(({ id }) => ids.has(id))
  }, [columns, fitted])
  // A caller that sorts has the rows in order already.
  const sorted = useMemo(() => sortRows(rows, columns, own, context), [rows, columns, own, context])
  return onSort === undefined ? { shown, rows: sorted, sort: own, setSort: setOwn } : { shown, rows, sort, setSort: onSort }
}

/** Virtualises rows. Elements that leave at one end are reused at the other, which is cheaper than creating new ones. */
function useRowsInSight(frame: React.RefObject<HTMLDivElement | null>, height: number, count: number, rowPx = 0) {
  const pool = rowPx === 0 ? 1 : Math.ceil(height / rowPx) + 2 * overscan + 2
  const virtualizer = useVirtualizer({
    count: rowPx === 0 ? 0 : count,
    getScrollElement: () => frame.current,
    estimateSize: () => rowPx,
    overscan,
    // The same number of rows at every scroll position, so that each element that leaves is reused.
    rangeExtractor: ({ startIndex }) => {
      const first = Math.max(0, Math.min(startIndex - overscan, count - pool))
      return Array.from({ length: Math.min(pool, count) }, (_, place) => first + place)
    },
    // The sticky headings are inside the same scroller.
    scrollMargin: headPx,
    scrollPaddingStart: headPx,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: a narrower window may have higher rows
  useEffect(() => virtualizer.measure(), [rowPx])
  return {
    items: virtualizer.getVirtualItems(),
    totalPx: virtualizer.getTotalSize(),
    pool,
    scrollTo: (index: number) => rowPx !== 0 && virtualizer.scrollToIndex(index),
    page: rowPx === 0 ? 10 : Math.max(1, Math.floor((height || 400) / rowPx) - 1),
  }
}
/** Orders items so that elements keep their place in the document, because moving an element costs more than changing its text. */
const inPlaces = (items: readonly VirtualItem[], pool: number) => [...items].sort((a, b) => (a.index % pool) - (b.index % pool))

interface ActiveRow<Row> {
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string | number
  readonly page: number
  readonly scrollTo: (index: number) => void
  readonly onOpen: ((row: Row) => void) | undefined
  readonly hold: Hold | undefined
}
/** The row selected by keyboard, -1 for none. The selection follows the row when it moves. */
function useActiveRow<Row>({ rows, keyOf, page, scrollTo, onOpen, hold }: ActiveRow<Row>) {
  const [key, setKey] = useState<string | number | null>(null)
  const active = key === null ? -1 : rows.findIndex((row) => keyOf(row) === key)
  const onKeyDown = (event: React.KeyboardEvent) => {
    // Elements inside handle their own keys.
    if (event.target !== event.currentTarget) return
    const next = rowOfKey(event.key, active, rows.length, page)
    const row = rows[next ?? active]
    if (next !== null) {
      hold?.take()
      setKey(row === undefined ? null : keyOf(row))
      if (next >= 0) scrollTo(next)
    } else if (event.key === 'Enter' && row !== undefined) onOpen?.(row)
    else return
    event.preventDefault()
  }
  return { active, onKeyDown }
}

const sideOf = (column: { readonly numeric?: boolean }) => (column.numeric ? 'justify-end pr-3 text-right' : 'justify-start pr-2 text-left')

interface HeadCellProps {
  readonly column: Omit<Column<never, never>, 'cell' | 'csv'>
  readonly sort: Sort | null
  readonly onSort: (sort: Sort | null) => void
}
function HeadCell({ column, sort, onSort }: HeadCellProps) {
  const { id, head, tip, silent, value, sortable } = column
  const sorted = sort?.id === id ? sort : null
  const Arrow = sorted?.descending ? ArrowDown : ArrowUp
  const side = sideOf(column)
  if (value === undefined || sortable === false)
    return (
      <th scope="col" title={tip} className={`min-w-0 truncate py-1.5 font-medium text-faint text-sm ${side}`}>
        {silent ? <span className="sr-only">{head}</span> : head}
      </th>
    )
  return (
    <th scope="col" aria-sort={sorted === null ? 'none' : sorted.descending ? 'descending' : 'ascending'} className={`flex min-w-0 font-medium ${side}`}>
      <button
        type="button"
        onClick={() => onSort(nextSort(column, sort))}
        title={tip}
        className={`flex min-w-0 flex-1 items-center gap-1 rounded py-1.5 text-sm ${column.numeric ? 'justify-end' : ''} ${sorted ? 'text-text' : 'text-faint hover:text-text'}`}
      >
        <span className="truncate">{head}</span>
        {sorted && <Arrow size={12} className="flex-none" aria-hidden="true" />}
      </button>
    </th>
  )
}

/** `framed`: rows have one height, which has room for two lines. */
const cellClass = (column: { readonly numeric?: boolean; readonly wraps?: boolean }, framed = false) =>
  `min-w-0 ${column.wraps ? `break-words ${framed ? 'line-clamp-2' : ''}` : 'overflow-clip text-ellipsis whitespace-nowrap'} ${column.numeric ? 'pr-3 text-right' : 'pr-2'}`

interface TableRowProps<Row, Context> extends Pick<DataTableProps<Row, Context>, 'rowPx' | 'columns' | 'context' | 'onOpen' | 'rowClass' | 'span'> {
  readonly row: Row
  readonly id: string
  readonly index: number
  /** null: normal flow. */
  readonly top: number | null
  readonly shown: ReadonlySet<string>
  readonly template: string
  readonly active: boolean
  /** The language and the zone of the window: others draw the row anew. */
  readonly drawnFor: string
}
const TableRow = memo(PlainRow) as typeof PlainRow
function PlainRow<Row, Context>(props: TableRowProps<Row, Context>) {
  const { row, id, index, top, rowPx, columns, shown, template, context, active, onOpen, rowClass, span } = props
  const instead = span?.(row, context, shown) ?? null
  const first = instead === null ? -1 : columns.findIndex((column) => column.id === instead.from)
  const to = instead?.to === undefined ? -1 : columns.findIndex((column) => column.id === instead.to)
  const last = to < 0 ? columns.length - 1 : to
  return (
    <tr
      id={onOpen && id}
      aria-rowindex={index + 2}
      aria-selected={onOpen && active}
      className={`grid hover:bg-hover ${
        top === null ? 'border-line py-[5px] [&:not(:last-child)]:border-b' : 'absolute inset-x-0 items-center border-line border-b [contain:size_layout_style]'
      } ${onOpen ? 'cursor-pointer' : ''} ${active ? 'bg-accent-soft' : ''} ${rowClass?.(row, context) ?? ''}`}
      style={{ gridTemplateColumns: template, ...(top === null ? {} : { height: rowPx, top, paddingInline: sidePx }) }}
      onClick={
        onOpen &&
        ((event) => {
          // Links inside open by themselves, possibly in a new window.
          if (!(event.target instanceof Element && event.target.closest('a, button, input'))) onOpen(row)
        })
      }
    >
      {columns.map((column, place) => {
        if (instead === null || place < first || place > last || first < 0)
          return (
            <td key={column.id} className={cellClass(column, top !== null)}>
              {column.cell(row, context)}
            </td>
          )
        return place === first ? (
          <td key={column.id} colSpan={last - first + 1} className="min-w-0" style={{ gridColumn: `span ${last - first + 1}` }}>
            {instead.cell}
          </td>
        ) : null
      })}
    </tr>
  )
}
