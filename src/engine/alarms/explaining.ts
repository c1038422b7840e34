import { isReach, topicOf, type Upstream } from '../../shared/alarms.ts'
import { ownerIdOf, pathOf, serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import { type AlarmRecord, apartMs, lastedAt } from './alarmLife.ts'
import { hostsOf, isOpen, type Joining, streamOf } from './joining.ts'
import { isHere, known } from './marks.ts'
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
