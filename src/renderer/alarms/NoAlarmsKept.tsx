import { useTranslation } from 'react-i18next'
import { formatDateTime } from '../../shared/units.ts'
import { goToMoment } from '../app/moment.ts'
import { usePreferences } from '../app/preferences.ts'
import { Button } from '../ui/Button.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Mark } from '../ui/Mark.tsx'

/** Instead of a list, at a moment of which no alarms are kept. `since`: from when on they are. */
export function NoAlarmsKept({ since }: { readonly since: number }) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const icon = <Mark kind="unknown" size={24} />
  const back = <Button onClick={() => goToMoment(null)}>{t('common.backToNow')}</Button>
  return (
    <EmptyState
      icon={icon}
      title={t('alarms.atMoment.since', { time: formatDateTime(since, zone) })}
      actions={
        <>
          <Button onClick={() => goToMoment(since)}>{t('common.goToThisMoment')}</Button>
          {back}
        </>
      }
    />
  )
}
