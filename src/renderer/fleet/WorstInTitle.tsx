import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { useConnection } from '../app/client.ts'
import { shell } from '../app/connection.ts'
import { drawFavicon } from './favicon.ts'
import { useLiveAlarms, useLiveVerdict } from './fleet.ts'

/**
 * Keeps the number of open incidents and their worst severity in the window's title, its icon and the tray: those of now, even while the
 * window is in the past. Draws nothing.
 */
export function WorstInTitle() {
  const { t } = useTranslation()
  const { state, hello } = useConnection()
  const verdict = useLiveVerdict()
  const alarms = useLiveAlarms()
  const { worst = null, total = 0 } = alarms?.open ?? {}
  const untaken = alarms?.counts.unacknowledged ?? 0
  const gone = alarms !== null && state !== 'ready'
  const loud = !gone && untaken > 0 ? worst : null
  const remark = gone
    ? t('frame.engineGone')
    : hello?.bundle
      ? hello.bundle.name
      : loud !== null
        ? `(${total}) ${t(`severity.${loud}`)}`
        : total > 0
          ? t('frame.alarmCount.acknowledged', { count: total })
          : verdict === 'unknown'
            ? t('common.someStatesUnknown')
            : null
  const title = `${remark === null ? '' : `${remark} · `}mtxdeck`
  useEffect(() => {
    document.title = title
  }, [title])
  useEffect(() => drawFavicon(loud), [loud])
  useEffect(() => {
    if (verdict !== null) shell?.setWorst(verdict, worst, total)
  }, [verdict, worst, total])
  return null
}
