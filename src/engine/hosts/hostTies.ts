import { slowIntervalMs } from './hostCollector.ts'
import type { HostFigures } from './hostRates.ts'
import { type HostsDeps, type HostsState, serverIdOf, tiedServers } from './hostsState.ts'
import type { MediaServerPorts } from './mediaChoice.ts'
import { proposedServer } from './proposedServer.ts'
import { mediaServerPorts, pprofPort, usualPprofPort } from './serverPorts.ts'
import type { Watched } from './watchedHost.ts'

/** How often servers are matched with hosts and ports. */
const tieEveryMs = 5_000
/** After three missed readings the number of goroutines is unknown. */
const goroutinesKeptMs = 95_000

/** The media server on a host, and its ports there. */
export interface Tie {
  readonly serverId: string
  readonly ports: MediaServerPorts
  /** Where to read pprof: from here, at an address; or on the host itself, at a port, 0 for not at all. */
  readonly pprof: { readonly address: string } | { readonly port: number }
}

/** The server of a host: tied by an operator, or the only one with its address. Computed for all hosts at once, because there are many servers. */
export function tieOf(hosts: HostsState, watched: Watched): Tie | null {
  if (hosts.clock.monotonic() >= hosts.tiesUntil) {
    hosts.tiesUntil = hosts.clock.monotonic() + tieEveryMs
    const servers = hosts.servers()
    const taken = tiedServers(hosts, () => servers)
    hosts.ties = new Map(
      hosts.list.all().flatMap((one) => {
        const serverId = serverIdOf(hosts, one, () => servers) ?? proposedServer(one.settings.ssh, servers, taken)
        const server = servers.find(({ id }) => id === serverId)
        return server === undefined ? [] : [[one.id, tieTo(hosts, server, one.settings.ssh === null)] as const]
      }),
    )
  }
  return hosts.ties.get(watched.id) ?? null
}

function tieTo(hosts: HostsState, server: ReturnType<HostsDeps['servers']>[number], isHere: boolean): Tie {
  const configuration = hosts.configurationOf(server.id)
  const given = server.addressesGiven?.pprof ?? null
  const port = pprofPort(configuration)
  const isKnown = Object.keys(configuration).length > 0
  const address = given ?? (isHere && isKnown && port > 0 ? `http://127.0.0.1:${port}` : null)
  return { serverId: server.id, ports: mediaServerPorts(server.url, configuration), pprof: address === null ? { port } : { address } }
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
  if (watched.settings.ssh === null && tie !== null && 'port' in tie.pprof && tie.pprof.port !== usualPprofPort) return null
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
