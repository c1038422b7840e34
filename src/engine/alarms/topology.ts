import { mostUpstreams, type Upstream } from '../../shared/alarms.ts'
import type { Server, ServerAddresses } from '../../shared/servers.ts'
import { streamSubject } from '../../shared/subjects.ts'
import type { Door, StreamAddress } from '../servers/streamAddress.ts'
import type { Streams } from '../streams/streams.ts'
import { placeOf } from './openAlarms.ts'

export interface TopologyDeps {
  readonly streams: Pick<Streams, 'isListed' | 'pulledFrom' | 'forwardsTo' | 'forwardedInto'>
  readonly server: (id: string) => Pick<Server, 'name' | 'addresses'> | null
  /** The servers that are asked, by id, and at which host. */
  readonly serverHosts: () => Iterable<readonly [serverId: string, host: string]>
}
/** The streams that one comes from, nearest first; none: its publisher is not a watched server, or it can't be told which. */
export type UpstreamsOf = (serverId: string, path: string) => readonly Upstream[]

/** The port at which a server is read, as far as it is known. */
function portOf(addresses: ServerAddresses, door: Door, encrypted: boolean): number | null {
  const address = door === 'rtmp' ? null : addresses[door]
  const url = address === null ? null : URL.parse(address.replace(/^[a-z]+:/, 'http:'))
  // RTSP has one more port for each of both, of which one is known.
  return url === null || (door === 'rtsp' && encrypted !== address?.startsWith('rtsps:'))
    ? null
    : Number(url.port || (address?.startsWith('https:') ? 443 : 80))
}

/**
 * Which stream of a watched server comes from which one of another, as their configurations say: it is pulled from there, or forwarded there. A host that
 * nobody watches, a port that the server does not have, a path that it never had, or two of them that it may be: nothing is guessed. As everything is by now:
 * what is looked up is kept until the next call, in which all alarms of one moment are placed.
 */
export function createTopology({ streams, server, serverHosts }: TopologyDeps): () => UpstreamsOf {
  return () => {
    const hostOf = new Map(serverHosts())
    const serversAt = Map.groupBy(hostOf, ([, host]) => host)
    /** What forwards anything to a host, and by which name of it. */
    const senders = new Map<string, readonly (readonly [serverId: string, host: string])[]>()
    const sendersTo = (host: string) => {
      const found =
        senders.get(host) ??
        [...hostOf].flatMap(([id, own]) =>
          (own === host ? [host, ''] : [host]).filter((name) => streams.forwardsTo(id, name)).map((name) => [id, name] as const),
        )
      senders.set(host, found)
      return found
    }
    const servers = new Map<string, ReturnType<typeof server>>()
    const serverOf = (id: string) => {
      const found = servers.get(id) ?? server(id)
      servers.set(id, found)
      return found
    }
    const isAt = (id: string, { door, encrypted, port }: StreamAddress): boolean => {
      const found = serverOf(id)
      const known = found && portOf(found.addresses, door, encrypted)
      return found !== null && (known === null || known === port)
    }
    const named = (serverId: string, path: string, by: Upstream['by']): Upstream => ({ serverId, serverName: serverOf(serverId)?.name ?? serverId, path, by })
    const pulled = (serverId: string, path: string): Upstream | null => {
      const from = streams.pulledFrom(serverId, path)
      if (from === null) return null
      const host = from.host === '' ? hostOf.get(serverId) : from.host
      const there = (serversAt.get(host ?? '') ?? []).filter(([id]) => streams.isListed(id, from.path) && isAt(id, from))
      const [only] = there
      return only === undefined || there.length > 1 ? null : named(only[0], from.path, 'pull')
    }
    const forwarded = (serverId: string, path: string): Upstream | null => {
      const own = hostOf.get(serverId)
      if (own === undefined) return null
      const there = sendersTo(own).flatMap(([id, host]) =>
        streams.forwardedInto(id, host, path).flatMap((one) => (isAt(serverId, one.to) ? { id, path: one.path } : [])),
      )
      const [only] = there
      return only === undefined || there.length > 1 ? null : named(only.id, only.path, 'forward')
    }
    return (serverId, path) => {
      const found: Upstream[] = []
      const seen = new Set([placeOf(streamSubject(serverId, path))])
      for (let at: Pick<Upstream, 'serverId' | 'path'> = { serverId, path }; found.length < mostUpstreams; ) {
        const next = pulled(at.serverId, at.path) ?? forwarded(at.serverId, at.path)
        if (next === null || seen.has(placeOf(streamSubject(next.serverId, next.path)))) break
        found.push(next)
        seen.add(placeOf(streamSubject(next.serverId, next.path)))
        at = next
      }
      return found
    }
  }
}
