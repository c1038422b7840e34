import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { engineFailureText } from '../../i18n/consoleTroubleText.ts'
import { formatTime } from '../../shared/units.ts'
import { Banner } from '../ui/Banner.tsx'
import { Button } from '../ui/Button.tsx'
import { TextField } from '../ui/Field.tsx'
import { Logo } from '../ui/Logo.tsx'
import { reconnectNow, useConnection } from './client.ts'
import { shell } from './connection.ts'
import { usePreferences } from './preferences.ts'
import { useLanguage } from './useLanguage.ts'

/** Shown instead of everything else while not connected, not signed in, or incompatible with the engine. */
export function EntryPage() {
  const { t } = useTranslation()
  const { state, since, why } = useConnection()
  const { zone } = usePreferences()
  const language = useLanguage()
  return (
    <main className="flex h-full items-center justify-center p-6">
      <div className="w-[420px] max-w-full rounded-lg border border-line bg-surface px-6 py-5">
        <div className="mb-4 flex items-center gap-2.5 text-lg font-[650]">
          <Logo size={22} />
          mtxdeck
        </div>
        {state === 'signedOut' ? (
          <SignIn />
        ) : state === 'mismatch' || state === 'failed' ? (
          <div role="alert">
            <h1 className="text-xl font-semibold">{t(state === 'mismatch' ? 'entry.mismatchTitle' : 'banner.failedTitle')}</h1>
            <p className="mt-1 mb-4 text-muted">{why && engineFailureText(why, language)}</p>
            <Button look="primary" onClick={() => location.reload()}>
              {t('entry.reload')}
            </Button>
          </div>
        ) : (
          <div role="status">
            <h1 className="text-xl font-semibold">{t('entry.connectingTitle')}</h1>
            <p className="mt-1 mb-4 text-muted">{t('entry.connectingText', { time: formatTime(since, zone) })}</p>
            {!shell && <Button onClick={reconnectNow}>{t('common.tryNow')}</Button>}
          </div>
        )}
      </div>
    </main>
  )
}

function SignIn() {
  const { t } = useTranslation()
  const [token, setToken] = useState('')
  const [trouble, setTrouble] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const signIn = async () => {
    setBusy(true)
    try {
      const answer = await fetch('api/sign-in', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token: token.trim() }),
      })
      if (answer.ok) reconnectNow()
      else setTrouble(t(answer.status === 401 || answer.status === 403 ? 'entry.signInRefused' : 'entry.signInFailed'))
    } catch {
      setTrouble(t('entry.signInFailed'))
    } finally {
      setBusy(false)
    }
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void signIn()
      }}
    >
      <h1 className="text-xl font-semibold">{t('common.signIn')}</h1>
      <p className="mt-1 mb-4 text-muted">{t('entry.signInText')}</p>
      <TextField
        label={t('common.token')}
        type="password"
        autoComplete="current-password"
        autoFocus
        value={token}
        onChange={(event) => {
          setToken(event.target.value)
          setTrouble(null)
        }}
        error={trouble}
      />
      <Button look="primary" type="submit" disabled={busy || token.trim() === ''} className="mt-1 w-full">
        {t('common.signIn')}
      </Button>
    </form>
  )
}

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
