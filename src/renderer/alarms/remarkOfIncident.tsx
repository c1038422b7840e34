import { useTranslation } from 'react-i18next'
import type { Alarm } from '../../shared/alarms.ts'
import type { Incident } from '../../shared/incidents.ts'
import { useNow } from '../ui/now.ts'
import { calmWords, isHandled } from './alarmWords.ts'
import { HandlingRemark } from './HandlingRemark.tsx'

/** What the card of an incident says instead of its impact: that it is well again, or who has it. null: neither. */
export function remarkOfIncident(incident: Incident, alarms: readonly Alarm[]): React.ReactNode {
  if (incident.calmSince !== undefined && incident.healedAt === null) return <CalmRemark incident={incident} />
  const alarm = alarms.find(({ id }) => id === incident.lead)
  return alarm && incident.state !== 'unacknowledged' && isHandled(alarm) ? <HandlingRemark alarm={alarm} /> : null
}

function CalmRemark({ incident }: { readonly incident: Incident }) {
  const { t } = useTranslation()
  const now = useNow()
  return <span className="font-normal text-faint text-sm">{calmWords(incident, now, t)}</span>
}
