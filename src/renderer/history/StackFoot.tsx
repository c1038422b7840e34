import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

export const eventLanePx = 34

interface StackFootProps {
  readonly legendPx: number
  readonly events: ReactNode
  readonly axis: ReactNode
}
/** Events and time axis. They stay visible while the lanes scroll. */
export function StackFoot({ legendPx, events, axis }: StackFootProps) {
  const { t } = useTranslation()
  return (
    <div data-foot className="sticky bottom-0 z-20 bg-surface">
      <div className="flex border-t border-line" style={{ height: eventLanePx }}>
        <div className="flex-none truncate pt-2 text-sm text-muted" style={{ width: legendPx }} data-text>
          {t('common.whatHappened')}
        </div>
        {events}
      </div>
      <div style={{ marginLeft: legendPx }}>{axis}</div>
    </div>
  )
}
