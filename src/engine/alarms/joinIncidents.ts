import { randomUUID } from 'node:crypto'
import { type AlikeKind, isReach } from '../../shared/alarms.ts'
import { ownerIdOf } from '../../shared/subjectNames.ts'
import { type AlarmRecord, type ChangedAlarm, lastedAt } from './alarmLife.ts'
import { freshMs } from './changedIncidents.ts'
import { type Cluster, firstOf, isLarge } from './clusters.ts'
import {
  awaitUpstreams,
  concurrentIncident,
  downstreamIncident,
  explainingIncident,
  flappingIncident,
  incidentBeforeOutage,
  isOffAir,
  isTie,
  noteLeft,
  ongoingIncident,
  outageIncident,
  outageOf,
  populationOf,
  tiedIncident,
} from './explaining.ts'
import { addToClusters, beginBatch, clustersOf, createJoining, isOpen, type Joining, type Surroundings } from './joining.ts'
import { type OpenAlarms, subjectKey } from './openAlarms.ts'
import type { UpstreamsOf } from './topology.ts'

/** Clusters that nothing joined for this long are forgotten. */
const forgottenMs = 120_000

/** Assigns new alarms to incidents: alarms that have the same cause, as far as the figures show, form one incident. */
export function createIncidentJoiner(open: OpenAlarms, around: Surroundings, now: number) {
  const joining = createJoining(open, around)
  let isRestored = false
  let forgotAt = now

  /** Returns the changes, with each new alarm assigned to its incident. */
  return (changed: readonly ChangedAlarm[], at: number): readonly ChangedAlarm[] => {
    noteOutages(joining, changed)
    const fresh = new Set(changed.filter((one) => isNew(joining, one, at)).map(({ alarm }) => alarm.id))
    if (fresh.size === 0) return changed
    beginBatch(joining)
    // Not at creation, as servers are loaded later.
    if (!isRestored) restoreClusters(joining, now)
    isRestored = true
    joining.batch.marks.clear()
    if (at - forgotAt >= forgottenMs / 10) {
      forgotAt = at
      forget(joining, at)
    }
    const withOrigins = originsAdded(joining, changed, fresh)
    const wanted = new Set<Cluster>()
    for (const { alarm } of withOrigins) {
      if (!fresh.has(alarm.id)) continue
      for (const cluster of addToClusters(joining, alarm, at)) if (isLarge(cluster)) wanted.add(cluster)
    }
    const counted = [...wanted].flatMap((cluster) => (cluster.live === null ? [] : [[cluster.live, firstOf(cluster)] as const]))
    if (counted.length > 0) joining.live.countFor(new Map(counted), at)
    return withOrigins.map((one) => (fresh.has(one.alarm.id) ? inItsIncident(joining, one, at) : one))
  }
}

/** The alarm in its incident; one that has returned notes which it left, so that the past knows. */
function inItsIncident(joining: Joining, { alarm, changes }: ChangedAlarm, at: number): ChangedAlarm {
  const left = joining.open.get(alarm.id)?.incident
  const inIncident = withIncident(joining, alarm, at)
  if (left === undefined || left === inIncident.incident) return { alarm: inIncident, changes }
  return { alarm: inIncident, changes: changes.map((change) => (change.kind === 'returned' ? { ...change, left } : change)) }
}

/** Raised, or returned after it was well for a while, or after the outage by which it was lost before. */
function isNew(joining: Joining, { alarm, changes }: ChangedAlarm, at: number): boolean {
  if (changes.some(({ kind }) => kind === 'raised')) return true
  if (!changes.some(({ kind }) => kind === 'returned')) return false
  const { incident, subject, since } = alarm
  const outage = isReach(alarm) ? undefined : outageOf(joining, ownerIdOf(subject))
  const wellSince = joining.open.get(alarm.id)?.healedAt ?? at
  return at - wellSince > freshMs || (outage?.incident === incident && !lastedAt(outage, since))
}

function noteOutages({ outages }: Joining, changed: readonly ChangedAlarm[]): void {
  for (const { alarm } of changed) if (alarm.closed !== null && isReach(alarm)) outages.set(ownerIdOf(alarm.subject), alarm)
}

/** Restores the clusters of alarms that began shortly before this launch. */
function restoreClusters(joining: Joining, now: number): void {
  for (const alarm of joining.open.all()) {
    if (now - alarm.raisedAt > forgottenMs) continue
    const own = addToClusters(joining, alarm, now)
    for (const cluster of own) cluster.incident ??= alarm.incident
    joining.majority.count(own, alarm.incident)
    awaitUpstreams(joining, alarm, alarm.raisedAt)
  }
}

