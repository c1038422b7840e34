import type { Clock } from '../../clock/clock.ts'
import type { StreamOrigin } from '../../shared/alarms.ts'
import { networkOf } from '../../shared/ipAddresses.ts'
import type { AlarmSubject } from '../../shared/subjectNames.ts'
import { probeSubject, streamSubject } from '../../shared/subjectNames.ts'
import type { AlarmRecord } from './alarmLife.ts'
import { type Cluster, createClusters, createMajority, type Mark, marksOf } from './clusters.ts'
import type { Pending } from './evaluateOwner.ts'
import { type OpenAlarms, subjectKey } from './openAlarms.ts'
import type { StreamPlace, UpstreamsOf } from './topology.ts'

/** The topology and state of streams, servers and probes around an alarm. */
export interface Surroundings {
  /** Last known origin of a stream; null: unknown. */
  readonly originOf: (serverId: string, path: string) => StreamOrigin | null
  /** Number of live streams of a server; null: unknown. */
  readonly liveOn: (serverId: string) => number | null
  /** The same at a moment of the last minutes. */
  readonly liveThen: (serverId: string, then: number) => number | null
  /** Calls `visit` with the origin and the path of each stream on all servers that was live, and until when: `Infinity` if it still is. */
  readonly eachLive: (visit: (origin: StreamOrigin, path: string, liveUntil: number) => void) => void
  /** The polled servers by id, each with its API host. */
  readonly serverHosts: () => Iterable<readonly [serverId: string, host: string]>
  /** Which streams currently come from which others. */
  readonly upstreams: () => UpstreamsOf
  /** Troubles of a server and everything on it that are not alarms yet, by `alarmKey`. */
  readonly pendingOf: (serverId: string) => ReadonlyMap<string, Pending>
  /** The streams of watched servers that probes currently read, by probe id. */
  readonly probed: () => ReadonlyMap<string, StreamPlace>
  /** The watched hosts, each with the server that runs on it. */
  readonly machines: () => Iterable<readonly [hostId: string, serverId: string]>
}

interface ServerHosts {
  readonly serversAt: ReadonlyMap<string, readonly string[]>
  readonly hostOf: ReadonlyMap<string, string>
}

interface ProbedStreams {
  readonly byProbe: ReadonlyMap<string, StreamPlace>
  /** Ids of probes by the place (`subjectKey`) of the stream that they read. */
  readonly at: ReadonlyMap<string, readonly string[]>
}

/** The alarms assigned to incidents in one call, with cached lookups: with 10,000 streams, each would be looked up several times. */
interface Batch {
  /** Incidents of the alarms of this batch, which are not among the open ones yet. */
  readonly incidents: Set<string>
  /** The alarms of this batch by their subject (`subjectKey`). */
  readonly bySubject: Map<string, AlarmRecord>
  /** Marks by alarm id. */
  readonly marks: Map<string, readonly Mark[]>
  /** Results of `populationOf` for clusters of one server. */
  readonly counted: Map<Cluster, number | null>
  /** Results of `isTie`. */
  readonly tied: Map<Cluster, boolean>
  /** Servers by API host, and hosts by server; null: not looked up yet. */
  hosts: ServerHosts | null
  /** null: not looked up yet. */
  probed: ProbedStreams | null
}
const emptyBatch = (): Batch => ({
  incidents: new Set(),
  bySubject: new Map(),
  marks: new Map(),
  counted: new Map(),
  tied: new Map(),
  hosts: null,
  probed: null,
})

