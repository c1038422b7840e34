import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { OnAir } from '../../shared/onAir.ts'
import { formatStretch, formatTime } from '../../shared/units.ts'
import { toMaintenance } from '../app/links.ts'
import { usePreferences } from '../app/preferences.ts'

/** The plan of a stream: until when it is to be on air, or when next. */
export function OnAirFact({ plan: { name, now: lasts, next } }: { readonly plan: OnAir }) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const [first] = next
  return (
    <>
      <Link to={toMaintenance} className="text-accent hover:underline">
        {name}
      </Link>{' '}
      <span className="text-faint">
        {lasts !== null
          ? t('onAir.until', { time: formatTime(lasts.to, zone) })
          : first === undefined
            ? t('onAir.none')
            : formatStretch(first.from, first.to, zone)}
      </span>
    </>
  )
}
