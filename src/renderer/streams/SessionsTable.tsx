import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import type { Session } from '../../shared/streams.ts'
import { isoOrNull } from '../../shared/time.ts'
import { formatDuration, unknownMark, writeValue } from '../../shared/units.ts'
import { CsvButton } from '../app/CsvButton.tsx'
import { type Column, widthOf } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { useNow } from '../ui/now.ts'
import { sessionLoss, sessionRate, sortSessions } from './sessionFigures.ts'
import { agentName, hostOf, protocolName } from './streamRow.ts'

interface SessionsTableProps {
  readonly sessions: readonly Session[]
  /** Link to the stream of each session, on a server's page, where the table fills the available height. */
  readonly pathLink?: (path: string) => string
  readonly latencyMs?: number | null
}

/** Publishers and readers. Our own are marked, because they are not counted. */
export function SessionsTable({ sessions, pathLink, latencyMs = null }: SessionsTableProps) {
  const { t } = useTranslation()
  const now = useNow()
  const columns = sessionColumns({ pathLink, latencyMs }, t)
  const rows = sortSessions(sessions)
  return (
    <>
      {pathLink && (
        <div className="mb-2 flex flex-none justify-end">
          <CsvButton name="sessions" columns={columns} rows={rows} context={now} />
        </div>
      )}
      <DataTable
        label={t('stream.sessions')}
        columns={columns}
        rows={rows}
        keyOf={keyOf}
        context={now}
        rowPx={pathLink && 31}
        rowClass={({ own }) => (own ? 'text-faint' : '')}
      />
    </>
  )
}

const keyOf = ({ protocol, id }: Session) => `${protocol}/${id}`
const address = ({ remoteAddr, id }: Session) => remoteAddr ?? id
const roundTrip = ({ srt }: Session) => srt?.rttMs ?? null

function sessionColumns(
  { pathLink, latencyMs }: Pick<SessionsTableProps, 'latencyMs'> & Partial<Record<'pathLink', SessionsTableProps['pathLink'] | undefined>>,
  t: TFunction,
): readonly Column<Session, number>[] {
  const tight = (session: Session) => latencyMs != null && session.role === 'publisher' && (roundTrip(session) ?? 0) > latencyMs / 4
  return [
    {
      id: 'whoAndHow',
      head: t('stream.who'),
      rank: 0,
      unless: 'who',
      width: 105,
      share: 3,
      wraps: true,
      value: address,
      cell: (session) => <Who session={session} by={protocolName(session.protocol)} />,
    },
    {
      id: 'who',
      head: t('stream.who'),
      // Dropped before the protocol, which is then shown beside the address.
      rank: 3.5,
      width: 165,
      share: 3,
      value: address,
      cell: (session) => <Who session={session} />,
      csv: { address: ({ remoteAddr }) => remoteAddr, role: ({ role }) => role, user: ({ user }) => user, agent: ({ userAgent }) => userAgent },
    },
    ...(pathLink
      ? ([
          {
            id: 'path',
            head: t('stream.path'),
            rank: 0,
            width: 120,
            share: 2,
            value: ({ path }) => path,
            cell: ({ path }) =>
              path === '' ? (
                <span className="text-faint">{unknownMark}</span>
              ) : (
                <a href={pathLink(path)} className="text-muted hover:underline">
                  {path}
                </a>
              ),
            csv: { path: ({ path }) => path },
          },
        ] satisfies readonly Column<Session, number>[])
      : []),
    {
      id: 'by',
      head: t('stream.by'),
      rank: 3,
      width: 68,
      value: ({ protocol }) => protocolName(protocol),
      cell: ({ protocol, transport }) => <span title={transport ?? undefined}>{protocolName(protocol)}</span>,
      csv: { protocol: ({ protocol }) => protocol },
    },
    {
      id: 'rtt',
      head: t('stream.rtt'),
      rank: 2,
      width: 62,
      numeric: true,
      value: roundTrip,
      cell: (session) => <span className={tight(session) ? 'font-semibold text-major' : ''}>{write(roundTrip(session), 'ms')}</span>,
      csv: { rtt_ms: roundTrip },
    },
    {
      id: 'lost',
      head: t('stream.lost'),
      tip: t('stream.lostTip'),
      rank: 1,
      width: widthOf(t('stream.lost')),
      numeric: true,
      value: sessionLoss,
      cell: (session) => <span className={(sessionLoss(session) ?? 0) > 0 ? 'text-major' : ''}>{write(sessionLoss(session), 'count')}</span>,
      csv: { lost: sessionLoss },
    },
    {
      id: 'rate',
      head: t('stream.rate'),
      tip: t('stream.rateTip'),
      rank: 0,
      width: 86,
      numeric: true,
      value: sessionRate,
      cell: (session) => write(sessionRate(session), 'bps'),
      csv: { bitrate_bps: sessionRate },
    },
    {
      id: 'since',
      head: t('stream.since'),
      rank: 4,
      width: 100,
      numeric: true,
      // The longest session is the one that began first.
      value: ({ createdAt }) => (createdAt === null ? null : -createdAt),
      cell: ({ createdAt }, now) => <span className="text-muted">{createdAt === null ? unknownMark : formatDuration(now - createdAt)}</span>,
      csv: { since: ({ createdAt }) => isoOrNull(createdAt) },
    },
  ]
}

/** `by`: the protocol, if it has no column of its own. */
function Who({ session, by }: { readonly session: Session; readonly by?: string }) {
  const { t } = useTranslation()
  const { own, role, remoteAddr, id, user, userAgent } = session
  if (own) return <span title={t('stream.oursNotCounted')}>{by === undefined ? t('stream.oursNotCounted') : `${by} ${t('stream.oursShort')}`}</span>
  return (
    <span title={[remoteAddr, user, userAgent].filter(Boolean).join(' · ')}>
      <span className={role === 'publisher' ? 'font-semibold' : ''}>{remoteAddr ? hostOf(remoteAddr) : id.slice(0, 8)}</span>{' '}
      <span className="text-faint">
        {by} {role === 'publisher' ? t('stream.publishes') : (user ?? (userAgent ? agentName(userAgent) : ''))}
      </span>
    </span>
  )
}

function write(value: number | null, unit: 'ms' | 'count' | 'bps') {
  if (value === null) return <span className="text-faint">{unknownMark}</span>
  const { number, unit: name } = writeValue(value, unit)
  return (
    <>
      {number}
      {name && <span className="ml-1 text-sm text-faint">{name}</span>}
    </>
  )
}