/** State kept between calls to find the incident that an alarm joins. */
export interface Joining {
  readonly open: OpenAlarms
  readonly around: Surroundings
  readonly clusters: ReturnType<typeof createClusters>
  readonly live: ReturnType<typeof createLiveCounts>
  readonly majority: ReturnType<typeof createMajority>
  /** The alarm of the latest outage of each server, once it is closed. */
  readonly outages: Map<string, AlarmRecord>
  /** Incidents of what was lost in an outage and is not back after it, by server. */
  readonly left: Map<string, { readonly outage: number; readonly incident: string }>
  /** Incidents of lost streams without an explanation so far, by their sources: the upstream streams and the servers of these. */
  readonly awaited: Map<string, { readonly incident: string; readonly since: number; readonly seenAt: number }>
  batch: Batch
}
export function createJoining(open: OpenAlarms, around: Surroundings): Joining {
  return {
    open,
    around,
    clusters: createClusters(),
    live: createLiveCounts(around.eachLive),
    majority: createMajority(open),
    outages: new Map(),
    left: new Map(),
    awaited: new Map(),
    batch: emptyBatch(),
  }
}
export function beginBatch(joining: Joining): void {
  joining.batch = emptyBatch()
}

/** Whether alarms may join the incident. One that is over is closed. */
export function isOpen({ batch, open }: Joining, incident: string): boolean {
  return batch.incidents.has(incident) || (open.tally(incident)?.ongoing ?? 0) > 0
}

/** Looked up once for each batch. */
export function hostsOf({ batch, around }: Joining): ServerHosts {
  if (batch.hosts !== null) return batch.hosts
  const hostOf = new Map(around.serverHosts())
  const serversAt = new Map<string, string[]>()
  for (const [serverId, host] of hostOf) serversAt.set(host, [...(serversAt.get(host) ?? []), serverId])
  batch.hosts = { serversAt, hostOf }
  return batch.hosts
}

/** Looked up once for each batch. */
function probedIn({ batch, around }: Joining): ProbedStreams {
  if (batch.probed !== null) return batch.probed
  const byProbe = around.probed()
  const at = new Map<string, string[]>()
  for (const [id, { serverId, path }] of byProbe) {
    const place = subjectKey(streamSubject(serverId, path))
    at.set(place, [...(at.get(place) ?? []), id])
  }
  batch.probed = { byProbe, at }
  return batch.probed
}
/** The stream of a watched server that an alarm concerns, directly or because a probe reads it; null: none. */
export function streamOf(joining: Joining, subject: AlarmSubject): StreamPlace | null {
  if (subject.kind === 'stream') return subject
  return subject.kind === 'probe' ? (probedIn(joining).byProbe.get(subject.probeId) ?? null) : null
}
/** The subject of an alarm and all subjects that show the same stream: the stream itself and the probes that read it. */
export function subjectsOfSameStream(joining: Joining, subject: AlarmSubject): readonly AlarmSubject[] {
  const stream = streamOf(joining, subject)
  if (stream === null) return [subject]
  const itself = streamSubject(stream.serverId, stream.path)
  const probes = probedIn(joining).at.get(subjectKey(itself))
  return probes === undefined ? [itself] : [itself, ...probes.map(probeSubject)]
}

export function marksIn(joining: Joining, alarm: AlarmRecord): readonly Mark[] {
  const { marks } = joining.batch
  const found = marks.get(alarm.id) ?? marksOf(alarm, (serverId) => hostsOf(joining).hostOf.get(serverId))
  marks.set(alarm.id, found)
  return found
}

export function clustersOf(joining: Joining, alarm: AlarmRecord, at: number): readonly Cluster[] {
  return marksIn(joining, alarm).map((mark) => joining.clusters.of(alarm, mark, at))
}

/** Adds an alarm to the clusters of similar alarms that it belongs to, and returns these. */
export function addToClusters(joining: Joining, alarm: AlarmRecord, at: number): readonly Cluster[] {
  const own = clustersOf(joining, alarm, at)
  for (const { alarms } of own) alarms.set(subjectKey(alarm.subject), alarm)
  return own
}

/** Maximum number of passes over all streams per second. */
const mostCounts = 3
const cachedMs = 2_000

type EachLive = (visit: (origin: StreamOrigin, path: string, liveUntil: number) => void) => void

