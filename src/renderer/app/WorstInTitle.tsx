import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { severities } from '../../shared/troubles.ts'
import { useConnection } from './client.ts'
import { shell } from './connection.ts'
import { useLiveTroubles, useLiveVerdict } from './fleet.ts'

/** Keeps the worst severity and the number of troubles in the window title and the tray: live ones, even while the window is in the past. Draws nothing. */
export function WorstInTitle() {
  const { t } = useTranslation()
  const { state, hello } = useConnection()
  const troubles = useLiveTroubles()
  const verdict = useLiveVerdict()
  const counts = troubles?.counts
  const worst = severities.find((severity) => (counts?.[severity] ?? 0) > 0) ?? null
  const title =
    troubles !== null && state !== 'ready'
      ? t('frame.titleGone')
      : hello?.bundle
        ? t('past.titleBundle', { name: hello.bundle.name })
        : worst === null
          ? verdict === 'unknown'
            ? t('frame.titleUnknown')
            : t('frame.titleCalm')
          : t('frame.titleTrouble', { count: counts?.[worst] ?? 0, severity: t(`severity.${worst}`) })
  const total = counts?.total ?? 0
  useEffect(() => {
    document.title = title
  }, [title])
  useEffect(() => {
    if (verdict !== null) shell?.setWorst(verdict, worst, total)
  }, [verdict, worst, total])
  return null
}
