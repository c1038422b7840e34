import { type DeckEvent, outageSinceOfEvent } from '../../shared/events.ts'
import { formatTime, type TimeZoneChoice } from '../../shared/units.ts'
import { t } from '../app/words.ts'

/** Start of the outage that an event reports. Its card and its mark in charts use this time, which is earlier than its detection. */
export function NoDataSince({ event, zone }: { readonly event: DeckEvent; readonly zone: TimeZoneChoice }) {
  const since = outageSinceOfEvent(event)
  if (since === null) return null
  return <span className="whitespace-nowrap text-muted"> · {t('overview.noDataSince', { time: formatTime(since, zone) })}</span>
}
