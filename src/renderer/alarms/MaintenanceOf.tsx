import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { isFor, type Maintenance } from '../../shared/maintenance.ts'
import type { Server } from '../../shared/servers.ts'
import { formatTime } from '../../shared/units.ts'
import { orpc, queryClient } from '../app/client.ts'
import { failureWords } from '../app/failureWords.ts'
import { useKeys } from '../app/keys.ts'
import { toMaintenance } from '../app/links.ts'
import { useMoment } from '../app/moment.ts'
import { usePreferences } from '../app/preferences.ts'
import { Banner } from '../ui/Banner.tsx'
import { buttonLinkClass } from '../ui/Button.tsx'
import { MaintenanceNow } from './MaintenanceNow.tsx'

const everyMs = 5_000

/** All maintenance windows now. In the past they are not asked for: only those of now are known. */
export function useMaintenance() {
  const live = useMoment() === null
  const query = useQuery({ ...orpc.maintenance.list.queryOptions(), enabled: live, refetchInterval: everyMs })
  return { plans: live ? query.data : undefined, failed: query.isError && query.data === undefined ? failureWords(query.error) : null }
}

/** The window that lasts now for a server (`path` null) or one of its streams, of several the one that ends last. */
function useMaintenanceOf(server: { readonly name: string; readonly tags: readonly string[] } | undefined, path: string | null): Maintenance | null {
  const { plans = [] } = useMaintenance()
  if (server === undefined) return null
  return plans.reduce<Maintenance | null>(
    (latest, plan) => (plan.now !== null && isFor(plan, server, path) && plan.now.to > (latest?.now?.to ?? 0) ? plan : latest),
    null,
  )
}

/** Reads them again at once, after a change. */
export function renewMaintenance(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: orpc.maintenance.key() })
}

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
