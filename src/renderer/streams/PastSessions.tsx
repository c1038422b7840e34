import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { TFunction } from 'i18next'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { hostOf } from '../../shared/endpoints.ts'
import type { PastSession, SessionFilter } from '../../shared/sessions.ts'
import { isoOf, isoOrNull } from '../../shared/time.ts'
import { formatDateTime, formatDuration, unknownMark } from '../../shared/units.ts'
import { CsvButton } from '../app/CsvButton.tsx'
import { orpc } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { t } from '../app/words.ts'
import { type Column, widthOf } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { figureColumn } from '../ui/plainColumns.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { agentColumn, lossColumn, placeColumns } from './SessionsTable.tsx'
import { protocolName } from './streamRow.ts'

interface PastSessionsTableProps {
  readonly sessions: readonly PastSession[]
  /** Left out on the page of a stream, or of a server. */
  readonly pathLink?: ((session: PastSession) => string) | undefined
  readonly showsServer?: boolean
}

function PastSessionsTable({ sessions, pathLink, showsServer = false }: PastSessionsTableProps) {
  const { t } = useTranslation()
  const columns = useMemo(() => columnsOf(t, pathLink, showsServer), [t, pathLink, showsServer])
  return <DataTable label={t('common.sessions')} columns={columns} rows={sessions} keyOf={keyOf} context={null} rowPx={pathLink && 31} />
}

export function PastSessionsCsv({ sessions }: Pick<PastSessionsTableProps, 'sessions'>) {
  return <CsvButton name="sessions" columns={columnsOf(t, () => '', true)} rows={sessions} context={null} />
}

const keyOf = ({ serverId, protocol, id, began, remoteAddr }: PastSession) => `${serverId}/${protocol}/${id}/${began}/${remoteAddr}`

function columnsOf(t: TFunction, pathLink: PastSessionsTableProps['pathLink'], showsServer: boolean): readonly Column<PastSession>[] {
  const lasted = ({ began, ended }: PastSession) => (ended === null ? null : ended - began)
  return [
    {
      id: 'who',
      head: t('common.who'),
      rank: 0,
      width: 150,
      share: 3,
      value: ({ remoteAddr, id }) => remoteAddr ?? id,
      cell: ({ remoteAddr, id, role, user, userAgent }) => (
        <span title={[remoteAddr, user, userAgent].filter(Boolean).join(' · ')}>
          <span className={role === 'publisher' ? 'font-semibold' : ''}>{remoteAddr === null ? id : hostOf(remoteAddr)}</span>{' '}
          <span className="text-faint">{role === 'publisher' ? t('stream.publishes') : (user ?? '')}</span>
        </span>
      ),
      csv: {
        address: ({ remoteAddr }) => remoteAddr,
        role: ({ role }) => role,
        user: ({ user }) => user,
        agent: ({ userAgent }) => userAgent,
        id: ({ id }) => id,
      },
    },
    ...placeColumns<PastSession, null>({ pathLink, serverOf: showsServer ? ({ server }) => server : undefined }),
    agentColumn<PastSession, null>(),
    {
      id: 'by',
      head: t('stream.by'),
      rank: 3,
      width: 68,
      value: ({ protocol }) => protocolName(protocol),
      cell: ({ protocol }) => protocolName(protocol),
      csv: { protocol: ({ protocol }) => protocol },
    },
    figureColumn('began', t('common.began'), ({ began }) => began, {
      rank: 1,
      width: widthOf('00 Mon 0000, 00:00:00'),
      write: (value) => <span className="text-muted">{formatDateTime(value)}</span>,
      csv: { began: ({ began }) => isoOf(began) },
    }),
    {
      id: 'ended',
      head: t('sessions.past.ended'),
      rank: 0,
      width: widthOf('00 Mon 0000, 00:00:00'),
      numeric: true,
      value: ({ ended }) => ended ?? Number.POSITIVE_INFINITY,
      cell: ({ ended, endedAfter }) =>
        ended === null ? (
          <span className="text-faint">{t('sessions.past.still')}</span>
        ) : endedAfter === null ? (
          formatDateTime(ended)
        ) : (
          <span className="text-unknown" title={t('common.betweenFromAndTo', { from: formatDateTime(endedAfter), to: formatDateTime(ended) })}>
            ≤ {formatDateTime(ended)}
          </span>
        ),
      csv: { ended: ({ ended }) => isoOrNull(ended), ended_after: ({ endedAfter }) => isoOrNull(endedAfter) },
    },
    figureColumn('lasted', t('sessions.past.lasted'), lasted, {
      rank: 2,
      width: 100,
      write: (ms) => (ms === null ? <span className="text-faint">{unknownMark}</span> : formatDuration(ms)),
    }),
    figureColumn('sent', t('sessions.past.sent'), ({ bytes }) => bytes, { rank: 3, width: 86, unit: 'bytes', csv: 'bytes' }),
    lossColumn<PastSession, null>('lost', { head: t('common.lost'), tip: t('stream.lostTip'), rank: 4 }, ({ lost }) => lost),
  ]
}

/** A past moment, or a period up to now. */
export type PastTime = { readonly at: number } | { readonly lastMs: number }

const mostShown = 500
const againMs = 15_000

export function usePastSessions(filter: SessionFilter, time: PastTime | null) {
  return useQuery({
    ...orpc.sessions.past.queryOptions({
      // For a period up to now, the engine determines "now" at the time of the request.
      input:
        time === null || 'lastMs' in time
          ? { ...filter, lastMs: time?.lastMs ?? 0, limit: mostShown }
          : { ...filter, from: time.at, to: time.at, limit: mostShown },
    }),
    ...(time !== null && 'lastMs' in time && { refetchInterval: againMs }),
    placeholderData: keepPreviousData,
    enabled: time !== null,
    retry: false,
  })
}

/** A session as known at a moment: without an end after that moment, and without the totals recorded at that end. */
const asOf = (session: PastSession, at: number): PastSession =>
  session.ended !== null && session.ended <= at ? session : { ...session, ended: null, endedAfter: null, bytes: null, lost: null }

interface PastSessionsProps extends Omit<PastSessionsTableProps, 'sessions'> {
  readonly query: ReturnType<typeof usePastSessions>
  readonly time: PastTime
}
export function PastSessions({ query, time, ...table }: PastSessionsProps) {
  const { data } = query
  if (data === undefined)
    return query.isError ? <EmptyState title={t('common.cannotBeRead')}>{failureText(query.error)}</EmptyState> : <SkeletonRows rows={4} />
  const { since } = data
  const sessions = 'at' in time ? data.sessions.map((session) => asOf(session, time.at)) : data.sessions
  if (since === null && sessions.length === 0) return <EmptyState title={t('sessions.past.notKept')} />
  // Sessions that ended before storing began are unknown.
  const isPartial = since !== null && 'at' in time && time.at < since
  const partly = isPartial ? t('sessions.past.beforeKept', { time: formatDateTime(since) }) : null
  if (sessions.length === 0)
    return isPartial ? <EmptyState title={t('sessions.past.notKept')}>{partly}</EmptyState> : <EmptyState title={t('sessions.past.nonePast')} />
  return (
    <>
      {partly !== null && <p className="mb-2 flex-none text-sm text-unknown">{partly}</p>}
      <PastSessionsTable sessions={sessions} {...table} />
    </>
  )
}
