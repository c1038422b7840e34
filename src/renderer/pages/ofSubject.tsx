import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useMemo } from 'react'
import { Link } from 'react-router'
import { eventText } from '../../i18n/eventText.ts'
import { collapseEvents, type DeckEvent } from '../../shared/events.ts'
import { pathOf, type Subject } from '../../shared/subjectNames.ts'
import { formatTime } from '../../shared/units.ts'
import { Loaded } from '../app/Loaded.tsx'
import { toSubject } from '../app/links.ts'
import { goToMoment } from '../app/moment.ts'
import { language, t } from '../app/words.ts'
import { EventRows, EventTime, eventsUpTo, listedEvents } from '../fleet/EventRows.tsx'
import { useShownMoment } from '../fleet/fleet.ts'
import { lastSpans, type TimeRange } from '../history/timeRange.ts'
import { Button } from '../ui/Button.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Mark } from '../ui/Mark.tsx'
import { Panel } from '../ui/Panel.tsx'
import type { ViewingTime } from '../viewing/ViewingReport.tsx'

/** `at`: the past moment that the window shows. */
export function viewingTime(range: TimeRange, at: number | null): ViewingTime {
  if (range.kind === 'last') return { lastMs: lastSpans[range.id], ...(at !== null && { to: at }) }
  if (range.kind === 'since') return { from: range.from, ...(at !== null && at > range.from && { to: at }) }
  return { from: range.from, to: range.to }
}

export const factsBesideCharts =
  'flex min-h-0 flex-1 flex-col gap-4 max-[959px]:flex-none min-[960px]:grid min-[960px]:grid-cols-[clamp(330px,30%,520px)_minmax(0,1fr)]'

/** They explain the charts of the server's streams. */
export const ownServerEvents = ['serverDown', 'serverSilent', 'serverUp', 'serverRestarted', 'serverUpgraded', 'serverConfigurationChanged'] as const

/** Readers are left out, because they come and go all the time and would hide the rest. */
export const serverEvents = [...ownServerEvents, 'streamOff', 'streamStalled', 'slateOn', 'forwardFailing'] as const

/** With the way to the list of those that are there. */
export function NotFound({ to, toText, children }: { readonly to: string; readonly toText: string; readonly children: ReactNode }) {
  return (
    <EmptyState
      title={t('common.notFound')}
      actions={
        <Link to={to} className="text-accent hover:underline">
          {toText}
        </Link>
      }
    >
      {children}
    </EmptyState>
  )
}

/** Instead of what is only of now, while a past moment is shown. */
export function NowAlone() {
  return (
    <EmptyState
      icon={<Mark kind="unknown" size={24} />}
      title={t('alarms.atMoment.nowOnly')}
      actions={<Button onClick={() => goToMoment(null)}>{t('common.backToNow')}</Button>}
    />
  )
}

export function ChartsPanel({ children }: { readonly children: ReactNode }) {
  return (
    <Panel className="min-h-0 max-[959px]:h-[640px] max-[959px]:flex-none" bodyClassName="flex flex-col overflow-y-auto">
      {children}
    </Panel>
  )
}

const shownRows = 20
const nothing: readonly DeckEvent[] = []

interface NewestEventsProps {
  readonly of: Subject
  readonly kinds?: readonly string[]
  readonly title: string
  readonly emptyText: string
}
export function NewestEvents({ of, kinds, title, emptyText }: NewestEventsProps) {
  const query = useQuery(eventsUpTo(useShownMoment(), { of, ...(kinds && { kinds: [...kinds] }), limit: listedEvents }))
  const rows = useMemo(() => collapseEvents(query.data ?? nothing).slice(0, shownRows), [query.data])
  return (
    <Panel title={title} hint={t('common.newestFirst')} className="flex-none">
      <Loaded query={query} rows={4}>
        {(found) =>
          found.length === 0 ? (
            <p className="text-muted">{emptyText}</p>
          ) : (
            <ul className="flex flex-col gap-1.5">
              <EventRows
                rows={rows}
                line={(event, more, inner) => {
                  const { at, subject } = event
                  const path = pathOf(subject)
                  const text = eventText(event, language)
                  return (
                    <li className={`grid grid-cols-[62px_minmax(0,1fr)] gap-2 ${inner ? 'pl-4' : ''}`}>
                      <EventTime at={at}>{formatTime(at)}</EventTime>
                      <span className="min-w-0 break-words">
                        {subject !== null && path !== null && !text.includes(path) && (
                          <>
                            <Link to={toSubject(subject)} className="text-muted hover:underline">
                              {path}
                            </Link>{' '}
                          </>
                        )}
                        {text}
                        {more}
                      </span>
                    </li>
                  )
                }}
              />
            </ul>
          )
        }
      </Loaded>
    </Panel>
  )
}
