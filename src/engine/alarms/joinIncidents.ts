import { type AlikeKind, isReach } from '../../shared/alarms.ts'
import { ownerIdOf } from '../../shared/subjectNames.ts'
import type { AlarmRecord, ChangedAlarm } from './alarmLife.ts'
import { besideOf, flapsWith, standingOf } from './besides.ts'
import { type Cluster, isLarge } from './clusters.ts'
import { awaitUpstreams, beganBelow, begunBy, explainedBy, isAir, outageOf } from './explaining.ts'
import { isFresh } from './incidentTally.ts'
import { beginBatch, clustersOf, createJoining, enter, isOpen, type Joining, type Surroundings } from './joining.ts'
import { type OpenAlarms, placeOf } from './openAlarms.ts'
import { heldBy, isTie, ofHow } from './ties.ts'
import type { UpstreamsOf } from './topology.ts'

/** Clusters that nothing joined for this long are forgotten. */
const forgottenMs = 120_000

/** Finds the incidents that new alarms join: what has the same cause, as far as figures show it, is one incident. */
export function createIncidentJoiner(open: OpenAlarms, around: Surroundings, now: number) {
  const joining = createJoining(open, around)
  let hasBegun = false
  let forgotAt = now

  /** The same changes, each new alarm in its incident. */
  return (changed: readonly ChangedAlarm[], at: number): readonly ChangedAlarm[] => {
    noteOutages(joining, changed, at)
    const fresh = new Set(changed.filter((one) => isNew(joining, one, at)).map(({ alarm }) => alarm.id))
    if (fresh.size === 0) return changed
    beginBatch(joining)
    // Later than this is created, as the servers are read.
    if (!hasBegun) recall(joining, now)
    hasBegun = true
    joining.batch.marks.clear()
    if (at - forgotAt >= forgottenMs / 10) {
      forgotAt = at
      forget(joining, at)
    }
    const withOrigins = originsAdded(joining, changed, fresh, at)
    const wanted = new Set<string>()
    for (const { alarm } of withOrigins) {
      if (!fresh.has(alarm.id)) continue
      for (const cluster of enter(joining, alarm, at)) if (cluster.live !== null && isLarge(cluster)) wanted.add(cluster.live)
    }
    if (wanted.size > 0) joining.live.look(wanted, at)
    return withOrigins.map((one) => (fresh.has(one.alarm.id) ? { ...one, alarm: placed(joining, one.alarm, at) } : one))
  }
}

/** Raised, or returned after its incident was over for a while. */
const isNew = ({ open }: Joining, { alarm, changes }: ChangedAlarm, at: number): boolean =>
  changes.some(({ kind }) => kind === 'raised' || (kind === 'returned' && !isFresh(open.tally(alarm.incident), at)))

function noteOutages({ outages }: Joining, changed: readonly ChangedAlarm[], at: number): void {
  for (const { alarm } of changed)
    if (alarm.closed !== null && isReach(alarm)) outages.set(ownerIdOf(alarm.subject), { incident: alarm.incident, healedAt: alarm.healedAt ?? at })
}

/** What began shortly before the last process ended. */
function recall(joining: Joining, now: number): void {
  for (const alarm of joining.open.all()) {
    if (now - alarm.raisedAt > forgottenMs) continue
    const own = enter(joining, alarm, now)
    for (const cluster of own) cluster.incident ??= alarm.incident
    joining.holding.count(own, alarm.incident)
    awaitUpstreams(joining, alarm, alarm.raisedAt)
  }
}

function forget(joining: Joining, at: number): void {
  const { clusters, outages, holding, awaited } = joining
  clusters.forgetBefore(at - forgottenMs)
  for (const [serverId, { healedAt }] of outages) if (at - healedAt > forgottenMs) outages.delete(serverId)
  holding.forget((incident) => !isOpen(joining, incident, at))
  for (const [place, { seenAt }] of awaited) if (at - seenAt > forgottenMs) awaited.delete(place)
}

/** New alarms of streams with where these come from. */
function originsAdded(joining: Joining, changed: readonly ChangedAlarm[], fresh: ReadonlySet<string>, at: number): readonly ChangedAlarm[] {
  const { around } = joining
  let upstreamsOf: UpstreamsOf | null = null
  return changed.map((one) => {
    const { alarm } = one
    if (!fresh.has(alarm.id) || alarm.subject.kind !== 'stream') return one
    const { serverId, path } = alarm.subject
    const origin = around.originOf(serverId, path)
    upstreamsOf ??= around.upstreams()
    const upstreams = isAir(alarm) && outageOf(joining, serverId, at) === null ? upstreamsOf(serverId, path) : []
    const { upstreams: _, ...rest } = alarm
    return { ...one, alarm: { ...rest, ...(origin !== null && { origin }), ...(upstreams.length > 0 && { upstreams: [...upstreams] }) } }
  })
}

/** A new alarm in its incident. */
function placed(joining: Joining, alarm: AlarmRecord, at: number): AlarmRecord {
  const { batch, holding } = joining
  const explained = explainedBy(joining, alarm, at)
  const begun = explained === null ? begunBy(joining, alarm, at) : null
  const beside = explained ?? begun ?? besideOf(joining, alarm, at)
  const below = beside === null ? beganBelow(joining, alarm, at) : null
  const own = clustersOf(joining, alarm, at)
  const { ties, alike } = sharedBy(joining, own, alarm)
  const known = beside ?? below
  const held = known === null ? heldBy(joining, ties, at) : null
  // What begins it with others says more than what has been wrong with it before.
  const incident = known ?? held ?? flapsWith(joining, alarm, at) ?? (ties.length > 0 ? null : standingOf(joining, alarm, at)) ?? alarm.id
  batch.incidents.add(incident)
  for (const cluster of own)
    if (cluster.incident === null || !isOpen(joining, cluster.incident, at)) {
      cluster.incident = incident
      cluster.held = 0
    }
  if (begun !== null || below !== null) holding.explainedBy(own, incident)
  else if (held !== null) holding.joined(own, incident)
  else if (incident === alarm.id) holding.founded(own, incident)
  else if (explained === null) holding.count(own, incident)
  const { alike: _, ...rest } = alarm
  const inIncident: AlarmRecord = { ...rest, incident, ...(Object.keys(alike).length > 0 && { alike }) }
  batch.placedAt.set(placeOf(alarm.subject), inIncident)
  if (explained === null) awaitUpstreams(joining, inIncident, at)
  return inIncident
}

/** What an alarm has in common with so many others that it may be the cause, and with how many. */
function sharedBy(joining: Joining, own: readonly Cluster[], alarm: AlarmRecord) {
  const alike: Partial<Record<AlikeKind, number>> = {}
  const ties: Cluster[] = []
  for (const cluster of own) {
    const of = ofHow(joining, cluster, alarm)
    if (of === null) continue
    const isOne = isTie(joining, cluster)
    if (isOne) ties.push(cluster)
    // Those of one server have it in common all the same.
    if (isOne || alike.together !== undefined) alike[cluster.kind] = of
  }
  return { ties, alike }
}
