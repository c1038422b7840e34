import { memo } from 'react'
import { Link, useNavigate } from 'react-router'
import { isAllUnknown } from '../../shared/countStreams.ts'
import type { Server } from '../../shared/servers.ts'
import { newestKnownVersion } from '../../shared/serverVersions.ts'
import { isoOrNull } from '../../shared/time.ts'
import { formatDuration, formatValue, unknownMark, writeValue } from '../../shared/units.ts'
import { CsvButton } from '../app/CsvButton.tsx'
import { toServer } from '../app/links.ts'
import { t } from '../app/words.ts'
import { fleet, useEngineGone, useFacts, useServers, useShownMoment } from '../fleet/fleet.ts'
import { countOf, worstFirst } from '../fleet/fleetFigures.ts'
import { OursInOut, ServerStateMark, serverStateText } from '../fleet/StateMark.tsx'
import { type Column, widthOf } from '../ui/columns.ts'
import { DataTable, type Span } from '../ui/DataTable.tsx'
import { Mark } from '../ui/Mark.tsx'
import { useNow } from '../ui/now.ts'
import { Panel } from '../ui/Panel.tsx'
import { column } from '../ui/plainColumns.tsx'
import { useHeldRows } from '../ui/useCalm.ts'
import { worstOfServer } from './worstOfServer.ts'

/** One unit for the whole column, so that rows are easy to compare. */
const megabits = (bps: number | null) => writeValue(bps === null ? null : bps / 1e6, 'mbps').number

interface ServersTableProps {
  readonly className?: string
  /** Cell for the machine under a server, in a wide or narrow form; left out if there are no hosts. */
  readonly hostCell?: ((serverId: string, wide: boolean) => React.ReactNode) | undefined
  readonly hostHead?: React.ReactNode
  /** Full-page form with additional columns: state in words, version, answer time and last answer. */
  readonly whole?: boolean
  readonly actions?: React.ReactNode
}
export function ServersTable({ className = '', hostCell, hostHead, whole = false, actions }: ServersTableProps) {
  const navigate = useNavigate()
  const servers = useServers()
  useFacts()
  const gone = useEngineGone()
  const columns = serverColumns({ servers, hostCell, hostHead, whole })
  const context = { gone }
  const { rows, hold } = useHeldRows(worstFirst(servers), keyOf, String(useShownMoment()))
  return (
    <Panel
      className={className}
      title={t('common.servers')}
      hint={`${t('overview.serversHint')}${hostCell ? ' · %' : ''}`}
      actions={
        whole ? (
          <>
            <CsvButton name="servers" columns={columns} rows={rows} context={context} />
            {actions}
          </>
        ) : (
          actions
        )
      }
      bodyClassName="overflow-x-hidden overflow-y-auto"
    >
      <DataTable
        label={t('common.servers')}
        columns={columns}
        rows={rows}
        keyOf={keyOf}
        context={context}
        onOpen={({ id }) => void navigate(toServer(id))}
        hold={hold}
        span={(server, _, shown) => (isAway(server) && server.totals.bitrateInBps === null ? awaySpan(server, shown) : null)}
      />
    </Panel>
  )
}

const keyOf = ({ id }: Server) => id
const isAway = ({ state }: Server) => state !== 'up'
function awaySpan(server: Server, shown: ReadonlySet<string>): Span {
  const to = ['out', 'in', 'readers'].find((id) => shown.has(id)) ?? 'live'
  return {
    from: 'live',
    to,
    cell: (
      <div className="truncate pr-3 text-right text-muted">
        {/* An age alone would be read as a figure of the column. */}
        {shown.has('readers') || server.lastAnswerAt === null ? (
          <AwayText server={server} worded={shown.has('readers')} roomy={shown.has('out')} />
        ) : (
          unknownMark
        )}
      </div>
    ),
  }
}

