import { engineFailureText } from '../../i18n/consoleTroubleText.ts'
import { formatTime } from '../../shared/units.ts'
import { reconnectNow, useConnection } from '../app/client.ts'
import { shell } from '../app/connection.ts'
import { language, t } from '../app/words.ts'
import { Banner } from '../ui/Banner.tsx'
import { Button } from '../ui/Button.tsx'
import { Logo } from '../ui/Logo.tsx'

/** Instead of the console while not connected, not signed in, or incompatible with the engine. */
export function EntryPage() {
  const { state, since, why } = useConnection()
  return (
    <main className="flex h-full items-center justify-center p-6">
      <div className="w-[420px] max-w-full rounded-lg border border-line bg-surface px-6 py-5">
        <div className="mb-4 flex items-center gap-2.5 text-lg font-[650]">
          <Logo size={22} />
          mtxdeck
        </div>
        {state === 'signedOut' ? (
          <div role="alert">
            <h1 className="text-xl font-semibold">{t('entry.signedOutTitle')}</h1>
            <p className="mt-1 mb-4 text-muted">{t('entry.signedOutText')}</p>
            <Button look="primary" autoFocus onClick={() => location.reload()} text={t('common.signIn')} />
          </div>
        ) : state === 'mismatch' || state === 'failed' ? (
          <div role="alert">
            <h1 className="text-xl font-semibold">{t(state === 'mismatch' ? 'entry.mismatchTitle' : 'banner.failedTitle')}</h1>
            <p className="mt-1 mb-4 text-muted">{why && engineFailureText(why, language)}</p>
            <Button look="primary" onClick={() => location.reload()} text={t('entry.reload')} />
          </div>
        ) : (
          <div role="status">
            <h1 className="text-xl font-semibold">{t('entry.connectingTitle')}</h1>
            <p className="mt-1 mb-4 text-muted">{t('entry.connectingText', { time: formatTime(since) })}</p>
            {!shell && <Button onClick={reconnectNow}>{t('common.tryNow')}</Button>}
          </div>
        )}
      </div>
    </main>
  )
}

export function ConnectionBanner() {
  const { state, since, why } = useConnection()
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
      title={t('banner.goneTitle', { time: formatTime(since) })}
      actions={shell ? undefined : <Button onClick={reconnectNow}>{t('common.tryNow')}</Button>}
    >
      {t('banner.goneText')}
    </Banner>
  )
}