function forget(joining: Joining, at: number): void {
  const { clusters, outages, left, majority, awaited } = joining
  clusters.forgetBefore(at - forgottenMs)
  for (const [serverId, { closed }] of outages) if (at - (closed?.at ?? 0) > forgottenMs) outages.delete(serverId)
  for (const [serverId, { incident }] of left) if (!isOpen(joining, incident)) left.delete(serverId)
  majority.forget((incident) => !isOpen(joining, incident))
  for (const [place, { seenAt }] of awaited) if (at - seenAt > forgottenMs) awaited.delete(place)
}

/** Adds to new alarms of streams where these come from. */
function originsAdded(joining: Joining, changed: readonly ChangedAlarm[], fresh: ReadonlySet<string>): readonly ChangedAlarm[] {
  const { around } = joining
  let upstreamsOf: UpstreamsOf | null = null
  return changed.map((one) => {
    const { alarm } = one
    if (!fresh.has(alarm.id) || alarm.subject.kind !== 'stream') return one
    const { serverId, path } = alarm.subject
    const origin = around.originOf(serverId, path)
    upstreamsOf ??= around.upstreams()
    const upstreams = isOffAir(alarm) && outageIncident(joining, serverId, alarm.since) === null ? upstreamsOf(serverId, path) : []
    const { upstreams: _, ...rest } = alarm
    return { ...one, alarm: { ...rest, ...(origin !== null && { origin }), ...(upstreams.length > 0 && { upstreams: [...upstreams] }) } }
  })
}

/** An end is told by now if its incident was well for this long, ms: what goes wrong again is another outage, with a message thread of its own. */
const anotherMs = 90_000

/** The incident that begins with an alarm. */
function ownIncident({ open }: Joining, alarm: AlarmRecord, at: number): string {
  const before = open.get(alarm.id)
  if (before === undefined || before.healedAt === null) return alarm.id
  if (at - before.healedAt > anotherMs) return randomUUID()
  // That of another alarm, which it left, is not taken along; an own one that was told earlier is not begun again.
  const isOthers = before.incident !== alarm.id && open.get(before.incident) !== undefined
  if (isOthers) return before.since <= before.raisedAt ? alarm.id : randomUUID()
  return before.incident
}

/** Assigns a new alarm to its incident. */
function withIncident(joining: Joining, alarm: AlarmRecord, at: number): AlarmRecord {
  const { batch, majority } = joining
  const explained = explainingIncident(joining, alarm)
  const earlier = explained === null ? incidentBeforeOutage(joining, alarm, at) : null
  const related = explained ?? earlier ?? concurrentIncident(joining, alarm)
  const downstream = related === null ? downstreamIncident(joining, alarm) : null
  const own = clustersOf(joining, alarm, at)
  const { ties, alike } = sharedBy(joining, own, alarm)
  const known = related ?? downstream
  const tied = known === null ? tiedIncident(joining, ties) : null
  // Alarms that begin together are stronger evidence than a trouble that the subject already had.
  const joined = known ?? tied ?? flappingIncident(joining, alarm) ?? (ties.length > 0 ? null : ongoingIncident(joining, alarm))
  const incident = joined ?? ownIncident(joining, alarm, at)
  batch.incidents.add(incident)
  for (const cluster of own)
    if (cluster.incident === null || !isOpen(joining, cluster.incident)) {
      cluster.incident = incident
      cluster.inIncident = 0
    }
  if (earlier !== null || downstream !== null) majority.rootFound(own, incident)
  else if (tied !== null) majority.joined(own, incident)
  else if (joined === null) majority.started(own, incident)
  else if (explained === null) majority.count(own, incident)
  const { alike: _, ...rest } = alarm
  const placed: AlarmRecord = { ...rest, incident, ...(Object.keys(alike).length > 0 && { alike }) }
  batch.bySubject.set(subjectKey(alarm.subject), placed)
  if (explained === null) {
    awaitUpstreams(joining, placed, at)
    noteLeft(joining, placed)
  }
  return placed
}

/** The clusters that link an alarm to others, and how many streams or servers share each property. */
function sharedBy(joining: Joining, own: readonly Cluster[], alarm: AlarmRecord) {
  const alike: Partial<Record<AlikeKind, number>> = {}
  const ties: Cluster[] = []
  for (const cluster of own) {
    const of = populationOf(joining, cluster, alarm)
    if (of === null) continue
    const isOne = isTie(joining, cluster)
    if (isOne) ties.push(cluster)
    // Streams of one server share it in any case.
    if (isOne || alike.together !== undefined) alike[cluster.kind] = of
  }
  return { ties, alike }
}
