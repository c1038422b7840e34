import { formatDateTime, type TimeZoneChoice } from '../../shared/units.ts'
import { goToMoment } from '../app/moment.ts'
import { t } from '../app/words.ts'

interface EventTimeProps {
  readonly at: number
  readonly zone: TimeZoneChoice
  readonly className?: string
  readonly children: React.ReactNode
}
/** Time of an event. A click moves the whole console there. */
export function EventTime({ at, zone, className = '', children }: EventTimeProps) {
  return (
    <button type="button" title={`${formatDateTime(at, zone)} · ${t('common.goToThisMoment')}`} onClick={() => goToMoment(at)} className={className}>
      <time dateTime={new Date(at).toISOString()}>{children}</time>
    </button>
  )
}
