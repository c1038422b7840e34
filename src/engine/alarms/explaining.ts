import { type AlikeKind, isReach, topicOf, type Upstream } from '../../shared/alarms.ts'
import type { EventKind } from '../../shared/events.ts'
import { severityRank } from '../../shared/severities.ts'
import type { AlarmSubject } from '../../shared/subjectNames.ts'
import { hostSubject, ownerIdOf, pathOf, serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import { type AlarmRecord, apartMs, lastedAt } from './alarmLife.ts'
import { worstOf } from './changedIncidents.ts'
import { type Cluster, firstOf, isHere, isLarge, isWithin, known } from './clusters.ts'
import { hostsOf, isOpen, type Joining, marksIn, streamOf, subjectsOfSameStream } from './joining.ts'
import { alarmKey, subjectKey } from './openAlarms.ts'

// Finds the incident of another alarm that explains this one: servers that are down, and upstream streams.

/** An outage of a server takes over the incident of streams of it that were lost at most this long before, ms. */
const earlierMs = 10_000

export function isOffAir(alarm: AlarmRecord): boolean {
  return topicOf(alarm) === 'air'
}
const lossAlarmOf = ({ serverId, path }: Pick<Upstream, 'serverId' | 'path'>) => ({ kind: 'streamGone', subject: streamSubject(serverId, path) }) as const

/** The latest outage of a server. */
export function outageOf({ open, outages }: Joining, serverId: string): AlarmRecord | undefined {
  return open.of(serverId).get(alarmKey({ kind: 'serverDown', subject: serverSubject(serverId) })) ?? outages.get(serverId)
}

/** The outage of a server during which something began. Refused access is none. */
function outageDuring(joining: Joining, serverId: string, since: number): AlarmRecord | null {
  const outage = outageOf(joining, serverId)
  return outage !== undefined && outage.kind !== 'serverHalted' && lastedAt(outage, since) ? outage : null
}

/** The incident of the outage of a server during which something began or, once that is over, of what else is left of it. */
export function outageIncident(joining: Joining, serverId: string, since: number): string | null {
  const outage = outageDuring(joining, serverId, since)
  if (outage === null || isOpen(joining, outage.incident)) return outage?.incident ?? null
  const left = joining.left.get(serverId)
  return left?.outage === outage.since && isOpen(joining, left.incident) ? left.incident : null
}
/** Notes the incident of a stream that is left of an outage which is over. */
export function noteLeft(joining: Joining, { subject, since, incident }: AlarmRecord): void {
  const serverId = ownerIdOf(subject)
  const outage = subject.kind === 'stream' ? outageDuring(joining, serverId, since) : null
  if (outage !== null && outage.incident !== incident) joining.left.set(serverId, { outage: outage.since, incident })
}

/** The incident of the loss of an upstream stream during which something began. */
function lossIncident(joining: Joining, upstream: Upstream, since: number): string | null {
  const about = lossAlarmOf(upstream)
  const found = [joining.batch.bySubject.get(subjectKey(about.subject)), joining.open.of(upstream.serverId).get(alarmKey(about))]
  const loss = found.find((alarm) => alarm !== undefined && isOffAir(alarm) && lastedAt(alarm, since))
  return loss !== undefined && isOpen(joining, loss.incident) ? loss.incident : null
}

/** The incident of one of these streams that is gone: that others went with it, or did not return with it, is the same trouble. */
function lossAmong(joining: Joining, serverId: string, paths: readonly string[]): string | null {
  for (const path of paths) {
    const loss = joining.open.of(serverId).get(alarmKey(lossAlarmOf({ serverId, path })))
    if (loss !== undefined && isOffAir(loss) && loss.healedAt === null && isOpen(joining, loss.incident)) return loss.incident
  }
  return null
}

/** The incident of the outage of its server or of an upstream server, or of the loss of an upstream stream; the nearest first. */
export function explainingIncident(joining: Joining, { subject, since, why, origin, upstreams = [] }: AlarmRecord): string | null {
  if (subject.kind === 'probe') {
    // Faults in the pictures are unrelated to an API that does not answer.
    const read = why.kind === 'probeDown' ? streamOf(joining, subject) : null
    return read && outageIncident(joining, read.serverId, since)
  }
  if (why.kind === 'streamsLost') return lossAmong(joining, ownerIdOf(subject), why.paths)
  if (subject.kind !== 'stream') return null
  const own = outageIncident(joining, subject.serverId, since)
  if (own !== null) return own
  for (const upstream of upstreams) {
    const incident = outageIncident(joining, upstream.serverId, since) ?? lossIncident(joining, upstream, since)
    if (incident !== null) return incident
  }
  // The source is a known server, but its stream is not watched.
  const [only, ...others] =
    upstreams.length === 0 && known(origin?.source) && !isHere(origin.source) ? (hostsOf(joining).serversAt.get(origin.source) ?? []) : []
  return only === undefined || others.length > 0 ? null : outageIncident(joining, only, since)
}

/** The incident of a downstream stream that was detected as lost first, or of one with the same upstream stream, whose alarm is still pending. */
export function downstreamIncident(joining: Joining, alarm: AlarmRecord): string | null {
  const { subject, since, upstreams = [] } = alarm
  if (subject.kind !== 'stream' || !isOffAir(alarm)) return null
  const places = [
    subject,
    ...upstreams
      .filter((upstream) => joining.around.pendingOf(upstream.serverId).has(alarmKey(lossAlarmOf(upstream))))
      .map((upstream) => lossAlarmOf(upstream).subject),
  ]
  for (const place of places) {
    const below = joining.awaited.get(subjectKey(place))
    if (below !== undefined && Math.abs(below.since - since) <= apartMs && isOpen(joining, below.incident)) return below.incident
  }
  return null
}

/** Remembers the upstream streams of a lost stream, in case their loss is detected later. */
export function awaitUpstreams({ awaited }: Joining, { incident, since, upstreams = [] }: AlarmRecord, at: number): void {
  for (const upstream of upstreams)
    for (const place of [lossAlarmOf(upstream).subject, serverSubject(upstream.serverId)]) awaited.set(subjectKey(place), { incident, since, seenAt: at })
}

/** The incident of most streams that were lost just before their server went, if it is mostly about that server and nothing of it is older. */
export function incidentBeforeOutage(joining: Joining, alarm: AlarmRecord, at: number): string | null {
  if (!isReach(alarm)) return null
  const { open, awaited, clusters } = joining
  const serverId = ownerIdOf(alarm.subject)
  const isOlder = (one: AlarmRecord) => one.since < alarm.since - earlierMs
  const earlier = new Map<string, number>()
  for (const one of open.of(serverId).values()) {
    const { incident, subject, healedAt } = one
    if (pathOf(subject) !== null && healedAt === null && !isOlder(one)) earlier.set(incident, (earlier.get(incident) ?? 0) + 1)
  }
  const [most] = [...earlier].sort(([, one], [, other]) => other - one)
  if (most !== undefined) {
    const [incident] = most
    const { ongoing = 0, owners } = open.tally(incident) ?? {}
    const isOld = [...open.ofIncident(incident).values()].some((one) => one.healedAt === null && isOlder(one))
    return (owners?.get(serverId) ?? 0) * 2 > ongoing && !isOld ? incident : null
  }
  // Streams that other servers pull from it are lost first.
  const below = awaited.get(subjectKey(serverSubject(serverId)))
  if (below !== undefined && at - below.seenAt <= earlierMs && isOpen(joining, below.incident)) return below.incident
  const host = hostsOf(joining).hostOf.get(serverId)
  const pulled = host === undefined ? undefined : clusters.latest(`source air ${host}`)
  return pulled !== undefined && at - pulled.seenAt <= earlierMs && pulled.alarms.size > 1 ? pulled.incident : null
}

// Decides whether what alarms share is enough to assume a common cause.

/** Properties whose failure takes down all streams that share them. */
const singleFaultKinds: ReadonlySet<AlikeKind> = new Set(['address', 'source', 'network'])
/** Two coincident faults may be chance. */
const leastFaults = 3

/** Number of streams or servers with the property of a cluster that contains at least half of them; null: fewer than half, or the cluster is too small. */
export function populationOf(joining: Joining, cluster: Cluster, alarm: AlarmRecord): number | null {
  if (cluster.kind === 'together') {
    const { counted } = joining.batch
    const found = counted.has(cluster) ? (counted.get(cluster) ?? null) : populationOfServer(joining, cluster, alarm)
    counted.set(cluster, found)
    return found
  }
  if (!isLarge(cluster)) return null
  const { kind, live: value } = cluster
  const { size } = cluster.alarms
  if (kind === 'servers') return ifAtLeastHalf(size, Math.max(size, [...hostsOf(joining).hostOf.values()].filter((host) => !isHere(host)).length))
  const live = value === null ? null : joining.live.of(value)
  const of = live && ifAtLeastHalf(size, populationSize(alarm, size, live.now))
  return of !== null && topicOf(alarm) === 'air' ? Math.max(of, live?.before ?? of) : of
}

/** For streams of one server, less than half is enough if so many faults would hardly coincide by chance. Faults with another explanation don't count. */
function populationOfServer(joining: Joining, cluster: Cluster, alarm: AlarmRecord): number | null {
  const others = joining.around.liveOn(ownerIdOf(alarm.subject))
  if (others === null) return null
  const pending = pendingWith(joining, cluster, alarm)
  if (!isLarge(cluster, pending.length)) return null
  const size = cluster.alarms.size + pending.length
  const before = topicOf(alarm) === 'air' ? joining.around.liveThen(ownerIdOf(alarm.subject), firstOf(cluster)) : null
  const of = before === null ? populationSize(alarm, size, others) : Math.max(size, before)
  if (ifAtLeastHalf(size, of) !== null) return of
  const faults = new Set(pending)
  for (const one of cluster.alarms.values()) if (explainingIncident(joining, one) === null) faults.add(faultOf(joining, one))
  return faults.size >= leastFaults && faults.size ** 2 >= of ? of : null
}

/** Streams with the same trouble and onset without an alarm yet: they get one within the next polls. */
function pendingWith({ around }: Joining, cluster: Cluster, alarm: AlarmRecord): readonly string[] {
  const key = `${topicOf(alarm)} `
  const found: string[] = []
  for (const [about, { onset }] of around.pendingOf(ownerIdOf(alarm.subject))) if (about.startsWith(key) && isWithin(cluster, onset)) found.push(about)
  return found
}

/** Key of the fault that an alarm is part of: the address, source or network that failed for most of its streams, else the stream itself. */
function faultOf(joining: Joining, alarm: AlarmRecord): string {
  const shared = marksIn(joining, alarm).find(({ kind, key }) => {
    const cluster = singleFaultKinds.has(kind) ? joining.clusters.latest(key) : undefined
    return cluster?.alarms.has(subjectKey(alarm.subject)) === true && populationOf(joining, cluster, alarm) !== null
  })
  return shared?.key ?? subjectKey(alarm.subject)
}

/** Whether a cluster links its alarms. Many streams have the same user agent, so that for agents the streams of one server count as one fault. */
export function isTie(joining: Joining, cluster: Cluster): boolean {
  if (cluster.kind !== 'agent') return true
  const { tied } = joining.batch
  const known = tied.get(cluster)
  if (known !== undefined) return known
  const faults = new Set<string>()
  for (const one of cluster.alarms.values()) {
    const [ofServer] = marksIn(joining, one)
    const beside = ofServer === undefined ? undefined : joining.clusters.latest(ofServer.key)
    faults.add(beside?.alarms.has(subjectKey(one.subject)) === true && populationOf(joining, beside, one) !== null ? beside.key : subjectKey(one.subject))
  }
  tied.set(cluster, faults.size >= leastFaults)
  return faults.size >= leastFaults
}

/** The incident that this alarm shares most with; null: none yet. */
export function tiedIncident(joining: Joining, ties: readonly Cluster[]): string | null {
  const isHeld = ({ incident }: Cluster) => incident !== null && isOpen(joining, incident)
  const largestFirst = ties.toSorted((a, b) => b.alarms.size - a.alarms.size || Number(isHeld(b)) - Number(isHeld(a)))
  for (const cluster of largestFirst) {
    // The largest cluster is not part of an open incident: the alarm starts one.
    if (cluster.incident === null || !isOpen(joining, cluster.incident)) return null
    if (joining.majority.isSharedByMost(cluster, cluster.incident)) return cluster.incident
    // The cluster has outgrown the incident. Later alarms may still share it.
    cluster.incident = null
  }
  return null
}

/** Number of streams including those still on air. A stream that loses packets is itself live. */
const populationSize = (alarm: AlarmRecord, size: number, others: number): number => (topicOf(alarm) === 'air' ? size + others : Math.max(size, others))
/** `of`, if `size` is at least half of it. */
const ifAtLeastHalf = (size: number, of: number): number | null => (size * 2 >= of ? of : null)

// Finds incidents that an alarm joins because of other alarms of the same stream, server or host.

/** Maximum time between the onsets of alarms of one stream, server or host, or of an outage or restart of a machine and its server, with one cause, ms. */
const concurrentMs = 60_000

const restarts: ReadonlySet<string> = new Set<EventKind>(['serverRestarted', 'serverUpgraded', 'hostRestarted', 'mediaServerRestarted'])
/** Whether a machine or its server is down or was restarted. */
const isDownOrRestarted = (alarm: AlarmRecord): boolean =>
  alarm.kind === 'hostDown' || isReach(alarm) || (alarm.why.kind === 'happened' && restarts.has(alarm.why.event.kind))

/** The incident of another alarm of the same subject, or of its machine or server. Troubles of this console are unrelated to each other. */
export function concurrentIncident(joining: Joining, alarm: AlarmRecord): string | null {
  const { subject, since } = alarm
  const isConcurrent = (other: AlarmRecord | undefined): other is AlarmRecord =>
    other?.healedAt === null &&
    Math.abs(other.since - since) <= concurrentMs &&
    // An event is over at once.
    (other.kind === 'happened' || since <= (other.calmSince ?? since)) &&
    isOpen(joining, other.incident)
  const own =
    subject.kind === 'console' ? undefined : allAt(joining, subject).find((other) => isConcurrent(other) && isNoticedIn(joining, other.incident, alarm))
  if (own !== undefined) return own.incident
  const ofMachine = machinesOf(joining, alarm).flatMap((other) => allAt(joining, other))
  return ofMachine.find((other) => isConcurrent(other) && isDownOrRestarted(other))?.incident ?? null
}

/**
 * For the outage or restart of a machine, the servers on it; for that of a server, its machines, and for a restart the other servers on them: whoever
 * restarts a machine or installs a version restarts several, and the machine may be read only after them.
 */
function machinesOf({ around }: Joining, alarm: AlarmRecord): readonly AlarmSubject[] {
  if (!isDownOrRestarted(alarm)) return []
  const id = ownerIdOf(alarm.subject)
  const pairs = [...around.machines()]
  const hosts = new Set(pairs.flatMap(([hostId, serverId]) => (id === serverId ? hostId : [])))
  return [
    ...[...hosts].map(hostSubject),
    ...pairs.flatMap(([hostId, serverId]) =>
      id === hostId || (alarm.kind === 'happened' && id !== serverId && hosts.has(hostId)) ? serverSubject(serverId) : [],
    ),
  ]
}

/** Whether an alarm is noticed in an incident: it is no worse than that, or all of that is about the same, which is then called by the worst. */
function isNoticedIn(joining: Joining, incident: string, alarm: AlarmRecord): boolean {
  const tally = joining.open.tally(incident)
  const worst = tally && worstOf(tally)
  if (worst === null || severityRank[alarm.severity] >= severityRank[worst]) return true
  const same = new Set(subjectsOfSameStream(joining, alarm.subject).map(subjectKey))
  return [...joining.open.ofIncident(incident).values()].every(({ subject }) => same.has(subjectKey(subject)))
}

/**
 * The incident of another active alarm of the same stream, also one found by a probe, that is as bad, whenever it began. Not for servers and hosts: an
 * expiring certificate, for example, is not the reason for an outage. Nor for a stream that is lost: that begins an outage of its own. Event alarms don't
 * count, as an event is over immediately.
 */
export function ongoingIncident(joining: Joining, alarm: AlarmRecord): string | null {
  const { kind, subject, severity, since } = alarm
  if ((subject.kind !== 'stream' && subject.kind !== 'probe') || kind === 'happened' || isOffAir(alarm)) return null
  const isOngoing = (other: AlarmRecord | undefined) =>
    other?.healedAt === null &&
    other.kind !== 'happened' &&
    since <= (other.calmSince ?? since) &&
    severityRank[other.severity] <= severityRank[severity] &&
    isOpen(joining, other.incident)
  return allAt(joining, subject).find(isOngoing)?.incident ?? null
}

/** Joins the alarms for flapping and for an outage of the same subject: returns the incident of the other one. */
export function flappingIncident(joining: Joining, { kind, subject, rule }: AlarmRecord): string | null {
  const isOutage = (one: Pick<AlarmRecord, 'kind' | 'rule'>) => topicOf(one) === 'air' || topicOf(one) === 'reach'
  if (kind !== 'flapping' && !isOutage({ kind, rule })) return null
  for (const other of allAt(joining, subject)) {
    if (other === undefined || !isOpen(joining, other.incident)) continue
    if (kind === 'flapping' ? isOutage(other) : other.kind === 'flapping' && other.healedAt === null) return other.incident
  }
  return null
}

/** All alarms of a subject, those being placed now first. */
function allAt(joining: Joining, subject: AlarmSubject): readonly (AlarmRecord | undefined)[] {
  const same = subjectsOfSameStream(joining, subject)
  return [...same.map((one) => joining.batch.bySubject.get(subjectKey(one))), ...same.flatMap((one) => [...joining.open.at(one).values()])]
}
