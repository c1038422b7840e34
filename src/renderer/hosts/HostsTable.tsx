import { Fragment, useMemo } from 'react'
import { Link } from 'react-router'
import { formatDuration } from '../../shared/units.ts'
import { toHost, toServer } from '../app/links.ts'
import { useSortParam } from '../app/usePageParams.ts'
import { t, useInLanguage } from '../app/words.ts'
import { Button } from '../ui/Button.tsx'
import { type Column, sortRows } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { useNow } from '../ui/now.ts'
import { useHeldRows } from '../ui/useCalm.ts'
import { figureColumns } from './hostCells.tsx'
import { type HostView, isStaleHost } from './hostFigures.ts'
import { HostStateMark } from './hostMarks.tsx'
import { hostFailureText } from './useHosts.ts'

interface HostsTableProps {
  /** In their usual order. */
  readonly views: readonly HostView[]
  readonly onOpen: (id: string) => void
  /** Called to compare a key or to enter a credential. */
  readonly onAnswer: (id: string) => void
  readonly serverName: (id: string) => string | null
  /** Changes with the window's moment, to release rows held under the pointer. */
  readonly occasion: string
}

export function HostsTable({ views, onOpen, onAnswer, serverName, occasion }: HostsTableProps) {
  const now = useNow()
  const columns = useInLanguage(hostColumns)
  const [sort, onSort] = useSortParam()
  const context = { now, serverName, onAnswer }
  // biome-ignore lint/correctness/useExhaustiveDependencies: no value to sort by depends on the context, which changes each second
  const sorted = useMemo(() => sortRows(views, columns, sort, context), [views, columns, sort])
  const { rows, hold } = useHeldRows(sorted, keyOf, `${occasion} ${JSON.stringify(sort)}`)
  return (
    <DataTable
      label={t('common.hosts')}
      columns={columns}
      rows={rows}
      keyOf={keyOf}
      context={context}
      rowPx={50}
      sort={sort}
      onSort={onSort}
      onOpen={({ host }) => onOpen(host.id)}
      hold={hold}
      span={(view, context) => (isReadable(view) ? null : { from: 'cpu', cell: <Away view={view} context={context} /> })}
    />
  )
}

const keyOf = ({ host }: HostView) => host.id
const isReadable = ({ state, figures }: HostView) => state === 'up' && figures !== null

interface CellContext extends Pick<HostsTableProps, 'serverName' | 'onAnswer'> {
  readonly now: number
}
function hostColumns(): readonly Column<HostView, CellContext>[] {
  return [
    {
      id: 'name',
      head: t('common.host'),
      value: ({ host }) => host.name,
      width: 190,
      share: 1.6,
      rank: 0,
      cell: (view, context) => <NameCell view={view} now={context.now} />,
    },
    ...Object.entries(figureColumns).map(
      ([id, { head, Cell, value, ...size }]): Column<HostView, CellContext> => ({
        id,
        head: t(head),
        ...(value && { value: ({ figures }) => figures && value(figures), largestFirst: true }),
        ...size,
        cell: (view, { now }) =>
          view.figures && (
            <div className={isStaleHost(view, now) ? 'stale' : ''}>
              <Cell figures={view.figures} past={view.past} now={now} />
            </div>
          ),
      }),
    ),
    {
      id: 'server',
      head: t('common.server'),
      width: 120,
      share: 0.6,
      rank: 7,
      cell: ({ host }, { serverName }) => (
        <span className="block truncate">
          {host.serverIds.map((id, place) => (
            <Fragment key={id}>
              {place > 0 && ', '}
              <Link to={toServer(id)} className="text-muted hover:underline">
                {serverName(id)}
              </Link>
            </Fragment>
          ))}
        </span>
      ),
    },
  ]
}

function NameCell({ view, now }: { readonly view: HostView; readonly now: number }) {
  const { host, state, figures } = view
  return (
    <>
      <div className="flex min-w-0 items-center gap-2">
        <HostStateMark view={view} now={now} wordless size={11} />
        <Link to={toHost(host.id)} className="min-w-0 truncate font-semibold hover:underline">
          {host.name}
        </Link>
      </div>
      <div className="truncate pl-[19px] text-faint text-sm">
        {isStaleHost(view, now) && figures !== null && state === 'up'
          ? t('common.ageOld', { age: formatDuration(now - figures.at) })
          : (figures?.system ?? host.ssh ?? t('common.thisMachine'))}
      </div>
    </>
  )
}

/** Explains missing figures: the state and its duration, then the reason and what to do. */
function Away({ view, context: { now, onAnswer } }: { readonly view: HostView; readonly context: CellContext }) {
  const { host, state, figures, past } = view
  if (past || state === 'unknown') return <span className="hatched rounded-sm px-2 text-faint">{t(`serverState.${state}`)}</span>
  const error = state === 'paused' ? null : host.error
  return (
    <div className="flex min-w-0 items-center gap-3">
      <div className="min-w-0">
        <div className="flex min-w-0 items-baseline gap-2">
          <HostStateMark view={view} now={now} />
          <span className="flex-none text-faint">{t('common.forTime', { time: formatDuration(now - host.stateSince) })}</span>
          {figures !== null && <span className="truncate text-faint">· {t('common.ageOld', { age: formatDuration(now - figures.at) })}</span>}
        </div>
        {error !== null && (
          <div className="truncate text-sm" title={hostFailureText(error)}>
            {hostFailureText(error)}
          </div>
        )}
      </div>
      {state === 'waiting' && <Button className="ml-auto flex-none" onClick={() => onAnswer(host.id)} text={t('history.show')} />}
    </div>
  )
}
