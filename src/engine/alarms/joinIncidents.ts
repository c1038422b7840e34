import { type AlikeKind, isReach, type StreamOrigin, topicOf, type Upstream } from '../../shared/alarms.ts'
import type { EventKind } from '../../shared/events.ts'
import { type AlarmSubject, hostSubject, ownerIdOf, pathOf, serverSubject, streamSubject } from '../../shared/subjects.ts'
import type { AlarmRecord, ChangedAlarm } from './alarmLife.ts'
import { type Cluster, createClusters, isLarge, isWithin } from './clusters.ts'
import { createHolding } from './holding.ts'
import { freshMs, isFresh } from './incidentTally.ts'
import type { Pending } from './judgeOwner.ts'
import { createLiveCounts } from './liveCounts.ts'
import { isHere, known, type Mark, marksOf } from './marks.ts'
import { keyOf, type OpenAlarms, placeOf } from './openAlarms.ts'
import type { UpstreamsOf } from './topology.ts'

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
  /** The watched machines, and the server on each. */
  readonly machines: () => Iterable<readonly [hostId: string, serverId: string]>
}

/** A server that is seen to be down explains alarms of its streams that were raised at most this long before. */
const earlierMs = 10_000
/** Alarms of one stream, server, host or part of it that began within this time have one cause, as have those of a machine and its server that are gone or begin anew. */
const besideMs = 60_000
/** A stream that was lost at most so long after one that comes from it was is why: servers are asked at different moments. */
const upstreamMs = 30_000
/** What takes all streams with it that share it. */
const isOneFault: ReadonlySet<AlikeKind> = new Set(['address', 'source', 'network'])
/** Two that fall together may do so by chance. */
const leastFaults = 3
/** Clusters that nothing joined for this long are forgotten. */
const forgottenMs = 120_000

const restarts: ReadonlySet<string> = new Set<EventKind>(['serverRestarted', 'serverUpgraded', 'hostRestarted', 'mediaServerRestarted'])
/** Whether a machine or the server on it is gone, or has begun anew. */
const isGoneOrNew = (alarm: AlarmRecord): boolean =>
  alarm.kind === 'hostDown' || isReach(alarm) || (alarm.why.kind === 'happened' && restarts.has(alarm.why.event.kind))

const isAir = (alarm: AlarmRecord): boolean => topicOf(alarm) === 'air'
const lost = ({ serverId, path }: Pick<Upstream, 'serverId' | 'path'>) => ({ kind: 'streamGone', subject: streamSubject(serverId, path) }) as const

