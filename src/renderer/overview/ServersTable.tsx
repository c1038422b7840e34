import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Server } from '../../shared/servers.ts'
import { formatDuration, formatValue, unknownMark, writeValue } from '../../shared/units.ts'
import { fleet, staleAfterMs, useEngineGone, useFacts, useServers, useShownMoment } from '../app/fleet.ts'
import { toServer } from '../app/links.ts'
import { ServerStateMark } from '../app/StateMark.tsx'
import { Mark } from '../ui/Mark.tsx'
import { shownNow, useNow } from '../ui/now.ts'
import { Panel } from '../ui/Panel.tsx'
import { useCalm } from '../ui/useCalm.ts'
import { countExpected } from './countExpected.ts'
import { orderServers } from './orderServers.ts'
import { worstOfServer } from './worstOfServer.ts'

/** One unit for the whole column, so that rows compare at a glance. */
const megabits = (bps: number | null) => writeValue(bps === null ? null : bps / 1e6, 'mbps').number

/** Every server with its own health and its worst. */
export const ServersTable = ({ className = '' }: { readonly className?: string }) => {
  const { t } = useTranslation()
  const servers = useServers()
  useFacts()
  const calm = useCalm(orderServers(servers).join('\n'), String(useShownMoment()))
  const ids = calm.value.split('\n')
  return (
    <Panel className={className} title={t('overview.servers')} hint={t('overview.serversHint')} bodyClassName="overflow-y-auto">
      <table className="deck" {...calm.hold}>
        <thead className="sticky top-0 z-10 bg-surface">
          <tr>
            <th>{t('overview.server')}</th>
            <th>{t('overview.worst')}</th>
            <th className="n">{t('overview.liveColumn')}</th>
            <th className="n hidden min-[1440px]:table-cell">{t('overview.readers')}</th>
            <th className="n hidden min-[1180px]:table-cell">{t('overview.in')}</th>
            <th className="n hidden min-[1180px]:table-cell">{t('overview.out')}</th>
            <th className="n hidden min-[1600px]:table-cell">{t('overview.answer')}</th>
            <th className="hidden pl-3 min-[1600px]:table-cell">{t('overview.version')}</th>
          </tr>
        </thead>
        <tbody>
          {ids.map((id) => {
            const server = fleet.server(id)
            return server && <Row key={id} server={server} />
          })}
        </tbody>
      </table>
    </Panel>
  )
}

const ServerLink = memo(function ServerLink({ id, name }: { readonly id: string; readonly name: string }) {
  return (
    <Link to={toServer(id)} className="min-w-0 truncate font-semibold hover:underline">
      {name}
    </Link>
  )
})

const Row = ({ server }: { readonly server: Server }) => {
  const { t } = useTranslation()
  const now = shownNow()
  const gone = useEngineGone()
  const rows = fleet.rowsOfServer(server.id)
  const worst = worstOfServer(rows)
  // What is on demand is not missing: a healthy server must not read "59 / 60".
  const expected = countExpected(rows)
  const { totals } = server
  const away = server.state !== 'up'
  const age = server.lastAnswerAt === null ? null : now - server.lastAnswerAt
  const stale = !away && (gone || (age !== null && age > staleAfterMs(server)))
  const cell = (text: string) => <span className={text === unknownMark ? 'text-faint' : stale ? 'stale' : ''}>{text}</span>
  return (
    <tr className="hover:bg-hover">
      <td className="max-w-[180px]">
        <span className="flex items-center gap-2">
          <ServerStateMark state={gone ? 'unknown' : server.state} wordless size={11} />
          <ServerLink id={server.id} name={server.name} />
        </span>
      </td>
      <td>
        {totals.unknown > 0 && totals.unknown === totals.streams ? (
          <Mark kind="unknown" size={11} word={t('overview.allUnknown', { count: expected.states.unknown })} quiet />
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
        <td colSpan={4} className="max-w-0 truncate text-right text-muted">
          {age === null && server.state === 'unknown' ? (
            // Of a time in which nobody watched: it may well have answered before.
            t('serverState.unknown')
          ) : (
            <>
              <span className="hidden min-[1440px]:inline">{t(`serverState.${server.state}`)} · </span>
              {age === null ? <span className="text-faint">{t('overview.neverAnswered')}</span> : <OldAge since={server.lastAnswerAt ?? 0} />}
            </>
          )}
        </td>
      ) : (
        <>
          <td className="n">
            {cell(formatValue(expected.states.live, 'count'))}
            <span className="text-faint"> / {formatValue(expected.count, 'count')}</span>
          </td>
          <td className="n hidden min-[1440px]:table-cell">{cell(formatValue(totals.readers, 'count'))}</td>
          <td className="n hidden min-[1180px]:table-cell">{cell(megabits(totals.bitrateInBps))}</td>
          <td className="n hidden min-[1180px]:table-cell">{cell(megabits(totals.bitrateOutBps))}</td>
        </>
      )}
      <td className="n hidden min-[1600px]:table-cell">{cell(away ? unknownMark : formatValue(server.answerMs, 'ms'))}</td>
      <td className="hidden pl-3 text-muted min-[1600px]:table-cell">{server.version ?? unknownMark}</td>
    </tr>
  )
}

/** Grows by itself: a server that is away makes no ticks. */
const OldAge = ({ since }: { readonly since: number }) => {
  const { t } = useTranslation()
  return <span className="text-faint">{t('overview.ageOld', { age: formatDuration(useNow() - since) })}</span>
}
