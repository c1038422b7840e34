import { useTranslation } from 'react-i18next'
import { formatDateTime, type TimeZoneChoice } from '../../shared/units.ts'
import { goToMoment } from '../app/moment.ts'

interface EventTimeProps {
  readonly at: number
  readonly zone: TimeZoneChoice
  readonly className?: string
  readonly children: React.ReactNode
}
/** Time of an event. A click moves the whole console there. */
export function EventTime({ at, zone, className = '', children }: EventTimeProps) {
  const { t } = useTranslation()
  return (
    <button type="button" title={`${formatDateTime(at, zone)} · ${t('common.goToThisMoment')}`} onClick={() => goToMoment(at)} className={className}>
      <time dateTime={new Date(at).toISOString()}>{children}</time>
    </button>
  )
}
