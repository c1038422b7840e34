import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { consoleTroubleText } from '../../i18n/consoleTroubleText.ts'
import { reasonText } from '../../i18n/reasonText.ts'
import { type ConsoleTrouble, shownAs } from '../../shared/consoleTroubles.ts'
import type { StoreFigures } from '../../shared/history.ts'
import { orpc, queryClient, useConnection } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { useMoment } from '../app/moment.ts'
import { setPreferences, usePreferences } from '../app/preferences.ts'
import { language, t } from '../app/words.ts'
import { Banner } from '../ui/Banner.tsx'
import { Button } from '../ui/Button.tsx'
import { useConsoleWhy, useFleetFailure, useLiveAlarms } from './fleet.ts'

/** What is wrong with the console itself, above every page. */
export function ConsoleBanners() {
  const { state } = useConnection()
  const past = useMoment() !== null
  const troubleNow = useConsoleWhy()
  const failure = useFleetFailure()
  const consoleWhy = past ? null : troubleNow
  const store = useQuery(orpc.history.store.queryOptions({ refetchInterval: 60_000 }))
  // An alarm and the banner about the same change together.
  const ownAlarms = (useLiveAlarms()?.list ?? [])
    .filter(({ subject }) => subject.kind === 'console')
    .map(({ id, healedAt }) => `${id} ${healedAt}`)
    .join()
  useEffect(() => {
    if (ownAlarms !== '') void queryClient.invalidateQueries({ queryKey: orpc.history.store.key() })
  }, [ownAlarms])
  if (state !== 'ready') return null
  return (
    <>
      {failure !== null && (
        <Banner kind="critical" title={t('banner.fleetTitle')}>
          {failureText(failure)}
        </Banner>
      )}
      {consoleWhy !== null && (
        <Banner kind="critical" title={t('banner.offlineTitle')}>
          {reasonText(consoleWhy, language)}
        </Banner>
      )}
      {store.data?.why && <StoreTrouble trouble={store.data.why} />}
      {store.data && <SetAside files={store.data.setAside} />}
    </>
  )
}

/** A data folder may lie there on purpose: that banner can be dismissed. */
function StoreTrouble({ trouble }: { readonly trouble: ConsoleTrouble }) {
  const words = consoleTroubleText(trouble, language)
  const { folderTroubleSeen } = usePreferences()
  const { kind, severity } = shownAs(trouble)
  const canDismiss = kind === 'folderUnfit'
  if (canDismiss && folderTroubleSeen === trouble.kind) return null
  return (
    <Banner
      kind={severity}
      title={t(`banner.title.${kind}`)}
      actions={canDismiss && <Button onClick={() => setPreferences({ folderTroubleSeen: trouble.kind })}>{t('store.seen')}</Button>}
    >
      {words}
    </Banner>
  )
}

/** The files stay where they are when the banner is dismissed. */
function SetAside({ files }: { readonly files: StoreFigures['setAside'] }) {
  const { setAsideSeenAt } = usePreferences()
  const unseen = files.filter(({ at }) => at > setAsideSeenAt)
  const [first] = unseen
  if (first === undefined) return null
  const newest = unseen.reduce((latest, file) => (file.at > latest.at ? file : latest), first)
  return (
    <Banner
      kind="minor"
      title={`${t('store.setAside', { file: newest.file })}${unseen.length > 1 ? ` ${t('store.setAsideMore', { count: unseen.length - 1 })}` : ''}`}
      actions={<Button onClick={() => setPreferences({ setAsideSeenAt: newest.at })}>{t('store.seen')}</Button>}
    >
      {t('store.setAsideText')}
    </Banner>
  )
}
