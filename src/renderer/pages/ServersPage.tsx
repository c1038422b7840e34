import { Plus } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { useConnection } from '../app/client.ts'
import { toServers, toSettings } from '../app/links.ts'
import { useMoment } from '../app/moment.ts'
import { ServersTabs } from '../app/PageTabs.tsx'
import { useFleetKnown, useServers } from '../fleet/fleet.ts'
import { buttonLinkClass } from '../ui/Button.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Panel } from '../ui/Panel.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { ServersWithHosts } from './ServersWithHosts.tsx'

/** All servers, one per row, worst first. */
export function ServersPage() {
  const { t } = useTranslation()
  const known = useFleetKnown()
  const servers = useServers()
  const past = useMoment() !== null
  const fixed = useConnection().hello?.bundle != null || past
  const add = fixed ? undefined : (
    <Link to={`${toSettings}?add`} className={buttonLinkClass}>
      <Plus size={14} aria-hidden="true" /> {t('common.addAServer')}
    </Link>
  )
  return (
    <>
      <h1 className="sr-only">{t('pages.servers')}</h1>
      <ServersTabs at={toServers} />
      {!known ? (
        <Panel className="flex-1" title={t('pages.servers')}>
          <SkeletonRows rows={10} />
        </Panel>
      ) : servers.length === 0 ? (
        <EmptyState title={t(past ? 'past.nothingKept' : 'common.noServersYet')} actions={add}>
          {past ? undefined : t('settings.noneText')}
        </EmptyState>
      ) : (
        <ServersWithHosts whole className="min-h-0 flex-1" actions={add} />
      )}
    </>
  )
}
