import { useTranslation } from 'react-i18next'
import type { Session } from '../../shared/streams.ts'
import { formatDuration, unknownMark, writeValue } from '../../shared/units.ts'
import { useNow } from '../ui/now.ts'
import { sessionLoss, sessionRate, sortSessions } from './sessionFigures.ts'
import { agentName, hostOf, protocolName } from './streamRow.ts'

interface SessionsTableProps {
  readonly sessions: readonly Session[]
  /** Names the stream of each, on the page of a server. */
  readonly pathLink?: (path: string) => string
  readonly latencyMs?: number | null
}

/** Who publishes and who reads. Our own are marked: they are not counted. */
export function SessionsTable({ sessions, pathLink, latencyMs = null }: SessionsTableProps) {
  const { t } = useTranslation()
  const now = useNow()
  return (
    <div className="@container">
      <table className="deck table-fixed">
        <thead>
          <tr>
            <th>{t('stream.who')}</th>
            {pathLink && <th className="w-[24%]">{t('stream.path')}</th>}
            <th className="w-[56px] @max-[400px]:hidden">{t('stream.by')}</th>
            <th className="n w-[58px]">{t('stream.rtt')}</th>
            <th className="n w-[44px]" title={t('stream.lostTip')}>
              {t('stream.lost')}
            </th>
            <th className="n w-[88px] @max-[400px]:w-[84px]" title={t('stream.rateTip')}>
              {t('stream.rate')}
            </th>
            <th className="n w-[88px] @max-[400px]:hidden">{t('stream.since')}</th>
          </tr>
        </thead>
        <tbody>
          {sortSessions(sessions).map((session) => {
            const lost = sessionLoss(session)
            const rtt = session.srt?.rttMs ?? null
            const tight = latencyMs !== null && session.role === 'publisher' && rtt !== null && rtt > latencyMs / 4
            return (
              <tr key={`${session.protocol}/${session.id}`} className={session.own ? 'text-faint' : ''}>
                <td
                  className="truncate @max-[400px]:!whitespace-normal @max-[400px]:break-words"
                  title={[session.remoteAddr, session.user, session.userAgent].filter(Boolean).join(' · ')}
                >
                  {session.own ? (
                    <>
                      <span className="@max-[400px]:hidden">{t('stream.oursNotCounted')}</span>
                      <span className="@min-[400px]:hidden">
                        {protocolName(session.protocol)} {t('stream.oursShort')}
                      </span>
                    </>
                  ) : (
                    <>
                      <span className={session.role === 'publisher' ? 'font-semibold' : ''}>
                        {session.remoteAddr ? hostOf(session.remoteAddr) : session.id.slice(0, 8)}
                      </span>{' '}
                      <span className="text-faint">
                        <span className="@min-[400px]:hidden">{protocolName(session.protocol)} </span>
                        {session.role === 'publisher' ? t('stream.publishes') : (session.user ?? (session.userAgent ? agentName(session.userAgent) : ''))}
                      </span>
                    </>
                  )}
                </td>
                {pathLink && (
                  <td className="truncate">
                    {session.path === '' ? (
                      <span className="text-faint">{unknownMark}</span>
                    ) : (
                      <a href={pathLink(session.path)} className="text-muted hover:underline">
                        {session.path}
                      </a>
                    )}
                  </td>
                )}
                <td className="@max-[400px]:hidden" title={session.transport ?? undefined}>
                  {protocolName(session.protocol)}
                </td>
                <td className={`n ${tight ? 'font-semibold text-major' : ''}`}>{write(rtt, 'ms')}</td>
                <td className={`n ${(lost ?? 0) > 0 ? 'text-major' : ''}`}>{write(lost, 'count')}</td>
                <td className="n">{write(sessionRate(session), 'bps')}</td>
                <td className="n text-muted @max-[400px]:hidden">{session.createdAt === null ? unknownMark : formatDuration(now - session.createdAt)}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
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
