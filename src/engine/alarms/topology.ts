import type { Clock } from '../../clock/clock.ts'
import { mostUpstreams, type Upstream } from '../../shared/alarms.ts'
import { isLoopback } from '../../shared/ipAddresses.ts'
import type { Server, ServerAddresses } from '../../shared/servers.ts'
import type { Endpoint, StreamAddress } from '../servers/streamAddress.ts'
import type { Streams } from '../streams/streams.ts'

interface TopologyDeps {
  readonly streams: Pick<Streams, 'isListed' | 'pulledFrom' | 'forwardIndexOf' | 'forwardedInto'>
  readonly server: (id: string) => Pick<Server, 'name' | 'addresses'> | null
  readonly serverHosts: () => Iterable<readonly [serverId: string, host: string]>
}
/** The upstream streams of a stream, nearest first; none: its publisher is no watched server, or it is ambiguous. */
export type UpstreamsOf = (serverId: string, path: string) => readonly Upstream[]

/** The port at which a server can be read; null: unknown. */
function portOf(addresses: ServerAddresses, endpoint: Endpoint, encrypted: boolean): number | null {
  const address = endpoint === 'rtmp' ? null : addresses[endpoint]
  const url = address === null ? null : URL.parse(address.replace(/^[a-z]+:/, 'http:'))
  // RTSP has different ports with and without TLS, of which only one is known.
  return url === null || (endpoint === 'rtsp' && encrypted !== address?.startsWith('rtsps:'))
    ? null
    : Number(url.port || (address?.startsWith('https:') ? 443 : 80))
}

export interface StreamPlace {
  readonly serverId: string
  readonly path: string
}

/** Finds streams of watched servers by address. Results are cached and valid for the current state only. */
function createStreamLookup({ streams, server, serverHosts }: Pick<TopologyDeps, 'server' | 'serverHosts'> & { readonly streams: Pick<Streams, 'isListed'> }) {
  const hostOf = new Map(serverHosts())
  const serversAt = Map.groupBy(hostOf.keys(), (id) => hostOf.get(id))
  const servers = new Map<string, ReturnType<typeof server>>()
  const serverOf = (id: string) => {
    const found = servers.get(id) ?? server(id)
    servers.set(id, found)
    return found
  }
  const ports = new Map<string, number | null>()
  const isAt = (id: string, { endpoint, encrypted, port }: StreamAddress): boolean => {
    const key = `${id} ${endpoint} ${encrypted}`
    let known = ports.get(key)
    if (known === undefined) {
      const found = serverOf(id)
      known = found && portOf(found.addresses, endpoint, encrypted)
      ports.set(key, known)
    }
    return known === null || known === port
  }
  return {
    hostOf,
    nameOf: (id: string): string => serverOf(id)?.name ?? id,
    isAt,
    /** The stream with this address on one of these hosts; null: none, or it is ambiguous. */
    streamAt: (address: StreamAddress, hosts: Iterable<string | undefined>): StreamPlace | null => {
      let only: string | null = null
      for (const host of hosts)
        for (const id of serversAt.get(host) ?? []) {
          if (!streams.isListed(id, address.path) || !isAt(id, address)) continue
          if (only !== null) return null
          only = id
        }
      return only === null ? null : { serverId: only, path: address.path }
    },
  }
}

/**
 * Finds from which streams of watched servers others come, according to their configurations: by being pulled, or by being forwarded. Nothing is guessed if
 * the host is not watched, the server does not have this port, it never had this path, or several match. Results are cached until the next call, which is
 * made once for all alarms of one moment.
 */
export function createTopology({ streams, server, serverHosts }: TopologyDeps): () => UpstreamsOf {
  return () => {
    const { hostOf, nameOf, isAt, streamAt } = createStreamLookup({ streams, server, serverHosts })
    const arriving = forwardArrivals(streams, hostOf)
    const named = (serverId: string, path: string, by: Upstream['by']): Upstream => ({ serverId, serverName: nameOf(serverId), path, by })
    const pulled = (serverId: string, path: string): Upstream | null => {
      const from = streams.pulledFrom(serverId, path)
      const found = from && streamAt(from, [from.host === '' ? hostOf.get(serverId) : from.host])
      return found && named(found.serverId, found.path, 'pull')
    }
    const forwarded = (serverId: string, path: string): Upstream | null => {
      const own = hostOf.get(serverId)
      if (own === undefined) return null
      let only: Upstream | null = null
      for (const { serverId: id, stream } of arriving(own, path)) {
        if (!isAt(serverId, stream.to)) continue
        if (only !== null) return null
        only = named(id, stream.path, 'forward')
      }
      return only
    }
    return (serverId, path) => {
      const found: Upstream[] = []
      const seen = new Set([`${serverId} ${path}`])
      let next = pulled(serverId, path) ?? forwarded(serverId, path)
      while (next !== null && found.length < mostUpstreams && !seen.has(`${next.serverId} ${next.path}`)) {
        found.push(next)
        seen.add(`${next.serverId} ${next.path}`)
        next = pulled(next.serverId, next.path) ?? forwarded(next.serverId, next.path)
      }
      return found
    }
  }
}

