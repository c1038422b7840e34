import type { TFunction } from 'i18next'
import { Unplug } from 'lucide-react'
import { hostOf } from '../../shared/endpoints.ts'
import { type SessionList, sessionBytes, sessionLoss, sessionRate } from '../../shared/sessions.ts'
import type { Session } from '../../shared/streams.ts'
import { isoOrNull } from '../../shared/time.ts'
import { formatDuration, formatValue, unknownMark, writeValue } from '../../shared/units.ts'
import { CsvButton } from '../app/CsvButton.tsx'
import { t } from '../app/words.ts'
import { Button } from '../ui/Button.tsx'
import { type Column, widthOf } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { useNow } from '../ui/now.ts'
import { column, figureColumn, textColumn } from '../ui/plainColumns.tsx'
import { agentName, protocolName } from './streamRow.ts'
import { sortSessions } from './streamSort.ts'

interface SessionsTableProps<Row extends Session> {
  readonly sessions: readonly Row[]
  /** Link to the stream of each session; left out on the stream's own page. With it the table fills the available height. */
  readonly pathLink?: ((session: Row) => string) | undefined
  /** Name of the server of each session, where they are of several; they are shown in the order in which they come. */
  readonly serverOf?: ((session: Row) => string) | undefined
  /** Asks before it disconnects a session; null: nothing can be done now. */
  readonly onKick: ((session: Row) => void) | null
  readonly latencyMs?: number | null
}

