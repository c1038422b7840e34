import { useTranslation } from 'react-i18next'
import { engineFailureText } from '../../i18n/engineFailureText.ts'
import { formatTime } from '../../shared/units.ts'
import { Banner } from '../ui/Banner.tsx'
import { Button } from '../ui/Button.tsx'
import { reconnectNow, useConnection } from './client.ts'
import { shell } from './connection.ts'
import { usePreferences } from './preferences.ts'
import { useLanguage } from './useLanguage.ts'

/** Above every page while there is no engine. */
export function ConnectionBanner() {
  const { t } = useTranslation()
  const language = useLanguage()
  const { state, since, why } = useConnection()
  const { zone } = usePreferences()
  // At startup, the pages' skeletons are enough.
  if (state === 'connecting' || state === 'ready') return null
  if (state === 'failed')
    return (
      <Banner kind="critical" title={t('banner.failedTitle')}>
        {why && engineFailureText(why, language)}
      </Banner>
    )
  return (
    <Banner
      kind="critical"
      title={t('banner.goneTitle', { time: formatTime(since, zone) })}
      actions={shell ? undefined : <Button onClick={reconnectNow}>{t('common.tryNow')}</Button>}
    >
      {t('banner.goneText')}
    </Banner>
  )
}