interface CellContext {
  readonly gone: boolean
}
const longestNamePx = 260
const markPx = 19
const figure = (text: string, { gone }: CellContext) => <span className={text === unknownMark ? 'text-faint' : gone ? 'stale' : ''}>{text}</span>
const stateOf = (server: Server, { gone }: CellContext) => (gone ? { state: 'unknown' as const, error: null } : server)

/** Columns are dropped before a figure in them would be cut off. */
function serverColumns({
  servers,
  hostCell,
  hostHead,
  whole,
}: Pick<ServersTableProps, 'hostCell' | 'hostHead' | 'whole'> & { readonly servers: readonly Server[] }): readonly Column<Server, CellContext>[] {
  const streams = formatValue(Math.max(...servers.map(({ totals }) => totals.streams ?? 0)), 'count')
  const sized = (rank: number, head: string, ...widest: readonly string[]) => ({ rank, head, width: widthOf(head, ...widest) })
  const columns: readonly Column<Server, CellContext>[] = [
    {
      id: 'server',
      head: t('common.server'),
      rank: 0,
      width: markPx + Math.min(longestNamePx, widthOf(...servers.map(({ name }) => name))),
      cell: (server, context) => (
        <span className="flex items-center gap-2">
          <ServerStateMark server={stateOf(server, context)} severity={fleet.severityOfServer(server.id)} wordless size={11} />
          <ServerLink id={server.id} name={server.name} />
        </span>
      ),
      csv: { server: ({ name }) => name, state: ({ state }) => state },
    },
    {
      id: 'state',
      ...sized(0, t('common.state'), ...servers.map((server) => serverStateText(server, t))),
      cell: (server, context) => <span className="text-muted">{serverStateText(stateOf(server, context), t)}</span>,
    },
    column(
      'worst',
      t('common.worst'),
      { rank: 0, width: markPx + widthOf(whole ? `${t('streamState.unknown')} 999` : t('streamState.unknown')), share: 1 },
      (server) => <Worst server={server} />,
    ),
    {
      id: 'live',
      ...sized(0, t('overview.liveColumn'), `${streams} / ${streams}${servers.some(({ totals }) => moreLiveOf(totals) > 0) ? ` + ${streams}` : ''}`),
      numeric: true,
      cell: ({ totals }, context) => {
        if (totals.expected === 0) return figure(formatValue(totals.live, 'count'), context)
        return (
          <>
            {figure(formatValue(totals.expectedLive, 'count'), context)}
            <span className="text-faint">
              {' '}
              / {formatValue(totals.expected, 'count')}
              {moreLiveOf(totals) > 0 && ` + ${formatValue(moreLiveOf(totals), 'count')}`}
            </span>
          </>
        )
      },
      csv: { live: ({ totals }) => totals.live, expected_live: ({ totals }) => totals.expectedLive, expected: ({ totals }) => totals.expected },
    },
    {
      id: 'readers',
      ...sized(4, t('common.readers'), '10,000'),
      numeric: true,
      cell: ({ totals }, context) => figure(formatValue(totals.readers, 'count'), context),
      csv: { readers: ({ totals }) => totals.readers },
    },
    {
      id: 'in',
      ...sized(3, t('common.in'), '10,000'),
      numeric: true,
      cell: ({ totals }, context) => figure(megabits(totals.bitrateInBps), context),
      csv: { bitrate_in_bps: ({ totals }) => totals.bitrateInBps },
    },
    {
      id: 'out',
      ...sized(2, t('common.out'), '≤ 10,000'),
      numeric: true,
      cell: ({ id, totals }, context) => (
        <>
          {(totals.bitrateOutBps ?? 0) > 0 && <OursInOut rows={fleet.rowsOfServer(id)} />}
          {figure(megabits(totals.bitrateOutBps), context)}
        </>
      ),
      csv: { bitrate_out_bps: ({ totals }) => totals.bitrateOutBps },
    },
    {
      id: 'answer',
      ...sized(7, t('common.answerTime'), '10.0 ms'),
      numeric: true,
      cell: (server, context) => figure(isAway(server) ? unknownMark : formatValue(server.answerMs, 'ms'), context),
      csv: { answer_ms: (server) => (isAway(server) ? null : server.answerMs) },
    },
    {
      id: 'version',
      ...sized(6, t('common.version'), newestKnownVersion),
      cell: ({ version }) => <span className="text-muted">{version ?? unknownMark}</span>,
      csv: { version: ({ version }) => version },
    },
    {
      id: 'lastAnswer',
      ...sized(8, t('server.lastAnswer'), '59 min 59 s'),
      numeric: true,
      cell: ({ lastAnswerAt }) => (lastAnswerAt === null ? <span className="text-faint">{unknownMark}</span> : <OldAge since={lastAnswerAt} worded={false} />),
      csv: { last_answer: ({ lastAnswerAt }) => isoOrNull(lastAnswerAt) },
    },
    { id: 'host', head: t('common.host'), rank: 1, width: 90, unless: 'wholeHost', cell: ({ id }) => hostCell?.(id, false) },
    { id: 'wholeHost', head: hostHead, rank: 5, width: 250, cell: ({ id }) => hostCell?.(id, true) },
  ]
  const unused = [...(whole ? [] : ['state', 'lastAnswer']), ...(hostCell && !whole ? ['answer', 'version'] : []), ...(hostCell ? [] : ['host', 'wholeHost'])]
  const used = columns.filter(({ id }) => !unused.includes(id))
  // On a page of their own, the columns share the width.
  return whole ? used.map((column) => ({ ...column, share: column.width / 100 })) : used
}

