import { useTable } from '@tanstack/react-table'
import { useVirtualizer, type VirtualItem } from '@tanstack/react-virtual'
import { ArrowDown, ArrowUp } from 'lucide-react'
import { memo, useCallback, useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type StreamState, streamStates } from '../../shared/streams.ts'
import type { StreamRow } from '../app/fleetState.ts'
import { fitColumns } from '../ui/fitColumns.ts'
import { rowOfKey } from '../ui/gridKeys.ts'
import { useNow } from '../ui/now.ts'
import { useSize } from '../ui/useSize.ts'
import { type CellContext, columnById, columnDefinitions, features, type StreamColumn, streamColumns } from './streamColumns.tsx'
import { type SortKey, type StreamSort, sortKeys } from './streamSort.ts'

interface StreamsTableProps {
  /** In the order in which they are shown. */
  readonly rows: readonly StreamRow[]
  /** Changes whenever fields of rows may have: rows are one object each for their whole life. */
  readonly tick: number
  readonly sort: StreamSort
  readonly onSort: (key: SortKey) => void
  /** Ids of the columns wanted; those that do not fit are dropped. */
  readonly chosen: ReadonlySet<string>
  /** The engine is away: everything is what was known then. */
  readonly stale: boolean
  readonly bitrates: CellContext['bitrates']
  readonly linkOf: (row: StreamRow) => string
  readonly onOpen: (row: StreamRow) => void
  /** The pointer is over the rows, or a row is chosen by keyboard: their order must hold still. */
  readonly onHold: (held: boolean) => void
  readonly empty: React.ReactNode
}

const rowPx = 34
const headPx = 31
const overscan = 8
const noRows: StreamRow[] = []
const isSortKey = (id: string): id is SortKey => (sortKeys as readonly string[]).includes(id)

