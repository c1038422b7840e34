import { isReach, topicOf, type Upstream } from '../../shared/alarms.ts'
import { ownerIdOf, pathOf, serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import type { AlarmRecord } from './alarmLife.ts'
import { freshMs } from './incidentTally.ts'
import { hostsOf, isOpen, type Joining, streamOf } from './joining.ts'
import { isHere, known } from './marks.ts'
import { keyOf, placeOf } from './openAlarms.ts'

// What one alarm explains of another: servers that are down, and streams that others come from.

/** A server that is seen to be down explains alarms of its streams that were raised at most this long before. */
const earlierMs = 10_000
/** A stream that was lost at most so long after one that comes from it was is why: servers are asked at different moments. */
const upstreamMs = 30_000

export function isAir(alarm: AlarmRecord): boolean {
  return topicOf(alarm) === 'air'
}
const lost = ({ serverId, path }: Pick<Upstream, 'serverId' | 'path'>) => ({ kind: 'streamGone', subject: streamSubject(serverId, path) }) as const

/** The incident of a server that is down, or was until shortly before. */
export function outageOf({ open, outages }: Joining, serverId: string, at: number): string | null {
  const alarm = open.of(serverId).get(keyOf({ kind: 'serverDown', subject: serverSubject(serverId) }))
  if (alarm !== undefined) return alarm.healedAt === null || at - alarm.healedAt <= freshMs ? alarm.incident : null
  const outage = outages.get(serverId)
  return outage !== undefined && at - outage.healedAt <= freshMs ? outage.incident : null
}

/** That of a stream that is lost, or was until shortly before. */
function lossOf({ open, batch }: Joining, upstream: Upstream, at: number): string | null {
  const about = lost(upstream)
  const found = [batch.placedAt.get(placeOf(about.subject)), open.of(upstream.serverId).get(keyOf(about))]
  return found.find((alarm) => alarm !== undefined && isAir(alarm) && (alarm.healedAt === null || at - alarm.healedAt <= freshMs))?.incident ?? null
}

/** The outage of its server, of one that its stream comes from, or the loss of that stream there, the nearest first. */
export function explainedBy(joining: Joining, { subject, why, origin, upstreams = [] }: AlarmRecord, at: number): string | null {
  if (subject.kind === 'probe') {
    // What is found in its pictures has nothing to do with an API that does not answer.
    const read = why.kind === 'probeDown' ? streamOf(joining, subject) : null
    return read && outageOf(joining, read.serverId, at)
  }
  if (subject.kind !== 'stream') return null
  const own = outageOf(joining, subject.serverId, at)
  if (own !== null) return own
  for (const upstream of upstreams) {
    const incident = outageOf(joining, upstream.serverId, at) ?? lossOf(joining, upstream, at)
    if (incident !== null) return incident
  }
  // One at which nobody watches that stream.
  const [only, ...others] =
    upstreams.length === 0 && known(origin?.source) && !isHere(origin.source) ? (hostsOf(joining).serversAt.get(origin.source) ?? []) : []
  return only === undefined || others.length > 0 ? null : outageOf(joining, only, at)
}

/** The incident of what comes from it and was seen to be lost first, or comes from the same that is about to be one. */
export function beganBelow(joining: Joining, alarm: AlarmRecord, at: number): string | null {
  const { subject, since, upstreams = [] } = alarm
  if (subject.kind !== 'stream' || !isAir(alarm)) return null
  const places = [
    subject,
    ...upstreams.filter((upstream) => joining.around.pendingOf(upstream.serverId).has(keyOf(lost(upstream)))).map((upstream) => lost(upstream).subject),
  ]
  for (const place of places) {
    const below = joining.awaited.get(placeOf(place))
    if (below !== undefined && Math.abs(below.since - since) <= upstreamMs && isOpen(joining, below.incident, at)) return below.incident
  }
  return null
}

/** Notes what a lost stream comes from, in case that is seen to be lost later. */
export function awaitUpstreams({ awaited }: Joining, { incident, since, upstreams = [] }: AlarmRecord, at: number): void {
  for (const upstream of upstreams)
    for (const place of [lost(upstream).subject, serverSubject(upstream.serverId)]) awaited.set(placeOf(place), { incident, since, seenAt: at })
}

/** The incident of most streams that were hit just before their server was seen down, as long as it is mostly of that server. */
export function begunBy(joining: Joining, alarm: AlarmRecord, at: number): string | null {
  if (!isReach(alarm)) return null
  const { open, awaited, clusters } = joining
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
  if (below !== undefined && at - below.seenAt <= earlierMs && isOpen(joining, below.incident, at)) return below.incident
  const host = hostsOf(joining).hostOf.get(serverId)
  const pulled = host === undefined ? undefined : clusters.latest(`source air ${host}`)
  return pulled !== undefined && at - pulled.seenAt <= earlierMs && pulled.alarms.size > 1 ? pulled.incident : null
}
