import { useTranslation } from 'react-i18next'
import type { Alarm } from '../../shared/alarms.ts'
import type { Incident } from '../../shared/incidents.ts'
import { usePreferences } from '../app/preferences.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { useNow } from '../ui/now.ts'
import { calmText, handlingText, isHandled } from './alarmMessage.ts'

/** Says that somebody has a trouble already. Renders nothing if nobody has. */
export function HandlingRemark({ alarm, className = '' }: { readonly alarm: Alarm | undefined; readonly className?: string }) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const language = useLanguage()
  const now = useNow()
  const words = alarm && handlingText(alarm, now, zone, t, language)
  return words ? <span className={`font-normal text-faint text-sm ${className}`}>{words}</span> : null
}

/** What the card of an incident says instead of its impact: that it is well again, or who has it. null: neither. */
export function remarkOfIncident(incident: Incident, alarms: readonly Alarm[]): React.ReactNode {
  if (incident.calmSince !== undefined && incident.healedAt === null) return <CalmRemark incident={incident} />
  const alarm = alarms.find(({ id }) => id === incident.lead)
  return alarm && incident.state !== 'unacknowledged' && isHandled(alarm) ? <HandlingRemark alarm={alarm} /> : null
}

function CalmRemark({ incident }: { readonly incident: Incident }) {
  const { t } = useTranslation()
  const now = useNow()
  return <span className="font-normal text-faint text-sm">{calmText(incident, now, t)}</span>
}
