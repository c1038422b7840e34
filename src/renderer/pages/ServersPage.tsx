import { Plus } from 'lucide-react'
import { type ComponentProps, useMemo } from 'react'
import { Link } from 'react-router'
import { useConnection } from '../app/client.ts'
import { toServers, toSettings } from '../app/links.ts'
import { useMoment } from '../app/moment.ts'
import { RelatedTabs } from '../app/PageTabs.tsx'
import { t } from '../app/words.ts'
import { useFleetKnown, useServers } from '../fleet/fleet.ts'
import { useMay } from '../fleet/me.tsx'
import { HostCell, HostCellHead } from '../hosts/HostStrip.tsx'
import { hostOfServer } from '../hosts/hostFigures.ts'
import { useHosts, useHostViews } from '../hosts/useHosts.ts'
import { ServersTable } from '../overview/ServersTable.tsx'
import { buttonLinkClass } from '../ui/Button.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Panel } from '../ui/Panel.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'

export function ServersPage() {
  const known = useFleetKnown()
  const servers = useServers()
  const past = useMoment() !== null
  const fixed = useConnection().hello?.bundle != null || past
  const may = useMay('administer')
  const add =
    fixed || !may ? undefined : (
      <Link to={`${toSettings}?add`} className={buttonLinkClass}>
        <Plus size={14} aria-hidden="true" /> {t('common.addAServer')}
      </Link>
    )
  return (
    <>
      <h1 className="sr-only">{t('pages.servers')}</h1>
      <RelatedTabs of="servers" at={toServers} />
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

type ServersWithHostsProps = Pick<ComponentProps<typeof ServersTable>, 'className' | 'whole' | 'actions'>

export function ServersWithHosts(props: ServersWithHostsProps) {
  const { hosts } = useHosts()
  const servers = useServers()
  const under = useMemo(() => servers.flatMap(({ id }) => hostOfServer(hosts, id) ?? []), [hosts, servers])
  const views = useHostViews(under)
  if (under.length === 0) return <ServersTable {...props} />
  const byId = new Map((views ?? []).map((view) => [view.host.id, view]))
  return (
    <ServersTable
      {...props}
      hostHead={<HostCellHead />}
      hostCell={(serverId, wide) => {
        const found = hostOfServer(hosts, serverId)
        const view = found && byId.get(found.id)
        return view ? <HostCell view={view} wide={wide} /> : null
      }}
    />
  )
}
