import { randomUUID } from 'node:crypto'
import { type AlikeKind, isReach, type StreamOrigin, topicOf, type Upstream } from '../../shared/alarms.ts'
import type { EventKind } from '../../shared/events.ts'
import { isLoopback } from '../../shared/ipAddresses.ts'
import { severityRank, worstIn } from '../../shared/severities.ts'
import type { AlarmSubject } from '../../shared/subjectNames.ts'
import { hostSubject, ownerIdOf, pathOf, probeSubject, serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import { type AlarmRecord, apartMs, type ChangedAlarm, lastedAt } from './alarmLife.ts'
import { type Cluster, Clusters, type EachLive, firstOf, isLarge, isWithin, LiveCounts, type LiveThen, Majority, type Mark, marksOf } from './clusters.ts'
import type { Pending } from './evaluateOwner.ts'
import { alarmKey, freshMs, type OpenAlarms, subjectKey } from './openAlarms.ts'
import type { StreamPlace, UpstreamsOf } from './topology.ts'

/** The topology and state of streams, servers and probes around an alarm. */
export interface Surroundings {
  /** Last known origin of a stream; null: unknown. */
  readonly originOf: (serverId: string, path: string) => StreamOrigin | null
  /** Whether a stream was ever seen on air. */
  readonly wasSeen: (serverId: string, path: string) => boolean
  /** Number of live streams of a server; null: unknown. */
  readonly liveOn: (serverId: string) => number | null
  /** The same at a moment of the last minutes, and once it was another number soon after. */
  readonly liveThen: (serverId: string, then: number) => LiveThen | null
  readonly eachLive: EachLive
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

/** Clusters that nothing joined for this long are forgotten, ms. */
const forgottenMs = 120_000
/** An end is told by now if its incident was well for this long, ms: what goes wrong again is another outage, with a message thread of its own. */
const anotherMs = 90_000
/** An outage of a server takes over the incident of streams of it that were lost at most this long before, ms. */
const earlierMs = 10_000
/** Maximum time between the onsets of alarms of one stream, server or host, or of an outage or restart of a machine and its server, with one cause, ms. */
const concurrentMs = 60_000
/** Properties whose failure takes down all streams that share them. */
const singleFaultKinds: ReadonlySet<AlikeKind> = new Set(['address', 'source', 'network'])
/** Two coincident faults may be chance. */
const leastFaults = 3

/** The alarms assigned to incidents in one call, and what is looked up for them only once: with 10,000 streams, each would be looked up several times. */
class Batch {
  /** Incidents of these alarms, which are not among the open ones yet. */
  readonly incidents = new Set<string>()
  /** The alarms by `subjectKey`. */
  readonly bySubject = new Map<string, AlarmRecord>()
  /** By alarm id. */
  readonly marks = new Map<string, readonly Mark[]>()
  /** How many streams could share a cluster of one server. */
  readonly counted = new Map<Cluster, number | null>()
  /** API hosts by server, and servers by API host. */
  readonly hostOf: ReadonlyMap<string, string>
  readonly serversAt: ReadonlyMap<string | undefined, readonly string[]>
  /** Streams by probe, and probes by the `subjectKey` of the stream that they read. */
  readonly probed: ReadonlyMap<string, StreamPlace>
  readonly probesAt: ReadonlyMap<string, readonly string[]>
  constructor({ serverHosts, probed }: Pick<Surroundings, 'serverHosts' | 'probed'>) {
    this.hostOf = new Map(serverHosts())
    this.serversAt = Map.groupBy(this.hostOf.keys(), (id) => this.hostOf.get(id))
    this.probed = probed()
    const placeOf = ({ serverId, path }: StreamPlace) => subjectKey(streamSubject(serverId, path))
    this.probesAt = Map.groupBy(this.probed.keys(), (id) => placeOf(this.probed.get(id) as StreamPlace))
  }
}

const isOffAir = (alarm: AlarmRecord): boolean => topicOf(alarm) === 'air'
const lossAlarmOf = ({ serverId, path }: StreamPlace) => ({ kind: 'streamGone', subject: streamSubject(serverId, path) }) as const
const restarts: ReadonlySet<string> = new Set<EventKind>(['serverRestarted', 'serverUpgraded', 'hostRestarted', 'mediaServerRestarted'])
/** Whether a machine or its server is down or was restarted. */
const isDownOrRestarted = (alarm: AlarmRecord): boolean =>
  alarm.kind === 'hostDown' || isReach(alarm) || (alarm.why.kind === 'happened' && restarts.has(alarm.why.event.kind))
const isOutage = (one: Pick<AlarmRecord, 'kind' | 'rule'>) => topicOf(one) === 'air' || topicOf(one) === 'reach'
/** Number of streams including those still on air. A stream that loses packets is itself live. */
const populationSize = (alarm: AlarmRecord, size: number, others: number): number => (isOffAir(alarm) ? size + others : Math.max(size, others))
/** `of`, if `size` is at least half of it. */
const ifAtLeastHalf = (size: number, of: number): number | null => (size * 2 >= of ? of : null)

/** Assigns new alarms to incidents: alarms that have the same cause, as far as the figures show, form one incident. */
export class IncidentJoiner {
  readonly #open: OpenAlarms
  readonly #around: Surroundings
  readonly #startedAt: number
  readonly #clusters = new Clusters()
  readonly #live: LiveCounts
  readonly #majority: Majority
  /** The alarm of the latest outage of each server, once it is closed. */
  readonly #outages = new Map<string, AlarmRecord>()
  /** Incidents of what was lost in an outage and is not back after it, by server. */
  readonly #left = new Map<string, { readonly outage: number; readonly incident: string }>()
  /** Incidents of lost streams without an explanation so far, by their sources: the upstream streams and the servers of these. */
  readonly #awaited = new Map<string, { readonly incident: string; readonly since: number; readonly seenAt: number }>()
  #batch = new Batch({ serverHosts: () => [], probed: () => new Map() })
  #isRestored = false
  #forgotAt: number

  constructor(open: OpenAlarms, around: Surroundings, now: number) {
    this.#open = open
    this.#around = around
    this.#live = new LiveCounts(around.eachLive)
    this.#majority = new Majority(open)
    this.#startedAt = now
    this.#forgotAt = now
  }

  /** Returns the changes, with each new alarm assigned to its incident. */
  join(changed: readonly ChangedAlarm[], at: number): readonly ChangedAlarm[] {
    for (const { alarm } of changed) if (alarm.closed !== null && isReach(alarm)) this.#outages.set(ownerIdOf(alarm.subject), alarm)
    const fresh = new Set(changed.filter((one) => this.#isNew(one, at)).map(({ alarm }) => alarm.id))
    if (fresh.size === 0) return changed
    this.#batch = new Batch(this.#around)
    // Not at creation, as servers are loaded later.
    if (!this.#isRestored) this.#restore()
    this.#isRestored = true
    if (at - this.#forgotAt >= forgottenMs / 10) this.#forget(at)
    const withOrigins = this.#originsAdded(changed, fresh)
    const wanted = new Set<Cluster>()
    for (const { alarm } of withOrigins)
      if (fresh.has(alarm.id)) for (const cluster of this.#addToClusters(alarm, at)) if (isLarge(cluster)) wanted.add(cluster)
    const counted = [...wanted].flatMap((cluster) => (cluster.live === null ? [] : [[cluster.live, firstOf(cluster)] as const]))
    if (counted.length > 0) this.#live.countFor(new Map(counted), at)
    return withOrigins.map((one) => (fresh.has(one.alarm.id) ? this.#inItsIncident(one, at) : one))
  }

  /** Raised, or returned after it was well for a while, or after the outage by which it was lost before. */
  #isNew({ alarm, changes }: ChangedAlarm, at: number): boolean {
    if (changes.some(({ kind }) => kind === 'raised')) return true
    if (!changes.some(({ kind }) => kind === 'returned')) return false
    const { incident, subject, since } = alarm
    const outage = isReach(alarm) ? undefined : this.#outageOf(ownerIdOf(subject))
    const wellSince = this.#open.get(alarm.id)?.healedAt ?? at
    return at - wellSince > freshMs || (outage?.incident === incident && !lastedAt(outage, since))
  }

  #restore(): void {
    for (const alarm of this.#open.all()) {
      if (this.#startedAt - alarm.raisedAt > forgottenMs) continue
      const own = this.#addToClusters(alarm, this.#startedAt)
      for (const cluster of own) cluster.incident ??= alarm.incident
      this.#majority.count(own, alarm.incident)
      this.#awaitUpstreams(alarm, alarm.raisedAt)
    }
    // Those of alarms that have returned are to be looked up again.
    this.#batch.marks.clear()
  }

  #forget(at: number): void {
    this.#forgotAt = at
    this.#clusters.forgetBefore(at - forgottenMs)
    for (const [serverId, { closed }] of this.#outages) if (at - (closed?.at ?? 0) > forgottenMs) this.#outages.delete(serverId)
    for (const [serverId, { incident }] of this.#left) if (!this.#isOpen(incident)) this.#left.delete(serverId)
    this.#majority.forget((incident) => !this.#isOpen(incident))
    for (const [place, { seenAt }] of this.#awaited) if (at - seenAt > forgottenMs) this.#awaited.delete(place)
  }

  /** Adds to new alarms of streams where these come from. */
  #originsAdded(changed: readonly ChangedAlarm[], fresh: ReadonlySet<string>): readonly ChangedAlarm[] {
    let upstreamsOf: UpstreamsOf | null = null
    return changed.map((one) => {
      const { alarm } = one
      if (!fresh.has(alarm.id) || alarm.subject.kind !== 'stream') return one
      const { serverId, path } = alarm.subject
      const origin = this.#around.originOf(serverId, path)
      upstreamsOf ??= this.#around.upstreams()
      const upstreams = isOffAir(alarm) && this.#outageIncident(serverId, alarm.since) === null ? upstreamsOf(serverId, path) : []
      const { upstreams: _, neverLive: __, ...rest } = alarm
      const neverLive = !this.#around.wasSeen(serverId, path) && { neverLive: true }
      return { ...one, alarm: { ...rest, ...neverLive, ...(origin !== null && { origin }), ...(upstreams.length > 0 && { upstreams: [...upstreams] }) } }
    })
  }

  /** The alarm in its incident; one that has returned notes which it left, so that the past knows. */
  #inItsIncident({ alarm, changes }: ChangedAlarm, at: number): ChangedAlarm {
    const left = this.#open.get(alarm.id)?.incident
    const placed = this.#place(alarm, at)
    if (left === undefined || left === placed.incident) return { alarm: placed, changes }
    return { alarm: placed, changes: changes.map((change) => (change.kind === 'returned' ? { ...change, left } : change)) }
  }

  #place(alarm: AlarmRecord, at: number): AlarmRecord {
    const explained = this.#explaining(alarm)
    const earlier = explained === null ? this.#beforeOutage(alarm, at) : null
    const related = explained ?? earlier ?? this.#concurrent(alarm)
    const downstream = related === null ? this.#downstream(alarm) : null
    const own = this.#clustersOf(alarm, at)
    /** The clusters that link the alarm to others, each with how many streams or servers share it. */
    const shared = own.flatMap((cluster) => {
      const of = this.#populationOf(cluster, alarm)
      return of === null ? [] : [{ cluster, of }]
    })
    const known = related ?? downstream
    const tied = known === null ? this.#tied(shared.map(({ cluster }) => cluster)) : null
    // Alarms that begin together are stronger evidence than a trouble that the subject already had.
    const joined = known ?? tied ?? this.#flapping(alarm) ?? (shared.length > 0 ? null : this.#ongoing(alarm))
    const incident = joined ?? this.#ownIncident(alarm, at)
    this.#batch.incidents.add(incident)
    for (const cluster of own)
      if (cluster.incident === null || !this.#isOpen(cluster.incident)) {
        cluster.incident = incident
        cluster.inIncident = 0
      }
    if (earlier !== null || downstream !== null || joined === null) this.#majority.rootFound(own, incident)
    else if (tied !== null) this.#majority.joined(own, incident)
    else if (explained === null) this.#majority.count(own, incident)
    const { alike: _, ...rest } = alarm
    const alike = Object.fromEntries(shared.map(({ cluster: { kind }, of }) => [kind, of]))
    const placed: AlarmRecord = { ...rest, incident, ...(shared.length > 0 && { alike }) }
    this.#batch.bySubject.set(subjectKey(alarm.subject), placed)
    if (explained === null) {
      this.#awaitUpstreams(placed, at)
      this.#noteLeft(placed)
    }
    return placed
  }

  /** The incident that begins with an alarm. */
  #ownIncident(alarm: AlarmRecord, at: number): string {
    const before = this.#open.get(alarm.id)
    if (before === undefined || before.healedAt === null) return alarm.id
    if (at - before.healedAt > anotherMs) return randomUUID()
    // That of another alarm, which it left, is not taken along; an own one that was told earlier is not begun again.
    const isOthers = before.incident !== alarm.id && this.#open.get(before.incident) !== undefined
    if (isOthers) return before.since <= before.raisedAt ? alarm.id : randomUUID()
    return before.incident
  }

  /** Whether alarms may join the incident. One that is over is closed. */
  #isOpen(incident: string): boolean {
    return this.#batch.incidents.has(incident) || (this.#open.extent(incident)?.ongoing ?? 0) > 0
  }

  /** The subject of an alarm and all subjects that show the same stream: the stream itself and the probes that read it. */
  #subjectsOfSameStream(subject: AlarmSubject): readonly AlarmSubject[] {
    const stream = subject.kind === 'stream' ? subject : subject.kind === 'probe' ? this.#batch.probed.get(subject.probeId) : undefined
    if (stream === undefined) return [subject]
    const itself = streamSubject(stream.serverId, stream.path)
    return [itself, ...(this.#batch.probesAt.get(subjectKey(itself)) ?? []).map(probeSubject)]
  }
  /** All alarms of a subject, those being placed now first. */
  #allAt(subject: AlarmSubject): readonly AlarmRecord[] {
    const same = this.#subjectsOfSameStream(subject)
    return [...same.flatMap((one) => this.#batch.bySubject.get(subjectKey(one)) ?? []), ...same.flatMap((one) => [...this.#open.at(one).values()])]
  }

  // What explains an alarm: servers that are down, and upstream streams.

  #outageOf(serverId: string): AlarmRecord | undefined {
    return this.#open.of(serverId).get(alarmKey({ kind: 'serverDown', subject: serverSubject(serverId) })) ?? this.#outages.get(serverId)
  }
  /** The outage of a server during which something began. Refused access is none. */
  #outageDuring(serverId: string, since: number): AlarmRecord | null {
    const outage = this.#outageOf(serverId)
    return outage !== undefined && outage.kind !== 'serverHalted' && lastedAt(outage, since) ? outage : null
  }
  /** The incident of the outage of a server during which something began or, once that is over, of what else is left of it. */
  #outageIncident(serverId: string, since: number): string | null {
    const outage = this.#outageDuring(serverId, since)
    if (outage === null || this.#isOpen(outage.incident)) return outage?.incident ?? null
    const left = this.#left.get(serverId)
    return left?.outage === outage.since && this.#isOpen(left.incident) ? left.incident : null
  }
  /** Notes the incident of a stream that is left of an outage which is over. */
  #noteLeft({ subject, since, incident, neverLive }: AlarmRecord): void {
    const serverId = ownerIdOf(subject)
    const outage = subject.kind === 'stream' && neverLive !== true ? this.#outageDuring(serverId, since) : null
    if (outage !== null && outage.incident !== incident) this.#left.set(serverId, { outage: outage.since, incident })
  }

  /** The incident of the loss of an upstream stream during which something began. */
  #lossIncident(upstream: Upstream, since: number): string | null {
    const about = lossAlarmOf(upstream)
    const found = [this.#batch.bySubject.get(subjectKey(about.subject)), this.#open.of(upstream.serverId).get(alarmKey(about))]
    const loss = found.find((alarm) => alarm !== undefined && isOffAir(alarm) && lastedAt(alarm, since))
    return loss !== undefined && this.#isOpen(loss.incident) ? loss.incident : null
  }
  /** The incident of one of these streams that is gone: that others went with it, or did not return with it, is the same trouble. */
  #lossAmong(serverId: string, paths: readonly string[]): string | null {
    for (const path of paths) {
      const loss = this.#open.of(serverId).get(alarmKey(lossAlarmOf({ serverId, path })))
      if (loss !== undefined && isOffAir(loss) && loss.healedAt === null && this.#isOpen(loss.incident)) return loss.incident
    }
    return null
  }

  /** The incident of the outage of its server or of an upstream server, or of the loss of an upstream stream; the nearest first. */
  #explaining({ subject, since, why, origin, upstreams = [], neverLive }: AlarmRecord): string | null {
    if (subject.kind === 'probe') {
      // Faults in the pictures are unrelated to an API that does not answer.
      const read = why.kind === 'probeDown' ? this.#batch.probed.get(subject.probeId) : undefined
      return read === undefined ? null : this.#outageIncident(read.serverId, since)
    }
    if (why.kind === 'streamsLost') return this.#lossAmong(ownerIdOf(subject), why.paths)
    if (subject.kind !== 'stream') return null
    const own = neverLive === true ? null : this.#outageIncident(subject.serverId, since)
    if (own !== null) return own
    for (const upstream of upstreams) {
      const incident = this.#outageIncident(upstream.serverId, since) ?? this.#lossIncident(upstream, since)
      if (incident !== null) return incident
    }
    // The source is a known server, but its stream is not watched.
    const [only, ...others] = upstreams.length === 0 && origin?.source && !isLoopback(origin.source) ? (this.#batch.serversAt.get(origin.source) ?? []) : []
    return only === undefined || others.length > 0 ? null : this.#outageIncident(only, since)
  }

  /** The incident of a downstream stream that was detected as lost first, or of one with the same upstream stream, whose alarm is still pending. */
  #downstream(alarm: AlarmRecord): string | null {
    const { subject, since, upstreams = [] } = alarm
    if (subject.kind !== 'stream' || !isOffAir(alarm)) return null
    const pending = upstreams.map(lossAlarmOf).filter((loss) => this.#around.pendingOf(loss.subject.serverId).has(alarmKey(loss)))
    for (const place of [subject, ...pending.map((loss) => loss.subject)]) {
      const below = this.#awaited.get(subjectKey(place))
      if (below !== undefined && Math.abs(below.since - since) <= apartMs && this.#isOpen(below.incident)) return below.incident
    }
    return null
  }
  /** Remembers the upstream streams of a lost stream, in case their loss is detected later. */
  #awaitUpstreams({ incident, since, upstreams = [] }: AlarmRecord, at: number): void {
    for (const upstream of upstreams)
      for (const place of [lossAlarmOf(upstream).subject, serverSubject(upstream.serverId)])
        this.#awaited.set(subjectKey(place), { incident, since, seenAt: at })
  }

  /** The incident of most streams that were lost just before their server went, if it is mostly about that server and nothing of it is older. */
  #beforeOutage(alarm: AlarmRecord, at: number): string | null {
    if (!isReach(alarm)) return null
    const serverId = ownerIdOf(alarm.subject)
    const isOlder = (one: AlarmRecord) => one.since < alarm.since - earlierMs
    const lost = [...this.#open.of(serverId).values()].filter((one) => pathOf(one.subject) !== null && one.healedAt === null && !isOlder(one))
    const [most] = [...Map.groupBy(lost, ({ incident }) => incident)].sort(([, one], [, other]) => other.length - one.length)
    if (most !== undefined) {
      const [incident] = most
      const { ongoing = 0, owners } = this.#open.extent(incident) ?? {}
      const isOld = [...this.#open.ofIncident(incident).values()].some((one) => one.healedAt === null && isOlder(one))
      return (owners?.get(serverId) ?? 0) * 2 > ongoing && !isOld ? incident : null
    }
    // Streams that other servers pull from it are lost first.
    const below = this.#awaited.get(subjectKey(serverSubject(serverId)))
    if (below !== undefined && at - below.seenAt <= earlierMs && this.#isOpen(below.incident)) return below.incident
    const host = this.#batch.hostOf.get(serverId)
    const pulled = host === undefined ? undefined : this.#clusters.latest(`source air ${host}`)
    return pulled !== undefined && at - pulled.seenAt <= earlierMs && pulled.alarms.size > 1 ? pulled.incident : null
  }

  // What alarms share, and whether that is enough to assume a common cause.

  #marksOf(alarm: AlarmRecord): readonly Mark[] {
    const marks = this.#batch.marks.get(alarm.id) ?? marksOf(alarm, this.#batch.hostOf)
    this.#batch.marks.set(alarm.id, marks)
    return marks
  }
  #clustersOf(alarm: AlarmRecord, at: number): readonly Cluster[] {
    return this.#marksOf(alarm).map((mark) => this.#clusters.of(alarm, mark, at))
  }
  /** Adds an alarm to the clusters of similar alarms that it belongs to, and returns these. */
  #addToClusters(alarm: AlarmRecord, at: number): readonly Cluster[] {
    const own = this.#clustersOf(alarm, at)
    for (const { alarms } of own) alarms.set(subjectKey(alarm.subject), alarm)
    return own
  }

  /** Number of streams or servers with the property of a cluster that contains at least half of them; null: fewer than half, or the cluster is too small. */
  #populationOf(cluster: Cluster, alarm: AlarmRecord): number | null {
    if (cluster.kind === 'together') {
      const { counted } = this.#batch
      const found = counted.has(cluster) ? (counted.get(cluster) ?? null) : this.#populationOfServer(cluster, alarm)
      counted.set(cluster, found)
      return found
    }
    if (!isLarge(cluster)) return null
    const { kind, live: value } = cluster
    const { size } = cluster.alarms
    if (kind === 'servers') return ifAtLeastHalf(size, Math.max(size, [...this.#batch.hostOf.values()].filter((host) => !isLoopback(host)).length))
    const live = value === null ? null : this.#live.of(value)
    const of = live && ifAtLeastHalf(size, populationSize(alarm, size, live.now))
    return of !== null && isOffAir(alarm) ? Math.max(of, live?.before ?? of) : of
  }
  /** For streams of one server, less than half is enough if so many faults would hardly coincide by chance. Faults with another explanation don't count. */
  #populationOfServer(cluster: Cluster, alarm: AlarmRecord): number | null {
    const serverId = ownerIdOf(alarm.subject)
    const others = this.#around.liveOn(serverId)
    if (others === null) return null
    // Streams with the same trouble and onset without an alarm yet: they get one within the next polls.
    const pending = [...this.#around.pendingOf(serverId)].filter(([key, { onset }]) => key.startsWith(`${topicOf(alarm)} `) && isWithin(cluster, onset))
    const then = isOffAir(alarm) ? this.#around.liveThen(serverId, firstOf(cluster)) : null
    const before = then?.live ?? 0
    // However many of those that went are back by now, as after a restart.
    const went = before - (then?.next ?? before)
    // One alarm alone may be of a fault among streams that ended as they should.
    const isSeveral = cluster.alarms.size + pending.length > 1
    if (!isLarge(cluster, Math.max(pending.length, isSeveral ? went - cluster.alarms.size : 0))) return null
    // Those that were on air before and those that never were; some of the former may be in no list any more.
    const added = [...cluster.alarms.values()].filter(({ neverLive }) => neverLive === true).length
    if (ifAtLeastHalf(went, before) !== null && went > 0) return before + added
    const size = cluster.alarms.size + pending.length
    const of = Math.max(populationSize(alarm, size - this.#backOf(cluster), others), size, before + added)
    if (ifAtLeastHalf(size, of) !== null) return of
    const faults = new Set(pending.map(([key]) => key))
    for (const one of cluster.alarms.values()) if (this.#explaining(one) === null) faults.add(this.#faultOf(one))
    return faults.size >= leastFaults && faults.size ** 2 >= of ? of : null
  }
  /** How many of a cluster's streams are back: these are among the live ones. */
  #backOf({ alarms }: Cluster): number {
    const isBack = (now: AlarmRecord | undefined) => now !== undefined && (now.calmSince !== undefined || now.healedAt !== null)
    return [...alarms.values()].filter(({ id }) => isBack(this.#open.get(id))).length
  }
  /** Key of the fault that an alarm is part of: the address, source or network that failed for most of its streams, else the stream itself. */
  #faultOf(alarm: AlarmRecord): string {
    const shared = this.#marksOf(alarm).find(({ kind, key }) => {
      const cluster = singleFaultKinds.has(kind) ? this.#clusters.latest(key) : undefined
      return cluster?.alarms.has(subjectKey(alarm.subject)) === true && this.#populationOf(cluster, alarm) !== null
    })
    return shared?.key ?? subjectKey(alarm.subject)
  }
  /** The incident that this alarm shares most with; null: none yet. */
  #tied(ties: readonly Cluster[]): string | null {
    const isHeld = ({ incident }: Cluster) => incident !== null && this.#isOpen(incident)
    const largestFirst = ties.toSorted((a, b) => b.alarms.size - a.alarms.size || Number(isHeld(b)) - Number(isHeld(a)))
    for (const cluster of largestFirst) {
      // The largest cluster is not part of an open incident: the alarm starts one.
      if (cluster.incident === null || !this.#isOpen(cluster.incident)) return null
      if (this.#majority.isSharedByMost(cluster, cluster.incident)) return cluster.incident
      // The cluster has outgrown the incident. Later alarms may still share it.
      cluster.incident = null
    }
    return null
  }

  // Other alarms of the same stream, server or host.

  /** The incident of another alarm of the same subject, or of its machine or server. Troubles of this console are unrelated to each other. */
  #concurrent(alarm: AlarmRecord): string | null {
    const { subject, since } = alarm
    const isConcurrent = (other: AlarmRecord) =>
      other.healedAt === null &&
      Math.abs(other.since - since) <= concurrentMs &&
      // An event is over at once.
      (other.kind === 'happened' || since <= (other.calmSince ?? since)) &&
      this.#isOpen(other.incident)
    const own = subject.kind === 'console' ? undefined : this.#allAt(subject).find((other) => isConcurrent(other) && this.#isNoticedIn(other.incident, alarm))
    if (own !== undefined) return own.incident
    const ofMachine = this.#machinesOf(alarm).flatMap((other) => this.#allAt(other))
    return ofMachine.find((other) => isConcurrent(other) && isDownOrRestarted(other))?.incident ?? null
  }
  /**
   * For the outage or restart of a machine, the servers on it; for that of a server, its machines, and for a restart the other servers on them: whoever
   * restarts a machine or installs a version restarts several, and the machine may be read only after them.
   */
  #machinesOf(alarm: AlarmRecord): readonly AlarmSubject[] {
    if (!isDownOrRestarted(alarm)) return []
    const id = ownerIdOf(alarm.subject)
    const pairs = [...this.#around.machines()]
    const hosts = new Set(pairs.flatMap(([hostId, serverId]) => (id === serverId ? hostId : [])))
    const isMeant = (hostId: string, serverId: string) => id === hostId || (alarm.kind === 'happened' && id !== serverId && hosts.has(hostId))
    return [...Array.from(hosts, hostSubject), ...pairs.flatMap(([hostId, serverId]) => (isMeant(hostId, serverId) ? serverSubject(serverId) : []))]
  }
  /** Whether an alarm is noticed in an incident: it is no worse than that, or all of that is about the same, which is then called by the worst. */
  #isNoticedIn(incident: string, alarm: AlarmRecord): boolean {
    const extent = this.#open.extent(incident)
    const worst = extent && worstIn(extent)
    if (worst === null || severityRank[alarm.severity] >= severityRank[worst]) return true
    const same = new Set(this.#subjectsOfSameStream(alarm.subject).map(subjectKey))
    return [...this.#open.ofIncident(incident).values()].every(({ subject }) => same.has(subjectKey(subject)))
  }

  /**
   * The incident of another active alarm of the same stream, also one found by a probe, that is as bad, whenever it began. Not for servers and hosts: an
   * expiring certificate, for example, is not the reason for an outage. Nor for a stream that is lost: that begins an outage of its own. Event alarms don't
   * count, as an event is over immediately.
   */
  #ongoing(alarm: AlarmRecord): string | null {
    const { kind, subject, severity, since } = alarm
    if ((subject.kind !== 'stream' && subject.kind !== 'probe') || kind === 'happened' || isOffAir(alarm)) return null
    const isOngoing = (other: AlarmRecord) =>
      other.healedAt === null &&
      other.kind !== 'happened' &&
      since <= (other.calmSince ?? since) &&
      severityRank[other.severity] <= severityRank[severity] &&
      this.#isOpen(other.incident)
    return this.#allAt(subject).find(isOngoing)?.incident ?? null
  }
  /** Joins the alarms for flapping and for an outage of the same subject: returns the incident of the other one. */
  #flapping({ kind, subject, rule }: AlarmRecord): string | null {
    if (kind !== 'flapping' && !isOutage({ kind, rule })) return null
    const isOther = (other: AlarmRecord) => (kind === 'flapping' ? isOutage(other) : other.kind === 'flapping' && other.healedAt === null)
    return this.#allAt(subject).find((other) => this.#isOpen(other.incident) && isOther(other))?.incident ?? null
  }
}
