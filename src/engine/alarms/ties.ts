import { type AlikeKind, topicOf } from '../../shared/alarms.ts'
import { ownerIdOf } from '../../shared/subjectNames.ts'
import type { AlarmRecord } from './alarmLife.ts'
import { type Cluster, firstOf, isLarge, isWithin } from './clusters.ts'
import { explainingIncident } from './explaining.ts'
import { hostsOf, isOpen, type Joining, marksIn } from './joining.ts'
import { isHere } from './marks.ts'
import { subjectKey } from './openAlarms.ts'

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
