import { useTranslation } from 'react-i18next'
import type { Alarm } from '../../shared/alarms.ts'
import { usePreferences } from '../app/preferences.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { useNow } from '../ui/now.ts'
import { handlingWords } from './alarmWords.ts'

/** Says that somebody has a trouble already. Renders nothing if nobody has. */
export function HandlingRemark({ alarm, className = '' }: { readonly alarm: Alarm | undefined; readonly className?: string }) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const language = useLanguage()
  const now = useNow()
  const words = alarm && handlingWords(alarm, now, zone, t, language)
  return words ? <span className={`font-normal text-faint text-sm ${className}`}>{words}</span> : null
}
