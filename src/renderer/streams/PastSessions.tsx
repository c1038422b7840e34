import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { PastSession, SessionFilter } from '../../shared/sessions.ts'
import { formatDateTime } from '../../shared/units.ts'
import { orpc } from '../app/client.ts'
import { failureWords } from '../app/failureWords.ts'
import { usePreferences } from '../app/preferences.ts'
import { EmptyState } from '../ui/EmptyState.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { PastSessionsTable } from './PastSessionsTable.tsx'

/** A moment of the past, or a time up to now. */
export type PastTime = { readonly at: number } | { readonly lastMs: number }

/** How many are shown. */
const mostShown = 500
/** A time that goes on until now is read again so often, ms. */
const againMs = 15_000

/** Sessions that were open at some time. */
export const usePastSessions = (filter: SessionFilter, time: PastTime | null) =>
  useQuery({
    ...orpc.sessions.past.queryOptions({
      // Up to now: the moment of the question is the engine's.
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

/** What was known of a session at a moment: not when it was going to end, nor what it had sent by then. */
const asOf = (session: PastSession, at: number): PastSession =>
  session.ended !== null && session.ended <= at ? session : { ...session, ended: null, endedAfter: null, bytes: null, lost: null }

interface PastSessionsProps {
  readonly query: ReturnType<typeof usePastSessions>
  readonly time: PastTime
  readonly pathLink?: Parameters<typeof PastSessionsTable>[0]['pathLink']
  readonly showsServer?: boolean
}
/** Who was connected then, or why that is not known. */
export function PastSessions({ query, time, pathLink, showsServer = false }: PastSessionsProps) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const { data } = query
  if (data === undefined) return query.isError ? <EmptyState title={t('sessions.failed')}>{failureWords(query.error)}</EmptyState> : <SkeletonRows rows={4} />
  const { since } = data
  const sessions = 'at' in time ? data.sessions.map((session) => asOf(session, time.at)) : data.sessions
  if (since === null && sessions.length === 0) return <EmptyState title={t('sessions.past.notKept')}>{t('sessions.past.notKeptText')}</EmptyState>
  // Of a time before sessions were kept nobody knows who left.
  const isPartial = since !== null && 'at' in time && time.at < since
  const partly = isPartial ? t('sessions.past.beforeKept', { time: formatDateTime(since, zone) }) : null
  if (sessions.length === 0)
    return isPartial ? (
      <EmptyState title={t('sessions.past.notKept')}>{partly}</EmptyState>
    ) : (
      <EmptyState title={t('sessions.past.nonePast')}>{t('sessions.past.nonePastText')}</EmptyState>
    )
  return (
    <>
      {partly !== null && <p className="mb-2 flex-none text-sm text-unknown">{partly}</p>}
      <PastSessionsTable sessions={sessions} pathLink={pathLink} showsServer={showsServer} />
    </>
  )
}