/** Finds the incidents that new alarms join: what has the same cause, as far as figures show it, is one incident. */
export function createIncidentJoiner(open: OpenAlarms, around: Surroundings, now: number) {
  const clusters = createClusters()
  const live = createLiveCounts(around.eachLive)
  const holding = createHolding(open)
  /** Incidents of the alarms that are placed now, which are not among the open ones yet. */
  const batch = new Set<string>()
  /** The alarms that are placed now, by what they are about. */
  const placedAt = new Map<string, AlarmRecord>()
  /** The latest outage of each server whose alarm is closed. */
  const outages = new Map<string, { readonly incident: string; readonly healedAt: number }>()

  /** Incidents of lost streams that nothing explains yet, by what they come from: streams, and the servers of these. */
  const awaited = new Map<string, { readonly incident: string; readonly since: number; readonly seenAt: number }>()

  /** Servers by the host at which they are asked, and the other way round; looked up once for each call. */
  let hosts: { readonly serversAt: ReadonlyMap<string, readonly string[]>; readonly hostOf: ReadonlyMap<string, string> } | null = null
  const lookUpHosts = () => {
    if (hosts !== null) return hosts
    const hostOf = new Map(around.serverHosts())
    const serversAt = new Map<string, string[]>()
    for (const [serverId, host] of hostOf) serversAt.set(host, [...(serversAt.get(host) ?? []), serverId])
    hosts = { serversAt, hostOf }
    return hosts
  }

  /** Those of the alarms that are placed now: they are asked for several times. */
  const marked = new Map<string, readonly Mark[]>()
  const marks = (alarm: AlarmRecord) => {
    const found = marked.get(alarm.id) ?? marksOf(alarm, (serverId) => lookUpHosts().hostOf.get(serverId))
    marked.set(alarm.id, found)
    return found
  }
  const enter = (alarm: AlarmRecord, at: number): readonly Cluster[] => {
    const own = marks(alarm).map((mark) => clusters.of(alarm, mark, at))
    for (const { alarms } of own) alarms.set(placeOf(alarm.subject), alarm)
    return own
  }
  /** What `ofServer` says of them while alarms are placed: of 10,000 streams it is asked for each. */
  const counted = new Map<Cluster, number | null>()
  /** The same of `isTie`. */
  const tied = new Map<Cluster, boolean>()
  /** Paths with the same trouble that began at that time, and are no alarms yet: a poll later or two they are. */
  const pendingWith = (cluster: Cluster, alarm: AlarmRecord): readonly string[] => {
    const key = `${topicOf(alarm)} `
    const found: string[] = []
    for (const [about, { onset }] of around.pendingOf(ownerIdOf(alarm.subject))) if (about.startsWith(key) && isWithin(cluster, onset)) found.push(about)
    return found
  }
  /** Number of streams or servers of which this cluster is at least half; null: it is not, or too small. */
  const ofHow = (cluster: Cluster, alarm: AlarmRecord): number | null => {
    if (cluster.kind === 'together') {
      const found = counted.has(cluster) ? (counted.get(cluster) ?? null) : ofServer(cluster, alarm)
      counted.set(cluster, found)
      return found
    }
    if (!isLarge(cluster)) return null
    const { kind, live: value } = cluster
    const { size } = cluster.alarms
    if (kind === 'path') return size
    if (kind === 'servers') return half(size, Math.max(size, [...lookUpHosts().hostOf.values()].filter((host) => !isHere(host)).length))
    const others = value === null ? null : live.of(value)
    return others === null ? null : half(size, together(alarm, size, others))
  }
  /** What would have to have failed by itself: of streams that all or half of their address, source or network went with, that. */
  const faultOf = (alarm: AlarmRecord): string => {
    const shared = marks(alarm).find(({ kind, key }) => {
      const cluster = isOneFault.has(kind) ? clusters.latest(key) : undefined
      return cluster?.alarms.has(placeOf(alarm.subject)) === true && ofHow(cluster, alarm) !== null
    })
    return shared?.key ?? placeOf(alarm.subject)
  }
  /** Streams of one server: also fewer than half, where so many faults would hardly come together by chance. What is explained otherwise is none. */
  const ofServer = (cluster: Cluster, alarm: AlarmRecord): number | null => {
    const others = around.liveOn(ownerIdOf(alarm.subject))
    if (others === null) return null
    const pending = pendingWith(cluster, alarm)
    if (!isLarge(cluster, pending.length)) return null
    const size = cluster.alarms.size + pending.length
    const of = together(alarm, size, others)
    if (half(size, of) !== null) return of
    const faults = new Set(pending)
    for (const one of cluster.alarms.values()) if (explainedBy(one, cluster.seenAt) === null) faults.add(faultOf(one))
    return faults.size >= leastFaults && faults.size ** 2 >= of ? of : null
  }

  /** User agents of many streams are alike: of those that went with others of their server it counts that once. */
  const isTie = (cluster: Cluster): boolean => {
    if (cluster.kind !== 'agent') return true
    const known = tied.get(cluster)
    if (known !== undefined) return known
    const faults = new Set<string>()
    for (const one of cluster.alarms.values()) {
      const [ofServer] = marks(one)
      const beside = ofServer === undefined ? undefined : clusters.latest(ofServer.key)
      faults.add(beside?.alarms.has(placeOf(one.subject)) === true && ofHow(beside, one) !== null ? beside.key : placeOf(one.subject))
    }
    tied.set(cluster, faults.size >= leastFaults)
    return faults.size >= leastFaults
  }

  const outageOf = (serverId: string, at: number): string | null => {
    const alarm = open.of(serverId).get(keyOf({ kind: 'serverDown', subject: serverSubject(serverId) }))
    if (alarm !== undefined) return alarm.healedAt === null || at - alarm.healedAt <= freshMs ? alarm.incident : null
    const outage = outages.get(serverId)
    return outage !== undefined && at - outage.healedAt <= freshMs ? outage.incident : null
  }
  /** That of a stream that is lost, or was until shortly before. */
  const lossOf = (upstream: Upstream, at: number): string | null => {
    const about = lost(upstream)
    const found = [placedAt.get(placeOf(about.subject)), open.of(upstream.serverId).get(keyOf(about))]
    return found.find((alarm) => alarm !== undefined && isAir(alarm) && (alarm.healedAt === null || at - alarm.healedAt <= freshMs))?.incident ?? null
  }
  /** The outage of its server, of one that its stream comes from, or the loss of that stream there, the nearest first. */
  const explainedBy = ({ subject, origin, upstreams = [] }: AlarmRecord, at: number): string | null => {
    if (subject.kind !== 'stream') return null
    const own = outageOf(subject.serverId, at)
    if (own !== null) return own
    for (const upstream of upstreams) {
      const incident = outageOf(upstream.serverId, at) ?? lossOf(upstream, at)
      if (incident !== null) return incident
    }
    // One at which nobody watches that stream.
    const [only, ...others] =
      upstreams.length === 0 && known(origin?.source) && !isHere(origin.source) ? (lookUpHosts().serversAt.get(origin.source) ?? []) : []
    return only === undefined || others.length > 0 ? null : outageOf(only, at)
  }
  /** The incident of what comes from it and was seen to be lost first, or comes from the same that is about to be one. */
  const beganBelow = (alarm: AlarmRecord, at: number): string | null => {
    const { subject, since, upstreams = [] } = alarm
    if (subject.kind !== 'stream' || !isAir(alarm)) return null
    const places = [
      subject,
      ...upstreams.filter((upstream) => around.pendingOf(upstream.serverId).has(keyOf(lost(upstream)))).map((upstream) => lost(upstream).subject),
    ]
    for (const place of places) {
      const below = awaited.get(placeOf(place))
      if (below !== undefined && Math.abs(below.since - since) <= upstreamMs && isOpen(below.incident, at)) return below.incident
    }
    return null
  }
  const awaitUpstreams = ({ incident, since, upstreams = [] }: AlarmRecord, at: number): void => {
    for (const upstream of upstreams)
      for (const place of [lost(upstream).subject, serverSubject(upstream.serverId)]) awaited.set(placeOf(place), { incident, since, seenAt: at })
  }
  /** The incident of most streams that were hit just before their server was seen down, as long as it is mostly of that server. */
  const begunBy = (alarm: AlarmRecord, at: number): string | null => {
    if (!isReach(alarm)) return null
    const serverId = ownerIdOf(alarm.subject)
    const earlier = new Map<string, number>()
    for (const { incident, raisedAt, subject } of open.of(serverId).values())
      if (pathOf(subject) !== null && at - raisedAt <= earlierMs) earlier.set(incident, (earlier.get(incident) ?? 0) + 1)
    const [most] = [...earlier].sort(([, one], [, other]) => other - one)
    if (most !== undefined) {
      const [incident] = most
      const { lasting = 0, owners } = open.tally(incident) ?? {}
      return (owners?.get(serverId) ?? 0) * 2 > lasting ? incident : null
    }
    // Streams that others have from it fail first.
    const below = awaited.get(placeOf(serverSubject(serverId)))
    if (below !== undefined && at - below.seenAt <= earlierMs && isOpen(below.incident, at)) return below.incident
    const host = lookUpHosts().hostOf.get(serverId)
    const pulled = host === undefined ? undefined : clusters.latest(`source air ${host}`)
    return pulled !== undefined && at - pulled.seenAt <= earlierMs && pulled.alarms.size > 1 ? pulled.incident : null
  }

  /** The server on a machine that is gone or has begun anew, or the machines under a server that is or has. */
  const machinesOf = (alarm: AlarmRecord): readonly AlarmSubject[] => {
    if (!isGoneOrNew(alarm)) return []
    const id = ownerIdOf(alarm.subject)
    return Array.from(around.machines()).flatMap(([hostId, serverId]) => (id === hostId ? serverSubject(serverId) : id === serverId ? hostSubject(hostId) : []))
  }
  /** The incident of another alarm of the same subject. Troubles of this console have nothing in common. */
  const besideOf = (alarm: AlarmRecord, at: number): string | null => {
    const { subject, since } = alarm
    const isBeside = (other: AlarmRecord | undefined): other is AlarmRecord =>
      other?.healedAt === null && Math.abs(other.since - since) <= besideMs && isOpen(other.incident, at)
    const own = subject.kind === 'console' ? undefined : [placedAt.get(placeOf(subject)), ...open.at(subject).values()].find(isBeside)
    if (own !== undefined) return own.incident
    const under = machinesOf(alarm).flatMap((other) => [placedAt.get(placeOf(other)), ...open.at(other).values()])
    return under.find((other) => isBeside(other) && isGoneOrNew(other))?.incident ?? null
  }

  /**
   * The incident of another alarm of the same stream that lasts, whenever that began. Of a server or host it is none: that its certificate expires is not why
   * it goes. An event was over at once.
   */
  const standingOf = ({ kind, subject }: AlarmRecord, at: number): string | null => {
    if (subject.kind !== 'stream' || kind === 'happened') return null
    for (const other of open.at(subject).values()) if (other.healedAt === null && other.kind !== 'happened' && isOpen(other.incident, at)) return other.incident
    return null
  }

  /** That of the other alarm where something comes and goes: that it flaps, or that it is gone. */
  const flapsWith = ({ kind, subject, rule }: AlarmRecord, at: number): string | null => {
    const isGone = (one: Pick<AlarmRecord, 'kind' | 'rule'>) => topicOf(one) === 'air' || topicOf(one) === 'reach'
    if (kind !== 'flapping' && !isGone({ kind, rule })) return null
    for (const other of [placedAt.get(placeOf(subject)), ...open.at(subject).values()]) {
      if (other === undefined || !isOpen(other.incident, at)) continue
      if (kind === 'flapping' ? isGone(other) : other.kind === 'flapping' && other.healedAt === null) return other.incident
    }
    return null
  }

  const isOpen = (incident: string, at: number) => batch.has(incident) || isFresh(open.tally(incident), at)
  /** The incident that is held by what ties most to this alarm; null: that is none yet. */
  const heldBy = (ties: readonly Cluster[], at: number): string | null => {
    const isHeld = ({ incident }: Cluster) => incident !== null && isOpen(incident, at)
    const largestFirst = ties.toSorted((a, b) => b.alarms.size - a.alarms.size || Number(isHeld(b)) - Number(isHeld(a)))
    for (const cluster of largestFirst) {
      // Larger than what else it may belong to, it is one of its own.
      if (cluster.incident === null || !isOpen(cluster.incident, at)) return null
      if (holding.holds(cluster, cluster.incident)) return cluster.incident
      // It has grown beyond it. Others may still have this in common.
      cluster.incident = null
    }
    return null
  }
  const placed = (alarm: AlarmRecord, at: number): AlarmRecord => {
    const { alike: _, ...rest } = alarm
    const alike: Partial<Record<AlikeKind, number>> = {}
    const explained = explainedBy(alarm, at)
    const begun = explained === null ? begunBy(alarm, at) : null
    const beside = explained ?? begun ?? besideOf(alarm, at)
    const below = beside === null ? beganBelow(alarm, at) : null
    const own = marks(alarm).map((mark) => clusters.of(alarm, mark, at))
    const ties: Cluster[] = []
    for (const cluster of own) {
      const of = ofHow(cluster, alarm)
      if (of === null) continue
      const isOne = isTie(cluster)
      if (isOne) ties.push(cluster)
      // Those of one server have it in common all the same.
      if (isOne || alike.together !== undefined) alike[cluster.kind] = of
    }
    const known = beside ?? below
    const held = known === null ? heldBy(ties, at) : null
    // What begins it with others says more than what has been wrong with it before.
    const incident = known ?? held ?? flapsWith(alarm, at) ?? (ties.length > 0 ? null : standingOf(alarm, at)) ?? alarm.id
    batch.add(incident)
    for (const cluster of own)
      if (cluster.incident === null || !isOpen(cluster.incident, at)) {
        cluster.incident = incident
        cluster.held = 0
      }
    if (begun !== null || below !== null) holding.explainedBy(own, incident)
    else if (held !== null) holding.joined(own, incident)
    else if (incident === alarm.id) holding.founded(own, incident)
    else if (explained === null) holding.count(own, incident)
    const inIncident: AlarmRecord = { ...rest, incident, ...(Object.keys(alike).length > 0 && { alike }) }
    placedAt.set(placeOf(alarm.subject), inIncident)
    if (explained === null) awaitUpstreams(inIncident, at)
    return inIncident
  }
  /** Raised, or returned after its incident was over for a while. */
  const isNew = ({ alarm, changes }: ChangedAlarm, at: number): boolean =>
    changes.some(({ kind }) => kind === 'raised' || (kind === 'returned' && !isFresh(open.tally(alarm.incident), at)))
  const noteOutages = (changed: readonly ChangedAlarm[], at: number) => {
    for (const { alarm } of changed)
      if (alarm.closed !== null && isReach(alarm)) outages.set(ownerIdOf(alarm.subject), { incident: alarm.incident, healedAt: alarm.healedAt ?? at })
  }
  const forget = (at: number) => {
    if (at - forgotAt < forgottenMs / 10) return
    forgotAt = at
    clusters.forgetBefore(at - forgottenMs)
    for (const [serverId, { healedAt }] of outages) if (at - healedAt > forgottenMs) outages.delete(serverId)
    holding.forget((incident) => !isOpen(incident, at))
    for (const [place, { seenAt }] of awaited) if (at - seenAt > forgottenMs) awaited.delete(place)
  }

  /** What began shortly before the last process ended; read later than this is created, as the servers are. */
  const begin = () => {
    begun = true
    for (const alarm of open.all()) {
      if (now - alarm.raisedAt > forgottenMs) continue
      const own = enter(alarm, now)
      for (const cluster of own) cluster.incident ??= alarm.incident
      holding.count(own, alarm.incident)
      awaitUpstreams(alarm, alarm.raisedAt)
    }
  }
  let begun = false
  let forgotAt = now

  /** The same changes, each new alarm in its incident. */
  return (changed: readonly ChangedAlarm[], at: number): readonly ChangedAlarm[] => {
    noteOutages(changed, at)
    const fresh = new Set(changed.filter((one) => isNew(one, at)).map(({ alarm }) => alarm.id))
    if (fresh.size === 0) return changed
    batch.clear()
    placedAt.clear()
    counted.clear()
    tied.clear()
    hosts = null
    if (!begun) begin()
    marked.clear()
    forget(at)
    let upstreamsOf: UpstreamsOf | null = null
    const withOrigins = changed.map((one) => {
      const { alarm } = one
      if (!fresh.has(alarm.id) || alarm.subject.kind !== 'stream') return one
      const { serverId, path } = alarm.subject
      const origin = around.originOf(serverId, path)
      upstreamsOf ??= around.upstreams()
      const upstreams = isAir(alarm) && outageOf(serverId, at) === null ? upstreamsOf(serverId, path) : []
      const { upstreams: _, ...rest } = alarm
      return { ...one, alarm: { ...rest, ...(origin !== null && { origin }), ...(upstreams.length > 0 && { upstreams: [...upstreams] }) } }
    })
    const wanted = new Set<string>()
    for (const { alarm } of withOrigins) {
      if (!fresh.has(alarm.id)) continue
      for (const cluster of enter(alarm, at)) if (cluster.live !== null && isLarge(cluster)) wanted.add(cluster.live)
    }
    if (wanted.size > 0) live.look(wanted, at)
    return withOrigins.map((one) => (fresh.has(one.alarm.id) ? { ...one, alarm: placed(one.alarm, at) } : one))
  }
}

/** How many there are with those that go on. A stream that loses packets is live itself. */
const together = (alarm: AlarmRecord, size: number, others: number): number => (topicOf(alarm) === 'air' ? size + others : Math.max(size, others))
/** `of`, if this is at least half of it. */
const half = (size: number, of: number): number | null => (size * 2 >= of ? of : null)
