import { keepPreviousData, type UseQueryResult, useQuery } from '@tanstack/react-query'
import type { TFunction } from 'i18next'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { searchTerms, searchText } from '../../shared/searchText.ts'
import { formatDateTime, formatDuration, formatNumber, formatStretch, formatValue, unknownMark } from '../../shared/units.ts'
import { type CameraViewingGrouping, mostViewed, type ViewingOverTime, type ViewingRow } from '../../shared/viewing.ts'
import { CsvButton } from '../app/CsvButton.tsx'
import { orpc } from '../app/client.ts'
import { Loaded } from '../app/Loaded.tsx'
import { toCamera, toStream } from '../app/links.ts'
import { InBar, ListSearch, Totals } from '../app/lists.tsx'
import { t } from '../app/words.ts'
import { type Column, widthOf } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { column, figureColumn, textColumn } from '../ui/plainColumns.tsx'
import { Sparkline } from '../ui/Sparkline.tsx'

export interface ViewingTime {
  readonly from?: number
  readonly to?: number
  readonly lastMs?: number
}
export const lastWeek = { lastMs: 7 * 86_400_000 } as const satisfies ViewingTime
/** Reading takes seconds where there are many streams: it is read again this often, ms. */
const everyMs = 300_000
const rowPx = 34
const keyOf = ({ serverId, path, cameraId, ownerKind, name }: ViewingRow) => `${serverId} ${path} ${cameraId} ${ownerKind} ${name}`

interface ViewingReportProps {
  readonly time: ViewingTime
  readonly by: 'stream' | CameraViewingGrouping
  readonly text: string
  readonly onText: (text: string) => void
}
export function ViewingReport({ time, by, text, onText }: ViewingReportProps) {
  const { t } = useTranslation()
  const often = { placeholderData: keepPreviousData, staleTime: everyMs, refetchInterval: everyMs, retry: false } as const
  const input = { ...time, limit: mostViewed }
  const streams = useQuery({ ...orpc.viewing.report.queryOptions({ input }), ...often, enabled: by === 'stream' })
  const ofCameras = orpc.viewing.cameras.queryOptions({ input: { ...input, ...(by !== 'stream' && { by }) } })
  const cameras = useQuery({ ...ofCameras, ...often, enabled: by !== 'stream' })
  const query = by === 'stream' ? streams : cameras
  const { data } = query
  const columns = useMemo(() => viewingColumns(by, t), [by, t])
  const rows = useMemo(() => {
    const words = searchTerms(text)
    return (data?.rows ?? []).filter(({ server, project, name }) =>
      words.every((word) => searchText(`${server ?? ''} ${project ?? ''} ${name ?? ''}`).includes(word)),
    )
  }, [data, text])
  return (
    <>
      <InBar>
        <CsvButton name={`watched-${by}`} columns={columns} rows={rows} context={null} />
      </InBar>
      <ListSearch text={text} onText={onText}>
        {data !== undefined && (
          <span className="text-faint text-sm">
            {formatStretch(data.from, data.to)}
            {data.left > 0 && ` · ${t('common.andCountMore', { count: data.left })}`}
          </span>
        )}
      </ListSearch>
      <Loaded query={query} rows={12} failed="alarms.notRead" framed>
        {({ all, to, from }) => (
          <>
            <Totals
              facts={[
                [t('viewing.column.watched'), hoursText(all.peopleMs), t('viewing.tip.watched')],
                [t('viewing.column.others'), hoursText(all.othersMs), t('viewing.tip.others')],
                [t('viewing.column.observed'), observedText(all.observedMs, to - from), t('viewing.tip.observed')],
              ]}
            />
            <DataTable
              label={t('pages.watched')}
              columns={columns}
              rows={rows}
              keyOf={keyOf}
              context={null}
              rowPx={rowPx}
              empty={<EmptyState title={t(text === '' ? 'viewing.none' : 'common.noMatch')} />}
            />
          </>
        )}
      </Loaded>
    </>
  )
}

const hoursOf = (ms: number | null) => ms && ms / 3_600_000
function hoursText(ms: number | null): string {
  const hours = hoursOf(ms)
  return hours === null ? unknownMark : formatNumber(hours, hours < 100 ? 1 : 0)
}
const observedText = (ms: number, ofMs: number): string => (ms === 0 ? unknownMark : `${formatDuration(ms)} (${Math.floor((100 * ms) / ofMs)} %)`)
const mostText = ({ most, mostIsBound }: Pick<ViewingRow, 'most' | 'mostIsBound'>): string =>
  `${mostIsBound && most !== null ? '≤ ' : ''}${formatValue(most, 'count')}`

