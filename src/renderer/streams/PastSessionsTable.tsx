import type { TFunction } from 'i18next'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { hostOf } from '../../shared/endpoints.ts'
import type { PastSession } from '../../shared/sessions.ts'
import { isoOf, isoOrNull } from '../../shared/time.ts'
import { formatDateTime, formatDuration, unknownMark } from '../../shared/units.ts'
import { CsvButton } from '../app/CsvButton.tsx'
import { t } from '../app/words.ts'
import { type Column, widthOf } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { column, figureColumn } from '../ui/plainColumns.tsx'
import { agentColumn, lossColumn, placeColumns } from './SessionsTable.tsx'
import { protocolName } from './streamRow.ts'

interface PastSessionsTableProps {
  readonly sessions: readonly PastSession[]
  /** Left out on the page of a stream, or of a server. */
  readonly pathLink?: ((session: PastSession) => string) | undefined
  readonly showsServer?: boolean
}

export function PastSessionsTable({ sessions, pathLink, showsServer = false }: PastSessionsTableProps) {
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
    column('lasted', t('sessions.past.lasted'), { rank: 2, width: 100, numeric: true, value: lasted }, (session) => {
      const ms = lasted(session)
      return ms === null ? <span className="text-faint">{unknownMark}</span> : formatDuration(ms)
    }),
    figureColumn('sent', t('sessions.past.sent'), ({ bytes }) => bytes, { rank: 3, width: 86, unit: 'bytes', csv: 'bytes' }),
    lossColumn<PastSession, null>('lost', { head: t('common.lost'), tip: t('stream.lostTip'), rank: 4 }, ({ lost }) => lost),
  ]
}
