import { formatValue } from '../../shared/units.ts'
import { t } from '../app/words.ts'
import { markColor } from '../ui/Mark.tsx'
import { useAlarms } from './fleet.ts'

/** Number of open incidents, in the colour of the worst one, for the rail. */
export function AlarmCount({ collapsed }: { readonly collapsed: boolean }) {
  const alarms = useAlarms()
  // What is judged only now is not among the alarms.
  if (alarms === null || alarms.keptFrom !== null || alarms.open.worst === null) return null
  return (
    <span className={`${markColor[alarms.open.worst]} ${collapsed ? 'absolute top-0 right-0.5 text-xs' : 'ml-auto'} font-semibold`}>
      {formatValue(alarms.open.total, 'count')} <span className="sr-only">{t('overview.troubles')}</span>
    </span>
  )
}
