import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { severities } from '../../shared/troubles.ts'
import { useConnection } from './client.ts'
import { shell } from './connection.ts'
import { useFleetKnown, useTroubles } from './fleet.ts'

/** The window's title and the tray carry the worst severity and the count. Draws nothing. */
export const WorstInTitle = () => {
  const { t } = useTranslation()
  const { state } = useConnection()
  const known = useFleetKnown()
  const { counts } = useTroubles()
  const worst = severities.find((severity) => counts[severity] > 0) ?? null
  const title =
    known && state !== 'ready'
      ? t('frame.titleGone')
      : worst === null
        ? t('frame.titleCalm')
        : t('frame.titleTrouble', { count: counts[worst], severity: t(`severity.${worst}`) })
  useEffect(() => {
    document.title = title
  }, [title])
  useEffect(() => {
    shell?.setWorst(worst, counts.total)
  }, [worst, counts.total])
  return null
}