function viewingColumns(by: ViewingReportProps['by'], t: TFunction): readonly Column<ViewingRow>[] {
  const figure = (
    id: 'watched' | 'most' | 'others' | 'observed',
    rank: number,
    widest: string,
    value: (row: ViewingRow) => number | null,
    cell: (row: ViewingRow) => string,
    csv: Column<ViewingRow>['csv'],
  ): Column<ViewingRow> => {
    const head = t(`viewing.column.${id}`)
    return { id, head, tip: t(`viewing.tip.${id}`), rank, width: widthOf(head, widest), numeric: true, value, cell, ...(csv && { csv }) }
  }
  const hours = (id: 'watched' | 'others', rank: number, of: (row: ViewingRow) => number | null, name: string) =>
    figure(id, rank, '10,000.0', of, (row) => hoursText(of(row)), { [name]: (row) => hoursOf(of(row)) })
  return [
    {
      id: 'name',
      head: t(by === 'stream' ? 'streams.column.name' : 'common.name'),
      rank: 0,
      width: 200,
      share: 3,
      value: ({ name }) => name,
      cell: ({ serverId, path, cameraId, ownerKind, name, hlsUncounted }) => (
        <>
          {serverId === null && cameraId === null ? (
            <span className={name === null ? 'text-faint' : 'font-medium'}>
              {name === null ? by !== 'stream' && t(`viewing.nameless.${by}`) : ownerKind === 'group' ? t('cameras.groupOf', { name }) : name}
            </span>
          ) : (
            <Link to={cameraId === null ? toStream(serverId ?? '', path ?? '') : toCamera(cameraId)} className="font-medium hover:underline">
              {name}
            </Link>
          )}
          {hlsUncounted && (
            <span className="ml-2 text-faint text-sm" title={t('sessions.hlsTip')}>
              {t('viewing.hlsUncounted')}
            </span>
          )}
        </>
      ),
      csv: { name: ({ name }) => name, path: ({ path }) => path },
    },
    by === 'stream'
      ? textColumn('server', t('common.server'), ({ server }) => server, { rank: 2, width: 110, share: 1, csv: 'server' })
      : by === 'camera'
        ? textColumn('project', t('cameras.column.project'), ({ project }) => project, { rank: 2, width: 110, share: 1, csv: 'project' })
        : figureColumn('streams', t('common.streams'), ({ streams }) => streams, {
            rank: 3,
            width: widthOf(t('common.streams'), '10,000'),
            csv: 'streams',
          }),
    hours('watched', 0, ({ peopleMs }) => peopleMs, 'hoursWatched'),
    figure('most', 1, '≤ 10,000', ({ most }) => most, mostText, { mostAtOnce: ({ most }) => most }),
    column('over', t('viewing.column.over'), { rank: 3, width: 110, tip: t('viewing.tip.over') }, ({ over }) => (
      <Sparkline values={over.map((people) => people ?? Number.NaN)} slots={over.length} />
    )),
    hours('others', 4, ({ othersMs }) => othersMs, 'hoursOfOthers'),
    figure(
      'observed',
      2,
      '30 d 23 h',
      ({ observedMs }) => observedMs,
      ({ observedMs }) => (observedMs === 0 ? unknownMark : formatDuration(observedMs)),
      { hoursObserved: ({ observedMs }) => hoursOf(observedMs) },
    ),
  ]
}

const lineOften = { placeholderData: keepPreviousData, refetchInterval: everyMs, retry: false } as const
/** People at once on one stream over the period of its page, with the figures of that period. */
export function ViewingOfStream({ serverId, path, time }: { readonly serverId: string; readonly path: string; readonly time: ViewingTime }) {
  return <OverTime query={useQuery({ ...orpc.viewing.stream.queryOptions({ input: { serverId, path, ...time } }), ...lineOften })} />
}
export function ViewingOfCamera({ cameraId }: { readonly cameraId: string }) {
  return <OverTime query={useQuery({ ...orpc.viewing.camera.queryOptions({ input: { id: cameraId, ...lastWeek } }), ...lineOften })} />
}

function OverTime({ query }: { readonly query: UseQueryResult<ViewingOverTime | null> }) {
  return (
    <Loaded query={query} rows={3}>
      {(data) => {
        if (data === null) return <p className="text-muted">{t('viewing.none')}</p>
        const { row, from, to } = data
        const facts = [
          [t('viewing.column.watched'), hoursText(row.peopleMs), t('viewing.tip.watched')],
          [t('viewing.column.most'), mostText(row), t('viewing.tip.most')],
          [t('viewing.column.observed'), observedText(row.observedMs, to - from), t('viewing.tip.observed')],
        ] as const
        return (
          <>
            <dl className="flex flex-wrap gap-x-6 gap-y-1.5">
              {facts.map(([name, value, tip]) => (
                <div key={name} title={tip}>
                  <dt className="text-muted text-sm">{name}</dt>
                  <dd className="font-semibold tabular-nums">{value}</dd>
                </div>
              ))}
            </dl>
            <div className="mt-2 w-[400px] max-w-full overflow-hidden text-faint text-sm">
              <Sparkline values={row.over.map((people) => people ?? Number.NaN)} slots={row.over.length} width={400} height={56} />
              <div className="flex justify-between">
                <span>{formatDateTime(from)}</span>
                <span>{formatDateTime(to)}</span>
              </div>
            </div>
          </>
        )
      }}
    </Loaded>
  )
}