/** Streams as a table of any length: only what is in sight exists. Arrows move, Enter opens, headings sort. */
export function StreamsTable({ rows, tick, sort, onSort, chosen, stale, bitrates, linkOf, onOpen, onHold, empty }: StreamsTableProps) {
  const { t } = useTranslation()
  const now = useNow()
  const { ref: frame, width, height } = useSize<HTMLDivElement>()
  const [active, setActive] = useState<string | null>(null)

  const fitted = useMemo(() => fitColumns(streamColumns, chosen, width - 28), [chosen, width])
  const columnVisibility = useMemo(() => Object.fromEntries(streamColumns.map((column) => [column.id, fitted.includes(column.id)])), [fitted])
  const table = useTable({ features, columns: columnDefinitions, data: noRows, state: { columnVisibility }, onColumnVisibilityChange: () => {} })
  const shown = table.getVisibleLeafColumns().flatMap((column) => columnById.get(column.id) ?? [])
  const shownKey = shown.map((column) => column.id).join()
  // biome-ignore lint/correctness/useExhaustiveDependencies: compared by their names, so that rows keep their columns between ticks
  const columns = useMemo(() => shown, [shownKey])
  const template = useMemo(
    () => columns.map((column) => (column.grows ? `minmax(${column.width}px, ${column.grows}fr)` : `${column.width}px`)).join(' '),
    [columns],
  )

  // Rows that leave at one end come in at the other: the same elements with other words, which is cheaper than new ones.
  const pool = Math.ceil(height / rowPx) + 2 * overscan + 2
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => rowPx,
    overscan,
    // As many at every place of the scroll, so that each that leaves is one that comes in.
    rangeExtractor: ({ startIndex, count }) => {
      const first = Math.max(0, Math.min(startIndex - overscan, count - pool))
      return Array.from({ length: Math.min(pool, count) }, (_, place) => first + place)
    },
    // The headings stand in the same scroller, above the first row and over the others.
    scrollMargin: headPx,
    scrollPaddingStart: headPx,
  })

  const activeIndex = active === null ? -1 : rows.findIndex((row) => row.key === active)
  const onKeyDown = (event: React.KeyboardEvent) => {
    // The headings inside have keys of their own.
    if (event.target !== event.currentTarget) return
    const page = Math.max(1, Math.floor((frame.current?.clientHeight ?? 400) / rowPx) - 1)
    const next = rowOfKey(event.key, activeIndex, rows.length, page)
    const chosenRow = rows[activeIndex]
    if (next !== null) {
      onHold(true)
      setActive(rows[next]?.key ?? null)
      if (next >= 0) virtualizer.scrollToIndex(next)
    } else if (event.key === 'Enter' && chosenRow) onOpen(chosenRow)
    else return
    event.preventDefault()
  }

  // Rows that are opened or leave take the hold with them.
  useEffect(() => () => onHold(false), [onHold])
  const stateWords = useMemo(() => Object.fromEntries(streamStates.map((state) => [state, t(`streamState.${state}`)])) as Record<StreamState, string>, [t])
  const pulledWord = t('streams.pulled')
  const oursWord = useCallback((count: number) => t('streams.ours', { count }), [t])
  const lostReadersWord = useCallback((count: number) => t('streams.lostReaders', { count }), [t])
  const offWord = useCallback((time: string) => t('streams.offFor', { time }), [t])
  const noDataWord = useCallback((time: string) => t('streams.noDataFor', { time }), [t])

  return (
    <div ref={frame} className="min-h-0 flex-1 overflow-y-auto overflow-x-hidden rounded-lg border border-line bg-surface [scrollbar-gutter:stable]">
      <table
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: its rows are chosen and opened by keyboard
        role="grid"
        aria-label={t('streams.rows')}
        aria-rowcount={rows.length + 1}
        aria-colcount={columns.length}
        aria-activedescendant={activeIndex >= 0 ? `stream-row-${activeIndex}` : undefined}
        tabIndex={0}
        className="block min-h-full -outline-offset-2"
        onKeyDown={onKeyDown}
        onBlur={() => onHold(false)}
      >
        <thead className="sticky top-0 z-10 block border-line border-b bg-surface" style={{ height: headPx }}>
          <tr aria-rowindex={1} className="grid px-3.5" style={{ gridTemplateColumns: template }}>
            {columns.map((column) => (
              <HeadCell key={column.id} column={column} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody className="relative block" onPointerEnter={() => onHold(true)} onPointerLeave={() => onHold(false)}>
          {inPlaces(virtualizer.getVirtualItems(), pool).map((item) => {
            const row = rows[item.index]
            if (!row) return null
            return (
              <Row
                key={item.index % pool}
                row={row}
                tick={tick}
                index={item.index}
                top={item.start - headPx}
                columns={columns}
                template={template}
                now={now}
                stale={stale || row.facts.state === 'unknown'}
                active={row.key === active}
                link={linkOf(row)}
                bitrates={bitrates}
                stateWords={stateWords}
                pulledWord={pulledWord}
                oursWord={oursWord}
                lostReadersWord={lostReadersWord}
                offWord={offWord}
                noDataWord={noDataWord}
                onOpen={onOpen}
              />
            )
          })}
          <tr className="block">
            <td className="block p-0" style={{ height: rows.length === 0 ? undefined : virtualizer.getTotalSize() }}>
              {rows.length === 0 ? empty : null}
            </td>
          </tr>
        </tbody>
      </table>
    </div>
  )
}

/** Every item in the place that its element has for good: an element that moves in the document costs more than other words in it. */
const inPlaces = (items: readonly VirtualItem[], pool: number) => [...items].sort((a, b) => (a.index % pool) - (b.index % pool))

function HeadCell({ column, sort, onSort }: { readonly column: StreamColumn; readonly sort: StreamSort; readonly onSort: (key: SortKey) => void }) {
  const { t } = useTranslation()
  const { id } = column
  const side = column.numeric ? 'justify-end text-right' : 'justify-start text-left'
  const word = t(`streams.column.${id}`)
  if (!isSortKey(id))
    return (
      <th className={`flex py-1.5 pr-3 font-medium text-sm ${side}`}>
        <span className="sr-only">{word}</span>
      </th>
    )
  const sorted = sort.key === id
  return (
    <th aria-sort={sorted ? (sort.descending ? 'descending' : 'ascending') : 'none'} className={`flex min-w-0 font-medium ${column.numeric ? 'pr-3' : 'pr-2'}`}>
      <button
        type="button"
        onClick={() => onSort(id)}
        title={t(`streams.columnTip.${id}`)}
        className={`flex min-w-0 flex-1 items-center gap-1 truncate rounded py-1.5 text-sm ${side} ${sorted ? 'text-text' : 'text-faint hover:text-text'}`}
      >
        <span className="truncate">{word}</span>
        {sorted && (sort.descending ? <ArrowDown size={12} aria-hidden="true" /> : <ArrowUp size={12} aria-hidden="true" />)}
      </button>
    </th>
  )
}

interface RowProps extends CellContext {
  readonly row: StreamRow
  readonly tick: number
  readonly index: number
  readonly top: number
  readonly columns: readonly StreamColumn[]
  readonly template: string
  readonly active: boolean
  readonly onOpen: (row: StreamRow) => void
}
const Row = memo(function Row({ row, index, top, columns, template, active, onOpen, ...context }: RowProps) {
  return (
    <tr
      id={`stream-row-${index}`}
      aria-rowindex={index + 2}
      aria-selected={active}
      className={`absolute inset-x-0 grid [contain:size_layout_style] cursor-pointer items-center border-line border-b px-3.5 hover:bg-hover ${active ? 'bg-accent-soft' : ''} ${context.stale ? 'stale' : ''}`}
      style={{ height: rowPx, top, gridTemplateColumns: template }}
      onClick={(event) => {
        // The name is a link of its own: it opens in a new window when asked to.
        if (!(event.target instanceof HTMLElement && event.target.closest('a'))) onOpen(row)
      }}
    >
      {columns.map((column) => (
        <td key={column.id} className={`min-w-0 overflow-clip text-ellipsis whitespace-nowrap ${column.numeric ? 'pr-3 text-right' : 'pr-2'}`}>
          {column.cell(row, context)}
        </td>
      ))}
    </tr>
  )
})
