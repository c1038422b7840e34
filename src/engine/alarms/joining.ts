import type { StreamOrigin } from '../../shared/alarms.ts'
import { probeSubject, streamSubject } from '../../shared/subjectNames.ts'
import type { AlarmSubject } from '../../shared/subjects.ts'
import type { AlarmRecord } from './alarmLife.ts'
import { type Cluster, createClusters } from './clusters.ts'
import type { Pending } from './judgeOwner.ts'
import { createLiveCounts } from './liveCounts.ts'
import { createMajority } from './majority.ts'
import { type Mark, marksOf } from './marks.ts'
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