const ServerLink = memo(function ServerLink({ id, name }: { readonly id: string; readonly name: string }) {
  return (
    <Link to={toServer(id)} tabIndex={-1} title={name} className="truncate font-semibold hover:underline">
      {name}
    </Link>
  )
})

const moreLiveOf = ({ live, expectedLive }: Server['totals']): number => (live ?? 0) - (expectedLive ?? 0)

function Worst({ server }: { readonly server: Server }) {
  const rows = fleet.rowsOfServer(server.id)
  const worst = worstOfServer(rows)
  // On-demand streams are not missing: a healthy server must not show "59 / 60".
  const counted = countOf(rows)
  if (isAllUnknown(counted)) return <Mark kind="unknown" size={11} word={`${t('streamState.unknown')} ${formatValue(counted.states.unknown, 'count')}`} quiet />
  if (isAway(server) && !server.totals.streams) return <Mark kind="unknown" size={11} word={t('streamState.unknown')} quiet />
  if (worst.severity === null) return <span className="text-faint">{t('overview.none')}</span>
  return (
    <span className="inline-flex items-baseline gap-1">
      <Mark kind={worst.severity} size={11} word={formatValue(worst.atWorst, 'count')} />
      {worst.count > worst.atWorst && <span className="text-muted">+ {formatValue(worst.count - worst.atWorst, 'count')}</span>}
    </span>
  )
}

function AwayText({ server, worded, roomy }: { readonly server: Server; readonly worded: boolean; readonly roomy: boolean }) {
  // The console was not running at that moment: the server may well have answered before.
  if (server.lastAnswerAt === null && server.state === 'unknown') return t('serverState.unknown')
  return (
    <>
      {worded && `${serverStateText(server, t)} · `}
      {server.lastAnswerAt === null ? (
        <span className="text-faint">{t('overview.neverAnswered')}</span>
      ) : (
        <OldAge since={server.outageSince ?? server.lastAnswerAt} worded={roomy} />
      )}
    </>
  )
}

/** An age that updates by itself, because a server that is down causes no ticks. */
function OldAge({ since, worded }: { readonly since: number; readonly worded: boolean }) {
  const age = formatDuration(useNow() - since)
  return <span className="text-faint">{worded ? t('common.ageOld', { age }) : age}</span>
}
