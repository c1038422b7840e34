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
import { Mark } from '../ui/Mark.tsx'
import { useNow } from '../ui/now.ts'
import { Panel } from '../ui/Panel.tsx'
import { useCalm } from '../ui/useCalm.ts'
import { worstOfServer } from './worstOfServer.ts'

/** One unit for the whole column, so that rows compare at a glance. */
const megabits = (bps: number | null) => writeValue(bps === null ? null : bps / 1e6, 'mbps').number

interface ServersTableProps {
  readonly className?: string
  /** How the machine under a server fares, with or without room for all of it; left out where no host is known. */
  readonly hostCell?: (serverId: string, wide: boolean) => React.ReactNode
  /** Headings over it, where there is room. */
  readonly hostHead?: React.ReactNode
}
/** Every server with its own health and its worst. */
export const ServersTable = ({ className = '', hostCell, hostHead }: ServersTableProps) => {
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
  const long = servers.some(({ name }) => name.length >= longName)
  return (
    <Panel
      className={className}
      title={t('overview.servers')}
      hint={`${t('overview.serversHint')}${hostCell === undefined ? '' : ' · %'}`}
      bodyClassName="overflow-y-auto"
    >
      <table className="deck" {...calm.hold}>
        <thead className="sticky top-0 z-10 bg-surface">
          <tr>
            <th>{t('overview.server')}</th>
            <th>{t('overview.worst')}</th>
            <th className="n">{t('overview.liveColumn')}</th>
            <th className={`n hidden ${readers(hostCell)}`}>{t('overview.readers')}</th>
            <th className={`n hidden ${rates(hostCell, long)}`}>{t('overview.in')}</th>
            <th className={`n hidden ${rates(hostCell, long)}`}>{t('overview.out')}</th>
            {hostCell === undefined ? (
              <>
                <th className="n hidden min-[1600px]:table-cell">{t('overview.answer')}</th>
                <th className="hidden pl-3 min-[1600px]:table-cell">{t('overview.version')}</th>
              </>
            ) : (
              <>
                <th className="pl-2 min-[1600px]:hidden">{t('overview.host')}</th>
                <th className="hidden pl-3 min-[1600px]:table-cell">{hostHead}</th>
              </>
            )}
          </tr>
        </thead>
        <tbody>
          {ids.map((id) => {
            const server = fleet.server(id)
            return server && <Row key={id} server={server} hostCell={hostCell} long={long} />
          })}
        </tbody>
      </table>
    </Panel>
  )
}

const ServerLink = memo(function ServerLink({ id, name }: { readonly id: string; readonly name: string }) {
  return (
    <Link to={toServer(id)} title={name} className="max-w-[190px] flex-none truncate font-semibold hover:underline min-[1440px]:max-w-[260px]">
      {name}
    </Link>
  )
})

/** From so many letters on a name needs the room of two columns: rates go before it is cut. */
const longName = 16
/** Rates and readers make room for the machine, and for long names, where there is too little for all. */
const readers = (hostCell: ServersTableProps['hostCell']) => (hostCell === undefined ? 'min-[1440px]:table-cell' : 'min-[2200px]:table-cell')
const rates = (hostCell: ServersTableProps['hostCell'], long: boolean) =>
  hostCell === undefined && !long ? 'min-[1180px]:table-cell' : 'min-[1440px]:table-cell'

const Row = ({ server, hostCell, long }: { readonly server: Server; readonly hostCell: ServersTableProps['hostCell']; readonly long: boolean }) => {
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
      <td>
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
        hostCell === undefined ? (
          <td colSpan={4} className="max-w-0 truncate text-right text-muted">
            <AwayWords server={server} worded />
          </td>
        ) : (
          // Columns are dropped by the width of the window: a cell over several would reach into those of the machine.
          <>
            <td className="n max-w-[96px] truncate text-muted">
              <AwayWords server={server} worded={false} />
            </td>
            <td className={`n hidden text-faint ${readers(hostCell)}`}>{unknownMark}</td>
            <td className={`n hidden text-faint ${rates(hostCell, long)}`}>{unknownMark}</td>
            <td className={`n hidden text-faint ${rates(hostCell, long)}`}>{unknownMark}</td>
          </>
        )
      ) : (
        <>
          <td className="n">
            {cell(formatValue(counted.states.live, 'count'))}
            <span className="text-faint"> / {formatValue(counted.expected, 'count')}</span>
          </td>
          <td className={`n hidden ${readers(hostCell)}`}>{cell(formatValue(totals.readers, 'count'))}</td>
          <td className={`n hidden ${rates(hostCell, long)}`}>{cell(megabits(totals.bitrateInBps))}</td>
          <td className={`n hidden ${rates(hostCell, long)}`}>
            {totals.bitrateOutBps !== null && <OursInOut rows={rows} />}
            {cell(megabits(totals.bitrateOutBps))}
          </td>
        </>
      )}
      {hostCell === undefined ? (
        <>
          <td className="n hidden min-[1600px]:table-cell">{cell(away ? unknownMark : formatValue(server.answerMs, 'ms'))}</td>
          <td className="hidden pl-3 text-muted min-[1600px]:table-cell">{server.version ?? unknownMark}</td>
        </>
      ) : (
        <>
          <td className="pl-2 min-[1600px]:hidden">{hostCell(server.id, false)}</td>
          <td className="hidden pl-3 min-[1600px]:table-cell">{hostCell(server.id, true)}</td>
        </>
      )}
    </tr>
  )
}

/** How long ago a server that is away answered, and, with room, that it is away. */
const AwayWords = ({ server, worded }: { readonly server: Server; readonly worded: boolean }) => {
  const { t } = useTranslation()
  // Of a time in which nobody watched: it may well have answered before.
  if (server.lastAnswerAt === null && server.state === 'unknown') return t('serverState.unknown')
  return (
    <>
      {worded && <span className="hidden min-[1440px]:inline">{serverStateWords(server, t)} · </span>}
      {server.lastAnswerAt === null ? (
        <span className="text-faint">{t('overview.neverAnswered')}</span>
      ) : (
        <OldAge since={server.outageSince ?? server.lastAnswerAt} worded={worded} />
      )}
    </>
  )
}

/** Grows by itself: a server that is away makes no ticks. */
const OldAge = ({ since, worded }: { readonly since: number; readonly worded: boolean }) => {
  const { t } = useTranslation()
  const age = formatDuration(useNow() - since)
  return <span className="text-faint">{worded ? t('overview.ageOld', { age }) : age}</span>
}
