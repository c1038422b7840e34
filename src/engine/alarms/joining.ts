import type { StreamOrigin } from '../../shared/alarms.ts'
import { probeSubject, streamSubject } from '../../shared/subjectNames.ts'
import type { AlarmSubject } from '../../shared/subjects.ts'
import type { AlarmRecord } from './alarmLife.ts'
import { type Cluster, createClusters } from './clusters.ts'
import { createHolding } from './holding.ts'
import { isFresh } from './incidentTally.ts'
import type { Pending } from './judgeOwner.ts'
import { createLiveCounts } from './liveCounts.ts'
import { type Mark, marksOf } from './marks.ts'
import { type OpenAlarms, placeOf } from './openAlarms.ts'
import type { StreamPlace, UpstreamsOf } from './topology.ts'

/** What the streams around an alarm show. */
export interface Surroundings {
  /** Where a stream comes from, as last known; null: nothing is known. */
  readonly originOf: (serverId: string, path: string) => StreamOrigin | null
  /** Number of live streams of a server; null: not known. */
  readonly liveOn: (serverId: string) => number | null
  /** Calls with where each live stream of all servers comes from. */
  readonly eachLive: (visit: (origin: StreamOrigin) => void) => void
  /** The servers that are asked, by id, and at which host. */
  readonly serverHosts: () => Iterable<readonly [serverId: string, host: string]>
  /** Which streams come from which others at this moment. */
  readonly upstreams: () => UpstreamsOf
  /** What is wrong with a server and all that is its, and is not an alarm yet, by `keyOf`. */
  readonly pendingOf: (serverId: string) => ReadonlyMap<string, Pending>
  /** The streams of watched servers that probes read, by the ids of the probes, at this moment. */
  readonly probed: () => ReadonlyMap<string, StreamPlace>
  /** The watched machines, and the server on each. */
  readonly machines: () => Iterable<readonly [hostId: string, serverId: string]>
}

interface ServerHosts {
  readonly serversAt: ReadonlyMap<string, readonly string[]>
  readonly hostOf: ReadonlyMap<string, string>
}

interface ProbedStreams {
  readonly byProbe: ReadonlyMap<string, StreamPlace>
  /** Probes by the place of the stream that they read. */
  readonly at: ReadonlyMap<string, readonly string[]>
}

/** The alarms that are placed in one call, and what was found of them meanwhile: of 10,000 streams each is asked for several times. */
interface Batch {
  /** Incidents of the alarms that are placed now, which are not among the open ones yet. */
  readonly incidents: Set<string>
  /** The alarms that are placed now, by what they are about. */
  readonly placedAt: Map<string, AlarmRecord>
  /** By the id of the alarm. */
  readonly marks: Map<string, readonly Mark[]>
  /** What `ofHow` says of clusters of one server. */
  readonly counted: Map<Cluster, number | null>
  /** The same of `isTie`. */
  readonly tied: Map<Cluster, boolean>
  /** Servers by the host at which they are asked, and the other way round; null: not looked up yet. */
  hosts: ServerHosts | null
  /** null: not looked up yet. */
  probed: ProbedStreams | null
}
const emptyBatch = (): Batch => ({
  incidents: new Set(),
  placedAt: new Map(),
  marks: new Map(),
  counted: new Map(),
  tied: new Map(),
  hosts: null,
  probed: null,
})

/** What is remembered from one call to the next, to find the incident that an alarm joins. */
export interface Joining {
  readonly open: OpenAlarms
  readonly around: Surroundings
  readonly clusters: ReturnType<typeof createClusters>
  readonly live: ReturnType<typeof createLiveCounts>
  readonly holding: ReturnType<typeof createHolding>
  /** The latest outage of each server whose alarm is closed. */
  readonly outages: Map<string, { readonly incident: string; readonly healedAt: number }>
  /** Incidents of lost streams that nothing explains yet, by what they come from: streams, and the servers of these. */
  readonly awaited: Map<string, { readonly incident: string; readonly since: number; readonly seenAt: number }>
  batch: Batch
}
export const createJoining = (open: OpenAlarms, around: Surroundings): Joining => ({
  open,
  around,
  clusters: createClusters(),
  live: createLiveCounts(around.eachLive),
  holding: createHolding(open),
  outages: new Map(),
  awaited: new Map(),
  batch: emptyBatch(),
})
export function beginBatch(joining: Joining): void {
  joining.batch = emptyBatch()
}

export const isOpen = ({ batch, open }: Joining, incident: string, at: number): boolean => batch.incidents.has(incident) || isFresh(open.tally(incident), at)

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
    const place = placeOf(streamSubject(serverId, path))
    at.set(place, [...(at.get(place) ?? []), id])
  }
  batch.probed = { byProbe, at }
  return batch.probed
}
/** The stream of a watched server that an alarm is of, itself or as a probe reads it; null: it is of none. */
export function streamOf(joining: Joining, subject: AlarmSubject): StreamPlace | null {
  if (subject.kind === 'stream') return subject
  return subject.kind === 'probe' ? (probedIn(joining).byProbe.get(subject.probeId) ?? null) : null
}
/** What an alarm is about, and by what else the same is seen: a stream by the probes that read it, and the other way round. */
export function sameAs(joining: Joining, subject: AlarmSubject): readonly AlarmSubject[] {
  const stream = streamOf(joining, subject)
  if (stream === null) return [subject]
  const itself = streamSubject(stream.serverId, stream.path)
  const probes = probedIn(joining).at.get(placeOf(itself))
  return probes === undefined ? [itself] : [itself, ...probes.map(probeSubject)]
}

export function marksIn(joining: Joining, alarm: AlarmRecord): readonly Mark[] {
  const { marks } = joining.batch
  const found = marks.get(alarm.id) ?? marksOf(alarm, (serverId) => hostsOf(joining).hostOf.get(serverId))
  marks.set(alarm.id, found)
  return found
}

export const clustersOf = (joining: Joining, alarm: AlarmRecord, at: number): readonly Cluster[] =>
  marksIn(joining, alarm).map((mark) => joining.clusters.of(alarm, mark, at))

/** Counts an alarm among those that are like it. */
export function enter(joining: Joining, alarm: AlarmRecord, at: number): readonly Cluster[] {
  const own = clustersOf(joining, alarm, at)
  for (const { alarms } of own) alarms.set(placeOf(alarm.subject), alarm)
  return own
}
