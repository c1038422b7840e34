import { useTranslation } from 'react-i18next'
import { eventText } from '../../i18n/eventText.ts'
import { collapseEvents, type DeckEvent, isEventKind } from '../../shared/events.ts'
import { pathOf } from '../../shared/subjectNames.ts'
import { formatDateTime, formatTime, type TimeZoneChoice } from '../../shared/units.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { markOfEvent } from '../fleet/eventMarks.ts'
import { NoDataSince } from '../fleet/NoDataSince.tsx'
import { Mark } from '../ui/Mark.tsx'
import { Tooltip } from '../ui/Tooltip.tsx'
import { eventMessage, laneMarks } from './laneMarks.ts'
import type { TimeWindow } from './timeRange.ts'

export const eventLanePx = 34

interface EventLaneProps {
  readonly events: readonly DeckEvent[]
  readonly window: TimeWindow
  readonly width: number
  readonly zone: TimeZoneChoice
  /** Names the stream of each event, on the lane of a whole server. */
  readonly withPath: boolean
}
/** Events on the time axis of the charts above, with labels where they fit and the whole sentence on hover and focus. */
export function EventLane({ events, window, width, zone, withPath }: EventLaneProps) {
  const { t } = useTranslation()
  const language = useLanguage()
  const words = (event: DeckEvent) => {
    const path = withPath ? pathOf(event.subject) : null
    return `${path === null ? '' : `${path} `}${isEventKind(event.kind) ? eventMessage(event, language, t) : eventText(event, language)}`
  }
  const marks = laneMarks(events, window, width, words)
  return (
    <div className="relative flex-none overflow-hidden" style={{ width }}>
      <div className="absolute inset-x-0 top-4 border-t border-line-strong" />
      {marks.map((mark) => (
        <Tooltip
          key={mark.id}
          side="top"
          content={
            <ul className="flex flex-col gap-1">
              {collapseEvents(mark.events.toReversed())
                .slice(0, 8)
                .toReversed()
                .map(({ event, events }) => (
                  <li key={event.id}>
                    <span className="text-faint">{formatDateTime(event.at, zone)}</span> {eventText(event, language)}
                    {events.length === 1 && <NoDataSince event={event} zone={zone} />}
                    {pathOf(event.subject) !== null && events.length > 1 && (
                      <> · {t('overview.changesSince', { count: events.length, time: formatTime(events.at(-1)?.at ?? event.at, zone) })}</>
                    )}
                  </li>
                ))}
            </ul>
          }
        >
          <button
            type="button"
            data-event
            className="absolute top-2 z-20 flex h-[18px] items-center gap-1 whitespace-nowrap rounded bg-surface pr-1 text-sm text-muted"
            style={{ left: mark.x - 6 }}
          >
            <Mark kind={markOfEvent(mark.kind)} size={12} />
            {mark.label !== null && <span aria-hidden="true">{mark.label}</span>}
            <span className="sr-only">{mark.events.map((event) => eventText(event, language)).join(' ')}</span>
          </button>
        </Tooltip>
      ))}
      {marks.length === 0 && <span className="absolute top-2 left-2 bg-surface px-1 text-sm text-faint">{t('history.nothingHappened')}</span>}
    </div>
  )
}
