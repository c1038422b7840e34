import { useVirtualizer } from '@tanstack/react-virtual'
import { ArrowDown } from 'lucide-react'
import { memo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { formatDuration } from '../../shared/units.ts'
import { hostFailureWords } from '../app/failureWords.ts'
import { toHost, toServer } from '../app/links.ts'
import { Button } from '../ui/Button.tsx'
import { type ColumnSize, fitColumns } from '../ui/fitColumns.ts'
import { rowOfKey } from '../ui/gridKeys.ts'
import { useNow } from '../ui/now.ts'
import { useCalm } from '../ui/useCalm.ts'
import { useSize } from '../ui/useSize.ts'
import { HostStateMark } from './HostStateMark.tsx'
import { type HostColumnId, hostCell } from './hostCells.tsx'
import { type HostSortKey, type HostView, hostSortKeys, isStaleHost } from './hostFigures.ts'

interface HostsTableProps {
  /** In their order. */
  readonly views: readonly HostView[]
  readonly sort: HostSortKey
  readonly onSort: (sort: HostSortKey) => void
  readonly onOpen: (id: string) => void
  /** A key is to be compared, or a credential given. */
  readonly onAnswer: (id: string) => void
  readonly serverName: (id: string) => string | null
  /** Tells moments of the past apart: rows that are held while somebody points are not kept from one to the next. */
  readonly occasion: string
}

interface Column extends ColumnSize {
  readonly id: HostColumnId
  /** Its share of what is left over. */
  readonly share: number
}
const columns: readonly Column[] = [
  { id: 'name', width: 190, share: 1.6, rank: 0 },
  { id: 'cpu', width: 162, share: 1, rank: 0 },
  { id: 'load', width: 56, share: 0.2, rank: 6 },
  { id: 'memory', width: 150, share: 1, rank: 0 },
  { id: 'disk', width: 164, share: 1, rank: 1 },
  { id: 'network', width: 186, share: 1, rank: 2 },
  { id: 'media', width: 172, share: 1, rank: 3 },
  { id: 'warmth', width: 84, share: 0.3, rank: 5 },
  { id: 'uptime', width: 128, share: 0.3, rank: 4 },
  { id: 'server', width: 120, share: 0.6, rank: 7 },
]
const allColumns: ReadonlySet<string> = new Set(columns.map(({ id }) => id))
const rowPx = 50
const headPx = 30
const isSortKey = (id: HostColumnId): id is HostColumnId & HostSortKey => (hostSortKeys as readonly string[]).includes(id)

/** All hosts, a row each; only what is seen is drawn. Rows keep their places while the pointer is over them. */
export function HostsTable({ views, sort, onSort, onOpen, onAnswer, serverName, occasion }: HostsTableProps) {
  const { t } = useTranslation()
  const now = useNow()
  const { ref: frame, width } = useSize<HTMLDivElement>()
  const [active, setActive] = useState<string | null>(null)
  const byId = new Map(views.map((view) => [view.host.id, view]))
  const calm = useCalm(views.map(({ host }) => host.id).join('\n'), `${occasion} ${sort}`)
  // What was removed meanwhile leaves its place at once; what is new waits until nobody points.
  const ids = calm.value.split('\n').filter((id) => byId.has(id))
  const body = useRef<HTMLTableSectionElement>(null)
  const fitted = fitColumns(columns, allColumns, width - 28)
  const shown = columns.filter(({ id }) => fitted.includes(id))
  const template = shown.map((column) => `minmax(${column.width}px, ${column.share}fr)`).join(' ')
  const virtualizer = useVirtualizer({
    count: ids.length,
    getScrollElement: () => frame.current,
    estimateSize: () => rowPx,
    overscan: 4,
    scrollMargin: headPx,
    scrollPaddingStart: headPx,
  })
  const activeIndex = active === null ? -1 : ids.indexOf(active)
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.target !== event.currentTarget) return
    const page = Math.max(1, Math.floor((frame.current?.clientHeight ?? 400) / rowPx) - 1)
    const next = rowOfKey(event.key, activeIndex, ids.length, page)
    const chosen = ids[activeIndex]
    if (next !== null) {
      setActive(ids[next] ?? null)
      if (next >= 0) virtualizer.scrollToIndex(next)
    } else if (event.key === 'Enter' && chosen !== undefined) onOpen(chosen)
    else return
    event.preventDefault()
  }
  return (
    <div ref={frame} className="min-h-0 flex-1 overflow-y-auto overflow-x-hidden rounded-lg border border-line bg-surface [scrollbar-gutter:stable]">
      <table
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: its rows are chosen and opened by keyboard
        role="grid"
        aria-label={t('hosts.rows')}
        aria-rowcount={ids.length + 1}
        aria-colcount={shown.length}
        aria-activedescendant={activeIndex >= 0 ? `host-row-${activeIndex}` : undefined}
        tabIndex={0}
        className="block -outline-offset-2"
        onKeyDown={onKeyDown}
      >
        <thead className="sticky top-0 z-10 block border-line border-b bg-surface" style={{ height: headPx }}>
          <tr aria-rowindex={1} className="grid px-3.5" style={{ gridTemplateColumns: template }}>
            {shown.map(({ id }) => {
              const word = t(`hosts.column.${id}`)
              const by = id === 'name' && sort !== 'name' ? 'name' : id
              const sorted = sort === id
              return (
                <th
                  key={id}
                  aria-sort={sorted ? (id === 'name' ? 'ascending' : 'descending') : isSortKey(id) ? 'none' : undefined}
                  className="flex min-w-0 pr-3 text-left font-medium text-sm"
                >
                  {isSortKey(by) ? (
                    <button
                      type="button"
                      title={t('hosts.sortBy', { column: word })}
                      onClick={() => onSort(sorted ? 'trouble' : by)}
                      className={`flex min-w-0 flex-1 items-center gap-1 rounded py-1.5 ${sorted ? 'text-text' : 'text-faint hover:text-text'}`}
                    >
                      <span className="truncate">{word}</span>
                      {sorted && <ArrowDown size={12} aria-hidden="true" />}
                    </button>
                  ) : (
                    <span className="truncate py-1.5 text-faint">{word}</span>
                  )}
                </th>
              )
            })}
          </tr>
        </thead>
        <tbody ref={body} className="relative block" style={{ height: virtualizer.getTotalSize() }} {...calm.hold}>
          {virtualizer.getVirtualItems().map((item) => {
            const id = ids[item.index]
            const view = id === undefined ? undefined : byId.get(id)
            if (view === undefined) return null
            return (
              <Row
                key={view.host.id}
                view={view}
                index={item.index}
                top={item.start - headPx}
                now={now}
                columns={shown}
                template={template}
                active={view.host.id === active}
                server={view.host.serverId === null ? null : serverName(view.host.serverId)}
                onOpen={onOpen}
                onAnswer={onAnswer}
              />
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

interface RowProps {
  readonly view: HostView
  readonly index: number
  readonly top: number
  readonly now: number
  readonly columns: readonly Column[]
  readonly template: string
  readonly active: boolean
  readonly server: string | null
  readonly onOpen: (id: string) => void
  readonly onAnswer: (id: string) => void
}
const Row = memo(function Row({ view, index, top, now, columns: shown, template, active, server, onOpen, onAnswer }: RowProps) {
  const { t } = useTranslation()
  const { host, state, figures } = view
  const stale = isStaleHost(view, now)
  const readable = state === 'up' && figures !== null
  return (
    <tr
      id={`host-row-${index}`}
      aria-rowindex={index + 2}
      aria-selected={active}
      className={`absolute inset-x-0 grid cursor-pointer items-center border-line border-b px-3.5 [contain:size_layout_style] hover:bg-hover ${active ? 'bg-accent-soft' : ''}`}
      style={{ height: rowPx, top, gridTemplateColumns: template }}
      onClick={(event) => {
        if (!(event.target instanceof HTMLElement && event.target.closest('a, button'))) onOpen(host.id)
      }}
    >
      <td className="min-w-0 pr-3">
        <div className="flex min-w-0 items-center gap-2">
          <HostStateMark view={view} now={now} wordless size={11} />
          <Link to={toHost(host.id)} className="min-w-0 truncate font-semibold hover:underline">
            {host.name}
          </Link>
        </div>
        <div className="truncate pl-[19px] text-faint text-sm">
          {stale && figures !== null && state === 'up'
            ? t('hosts.ageOld', { age: formatDuration(now - figures.at) })
            : (figures?.system ?? host.ssh ?? t('hosts.local'))}
        </div>
      </td>
      {readable ? (
        shown.slice(1).map(({ id }) => (
          <td key={id} className={`min-w-0 overflow-clip whitespace-nowrap pr-3 ${stale ? 'stale' : ''}`}>
            {id === 'server' ? (
              host.serverId === null || server === null ? null : (
                <Link to={toServer(host.serverId)} className="block truncate text-muted hover:underline">
                  {server}
                </Link>
              )
            ) : (
              hostCell(id, figures, view.past, now, t)
            )}
          </td>
        ))
      ) : (
        <td className="flex min-w-0 items-center gap-3" style={{ gridColumn: '2 / -1' }}>
          <Away view={view} now={now} />
          {state === 'waiting' && (
            <Button className="ml-auto flex-none" onClick={() => onAnswer(host.id)}>
              {t('hosts.look')}
            </Button>
          )}
        </td>
      )}
    </tr>
  )
})

/** Why there are no figures: its state and since when, then the reason and what to do. */
function Away({ view, now }: { readonly view: HostView; readonly now: number }) {
  const { t } = useTranslation()
  const { host, state, figures, past } = view
  if (past || state === 'unknown') return <span className="hatched rounded-sm px-2 text-faint">{t(`hosts.state.${state}`)}</span>
  const error = state === 'paused' ? null : host.error
  return (
    <div className="min-w-0">
      <div className="flex min-w-0 items-baseline gap-2">
        <HostStateMark view={view} now={now} />
        <span className="flex-none text-faint">{t('hosts.since', { time: formatDuration(now - host.stateSince) })}</span>
        {figures !== null && <span className="truncate text-faint">· {t('hosts.ageOld', { age: formatDuration(now - figures.at) })}</span>}
      </div>
      {error !== null && (
        <div className="truncate text-sm" title={hostFailureWords(error)}>
          <b className="font-medium">{t(`hosts.error.${error.kind}`)}</b> <span className="text-muted">{hostFailureWords(error)}</span>
        </div>
      )}
    </div>
  )
}
