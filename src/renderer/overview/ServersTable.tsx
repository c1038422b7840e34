import type { TFunction } from 'i18next'
import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { isAllUnknown } from '../../shared/countStreams.ts'
import type { Server } from '../../shared/servers.ts'
import { formatDuration, formatValue, unknownMark, writeValue } from '../../shared/units.ts'
import { fleet, useEngineGone, useFacts, useServers, useShownMoment } from '../app/fleet.ts'
import { countOf } from '../app/fleetState.ts'
import { toServer } from '../app/links.ts'
import { NotBackYet } from '../app/NotBackYet.tsx'
import { OursInOut } from '../app/OursInOut.tsx'
import { ServerStateMark, serverStateWords } from '../app/StateMark.tsx'
import { worstFirst } from '../app/worstFirst.ts'
import { type ColumnSize, fitColumns } from '../ui/fitColumns.ts'
import { Mark } from '../ui/Mark.tsx'
import { useNow } from '../ui/now.ts'
import { Panel } from '../ui/Panel.tsx'
import { textPx } from '../ui/textPx.ts'
import { useCalm } from '../ui/useCalm.ts'
import { useSize } from '../ui/useSize.ts'
import { worstOfServer } from './worstOfServer.ts'

/** One unit for the whole column, so that rows compare at a glance. */
const megabits = (bps: number | null) => writeValue(bps === null ? null : bps / 1e6, 'mbps').number

interface ServersTableProps {
  readonly className?: string
  /** How the machine under a server fares, with or without room for all of it; left out where no host is known. */
  readonly hostCell?: (serverId: string, wide: boolean) => React.ReactNode
  /** Headings over it, where there is room. */
  readonly hostHead?: React.ReactNode
  /** It has a page to itself: its state in words, version, answer time and last answer stand beside the rest. */
  readonly whole?: boolean
  readonly actions?: React.ReactNode
}
/** Every server with its own health and its worst. */
export function ServersTable({ className = '', hostCell, hostHead, whole = false, actions }: ServersTableProps) {
  const { t } = useTranslation()
  const servers = useServers()
  useFacts()
  const calm = useCalm(
    worstFirst(servers)
      .map(({ id }) => id)
      .join('\n'),
    String(useShownMoment()),
  )
  const ids = calm.value.split('\n')
  const { ref, width } = useSize<HTMLDivElement>()
  const sizes = columnSizes(servers, { withHosts: hostCell !== undefined, whole }, t)
  const shown = new Set(fitColumns(sizes, new Set(sizes.map(({ id }) => id)), width || Number.POSITIVE_INFINITY))
  return (
    <Panel
      className={className}
      title={t('overview.servers')}
      hint={`${t('overview.serversHint')}${shown.has('host') ? ' · %' : ''}`}
      actions={actions}
      bodyClassName="overflow-x-hidden overflow-y-auto"
    >
      <div ref={ref}>
        <table className="deck" {...calm.hold}>
          <thead className="sticky top-0 z-10 bg-surface">
            <tr>
              <th>{t('overview.server')}</th>
              {shown.has('state') && <th>{t('settings.state')}</th>}
              <th>{t('overview.worst')}</th>
              <th className="n">{t('overview.liveColumn')}</th>
              {shown.has('readers') && <th className="n">{t('overview.readers')}</th>}
              {shown.has('in') && <th className="n">{t('overview.in')}</th>}
              {shown.has('out') && <th className="n">{t('overview.out')}</th>}
              {shown.has('answer') && <th className="n">{t('overview.answer')}</th>}
              {shown.has('version') && <th className="pl-3">{t('overview.version')}</th>}
              {shown.has('lastAnswer') && <th className="n">{t('server.lastAnswer')}</th>}
              {shown.has('host') && <th className="pl-2">{shown.has('wholeHost') ? hostHead : t('overview.host')}</th>}
            </tr>
          </thead>
          <tbody>
            {ids.map((id) => {
              const server = fleet.server(id)
              return server && <Row key={id} server={server} hostCell={hostCell} shown={shown} />
            })}
          </tbody>
        </table>
      </div>
    </Panel>
  )
}

const ServerLink = memo(function ServerLink({ id, name }: { readonly id: string; readonly name: string }) {
  return (
    <Link to={toServer(id)} title={name} className="truncate font-semibold hover:underline" style={{ maxWidth: longestNamePx }}>
      {name}
    </Link>
  )
})

const longestNamePx = 260
const markPx = 19
const padPx = 8
const letterPx = 7.7
const roomFor = (text: string) => padPx + textPx(text, letterPx)

/** What each column needs: a column is dropped before any figure in it is cut. */
function columnSizes(
  servers: readonly Server[],
  { withHosts, whole }: { readonly withHosts: boolean; readonly whole: boolean },
  t: TFunction,
): readonly ColumnSize[] {
  const names = Math.max(...servers.map(({ name }) => roomFor(name)))
  const streams = formatValue(Math.max(...servers.map(({ totals }) => totals.streams ?? 0)), 'count')
  const column = (id: string, heading: string, widest: string, rank: number): ColumnSize => ({
    id,
    width: Math.max(roomFor(heading), roomFor(widest)),
    rank,
  })
  return [
    { id: 'server', width: markPx + Math.min(longestNamePx, names), rank: 0 },
    ...(whole ? [{ id: 'state', width: Math.max(...servers.map((server) => roomFor(serverStateWords(server, t)))), rank: 0 }] : []),
    { id: 'worst', width: markPx + roomFor(t('streamState.unknown')), rank: 0 },
    column('live', t('overview.liveColumn'), `${streams}/${streams}`, 0),
    column('readers', t('overview.readers'), '10,000', 4),
    column('in', t('overview.in'), '10,000', 3),
    column('out', t('overview.out'), '≤ 10,000', 2),
    ...(withHosts && !whole ? [] : [column('answer', t('overview.answer'), '10.0 ms', 7), column('version', t('overview.version'), 'v1.20.1', 6)]),
    ...(whole ? [column('lastAnswer', t('server.lastAnswer'), '59 min 59 s', 8)] : []),
    ...(withHosts
      ? [
          { id: 'host', width: 90, rank: 1 },
          { id: 'wholeHost', width: 160, rank: 5 },
        ]
      : []),
  ]
}

