import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { pictureText } from '../../i18n/pictureText.ts'
import { searchTerms, searchText } from '../../shared/searchText.ts'
import { isoOf, isoOrNull } from '../../shared/time.ts'
import { formatDateTime, formatDuration, unknownMark } from '../../shared/units.ts'
import { mostViews, type View } from '../../shared/viewing.ts'
import { CsvButton } from '../app/CsvButton.tsx'
import { orpc } from '../app/client.ts'
import { NotLoaded } from '../app/Loaded.tsx'
import { toStream } from '../app/links.ts'
import { InBar, ListSearch } from '../app/lists.tsx'
import { language, t, useInLanguage } from '../app/words.ts'
import { type Column, widthOf } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { column, figureColumn, linkColumn, textColumn } from '../ui/plainColumns.tsx'
import type { ViewingTime } from './ViewingReport.tsx'

const againMs = 15_000
const wayNames = { hls: 'HLS', webrtc: 'WebRTC' } as const
const keyOf = ({ no }: View) => String(no)

/** Who watched which stream through this console. */
export function AllViews({ time, text, onText }: { readonly time: ViewingTime; readonly text: string; readonly onText: (text: string) => void }) {
  const query = useViews(time, undefined)
  const columns = useInLanguage(() => viewColumns(true))
  const rows = useMemo(() => {
    const words = searchTerms(text)
    return (query.data?.views ?? []).filter(({ person, server, path }) => words.every((word) => searchText(`${person} ${server} ${path}`).includes(word)))
  }, [query.data, text])
  return (
    <>
      <InBar>
        <CsvButton name="views" columns={columns} rows={rows} context={null} />
      </InBar>
      <ListSearch text={text} onText={onText}>
        {query.data !== undefined && query.data.keepDays > 0 && (
          <span className="text-faint text-sm">
            {query.data.more && `${t('sessions.past.pastMore', { shown: query.data.views.length })} · `}
            {t('viewing.keptDays', { count: query.data.keepDays })}
          </span>
        )}
      </ListSearch>
      <ViewsTable query={query} columns={columns} rows={rows} fills />
    </>
  )
}

type Watched = { readonly serverId: string; readonly path: string } | { readonly cameraId: string }
export function ViewsOf({ of, time }: { readonly of: Watched; readonly time: ViewingTime }) {
  const query = useViews(time, of)
  return (
    <>
      <ViewsTable query={query} columns={useInLanguage(() => viewColumns(false))} rows={query.data?.views ?? []} fills={false} />
      {query.data?.more === true && <p className="text-faint text-sm">{t('viewing.moreViews', { shown: query.data.views.length })}</p>}
    </>
  )
}

function useViews(time: ViewingTime, of: Watched | undefined) {
  return useQuery({
    ...orpc.viewing.views.queryOptions({ input: { ...time, ...of, limit: of === undefined ? mostViews : 100 } }),
    refetchInterval: againMs,
    placeholderData: keepPreviousData,
    retry: false,
  })
}

interface ViewsTableProps {
  readonly query: ReturnType<typeof useViews>
  readonly columns: readonly Column<View>[]
  readonly rows: readonly View[]
  /** It has what is left of the page, and not only as many rows as there are. */
  readonly fills: boolean
}
function ViewsTable({ query: { data, error }, columns, rows, fills }: ViewsTableProps) {
  if (data === undefined) return <NotLoaded error={error} rows={fills ? 12 : 2} {...(fills && { framed: true })} />
  const none = t(data.keepDays === 0 ? 'sessions.past.notKept' : data.views.length === 0 ? 'viewing.noViews' : 'common.noMatch')
  if (!fills && rows.length === 0) return <p className="text-muted">{none}</p>
  return (
    <DataTable
      label={t('viewing.views')}
      columns={columns}
      rows={rows}
      keyOf={keyOf}
      context={null}
      rowPx={fills ? 34 : undefined}
      empty={<EmptyState title={none} />}
    />
  )
}

function endText({ end, why, tries }: View): string {
  const said = end === 'failed' && why !== null ? t('common.failedReason', { reason: pictureText(why, language) }) : t(`viewing.end.${end}`)
  return tries > 1 ? `${said} · ${t('viewing.tries', { count: tries })}` : said
}

function viewColumns(showsStream: boolean): readonly Column<View>[] {
  const timeWidth = widthOf('00 Mon 0000, 00:00:00')
  const lasted = ({ began, ended }: View) => ended && ended - began
  const ofStream: readonly Column<View>[] = [
    linkColumn('path', t('streams.column.name'), ({ path }) => path, {
      rank: 0,
      width: 140,
      to: ({ serverId, path }) => toStream(serverId, path),
      share: 2,
      csv: 'path',
    }),
    textColumn('server', t('common.server'), ({ server }) => server, { rank: 3, width: 100, share: 1, csv: 'server' }),
  ]
  return [
    textColumn('person', t('common.who'), ({ person }) => person, { rank: 0, width: 100, share: 1, csv: 'person', className: 'font-medium' }),
    ...(showsStream ? ofStream : []),
    column(
      'way',
      t('stream.by'),
      { rank: 4, width: 68, value: ({ way }) => wayNames[way], csv: { by: ({ way }) => wayNames[way] } },
      ({ way }) => wayNames[way],
    ),
    figureColumn('began', t('common.began'), ({ began }) => began, {
      rank: 0,
      width: timeWidth,
      write: (value) => <span className="text-muted">{formatDateTime(value)}</span>,
      csv: { began: ({ began }) => isoOf(began) },
    }),
    {
      id: 'ended',
      head: t('sessions.past.ended'),
      rank: 5,
      width: timeWidth,
      numeric: true,
      value: ({ ended, end }) => ended ?? (end === 'open' ? Number.POSITIVE_INFINITY : null),
      cell: ({ ended }) => <span className="text-muted">{ended === null ? unknownMark : formatDateTime(ended)}</span>,
      csv: { ended: ({ ended }) => isoOrNull(ended) },
    },
    figureColumn('lasted', t('sessions.past.lasted'), lasted, {
      rank: 2,
      width: widthOf(t('sessions.past.lasted'), '00 h 00 min'),
      write: (ms) => (ms === null ? unknownMark : formatDuration(ms)),
      csv: { lastedSeconds: (view) => Math.round((lasted(view) ?? Number.NaN) / 1_000) || null },
    }),
    {
      id: 'end',
      head: t('viewing.endedBy'),
      rank: 1,
      width: 150,
      share: 2,
      value: endText,
      cell: (view) => (
        <span className={view.end === 'failed' ? 'text-major' : 'text-muted'} title={endText(view)}>
          {endText(view)}
        </span>
      ),
      csv: { end: ({ end }) => end, reason: ({ why }) => why?.kind ?? null, tries: ({ tries }) => tries },
    },
  ]
}
