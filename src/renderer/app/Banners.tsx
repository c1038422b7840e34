import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { formatTime } from '../../shared/units.ts'
import { Banner } from '../ui/Banner.tsx'
import { Button } from '../ui/Button.tsx'
import { orpc, reconnectNow, useConnection } from './client.ts'
import { shell } from './connection.ts'
import { useConsoleTrouble } from './fleet.ts'
import { usePreferences } from './preferences.ts'

/** What is wrong with the console itself, above every page. */
export const Banners = () => {
  const { t } = useTranslation()
  const { state, since, words } = useConnection()
  const { zone } = usePreferences()
  const consoleTrouble = useConsoleTrouble()
  const store = useQuery(orpc.history.store.queryOptions({ refetchInterval: 60_000 }))
  // At the start the pages' skeletons say enough.
  if (state === 'connecting') return null
  if (state === 'failed')
    return (
      <Banner kind="critical" title={t('banner.failedTitle')}>
        {words}
      </Banner>
    )
  if (state !== 'ready')
    return (
      <Banner
        kind="critical"
        title={t(shell ? 'banner.restartingTitle' : 'banner.goneTitle', { time: formatTime(since, zone) })}
        actions={shell ? undefined : <Button onClick={reconnectNow}>{t('banner.connectNow')}</Button>}
      >
        {t('banner.goneText')}
      </Banner>
    )
  return (
    <>
      {consoleTrouble !== null && (
        <Banner kind="major" title={t('banner.offlineTitle')}>
          {consoleTrouble}
        </Banner>
      )}
      {store.data?.trouble && (
        <Banner kind="major" title={t('banner.storeTitle')}>
          {store.data.trouble}
        </Banner>
      )}
    </>
  )
}
