import { slowIntervalMs } from './hostCollector.ts'
import type { HostFigures } from './hostRates.ts'
import type { HostsDeps, HostsState, Watched } from './hostsState.ts'
import { defaultPprofPort, type MediaServerPorts, mediaServerPorts, portOfUrl, pprofPort } from './mediaChoice.ts'
import { serverNamed, serversByHost } from './serversAt.ts'

/** How often servers are matched with hosts and ports. */
const tieEveryMs = 5_000
/** After three missed readings the number of goroutines is unknown. */
const goroutinesKeptMs = 95_000

type KnownServer = ReturnType<HostsDeps['servers']>[number]

/** A media server on a host, and its ports there. */
export interface Tie {
  readonly serverId: string
  /** By an operator. */
  readonly isLinked: boolean
  readonly ports: MediaServerPorts
  /** Where to read pprof: from here, at an address; or on the host itself, at a port, 0 for not at all. */
  readonly pprof: { readonly address: string } | { readonly port: number }
}

/** The server that an operator linked to a host; null: none, or it was removed since. */
export function serverIdOf(hosts: HostsState, { settings, serverName }: Watched, servers = hosts.servers()): string | null {
  const found = serverName === null ? servers.find(({ id }) => id === settings.serverId) : serverNamed(serverName, servers)
  return found?.id ?? null
}

/** The servers on a host: the one that an operator linked to it, then those with its address. Computed for all hosts at once, because there are many servers. */
export function tiesOf(hosts: HostsState, watched: Watched): readonly Tie[] {
  if (hosts.clock.monotonic() >= hosts.tiesUntil) {
    hosts.tiesUntil = hosts.clock.monotonic() + tieEveryMs
    const servers = hosts.servers()
    const at = serversByHost(servers)
    const linkedTo = new Map(hosts.list.all().map((one) => [one.id, serverIdOf(hosts, one, servers)]))
    const linked = new Set(linkedTo.values())
    hosts.ties = new Map(
      hosts.list.all().map((one) => {
        const own = servers.filter(({ id }) => id === linkedTo.get(one.id))
        const found = at(one.settings.ssh).filter((server, _, all) => !linked.has(server.id) && runsOn(hosts, one, server, all))
        return [one.id, [...own, ...found].map((server) => tieTo(hosts, server, one.settings.ssh === null, own.includes(server)))] as const
      }),
    )
  }
  return hosts.ties.get(watched.id) ?? []
}

/** The server on a host whose process it shows: the linked one, or the only one. */
export function mainTie(hosts: HostsState, watched: Watched): Tie | null {
  const [first, ...others] = tiesOf(hosts, watched)
  return first !== undefined && (first.isLinked || others.length === 0) ? first : null
}

/**
 * Whether a server with the address of a host runs there. On this machine that may be the end of a tunnel: not if all of its media servers' processes show
 * their ports, and none has listened at this one. `all`: the servers with this address.
 */
function runsOn(hosts: HostsState, { settings, reading, listened }: Watched, server: KnownServer, all: readonly KnownServer[]): boolean {
  const processes = reading?.mediaProcesses ?? []
  if (settings.ssh !== null || processes.length === 0 || processes.some(({ ports }) => ports === null)) return true
  const outside = portOfUrl(server.url)
  const { api: inside } = mediaServerPorts(server.url, hosts.configurationOf(server.id))
  return listened.has(outside) || (listened.has(inside) && !all.some(({ url }) => portOfUrl(url) === inside))
}

function tieTo(hosts: HostsState, server: KnownServer, isHere: boolean, isLinked: boolean): Tie {
  const configuration = hosts.configurationOf(server.id)
  const given = server.addressesGiven?.pprof ?? null
  const port = pprofPort(configuration)
  const isKnown = Object.keys(configuration).length > 0
  const address = given ?? (isHere && isKnown && port > 0 ? `http://127.0.0.1:${port}` : null)
  return { serverId: server.id, isLinked, ports: mediaServerPorts(server.url, configuration), pprof: address === null ? { port } : { address } }
}

/** Discards the ties, because settings of servers or hosts have changed. */
export function forgetTies(hosts: HostsState): void {
  hosts.tiesUntil = Number.NEGATIVE_INFINITY
}

/** Goroutines of the shown process. On the host itself, any media server may be answering at pprof's port. */
export function goroutinesOf(hosts: HostsState, watched: Watched, tie: Tie | null, figures: HostFigures): number | null {
  if (tie !== null && 'address' in tie.pprof) {
    const { goroutines } = watched
    return goroutines !== null && hosts.clock.monotonic() - goroutines.at < goroutinesKeptMs ? goroutines.count : null
  }
  // This machine's pprof is only read at its default port.
  if (watched.settings.ssh === null && tie !== null && 'port' in tie.pprof && tie.pprof.port !== defaultPprofPort) return null
  return figures.mediaProcesses.length === 1 || (tie !== null && Object.keys(hosts.configurationOf(tie.serverId)).length > 0) ? figures.goroutines : null
}

export function askGoroutines(hosts: HostsState, watched: Watched, tie: Tie | null, signal: AbortSignal): void {
  if (tie === null || !('address' in tie.pprof) || hosts.clock.monotonic() < watched.goroutinesAt) return
  watched.goroutinesAt = hosts.clock.monotonic() + slowIntervalMs
  hosts.list.track(hosts.readGoroutines(tie.serverId, tie.pprof.address, signal)).then(
    (count) => {
      watched.goroutines = { count, at: hosts.clock.monotonic() }
    },
    (error) => {
      if (!signal.aborted) hosts.log.error({ hostId: watched.id, err: error }, 'its goroutines could not be asked for')
    },
  )
}