interface ProbedStreamsDeps extends Pick<TopologyDeps, 'server' | 'serverHosts'> {
  readonly clock: Pick<Clock, 'monotonic'>
  readonly streams: Pick<Streams, 'isListed'>
  /** All probes with the addresses they read. */
  readonly probes: () => Iterable<{ readonly id: string; readonly url: string; readonly canary: { readonly serverId: string } | null }>
  readonly addressOf: (url: string) => StreamAddress | null
}
/** Path name that stands for the canary of a server: real paths of canaries are named after their consoles. */
const canaryName = 'mtxdeck-canary'

/** How long the streams of probes are cached, ms. */
const cachedMs = 5_000

/**
 * The streams of watched servers that probes read, by probe id. Ambiguous addresses are left out. All probes that read back the canary of a server read the
 * same stream, which is in no list.
 */
export function createProbedStreams({ clock, streams, server, serverHosts, probes, addressOf }: ProbedStreamsDeps): () => ReadonlyMap<string, StreamPlace> {
  const findProbed = () => {
    const { hostOf, streamAt } = createStreamLookup({ streams, server, serverHosts })
    const here = new Set([...hostOf.values()].filter((host) => isLoopback(host)))
    const found = new Map<string, StreamPlace>()
    for (const { id, url, canary } of probes()) {
      if (canary !== null) {
        found.set(id, { serverId: canary.serverId, path: canaryName })
        continue
      }
      const address = addressOf(url)
      const place = address && streamAt(address, address.host === '' ? here : [address.host])
      if (place !== null) found.set(id, place)
    }
    return found
  }
  let found: ReadonlyMap<string, StreamPlace> = new Map()
  let until = Number.NEGATIVE_INFINITY
  return () => {
    if (clock.monotonic() >= until) {
      found = findProbed()
      until = clock.monotonic() + cachedMs
    }
    return found
  }
}

/** A forwarded stream with the server that forwards it. */
interface Arriving {
  readonly serverId: string
  readonly stream: ReturnType<Streams['forwardedInto']>[number]
}
type Forwards = ReturnType<Streams['forwardIndexOf']>
/** A server that forwards to a host, and the host name it uses, which may be '' for its own machine. */
type Sender = readonly [serverId: string, name: string]

/** Streams forwarded to one host. */
interface Arrivals {
  /** By path on that host. */
  readonly byPath: ReadonlyMap<string, readonly Arriving[]>
  /** Servers that forward by patterns: their streams depend on the target path, so each is queried. */
  readonly byPattern: readonly Sender[]
}

/**
 * Finds which streams are forwarded to a path on a host. Indexed by target for all servers at once: otherwise each stream would require a query to each of up
 * to 300 servers. `hostOf`: the API host of each server.
 */
function forwardArrivals(streams: TopologyDeps['streams'], hostOf: ReadonlyMap<string, string>): (host: string, path: string) => readonly Arriving[] {
  const forwards = new Map(Array.from(hostOf.keys(), (id) => [id, streams.forwardIndexOf(id)] as const))
  const sendersTo = Map.groupBy(
    [...forwards].flatMap(([id, index]) => Array.from(index.keys(), (name): Sender => [id, name])),
    ([id, name]) => (name === '' ? (hostOf.get(id) ?? '') : name),
  )
  /** By host, filled on demand. */
  const arrivals = new Map<string, Arrivals>()
  return (host, path) => {
    const there = arrivals.get(host) ?? arrivalsOf(sendersTo.get(host) ?? [], forwards)
    arrivals.set(host, there)
    const ofPatterns = there.byPattern.flatMap(([serverId, name]) => streams.forwardedInto(serverId, name, path).map((stream) => ({ serverId, stream })))
    return [...(there.byPath.get(path) ?? []), ...ofPatterns]
  }
}

function arrivalsOf(senders: readonly Sender[], forwards: ReadonlyMap<string, Forwards>): Arrivals {
  const byPath = new Map<string, Arriving[]>()
  const byPattern: Sender[] = []
  for (const [serverId, name] of senders) {
    const there = forwards.get(serverId)?.get(name)
    if (there === undefined) continue
    if (there.patterns.length > 0) {
      byPattern.push([serverId, name])
      continue
    }
    for (const [path, arriving] of there.byPath) {
      const others = byPath.get(path) ?? []
      byPath.set(path, others)
      for (const stream of arriving) others.push({ serverId, stream })
    }
  }
  return { byPath, byPattern }
}
