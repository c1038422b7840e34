import type { Streams } from '../streams/streams.ts'

/** A stream that is forwarded, and by which server. */
export interface Arriving {
  readonly serverId: string
  readonly stream: ReturnType<Streams['forwardedInto']>[number]
}
type Forwards = ReturnType<Streams['forwardIndexOf']>
/** A server that forwards to a host, and by which name of it: to its own machine it may be ''. */
type Sender = readonly [serverId: string, name: string]

/** What arrives at one host. */
interface Arrivals {
  /** By path there. */
  readonly byPath: ReadonlyMap<string, readonly Arriving[]>
  /** Those that forward by patterns, whose streams follow from where they arrive: each is asked. */
  readonly byPattern: readonly Sender[]
}

interface Known {
  readonly hostOf: ReadonlyMap<string, string>
  /** By server. */
  readonly forwards: ReadonlyMap<string, Forwards>
  readonly sendersTo: ReadonlyMap<string, readonly Sender[]>
  /** Of the hosts that were asked for. */
  readonly arrivals: Map<string, Arrivals>
}

/**
 * What servers forward to a path at a host. Indexed by where it arrives, for all servers at once, and kept until a configuration or the host of a server
 * changes: of 300 servers each would have to be asked otherwise for each stream.
 */
export function createForwardArrivals(streams: Pick<Streams, 'forwardIndexOf' | 'forwardedInto'>) {
  let known: Known | null = null
  const isAsBefore = ({ hostOf: before, forwards }: Known, hostOf: ReadonlyMap<string, string>): boolean =>
    before.size === hostOf.size && [...hostOf].every(([id, host]) => before.get(id) === host && forwards.get(id) === streams.forwardIndexOf(id))

  /** `hostOf`: at which host each server is asked. The result holds until one of them changes. */
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
