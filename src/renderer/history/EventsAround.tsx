import { useQuery } from '@tanstack/react-query'
import { useLayoutEffect, useRef } from 'react'
import { Link } from 'react-router'
import { eventText } from '../../i18n/eventText.ts'
import { collapseEvents, type DeckEvent } from '../../shared/events.ts'
import { pathOf } from '../../shared/subjectNames.ts'
import { formatDateTime, formatMoment } from '../../shared/units.ts'
import { client } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { toSubject } from '../app/links.ts'
import { language, t } from '../app/words.ts'
import { EventRows, listedEvents } from '../fleet/EventRows.tsx'
import { markOfEvent } from '../fleet/eventMarks.ts'
import { Mark } from '../ui/Mark.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { useFollowed } from '../ui/timing.ts'

const eachSide = 40
const followMs = 800
interface EventsAroundProps {
  /** The cursor; null: now. */
  readonly moment: number | null
  readonly now: number
  readonly onMoment: (at: number) => void
}
/** Newest first, with a line at the cursor. A click on a time goes to that moment. */
export function EventsAround({ moment, now, onMoment }: EventsAroundProps) {
  const second = useFollowed(moment === null ? null : Math.floor(moment / 1000), followMs)
  const at = second === null ? null : (second + 1) * 1000 - 1
  const query = useQuery({
    queryKey: ['eventsAround', at],
    queryFn: async ({ signal }) => {
      const before = await client.history.events({ limit: listedEvents, ...(at === null ? {} : { to: at }) }, { signal })
      const after = at === null ? [] : await client.history.events({ from: at + 1, limit: listedEvents, order: 'oldest' }, { signal })
      return { before, after: after.reverse() }
    },
    placeholderData: (last) => last,
    refetchInterval: at === null ? 3000 : false,
  })
  const line = useRef<HTMLLIElement>(null)
  const { before: asked, after: rest } = query.data ?? { before: [], after: [] }
  // The list lags behind a moving cursor: the line is placed at the cursor, not at the moment of the query.
  const all = [...rest, ...asked]
  const after = moment === null ? [] : collapseEvents(all.filter((event) => event.at > moment)).slice(-eachSide)
  const before = collapseEvents(moment === null ? asked : all.filter((event) => event.at <= moment)).slice(0, eachSide)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the line moves when the list around it changes
  useLayoutEffect(() => {
    const list = line.current?.parentElement?.parentElement
    if (line.current && list) list.scrollTop = line.current.offsetTop - list.offsetTop - list.clientHeight / 2
  }, [query.data, after.length])
  if (query.isPending) return <SkeletonRows rows={8} />
  if (query.isError && query.data === undefined) return <p className="text-muted">{t('common.notAvailable', { reason: failureText(query.error) })}</p>
  if (before.length === 0 && after.length === 0) return <p className="text-muted">{t('common.noEventsYet')}</p>
  const day = formatMoment(moment ?? now, 'day')
  return (
    <ol className="@container">
      <EventRows rows={after} line={(event, more, inner) => <Line event={event} more={more} inner={inner} day={day} onMoment={onMoment} later />} />
      {moment !== null && (
        <li ref={line} className="my-1 flex items-center gap-2 font-semibold text-sm">
          <span className="past-words whitespace-nowrap">{formatDateTime(moment)}</span>
          <span className="h-px flex-1 bg-past" />
        </li>
      )}
      <EventRows rows={before} line={(event, more, inner) => <Line event={event} more={more} inner={inner} day={day} onMoment={onMoment} />} />
    </ol>
  )
}

interface LineProps {
  readonly event: DeckEvent
  readonly more: React.ReactNode
  readonly inner: boolean
  /** Times of this day are without a date. */
  readonly day: string
  readonly onMoment: (at: number) => void
  readonly later?: boolean
}
function Line({ event, more, inner, day, onMoment, later = false }: LineProps) {
  const text = eventText(event, language)
  const whole = formatDateTime(event.at)
  const path = pathOf(event.subject)
  const about = path ?? event.ownerName
  const to = event.subject && toSubject(event.subject)
  return (
    <li
      className={`break-words py-1 text-[12.5px] @min-[340px]:grid @min-[340px]:grid-cols-[88px_12px_minmax(0,1fr)] @min-[340px]:items-baseline @min-[340px]:gap-x-2 @min-[340px]:py-[2.5px] ${later ? 'text-faint' : ''} ${inner ? 'pl-4' : ''}`}
    >
      <button
        type="button"
        onClick={() => onMoment(event.at)}
        title={t('common.goToTime', { time: whole })}
        className="whitespace-nowrap rounded text-left text-faint hover:text-text hover:underline"
      >
        {formatMoment(event.at, formatMoment(event.at, 'day') === day ? 'time' : 'dayAndTime')}
      </button>
      <Mark kind={markOfEvent(event.kind)} size={11} className="mx-1.5 align-[-1px] @min-[340px]:mx-0 @min-[340px]:mt-1 @min-[340px]:self-start" />
      <span className="min-w-0 break-words">
        {about !== null && to !== null && !text.includes(about) && (
          <Link to={to} className="font-medium hover:underline">
            {about}{' '}
          </Link>
        )}
        {text}
        {more}
        {path !== null && event.ownerName !== null && <span className="whitespace-nowrap text-faint"> · {event.ownerName}</span>}
      </span>
    </li>
  )
}
