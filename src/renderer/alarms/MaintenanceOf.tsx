import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Server } from '../../shared/servers.ts'
import { formatTime } from '../../shared/units.ts'
import { useKeys } from '../app/keys.ts'
import { toMaintenance } from '../app/links.ts'
import { useMoment } from '../app/moment.ts'
import { usePreferences } from '../app/preferences.ts'
import { Banner } from '../ui/Banner.tsx'
import { buttonLinkClass } from '../ui/Button.tsx'
import { MaintenanceNow } from './MaintenanceNow.tsx'
import { useMaintenanceOf } from './useMaintenance.ts'

interface MaintenanceOfProps {
  readonly server: Server | undefined
  /** null: the server itself. */
  readonly path: string | null
}
/** Marks the page of a server or stream that is in maintenance, and binds the key that announces it. */
export function MaintenanceOf({ server, path }: MaintenanceOfProps) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const past = useMoment() !== null
  const lasting = useMaintenanceOf(server, path)
  const [asked, setAsked] = useState(false)
  useKeys('page', past || server === undefined ? [] : [{ keys: 'm', words: t('common.maintenanceFromNowOn'), run: () => setAsked(true) }])
  return (
    <>
      {lasting?.now && (
        <Banner
          kind="maintenance"
          title={t('maintenance.lasts', { time: formatTime(lasting.now.to, zone) })}
          actions={
            <a href={`#${toMaintenance}`} className={buttonLinkClass}>
              {t('common.maintenanceWindows')}
            </a>
          }
        >
          {lasting.name} · {t('maintenance.lastsText')}
        </Banner>
      )}
      {asked && server !== undefined && <MaintenanceNow on={[{ server: server.name, streams: path === null ? [] : [path] }]} onClose={() => setAsked(false)} />}
    </>
  )
}
