import { type ComponentProps, useMemo } from 'react'
import { useServers } from '../fleet/fleet.ts'
import { HostCell, HostCellHead } from '../hosts/HostStrip.tsx'
import { hostOfServer } from '../hosts/hostFigures.ts'
import { useHosts, useHostViews } from '../hosts/useHosts.ts'
import { ServersTable } from '../overview/ServersTable.tsx'

type ServersWithHostsProps = Pick<ComponentProps<typeof ServersTable>, 'className' | 'whole' | 'actions'>

/** Servers with the machines under them, where there are any. */
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
