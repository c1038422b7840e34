import { isReach, topicOf, type Upstream } from '../../shared/alarms.ts'
import { ownerIdOf, pathOf, serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import type { AlarmRecord } from './alarmLife.ts'
import { freshMs } from './incidentTally.ts'
import { hostsOf, isOpen, type Joining, streamOf } from './joining.ts'
import { isHere, known } from './marks.ts'
import { alarmKey, subjectKey } from './openAlarms.ts'

// Finds the incident of another alarm that explains this one: servers that are down, and upstream streams.

/** An outage of a server explains alarms of its streams raised at most this long before it was detected, ms. */
const earlierMs = 10_000
/** The loss of a stream explains that of a downstream one detected at most this long before, ms: servers are polled at different times. */
const upstreamMs = 30_000

export function isOffAir(alarm: AlarmRecord): boolean {
  return topicOf(alarm) === 'air'
}
const lossAlarmOf = ({ serverId, path }: Pick<Upstream, 'serverId' | 'path'>) => ({ kind: 'streamGone', subject: streamSubject(serverId, path) }) as const

/** The incident of a server that is down, or was until recently. */
export function outageIncident({ open, outages }: Joining, serverId: string, at: number): string | null {
  const alarm = open.of(serverId).get(alarmKey({ kind: 'serverDown', subject: serverSubject(serverId) }))
  if (alarm !== undefined) return alarm.healedAt === null || at - alarm.healedAt <= freshMs ? alarm.incident : null
  const outage = outages.get(serverId)
  return outage !== undefined && at - outage.healedAt <= freshMs ? outage.incident : null
}

/** The incident of a stream that is lost, or was until recently. */
function lossIncident({ open, batch }: Joining, upstream: Upstream, at: number): string | null {
  const about = lossAlarmOf(upstream)
  const found = [batch.bySubject.get(subjectKey(about.subject)), open.of(upstream.serverId).get(alarmKey(about))]
  return found.find((alarm) => alarm !== undefined && isOffAir(alarm) && (alarm.healedAt === null || at - alarm.healedAt <= freshMs))?.incident ?? null
}

/** The incident of the outage of its server or of an upstream server, or of the loss of an upstream stream; the nearest first. */
export function explainingIncident(joining: Joining, { subject, why, origin, upstreams = [] }: AlarmRecord, at: number): string | null {
  if (subject.kind === 'probe') {
    // Faults in the pictures are unrelated to an API that does not answer.
    const read = why.kind === 'probeDown' ? streamOf(joining, subject) : null
    return read && outageIncident(joining, read.serverId, at)
  }
  if (subject.kind !== 'stream') return null
  const own = outageIncident(joining, subject.serverId, at)
  if (own !== null) return own
  for (const upstream of upstreams) {
    const incident = outageIncident(joining, upstream.serverId, at) ?? lossIncident(joining, upstream, at)
    if (incident !== null) return incident
  }
  // The source is a known server, but its stream is not watched.
  const [only, ...others] =
    upstreams.length === 0 && known(origin?.source) && !isHere(origin.source) ? (hostsOf(joining).serversAt.get(origin.source) ?? []) : []
  return only === undefined || others.length > 0 ? null : outageIncident(joining, only, at)
}

/** The incident of a downstream stream that was detected as lost first, or of one with the same upstream stream, whose alarm is still pending. */
export function downstreamIncident(joining: Joining, alarm: AlarmRecord, at: number): string | null {
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
    if (below !== undefined && Math.abs(below.since - since) <= upstreamMs && isOpen(joining, below.incident, at)) return below.incident
  }
  return null
}

/** Remembers the upstream streams of a lost stream, in case their loss is detected later. */
export function awaitUpstreams({ awaited }: Joining, { incident, since, upstreams = [] }: AlarmRecord, at: number): void {
  for (const upstream of upstreams)
    for (const place of [lossAlarmOf(upstream).subject, serverSubject(upstream.serverId)]) awaited.set(subjectKey(place), { incident, since, seenAt: at })
}

/** The incident of most streams that were lost just before the outage of their server was detected, if it is mostly about that server. */
export function incidentBeforeOutage(joining: Joining, alarm: AlarmRecord, at: number): string | null {
  if (!isReach(alarm)) return null
  const { open, awaited, clusters } = joining
  const serverId = ownerIdOf(alarm.subject)
  const earlier = new Map<string, number>()
  for (const { incident, raisedAt, subject } of open.of(serverId).values())
    if (pathOf(subject) !== null && at - raisedAt <= earlierMs) earlier.set(incident, (earlier.get(incident) ?? 0) + 1)
  const [most] = [...earlier].sort(([, one], [, other]) => other - one)
  if (most !== undefined) {
    const [incident] = most
    const { ongoing = 0, owners } = open.tally(incident) ?? {}
    return (owners?.get(serverId) ?? 0) * 2 > ongoing ? incident : null
  }
  // Streams that other servers pull from it are lost first.
  const below = awaited.get(subjectKey(serverSubject(serverId)))
  if (below !== undefined && at - below.seenAt <= earlierMs && isOpen(joining, below.incident, at)) return below.incident
  const host = hostsOf(joining).hostOf.get(serverId)
  const pulled = host === undefined ? undefined : clusters.latest(`source air ${host}`)
  return pulled !== undefined && at - pulled.seenAt <= earlierMs && pulled.alarms.size > 1 ? pulled.incident : null
}
