import { type AlikeKind, topicOf } from '../../shared/alarms.ts'
import { ownerIdOf } from '../../shared/subjectNames.ts'
import type { AlarmRecord } from './alarmLife.ts'
import { type Cluster, isLarge, isWithin } from './clusters.ts'
import { explainedBy } from './explaining.ts'
import { hostsOf, isOpen, type Joining, marksIn } from './joining.ts'
import { isHere } from './marks.ts'
import { placeOf } from './openAlarms.ts'

// What alarms have in common, and whether that is enough to be one cause.

/** What takes all streams with it that share it. */
const isOneFault: ReadonlySet<AlikeKind> = new Set(['address', 'source', 'network'])
/** Two that fall together may do so by chance. */
const leastFaults = 3

/** Number of streams or servers of which this cluster is at least half; null: it is not, or too small. */
export function ofHow(joining: Joining, cluster: Cluster, alarm: AlarmRecord): number | null {
  if (cluster.kind === 'together') {
    const { counted } = joining.batch
    const found = counted.has(cluster) ? (counted.get(cluster) ?? null) : ofServer(joining, cluster, alarm)
    counted.set(cluster, found)
    return found
  }
  if (!isLarge(cluster)) return null
  const { kind, live: value } = cluster
  const { size } = cluster.alarms
  if (kind === 'path') return size
  if (kind === 'servers') return half(size, Math.max(size, [...hostsOf(joining).hostOf.values()].filter((host) => !isHere(host)).length))
  const others = value === null ? null : joining.live.of(value)
  return others === null ? null : half(size, together(alarm, size, others))
}

/** Streams of one server: also fewer than half, where so many faults would hardly come together by chance. What is explained otherwise is none. */
function ofServer(joining: Joining, cluster: Cluster, alarm: AlarmRecord): number | null {
  const others = joining.around.liveOn(ownerIdOf(alarm.subject))
  if (others === null) return null
  const pending = pendingWith(joining, cluster, alarm)
  if (!isLarge(cluster, pending.length)) return null
  const size = cluster.alarms.size + pending.length
  const of = together(alarm, size, others)
  if (half(size, of) !== null) return of
  const faults = new Set(pending)
  for (const one of cluster.alarms.values()) if (explainedBy(joining, one, cluster.seenAt) === null) faults.add(faultOf(joining, one))
  return faults.size >= leastFaults && faults.size ** 2 >= of ? of : null
}

/** Paths with the same trouble that began at that time, and are no alarms yet: a poll later or two they are. */
function pendingWith({ around }: Joining, cluster: Cluster, alarm: AlarmRecord): readonly string[] {
  const key = `${topicOf(alarm)} `
  const found: string[] = []
  for (const [about, { onset }] of around.pendingOf(ownerIdOf(alarm.subject))) if (about.startsWith(key) && isWithin(cluster, onset)) found.push(about)
  return found
}

/** What would have to have failed by itself: of streams that all or half of their address, source or network went with, that. */
function faultOf(joining: Joining, alarm: AlarmRecord): string {
  const shared = marksIn(joining, alarm).find(({ kind, key }) => {
    const cluster = isOneFault.has(kind) ? joining.clusters.latest(key) : undefined
    return cluster?.alarms.has(placeOf(alarm.subject)) === true && ofHow(joining, cluster, alarm) !== null
  })
  return shared?.key ?? placeOf(alarm.subject)
}

/** User agents of many streams are alike: of those that went with others of their server it counts that once. */
export function isTie(joining: Joining, cluster: Cluster): boolean {
  if (cluster.kind !== 'agent') return true
  const { tied } = joining.batch
  const known = tied.get(cluster)
  if (known !== undefined) return known
  const faults = new Set<string>()
  for (const one of cluster.alarms.values()) {
    const [ofServer] = marksIn(joining, one)
    const beside = ofServer === undefined ? undefined : joining.clusters.latest(ofServer.key)
    faults.add(beside?.alarms.has(placeOf(one.subject)) === true && ofHow(joining, beside, one) !== null ? beside.key : placeOf(one.subject))
  }
  tied.set(cluster, faults.size >= leastFaults)
  return faults.size >= leastFaults
}

/** The incident that is held by what ties most to this alarm; null: that is none yet. */
export function heldBy(joining: Joining, ties: readonly Cluster[], at: number): string | null {
  const isHeld = ({ incident }: Cluster) => incident !== null && isOpen(joining, incident, at)
  const largestFirst = ties.toSorted((a, b) => b.alarms.size - a.alarms.size || Number(isHeld(b)) - Number(isHeld(a)))
  for (const cluster of largestFirst) {
    // Larger than what else it may belong to, it is one of its own.
    if (cluster.incident === null || !isOpen(joining, cluster.incident, at)) return null
    if (joining.holding.holds(cluster, cluster.incident)) return cluster.incident
    // It has grown beyond it. Others may still have this in common.
    cluster.incident = null
  }
  return null
}

/** How many there are with those that go on. A stream that loses packets is live itself. */
const together = (alarm: AlarmRecord, size: number, others: number): number => (topicOf(alarm) === 'air' ? size + others : Math.max(size, others))
/** `of`, if this is at least half of it. */
const half = (size: number, of: number): number | null => (size * 2 >= of ? of : null)
