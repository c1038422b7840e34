import { useQuery } from '@tanstack/react-query'
import { memo, type ReactNode, useMemo } from 'react'
import { Link } from 'react-router'
import { eventText } from '../../i18n/eventText.ts'
import { collapseEvents, type DeckEvent } from '../../shared/events.ts'
import { pathOf } from '../../shared/subjectNames.ts'
import { formatMoment } from '../../shared/units.ts'
import { failureText } from '../app/failureText.ts'
import { toSubject } from '../app/links.ts'
import { usePreferences } from '../app/preferences.ts'
import { t, useLanguage } from '../app/words.ts'
import { EventRows, EventTime, eventsUpTo, listedEvents } from '../fleet/EventRows.tsx'
import { markOfEvent } from '../fleet/eventMarks.ts'
import { useShownMoment } from '../fleet/fleet.ts'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Mark } from '../ui/Mark.tsx'
import { shownNow } from '../ui/now.ts'
import { Panel } from '../ui/Panel.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { useCalm } from '../ui/useCalm.ts'
import { cutAtName } from './worstOfServer.ts'

const shownEvents = 60
const dayMs = 24 * 3600_000
const nothing: readonly DeckEvent[] = []

export function WhatHappened({ className = '' }: { readonly className?: string }) {
  const moment = useShownMoment()
  const query = useQuery(eventsUpTo(moment, { limit: listedEvents }))
  const calm = useCalm<readonly DeckEvent[]>(query.data ?? nothing, String(moment))
  const rows = useMemo(() => collapseEvents(calm.value).slice(0, shownEvents), [calm.value])
  const newest = calm.value[0]?.id ?? 0
  const fresh = (query.data ?? nothing).filter(({ id }) => id > newest).length
  return (
    <Panel
      className={className}
      title={t('common.whatHappened')}
      hint={t('common.newestFirst')}
      bodyClassName="overflow-y-auto"
      actions={
        fresh > 0 && newest > 0 ? (
          <button type="button" onClick={calm.release} className="rounded-full border border-accent bg-accent-soft px-2 text-sm">
            {t('overview.newEvents', { count: fresh })}
          </button>
        ) : undefined
      }
    >
      {query.isPending ? (
        <SkeletonRows rows={6} />
      ) : query.isError && calm.value.length === 0 ? (
        <EmptyState icon={<Mark kind="unknown" size={20} />} title={t('common.loadingFailed')}>
          {failureText(query.error)}
        </EmptyState>
      ) : calm.value.length === 0 ? (
        <EmptyState title={t('common.noEventsYet')} className="!py-4" />
      ) : (
        <ol {...calm.hold}>
          <EventRows
            rows={rows}
            line={(event, more, inner) => <Line event={event} more={more} inner={inner} today={(moment ?? shownNow()) - event.at < dayMs} />}
          />
        </ol>
      )}
    </Panel>
  )
}

interface LineProps {
  readonly event: DeckEvent
  readonly more: ReactNode
  readonly inner: boolean
  readonly today: boolean
}
/** One event. Redrawn only when the event, the zone or the day changes, because there are many. */
const Line = memo(function Line({ event, more, inner, today }: LineProps) {
  // Another zone draws it anew.
  usePreferences()
  const path = pathOf(event.subject)
  const about = path ?? event.ownerName
  // Many sentences do not name their subject; then the name is put in front.
  const text = eventText(event, useLanguage())
  const [before, name, after] = cutAtName(text, about)
  const to = event.subject && toSubject(event.subject)
  const subject =
    about === null ? null : to === null ? (
      <b className="font-semibold">{about}</b>
    ) : (
      <Link to={to} className="font-semibold hover:underline">
        {about}
      </Link>
    )
  return (
    <li
      className={`grid ${today ? 'grid-cols-[58px_12px_minmax(0,1fr)]' : 'grid-cols-[84px_12px_minmax(0,1fr)]'} items-baseline gap-x-2 py-[3px] text-[12.5px] ${inner ? 'pl-4' : ''}`}
    >
      <EventTime at={event.at}>{formatMoment(event.at, today ? 'time' : 'dayAndTime')}</EventTime>
      <Mark kind={markOfEvent(event.kind)} size={11} className="mt-1 self-start" />
      <span className="line-clamp-4 min-w-0 break-words" title={event.ownerName === null ? text : `${event.ownerName}: ${text}`}>
        {before}
        {subject}
        {name === '' && ' '}
        {after}
        {more}
        {path !== null && event.ownerName !== null && <span className="text-faint"> · {event.ownerName}</span>}
      </span>
    </li>
  )
})
