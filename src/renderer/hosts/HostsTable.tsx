import type { TFunction } from 'i18next'
import { Fragment, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { sumKnown } from '../../shared/statistics.ts'
import { formatDuration } from '../../shared/units.ts'
import { CsvButton } from '../app/CsvButton.tsx'
import { toHost, toServer } from '../app/links.ts'
import { t } from '../app/words.ts'
import { Button } from '../ui/Button.tsx'
import type { Column, CsvValue } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { useNow } from '../ui/now.ts'
import { useHeldRows } from '../ui/useCalm.ts'
import { type HostColumnId, hostCell } from './hostCells.tsx'
import { type HostFigures, type HostSortKey, type HostView, highest, hostSortKeys, hottest, isStaleHost } from './hostFigures.ts'
import { HostStateMark } from './hostMarks.tsx'
import { hostFailureText } from './useHosts.ts'

interface HostsTableProps {
  /** In their order. */
  readonly views: readonly HostView[]
  readonly sort: HostSortKey
  readonly onSort: (sort: HostSortKey) => void
  readonly onOpen: (id: string) => void
  /** Called to compare a key or to enter a credential. */
  readonly onAnswer: (id: string) => void
  readonly serverName: (id: string) => string | null
  /** Changes with the window's moment, to release rows held under the pointer. */
  readonly occasion: string
}

/** All hosts, one per row. Rows keep their places while the pointer is over them. */
export function HostsTable({ views, sort, onSort, onOpen, onAnswer, serverName, occasion }: HostsTableProps) {
  const { t } = useTranslation()
  const now = useNow()
  const { rows, hold } = useHeldRows(views, keyOf, `${occasion} ${sort}`)
  const columns = useMemo(() => hostColumns(t), [t])
  return (
    <DataTable
      label={t('common.hosts')}
      columns={columns}
      rows={rows}
      keyOf={keyOf}
      context={{ now, serverName, onAnswer }}
      rowPx={50}
      sort={sort === 'trouble' ? null : { id: sort, descending: sort !== 'name' }}
      // Only one direction is useful: a second click returns to the default sort, troubles first.
      onSort={(next) => onSort(hostSortKeys.find((key) => key === next?.id && key !== sort) ?? 'trouble')}
      onOpen={({ host }) => onOpen(host.id)}
      hold={hold}
      span={(view, context) => (isReadable(view) ? null : { from: 'cpu', cell: <Away view={view} context={context} /> })}
    />
  )
}

/** The same rows for a spreadsheet. */
export function HostsCsv({ views, serverName }: Pick<HostsTableProps, 'views' | 'serverName'>) {
  return <CsvButton name="hosts" columns={hostColumns(t)} rows={views} context={{ now: 0, serverName, onAnswer: () => {} }} />
}

const keyOf = ({ host }: HostView) => host.id
const isReadable = ({ state, figures }: HostView) => state === 'up' && figures !== null

interface CellContext extends Pick<HostsTableProps, 'serverName' | 'onAnswer'> {
  readonly now: number
}
type CsvFields = Readonly<Record<string, (figures: HostFigures) => CsvValue>>
interface FigureColumn {
  readonly width: number
  readonly share: number
  readonly rank: number
  readonly csv: CsvFields
}
const figureColumns: Readonly<Record<Exclude<HostColumnId, 'name' | 'server'>, FigureColumn>> = {
  cpu: { width: 162, share: 1, rank: 0, csv: { cpu_percent: ({ cpuPercent }) => cpuPercent } },
  load: { width: 56, share: 0.2, rank: 6, csv: { load_1: ({ load1 }) => load1 } },
  memory: {
    width: 150,
    share: 1,
    rank: 0,
    csv: { memory_used_bytes: ({ memoryUsedBytes }) => memoryUsedBytes, memory_total_bytes: ({ memoryTotalBytes }) => memoryTotalBytes },
  },
  disk: { width: 164, share: 1, rank: 1, csv: { fullest_disk_percent: ({ disks }) => highest(disks.map(({ usedPercent }) => usedPercent)) } },
  network: {
    width: 186,
    share: 1,
    rank: 2,
    csv: {
      received_bps: ({ networks }) => sumKnown(networks.map(({ receivedBps }) => receivedBps)),
      sent_bps: ({ networks }) => sumKnown(networks.map(({ sentBps }) => sentBps)),
    },
  },
  media: {
    width: 172,
    share: 1,
    rank: 3,
    csv: {
      mediamtx_cpu_percent: ({ mediaServer }) => mediaServer?.cpuPercent ?? null,
      mediamtx_memory_bytes: ({ mediaServer }) => mediaServer?.memoryBytes ?? null,
    },
  },
  warmth: { width: 84, share: 0.3, rank: 5, csv: { hottest_celsius: (figures) => hottest(figures)?.celsius ?? null } },
  uptime: { width: 128, share: 0.3, rank: 4, csv: { uptime_seconds: ({ uptimeSeconds }) => uptimeSeconds } },
}

function headOf(t: TFunction, id: HostColumnId): string {
  if (id === 'cpu' || id === 'memory' || id === 'disk' || id === 'network') return t(`hosts.use.${id}`)
  if (id === 'server') return t('common.server')
  if (id === 'name') return t('common.host')
  if (id === 'media') return t('hosts.charts.media')
  return id === 'load' ? t('hosts.load') : t(`hosts.column.${id}`)
}

function hostColumns(t: TFunction): readonly Column<HostView, CellContext>[] {
  const headed = (id: HostColumnId) => {
    const head = headOf(t, id)
    return {
      id,
      head,
      ...((hostSortKeys as readonly string[]).includes(id) && { sortable: true, largestFirst: id !== 'name' }),
    }
  }
  return [
    {
      ...headed('name'),
      width: 190,
      share: 1.6,
      rank: 0,
      cell: (view, context) => <NameCell view={view} now={context.now} />,
      csv: { host: ({ host }) => host.name, state: ({ state }) => state, address: ({ host }) => host.ssh },
    },
    ...(Object.keys(figureColumns) as (keyof typeof figureColumns)[]).map((id) => ({
      ...headed(id),
      ...figureColumns[id],
      csv: Object.fromEntries(
        Object.entries(figureColumns[id].csv).map(([name, field]) => [name, ({ figures }: HostView) => (figures === null ? null : field(figures))]),
      ),
      cell: (view: HostView, { now }: CellContext) =>
        view.figures && <div className={isStaleHost(view, now) ? 'stale' : ''}>{hostCell(id, view.figures, view.past, now, t)}</div>,
    })),
    {
      ...headed('server'),
      width: 120,
      share: 0.6,
      rank: 7,
      csv: { server: ({ host }, { serverName }) => host.serverIds.flatMap((id) => serverName(id) ?? []).join(', ') || null },
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