/** Publishers and readers. Our own are marked, because they are not counted. */
export function SessionsTable<Row extends Session>({ sessions, pathLink, serverOf, onKick, latencyMs = null }: SessionsTableProps<Row>) {
  const now = useNow()
  const columns = sessionColumns({ pathLink, serverOf, onKick, latencyMs })
  const rows = serverOf ? sessions : sortSessions(sessions)
  return (
    <>
      {pathLink && !serverOf && (
        <div className="mb-2 flex flex-none justify-end">
          <SessionsCsv sessions={rows} />
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

export function SessionsCsv<Row extends Session>({ sessions, serverOf }: Pick<SessionsTableProps<Row>, 'sessions' | 'serverOf'>) {
  const columns = sessionColumns<Row>({ pathLink: () => '', serverOf, onKick: null, latencyMs: null })
  return <CsvButton name="sessions" columns={columns} rows={sessions} context={useNow()} />
}

/** `people: 3, machines: 2`; null: nobody reads. */
export function audienceText(audiences: SessionList['audiences'], t: TFunction): string | null {
  const all = (['person', 'machine', 'cdn'] as const).filter((one) => audiences[one] > 0)
  return all.map((one) => `${t(`sessions.audience.${one}`, { count: audiences[one] })}: ${formatValue(audiences[one], 'count')}`).join(', ') || null
}

const keyOf = (session: Session) => `${'serverId' in session ? session.serverId : ''}/${session.protocol}/${session.id}`
/** Not those of mtxdecks. A muxer of HLS, whose id is its path, stands for viewers that the server does not list. */
export function isKickable({ own, id, path }: Session) {
  return !own && id !== '' && id !== path
}
const address = ({ remoteAddr, id }: Session) => remoteAddr ?? id
const roundTrip = ({ srt }: Session) => srt?.rttMs ?? null
const jitterOf = ({ rtp }: Session) => rtp?.jitter ?? null
const discardedOf = ({ framesDiscarded, rtp }: Session) => framesDiscarded ?? rtp?.discarded ?? null

function sessionColumns<Row extends Session>({
  pathLink,
  serverOf,
  onKick,
  latencyMs = null,
}: Pick<SessionsTableProps<Row>, 'pathLink' | 'serverOf' | 'onKick' | 'latencyMs'>): readonly Column<Row, number>[] {
  const tight = (session: Session) => latencyMs !== null && session.role === 'publisher' && (roundTrip(session) ?? 0) > latencyMs / 4
  return [
    column('whoAndHow', t('common.who'), { rank: 0, width: 105, unless: 'who', share: 3, wraps: true, value: address }, (session) => (
      <Who session={session} by={protocolName(session.protocol)} />
    )),
    {
      id: 'who',
      head: t('common.who'),
      // Dropped before the protocol, which is then shown beside the address.
      rank: 3.5,
      width: serverOf ? 145 : 165,
      share: 3,
      value: address,
      cell: (session) => <Who session={session} hidesAgent={serverOf !== undefined} />,
      csv: { address: ({ remoteAddr }) => remoteAddr, role: ({ role }) => role, user: ({ user }) => user, agent: ({ userAgent }) => userAgent },
    },
    ...placeColumns<Row, number>({ pathLink, serverOf }),
    ...(serverOf ? [agentColumn<Row, number>()] : []),
    {
      id: 'audience',
      head: t('sessions.column.audience'),
      tip: t('sessions.column.audienceTip'),
      rank: 2.5,
      width: widthOf(t('sessions.column.audience'), t('sessions.audience.machine', { count: 1 })),
      value: ({ audience }) => audience,
      cell: ({ audience }) => <span className="text-muted">{audience && t(`sessions.audience.${audience}`, { count: 1 })}</span>,
      csv: { audience: ({ audience }) => audience },
    },
    {
      id: 'by',
      head: t('stream.by'),
      rank: 3,
      width: 68,
      value: ({ protocol }) => protocolName(protocol),
      cell: ({ protocol, transport }) => <span title={transport ?? undefined}>{protocolName(protocol)}</span>,
      csv: { protocol: ({ protocol }) => protocol },
    },
    column('rtt', t('common.rtt'), { rank: 2, width: 62, numeric: true, value: roundTrip, csv: { rtt_ms: roundTrip } }, (session) => (
      <span className={tight(session) ? 'font-semibold text-major' : ''}>{write(roundTrip(session), 'ms')}</span>
    )),
    figureColumn('jitter', t('sessions.column.jitter'), jitterOf, {
      rank: 7,
      width: widthOf(t('sessions.column.jitter'), '0000'),
      write: (jitter) => write(jitter, 'count'),
      tip: t('sessions.column.jitterTip'),
      csv: 'jitter',
    }),
    lossColumn<Row, number>('discarded', { head: t('sessions.column.discarded'), tip: t('sessions.column.discardedTip'), rank: 6 }, discardedOf),
    lossColumn<Row, number>('lost', { head: t('common.lost'), tip: t('stream.lostTip'), rank: 1 }, sessionLoss),
    figureColumn('rate', t('stream.rate'), sessionRate, {
      rank: 0,
      width: 86,
      write: (rate) => write(rate, 'bps'),
      tip: t('stream.rateTip'),
      csv: 'bitrate_bps',
    }),
    figureColumn('sent', t('sessions.past.sent'), sessionBytes, { rank: 8, width: 86, write: (bytes) => write(bytes, 'bytes'), csv: 'bytes' }),
    {
      id: 'since',
      head: t('common.since'),
      rank: 4,
      width: 90,
      numeric: true,
      // The longest session is the one that began first.
      value: ({ createdAt }) => (createdAt === null ? null : -createdAt),
      cell: ({ createdAt }, now) => <span className="text-muted">{createdAt === null ? unknownMark : formatDuration(now - createdAt)}</span>,
      csv: { since: ({ createdAt }) => isoOrNull(createdAt) },
    },
    ...(onKick
      ? ([
          column('action', t('sessions.kick'), { rank: 0, width: 46, silent: true }, (session) =>
            !isKickable(session) ? null : <Button look="quiet" label={t('sessions.kick')} onClick={() => onKick(session)} icon={Unplug} />,
          ),
        ] satisfies readonly Column<Row, number>[])
      : []),
  ]
}

interface Places<Row> {
  readonly pathLink: ((session: Row) => string) | undefined
  readonly serverOf: ((session: Row) => string) | undefined
}
/** Which stream, and of which server, where they are of several. */
export function placeColumns<Row extends { readonly path: string }, Context>({ pathLink, serverOf }: Places<Row>): readonly Column<Row, Context>[] {
  const pathOf = ({ path }: Row) => path
  return [
    ...(pathLink
      ? [
          column<Row, Context>('path', t('streams.column.name'), { rank: 0, width: 130, share: 3, value: pathOf, csv: { path: pathOf } }, (session) =>
            session.path === '' ? (
              <span className="text-faint">{unknownMark}</span>
            ) : (
              <a href={pathLink(session)} className="text-muted hover:underline" title={session.path}>
                {session.path}
              </a>
            ),
          ),
        ]
      : []),
    ...(serverOf ? [textColumn<Row, Context>('server', t('common.server'), serverOf, { rank: 5, width: 100, share: 1, csv: 'server' })] : []),
  ]
}

export function agentColumn<Row extends { readonly userAgent: string | null }, Context>(): Column<Row, Context> {
  return column('agent', t('sessions.filter.agent'), { rank: 6, width: 90, share: 1, value: ({ userAgent }) => userAgent }, ({ userAgent }) => (
    <span className="text-faint" title={userAgent ?? undefined}>
      {userAgent === null ? unknownMark : agentName(userAgent)}
    </span>
  ))
}

export function lossColumn<Row, Context>(
  id: string,
  { head, tip, rank }: { readonly head: string; readonly tip: string; readonly rank: number },
  lossOf: (session: Row) => number | null,
): Column<Row, Context> {
  const cell = (loss: number | null) => <span className={(loss ?? 0) > 0 ? 'text-major' : ''}>{write(loss, 'count')}</span>
  return figureColumn(id, head, lossOf, { rank, width: widthOf(head), tip, csv: id, write: cell })
}

/** `by`: the protocol, if it has no column of its own. `hidesAgent`: the agent has one. */
function Who({ session, by, hidesAgent = false }: { readonly session: Session; readonly by?: string; readonly hidesAgent?: boolean }) {
  const { own, role, remoteAddr, id, user, userAgent } = session
  if (own) return <span title={t('stream.oursNotCounted')}>{by === undefined ? t('stream.oursNotCounted') : `${by} ${t('common.mtxdeck')}`}</span>
  return (
    <span title={[remoteAddr, user, userAgent].filter(Boolean).join(' · ')}>
      <span className={role === 'publisher' ? 'font-semibold' : ''}>{remoteAddr ? hostOf(remoteAddr) : id.slice(0, 8)}</span>{' '}
      <span className="text-faint">
        {by} {role === 'publisher' ? t('stream.publishes') : (user ?? (userAgent && !hidesAgent ? agentName(userAgent) : ''))}
      </span>
    </span>
  )
}

function write(value: number | null, unit: 'ms' | 'count' | 'bps' | 'bytes') {
  if (value === null) return <span className="text-faint">{unknownMark}</span>
  const { number, unit: name } = writeValue(value, unit)
  return (
    <>
      {number}
      {name && <span className="ml-1 text-sm text-faint">{name}</span>}
    </>
  )
}
