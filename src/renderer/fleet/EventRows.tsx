import { ChevronDown, ChevronRight } from 'lucide-react'
import { Fragment, useState } from 'react'
import { type DeckEvent, type EventRow, outageSinceOfEvent } from '../../shared/events.ts'
import type { EventFilter } from '../../shared/history.ts'
import { pathOf } from '../../shared/subjectNames.ts'
import { formatDateTime, formatTime } from '../../shared/units.ts'
import { orpc } from '../app/client.ts'
import { goToMoment } from '../app/moment.ts'
import { t } from '../app/words.ts'

/** `more`, after the sentence, expands a grouped row; `inner`: an event inside such a row. */
type EventLine = (event: DeckEvent, more: React.ReactNode, inner: boolean) => React.ReactNode

export function EventRows({ rows, line }: { readonly rows: readonly EventRow[]; readonly line: EventLine }) {
  return rows.map(({ event, events }) => {
    const first = events.at(-1) ?? event
    // Keyed by the oldest event, so that a growing row stays expanded.
    return events.length === 1 ? (
      <Fragment key={event.id}>{line(event, noDataSince(event), false)}</Fragment>
    ) : (
      <RowOfSeveral key={first.id} event={event} events={events} line={line} />
    )
  })
}

/** null for most events: a new element would redraw the line. */
const noDataSince = (event: DeckEvent) => (outageSinceOfEvent(event) === null ? null : <NoDataSince event={event} />)

function RowOfSeveral({ event, events, line }: EventRow & { readonly line: EventLine }) {
  const [open, setOpen] = useState(false)
  const Chevron = open ? ChevronDown : ChevronRight
  const since = formatTime((events.at(-1) ?? event).at)
  const words = t(pathOf(event.subject) === null ? 'overview.eventsSince' : 'overview.changesSince', { count: events.length, time: since })
  // A space inside the button would be lost.
  const more = (
    <>
      {' '}
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)} className="whitespace-nowrap font-medium hover:underline">
        · {words} <Chevron size={12} aria-hidden="true" className="inline align-[-2px]" />
      </button>
    </>
  )
  return (
    <>
      {line(event, more, false)}
      {open && events.map((one) => <Fragment key={one.id}>{line(one, noDataSince(one), true)}</Fragment>)}
    </>
  )
}

export function NoDataSince({ event }: { readonly event: DeckEvent }) {
  const since = outageSinceOfEvent(event)
  if (since === null) return null
  return <span className="whitespace-nowrap text-muted"> · {t('overview.noDataSince', { time: formatTime(since) })}</span>
}

export function EventTime({ at, children }: { readonly at: number; readonly children: React.ReactNode }) {
  return (
    <button
      type="button"
      title={`${formatDateTime(at)} · ${t('common.goToThisMoment')}`}
      onClick={() => goToMoment(at)}
      className="text-left text-faint hover:text-text hover:underline"
    >
      <time dateTime={new Date(at).toISOString()}>{children}</time>
    </button>
  )
}

/** Enough that a flapping stream does not crowd out the rest, and equal so that grouped rows show the same count everywhere. */
export const listedEvents = 300
const refetchMs = 3000
/** Moments that a cursor passed are rarely needed again. */
const pastKeptMs = 20_000

/** The newest events. The previous ones stay while the next load, but live events are never shown in the past, nor past ones live. */
export function eventsUpTo(moment: number | null, filter: Partial<EventFilter>) {
  const input = moment === null ? filter : { ...filter, to: moment }
  return {
    ...orpc.history.events.queryOptions({ input, ...(moment === null ? { refetchInterval: refetchMs } : { gcTime: pastKeptMs, staleTime: pastKeptMs }) }),
    meta: { past: moment !== null },
    placeholderData: <T,>(last: T | undefined, query: { readonly meta?: Readonly<Record<string, unknown>> | undefined } | undefined): T | undefined =>
      query?.meta?.past === (moment !== null) ? last : undefined,
  }
}