interface RowProps {
  readonly server: Server
  readonly hostCell: ServersTableProps['hostCell']
  readonly shown: ReadonlySet<string>
}
function Row({ server, hostCell, shown }: RowProps) {
  const { t } = useTranslation()
  const gone = useEngineGone()
  const rows = fleet.rowsOfServer(server.id)
  const worst = worstOfServer(rows)
  // What is on demand is not missing: a healthy server must not read "59 / 60".
  const counted = countOf(rows)
  const { totals } = server
  const away = server.state !== 'up'
  const cell = (text: string) => <span className={text === unknownMark ? 'text-faint' : gone ? 'stale' : ''}>{text}</span>
  return (
    <tr className="hover:bg-hover">
      <td>
        <span className="flex items-center gap-2">
          <ServerStateMark server={gone ? { state: 'unknown', error: null } : server} wordless size={11} />
          <ServerLink id={server.id} name={server.name} />
        </span>
      </td>
      {shown.has('state') && <td className="whitespace-nowrap text-muted">{serverStateWords(gone ? { state: 'unknown', error: null } : server, t)}</td>}
      {/* On a page of its own the columns share the room. */}
      <td className={shown.has('state') ? 'whitespace-nowrap' : 'w-full max-w-0 truncate'}>
        {isAllUnknown(counted) ? (
          <Mark kind="unknown" size={11} word={t('overview.allUnknown', { count: counted.states.unknown })} quiet />
        ) : away && !totals.streams ? (
          <Mark kind="unknown" size={11} word={t('streamState.unknown')} quiet />
        ) : worst.severity === null && server.notBackYet !== null ? (
          <NotBackYet {...server.notBackYet} />
        ) : worst.severity === null ? (
          <span className="text-faint">{t('overview.none')}</span>
        ) : (
          <span className="inline-flex items-baseline gap-1">
            <Mark kind={worst.severity} size={11} word={formatValue(worst.atWorst, 'count')} />
            {worst.count > worst.atWorst && <span className="text-muted">+ {formatValue(worst.count - worst.atWorst, 'count')}</span>}
          </span>
        )}
      </td>
      {away && totals.bitrateInBps === null ? (
        <td colSpan={1 + ['readers', 'in', 'out'].filter((id) => shown.has(id)).length} className="text-right text-muted">
          <AwayWords server={server} worded={shown.has('readers') && !shown.has('state')} roomy={shown.has('out')} />
        </td>
      ) : (
        <>
          <td className="n">
            {cell(formatValue(counted.states.live, 'count'))}
            <span className="text-faint"> / {formatValue(counted.expected, 'count')}</span>
          </td>
          {shown.has('readers') && <td className="n">{cell(formatValue(totals.readers, 'count'))}</td>}
          {shown.has('in') && <td className="n">{cell(megabits(totals.bitrateInBps))}</td>}
          {shown.has('out') && (
            <td className="n">
              {totals.bitrateOutBps !== null && <OursInOut rows={rows} />}
              {cell(megabits(totals.bitrateOutBps))}
            </td>
          )}
        </>
      )}
      {shown.has('answer') && <td className="n">{cell(away ? unknownMark : formatValue(server.answerMs, 'ms'))}</td>}
      {shown.has('version') && <td className="pl-3 text-muted">{server.version ?? unknownMark}</td>}
      {shown.has('lastAnswer') && (
        <td className="n">
          {server.lastAnswerAt === null ? <span className="text-faint">{unknownMark}</span> : <OldAge since={server.lastAnswerAt} worded={false} />}
        </td>
      )}
      {shown.has('host') && <td className="pl-2">{hostCell?.(server.id, shown.has('wholeHost'))}</td>}
    </tr>
  )
}

/** How long ago a server that is away answered, and, with room, that it is away. */
function AwayWords({ server, worded, roomy }: { readonly server: Server; readonly worded: boolean; readonly roomy: boolean }) {
  const { t } = useTranslation()
  // Of a time in which nobody watched: it may well have answered before.
  if (server.lastAnswerAt === null && server.state === 'unknown') return t('serverState.unknown')
  return (
    <>
      {worded && `${serverStateWords(server, t)} · `}
      {server.lastAnswerAt === null ? (
        <span className="text-faint">{t('overview.neverAnswered')}</span>
      ) : (
        <OldAge since={server.outageSince ?? server.lastAnswerAt} worded={roomy} />
      )}
    </>
  )
}

/** Grows by itself: a server that is away makes no ticks. */
function OldAge({ since, worded }: { readonly since: number; readonly worded: boolean }) {
  const { t } = useTranslation()
  const age = formatDuration(useNow() - since)
  return <span className="text-faint">{worded ? t('overview.ageOld', { age }) : age}</span>
}
