import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { PastSession, SessionFilter } from '../../shared/sessions.ts'
import { formatDateTime } from '../../shared/units.ts'
import { orpc } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { t } from '../app/words.ts'
import { EmptyState } from '../ui/EmptyState.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { PastSessionsTable } from './PastSessionsTable.tsx'

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

interface PastSessionsProps {
  readonly query: ReturnType<typeof usePastSessions>
  readonly time: PastTime
  readonly pathLink?: Parameters<typeof PastSessionsTable>[0]['pathLink']
  readonly showsServer?: boolean
}
export function PastSessions({ query, time, pathLink, showsServer = false }: PastSessionsProps) {
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
      <PastSessionsTable sessions={sessions} pathLink={pathLink} showsServer={showsServer} />
    </>
  )
}