/** How many streams share a property: those live now, and those that were live at the moment `then`. */
interface Live {
  readonly then: number
  now: number
  before: number
}

/** Counts streams by shared properties, with keys `kind value`. */
function createLiveCounts(eachLive: EachLive) {
  /** Cached counts. */
  const counted = new Map<string, Readonly<Live>>()
  let countedAt = Number.NEGATIVE_INFINITY
  let counts = 0
  let countsSince = Number.NEGATIVE_INFINITY
  return {
    /** Counts the streams for all of these keys in one pass, unless they are cached. `wanted`: the moment `then` of each. */
    countFor: (wanted: ReadonlyMap<string, number>, at: number): void => {
      if (at - countedAt > cachedMs) counted.clear()
      const missing = [...wanted].filter(([live]) => !counted.has(live))
      if (at - countsSince >= 1_000) {
        counts = 0
        countsSince = at
      }
      if (missing.length === 0 || counts >= mostCounts) return
      counts++
      countedAt = at
      for (const [live, streams] of countLive(eachLive, missing)) counted.set(live, streams)
    },
    /** null: not counted. */
    of: (live: string): Readonly<Live> | null => counted.get(live) ?? null,
  }
}

/** Allocates nothing for streams that match no key: there may be 100,000. */
function countLive(eachLive: EachLive, lives: readonly (readonly [string, number])[]): ReadonlyMap<string, Live> {
  const found = new Map<string, Live>()
  const wanted = {
    address: new Map<string, Live>(),
    network: new Map<string, Live>(),
    source: new Map<string, Live>(),
    agent: new Map<string, Live>(),
    path: new Map<string, Live>(),
  }
  for (const [live, then] of lives) {
    const end = live.indexOf(' ')
    const count = { then, now: 0, before: 0 }
    found.set(live, count)
    wanted[live.slice(0, end) as keyof typeof wanted].set(live.slice(end + 1), count)
  }
  const add = (counts: ReadonlyMap<string, Live>, value: string | null, until: number) => {
    const count = counts.size === 0 || value === null ? undefined : counts.get(value)
    if (count === undefined) return
    if (until === Number.POSITIVE_INFINITY) count.now++
    if (until >= count.then) count.before++
  }
  /** The first three parts of IPv4 networks. */
  const prefixes = new Set(Array.from(wanted.network.keys(), (network) => network.replace(/0\/24$/, '')))
  eachLive(({ address, agent, source }, path, until) => {
    add(wanted.address, address, until)
    add(wanted.source, source, until)
    add(wanted.agent, agent, until)
    add(wanted.path, path, until)
    if (address !== null && prefixes.size > 0 && (address.includes(':') || prefixes.has(address.slice(0, address.lastIndexOf('.') + 1))))
      add(wanted.network, networkOf(address), until)
  })
  return found
}

/** How long numbers of live streams are remembered, ms: most rules raise an alarm within this time after a loss. */
const keptMs = 180_000

/** Remembers how many streams of each server were live, so that of 20 of which 12 went it is said so, although some of them are in no list any more. */
export function createLiveThen(clock: Pick<Clock, 'now'>, liveOn: (serverId: string) => number | null) {
  const kept = new Map<string, readonly { readonly from: number; readonly live: number }[]>()
  return {
    /** The streams of a server were read. */
    note: (serverId: string): void => {
      const counts = kept.get(serverId) ?? []
      const live = liveOn(serverId)
      if (live === null || counts.at(-1)?.live === live) return
      const now = clock.now()
      const first = counts.findLastIndex(({ from }) => from <= now - keptMs)
      kept.set(serverId, [...counts.slice(Math.max(0, first)), { from: now, live }])
    },
    /** null: not known. */
    at: (serverId: string, then: number): number | null => kept.get(serverId)?.findLast(({ from }) => from <= then)?.live ?? null,
  }
}
