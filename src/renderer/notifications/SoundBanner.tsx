import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { usePreferences } from '../app/preferences.ts'
import { Banner } from '../ui/Banner.tsx'
import { Button } from '../ui/Button.tsx'
import { soundTurn } from './DeskNotifications.tsx'
import { isTurnTaken } from './oneWindow.ts'
import { unblockVoice, useVoice } from './voice.ts'

const lookEveryMs = 2_000

/** Says that the browser keeps alarms silent until somebody clicks, unless another window sounds. */
export function SoundBanner() {
  const { t } = useTranslation()
  const isUsed = usePreferences().soundSeverities.length > 0
  const isBlocked = useVoice() === 'blocked' && isUsed
  const [isAlone, setAlone] = useState(false)
  useEffect(() => {
    if (!isBlocked) return
    const look = () => void isTurnTaken(soundTurn).then((taken) => setAlone(!taken))
    look()
    const timer = setInterval(look, lookEveryMs)
    return () => {
      clearInterval(timer)
      setAlone(false)
    }
  }, [isBlocked])
  if (!isBlocked || !isAlone) return null
  return <Banner kind="major" title={t('notifications.blocked')} actions={<Button onClick={unblockVoice}>{t('notifications.unblock')}</Button>} />
}
