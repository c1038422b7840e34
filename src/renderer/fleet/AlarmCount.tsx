import { useTranslation } from 'react-i18next'
import { severities } from '../../shared/troubles.ts'
import { formatValue } from '../../shared/units.ts'
import { markColor } from '../ui/Mark.tsx'
import { useAlarms } from './fleet.ts'

/** State of the incidents that are counted. */
const state = 'unacknowledged'

/** Number of unacknowledged incidents, in the colour of the worst one, for the rail. */
export function AlarmCount({ collapsed }: { readonly collapsed: boolean }) {
  const { t } = useTranslation()
  const alarms = useAlarms()
  const worst = severities.find((severity) => (alarms?.bySeverity[state][severity] ?? 0) > 0)
  // What is judged only now is not among the alarms.
  if (alarms === null || alarms.keptFrom !== null || worst === undefined) return null
  const count = formatValue(alarms.counts[state], 'count')
  return (
    <span className={`${markColor[worst]} ${collapsed ? 'absolute top-0 right-0.5 text-xs' : 'ml-auto'} font-semibold`}>
      {count} <span className="sr-only">{t(`alarms.state.${state}`)}</span>
    </span>
  )
}
