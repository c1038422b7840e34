import type { Streams } from '../streams/streams.ts'

/** A forwarded stream with the server that forwards it. */
export interface Arriving {
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

interface Known {
  readonly hostOf: ReadonlyMap<string, string>
  /** By server. */
  readonly forwards: ReadonlyMap<string, Forwards>
  readonly sendersTo: ReadonlyMap<string, readonly Sender[]>
  /** By host, filled on demand. */
  readonly arrivals: Map<string, Arrivals>
}

/**
 * Finds which streams are forwarded to a path on a host. Indexed by target for all servers at once, and cached until a configuration or the host of a server
 * changes; otherwise each stream would require a query to each of up to 300 servers.
 */
export function createForwardArrivals(streams: Pick<Streams, 'forwardIndexOf' | 'forwardedInto'>) {
  let known: Known | null = null
  const isAsBefore = ({ hostOf: before, forwards }: Known, hostOf: ReadonlyMap<string, string>): boolean =>
    before.size === hostOf.size && [...hostOf].every(([id, host]) => before.get(id) === host && forwards.get(id) === streams.forwardIndexOf(id))

  /** `hostOf`: the API host of each server. The result is valid until one of them changes. */
  return (hostOf: ReadonlyMap<string, string>): ((host: string, path: string) => readonly Arriving[]) => {
    known = known !== null && isAsBefore(known, hostOf) ? known : knownOf(hostOf, new Map(Array.from(hostOf.keys(), (id) => [id, streams.forwardIndexOf(id)])))
    const { forwards, sendersTo, arrivals } = known
    return (host, path) => {
      const there = arrivals.get(host) ?? arrivalsOf(sendersTo.get(host) ?? [], forwards)
      arrivals.set(host, there)
      const ofPatterns = there.byPattern.flatMap(([serverId, name]) => streams.forwardedInto(serverId, name, path).map((stream) => ({ serverId, stream })))
      return [...(there.byPath.get(path) ?? []), ...ofPatterns]
    }
  }
}

function knownOf(hostOf: ReadonlyMap<string, string>, forwards: ReadonlyMap<string, Forwards>): Known {
  const sendersTo = new Map<string, Sender[]>()
  for (const [id, index] of forwards)
    for (const name of index.keys()) {
      const host = name === '' ? (hostOf.get(id) ?? '') : name
      const senders = sendersTo.get(host)
      if (senders === undefined) sendersTo.set(host, [[id, name]])
      else senders.push([id, name])
    }
  return { hostOf, forwards, sendersTo, arrivals: new Map() }
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
