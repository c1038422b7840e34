import { useEffect } from 'react'
import type { Severity } from '../../shared/severities.ts'
import { useConnection } from '../app/client.ts'
import { shell } from '../app/connection.ts'
import { t } from '../app/words.ts'
import { useLiveAlarms, useLiveVerdict } from './fleet.ts'

/**
 * Keeps the number of open incidents and their worst severity in the window's title, its icon and the tray: those of now, even while the
 * window is in the past. Draws nothing.
 */
export function WorstInTitle() {
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
/** As in the dark theme: the icon stands on the browser's own ground. */
const colors: Readonly<Record<Severity, string>> = { critical: '#ff5257', major: '#ff9130', minor: '#f5cf3a', warning: '#4fb0ff' }
let usual: string | null = null
/** Puts a dot in the colour of a severity on the icon of the browser's tab; null: the icon alone. */
function drawFavicon(severity: Severity | null): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]')
  if (link === null) return
  usual ??= link.href
  link.href = severity === null ? usual : `data:image/svg+xml,${encodeURIComponent(marked(colors[severity]))}`
}
const marked = (color: string) =>
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="5" fill="#10151c"/>' +
  '<path d="M4.5 16V8M8.5 18.5V5.5M12.5 14.5V9.5M16.5 17.5V6.5M20 13.5v-3" fill="none" stroke="#6aa6ff" stroke-width="2" stroke-linecap="round"/>' +
  `<circle cx="18" cy="6" r="6" fill="${color}"/></svg>`
