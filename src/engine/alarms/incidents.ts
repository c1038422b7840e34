import { isDeepStrictEqual } from 'node:util'
import { isPulled } from '../../i18n/media.ts'
import { type Alarm, type AlarmState, type AlikeKind, isReach, topicOf, type Upstream } from '../../shared/alarms.ts'
import { isOfHost } from '../../shared/causes.ts'
import { type Factor, type Incident, mostListedOfIncident } from '../../shared/incidents.ts'
import { networkOf } from '../../shared/ipAddresses.ts'
import type { Reason } from '../../shared/reasons.ts'
import { type Severity, severityRank, worseSeverity } from '../../shared/severities.ts'
import { sumKnown } from '../../shared/statistics.ts'
import { ownerIdOf, pathOf, serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import { lastedAt } from './alarmLife.ts'
import { freshMs, subjectKey } from './openAlarms.ts'

// Incidents are derived from their alarms; nothing about them is stored.

/** States in the order of how urgently they need an operator. */
const statesByNeed: readonly AlarmState[] = ['unacknowledged', 'acknowledged', 'healedUnseen', 'suppressed', 'shelved', 'outOfService']

const isOngoing = ({ healedAt, closed }: Alarm) => healedAt === null && closed === null
const endOf = ({ healedAt, closed }: Alarm) => healedAt ?? closed?.at ?? Number.POSITIVE_INFINITY

const isOfProbe = ({ subject }: Pick<Alarm, 'subject'>) => subject.kind === 'probe'
/** Alarms except those of probes, whose streams have their own alarms among them; all, if there are no others. */
function withoutProbes<T extends Pick<Alarm, 'subject'>>(alarms: readonly T[]): readonly T[] {
  const others = alarms.filter((alarm) => !isOfProbe(alarm))
  return others.length > 0 ? others : alarms
}

/** Sort rank. 0: wrong now, 1: back to normal but in its off-delay, 2: over. */
const ongoingRank = (alarm: Alarm): number => (!isOngoing(alarm) ? 2 : alarm.calmSince === undefined ? 0 : 1)

/** Order: ongoing alarms first, then by severity, servers before streams, sources before streams fed by them, streams before their probes, oldest first. */
export function compareMembers(a: Alarm, b: Alarm): number {
  return (
    ongoingRank(a) - ongoingRank(b) ||
    severityRank[a.severity] - severityRank[b.severity] ||
    Number(!isReach(a)) - Number(!isReach(b)) ||
    (a.upstreams?.length ?? 0) - (b.upstreams?.length ?? 0) ||
    Number(isOfProbe(a)) - Number(isOfProbe(b)) ||
    a.since - b.since ||
    (a.id < b.id ? -1 : 1)
  )
}

/**
 * Ongoing alarms, and those healed only shortly before: today's outage does not explain the alarm of a stream that returns tomorrow. Of an incident that is
 * over, those that lasted until its end, except for that it flapped, which counts for a quarter of an hour.
 */
function currentOf(alarms: readonly Alarm[]): readonly Alarm[] {
  const ongoing = alarms.filter(isOngoing)
  const faults = alarms.filter(({ kind }) => kind !== 'flapping')
  const from = ongoing.length > 0 ? earliest(ongoing) : latestEnd(faults.length > 0 ? faults : alarms)
  return alarms.filter((alarm) => endOf(alarm) + freshMs >= from)
}
const earliest = (alarms: readonly Alarm[]) => alarms.reduce((least, { since }) => Math.min(least, since), Number.POSITIVE_INFINITY)
const latestEnd = (alarms: readonly Alarm[]) => alarms.reduce((latest, alarm) => Math.max(latest, endOf(alarm)), Number.NEGATIVE_INFINITY)

function spanOf(alarms: readonly Alarm[]): number {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const { since } of alarms) {
    from = Math.min(from, since)
    to = Math.max(to, since)
  }
  return to - from
}

/** Properties that alarms of streams may have in common, most significant first. */
const sharedBy: Readonly<Record<Exclude<AlikeKind, 'servers'>, (alarm: Alarm) => string | null>> = {
  path: ({ subject }) => pathOf(subject),
  address: ({ origin }) => origin?.address ?? null,
  source: ({ origin }) => origin?.source ?? null,
  together: ({ serverName }) => serverName,
  network: ({ origin }) => (origin?.address == null ? null : networkOf(origin.address)),
}
const alikeKinds = Object.keys(sharedBy) as (keyof typeof sharedBy)[]

/** The largest group of alarms with the same value, some of which were assigned to the incident because of it (`alike`); null: none. */
function groupBy(kind: keyof typeof sharedBy, streams: readonly Alarm[]): { readonly value: string; readonly alarms: readonly Alarm[] } | null {
  const isAlike = ({ alike }: Alarm) => alike?.[kind] !== undefined
  if (!streams.some(isAlike)) return null
  let best: { value: string; alarms: readonly Alarm[] } | null = null
  for (const [value, alarms] of Map.groupBy(streams, sharedBy[kind]))
    if (value !== null && alarms.length > (best?.alarms.length ?? 1) && alarms.some(isAlike)) best = { value, alarms }
  return best
}

function factorOf(kind: keyof typeof sharedBy, streams: readonly Alarm[]): { readonly factor: Factor; readonly count: number } | null {
  const group = groupBy(kind, streams)
  if (group === null) return null
  const { value, alarms } = group
  const count = alarms.length
  const spanMs = spanOf(alarms)
  if (kind === 'path') {
    const servers = new Set(alarms.map(({ subject }) => ownerIdOf(subject))).size
    return servers < 2 ? null : { factor: { kind, path: value, servers, spanMs }, count }
  }
  const of = alarms.reduce((most, { alike }) => Math.max(most, alike?.[kind] ?? 0), count)
  return { factor: { kind, value, count, of, spanMs }, count }
}

/** The earliest alarm of each stream, so that a stream with two alarms counts once. */
function onePerStream(alarms: readonly Alarm[]): readonly Alarm[] {
  const first = new Map<string, Alarm>()
  for (const alarm of alarms)
    if (alarm.subject.kind === 'stream') {
      const stream = `${alarm.subject.serverId} ${alarm.subject.path}`
      const before = first.get(stream)
      if (before === undefined || alarm.since < before.since) first.set(stream, alarm)
    }
  return [...first.values()]
}

/** A stream with its upstreams, up to the last that is in trouble as well. */
interface Downstream {
  readonly alarm: Alarm
  readonly upstreams: readonly Upstream[]
}
/** The alarms whose streams come from others that have alarms among these. */
function downstreamAmong(alarms: readonly Alarm[]): readonly Downstream[] {
  const coming = alarms.filter(({ upstreams }) => upstreams !== undefined)
  if (coming.length === 0) return []
  const hit = new Set(alarms.flatMap((alarm) => (alarm.subject.kind === 'stream' || isReach(alarm) ? [subjectKey(alarm.subject)] : [])))
  return coming.flatMap((alarm) => {
    const last = (alarm.upstreams ?? []).findLastIndex(
      ({ serverId, path }) => hit.has(subjectKey(streamSubject(serverId, path))) || hit.has(subjectKey(serverSubject(serverId))),
    )
    return last < 0 ? [] : [{ alarm, upstreams: alarm.upstreams?.slice(0, last + 1) ?? [] }]
  })
}
/** Alarms whose streams come from none of the others; all, if they form a circle. */
function rootsOf(alarms: readonly Alarm[]): readonly Alarm[] {
  const fed = new Set(downstreamAmong(alarms).map(({ alarm }) => subjectKey(alarm.subject)))
  const roots = fed.size === 0 ? alarms : alarms.filter(({ subject }) => !fed.has(subjectKey(subject)))
  return roots.length > 0 ? roots : alarms
}

/** The factor that streams come from others in trouble, shown by the one with the longest chain; null: none does. */
function upstreamFactor(alarms: readonly Alarm[]): Factor | null {
  const fed = downstreamAmong(alarms)
  const [first, ...others] = fed
  if (first === undefined) return null
  const { alarm, upstreams } = others.reduce((longest, one) => (one.upstreams.length > longest.upstreams.length ? one : longest), first)
  return {
    kind: 'upstream',
    count: new Set(fed.map(({ alarm: { subject } }) => subjectKey(subject))).size,
    servers: new Set(fed.map(({ alarm: { subject } }) => ownerIdOf(subject))).size,
    stream: { serverId: ownerIdOf(alarm.subject), serverName: alarm.serverName, path: pathOf(alarm.subject) ?? '' },
    upstreams: [...upstreams],
  }
}

/** Maximum number of common properties listed, and of kinds of troubles. */
const mostFactors = 2
const mostKinds = 4

/** What the alarms of an incident have in common, each with its evidence. `shown`: those that it is about, `named`: those after which it is called. */
function factorsOf(alarms: readonly Alarm[], shown: readonly Alarm[], named: readonly Alarm[]): readonly Factor[] {
  const reach = currentOf(alarms).filter(isReach)
  const upstream = upstreamFactor(shown)
  const factors = reach.length > 0 ? serverFactors(reach, alarms, shown, named) : sharedFactors(onePerStream(upstream === null ? named : rootsOf(named)))
  return upstream === null ? factors : [...factors, upstream]
}

/** Whether something was lost by an outage that is over: it is of that server, was on air, and began while it lasted. A refused password loses nothing. */
function isLeftOf({ subject, since, neverLive }: Alarm, outage: Alarm): boolean {
  return neverLive !== true && ownerIdOf(subject) === ownerIdOf(outage.subject) && outage.kind !== 'serverHalted' && lastedAt(outage, since)
}

/** The factor that servers are down, or were until recently. */
function serverFactors(reach: readonly Alarm[], alarms: readonly Alarm[], shown: readonly Alarm[], named: readonly Alarm[]): readonly Factor[] {
  const down = shown.filter(isReach)
  if (down.length === 0) {
    // The streams of servers that are back are known again.
    const left = onePerStream(shown.filter((alarm) => reach.some((outage) => isLeftOf(alarm, outage)))).length
    return left === 0 ? sharedFactors(onePerStream(named)) : [{ kind: 'server', servers: reach.length, streams: null, alarms: left, isOver: true }]
  }
  const server: Factor = {
    kind: 'server',
    servers: reach.length,
    streams: sumKnown(down.map((alarm) => alarm.streams)),
    alarms: onePerStream(currentOf(alarms)).length,
  }
  const asked = reach.reduce((most, { alike }) => Math.max(most, alike?.servers ?? 0), 0)
  return asked === 0 ? [server] : [{ kind: 'servers', count: reach.length, of: Math.max(asked, reach.length), spanMs: spanOf(reach) }, server]
}

function sharedFactors(streams: readonly Alarm[]): readonly Factor[] {
  if (streams.length < 2) return []
  const all = alikeKinds.flatMap((kind) => factorOf(kind, streams) ?? [])
  const ofMost = all.filter(({ count }) => count * 2 >= streams.length)
  // If alarms are linked in a chain, most may not share any property; the most frequent ones are the evidence then.
  const found = ofMost.length > 0 ? ofMost : all
  // A common address implies a common network.
  const told = found.filter(({ factor, count }) => factor.kind !== 'network' || !found.some((other) => other.factor.kind === 'address' && other.count >= count))
  return told
    .toSorted((a, b) => b.count - a.count)
    .slice(0, mostFactors)
    .map(({ factor }) => factor)
}

/** The alarms that are not back to normal; all, if every one is. */
function notCalm(alarms: readonly Alarm[]): readonly Alarm[] {
  const wrong = alarms.filter(({ calmSince }) => calmSince === undefined)
  return wrong.length > 0 ? wrong : alarms
}

/**
 * The alarm that best describes what is wrong. One that is back to normal, but in its off-delay, does not lead any more: a server that answers must not be
 * reported as down.
 */
function leadOf(alarms: readonly Alarm[]): Alarm | null {
  const reach = alarms.filter(isReach)
  return (reach.length > 0 ? reach : rootsOf(alarms)).reduce<Alarm | null>(
    (lead, alarm) => (lead === null || compareMembers(alarm, lead) < 0 ? alarm : lead),
    null,
  )
}

/** Number of affected streams: those with an alarm, and those unknown because of their server. null: unknown. */
function affectedStreams(alarms: readonly Alarm[]): number | null {
  const down = new Map<string, number | null>()
  for (const alarm of alarms) if (isReach(alarm)) down.set(ownerIdOf(alarm.subject), alarm.streams)
  const others = new Set(
    alarms.flatMap(({ subject }) => (subject.kind === 'stream' && !down.has(subject.serverId) ? [`${subject.serverId} ${subject.path}`] : [])),
  )
  return down.size === 0 ? others.size : sumKnown([...down.values(), others.size || null])
}

/** What is wrong with how many streams, most first; empty where it is the same with all. */
function kindsOf(alarms: readonly Alarm[]): NonNullable<Incident['kinds']> {
  const ofStreams = Map.groupBy(
    alarms.filter(({ subject }) => subject.kind === 'stream'),
    ({ kind, rule, ruleName }) => `${kind} ${rule} ${ruleName}`,
  )
  if (ofStreams.size < 2) return []
  const kinds = Array.from(ofStreams.values(), (same) => {
    const { kind, rule, ruleName, why } = same[0] as Alarm
    const streams = new Set(same.map(({ subject }) => subjectKey(subject))).size
    return { kind, rule, ...(ruleName !== undefined && { ruleName }), why, streams }
  })
  return kinds.sort((a, b) => b.streams - a.streams).slice(0, mostKinds)
}

/** Number of affected readers; several alarms of a stream affect the same ones. null: unknown. */
function affectedReaders(alarms: readonly Alarm[]): number | null {
  const most = new Map<string, number>()
  for (const { subject, readers } of alarms) {
    const place = subjectKey(subject)
    if (readers !== null) most.set(place, Math.max(most.get(place) ?? 0, readers))
  }
  return sumKnown([...most.values()])
}

/** A reason without the details specific to one stream. */
function generalized(reason: Reason): Reason {
  if (reason.kind === 'streamOff') return { kind: 'senderLeft', pulled: isPulled(reason.sourceType) }
  return reason.kind === 'slateOn' ? { kind: 'slateOn', sourceType: null, remoteAddr: null, left: false } : reason
}

/** The reason common to all these streams; null: reasons differ, or not all are streams. */
function commonReason(alarms: readonly Alarm[]): Reason | null {
  const [first, ...others] = alarms.map(({ why }) => generalized(why))
  if (first === undefined || alarms.some(({ subject }) => subject.kind !== 'stream')) return null
  if (first.kind !== 'packetsLost') return others.every((other) => isDeepStrictEqual(other, first)) ? first : null
  let { count, estimated } = first
  for (const other of others) {
    if (other.kind !== 'packetsLost') return null
    count += other.count
    estimated ||= other.estimated
  }
  return { kind: 'packetsLost', count, estimated }
}

/** Evidence of the same minute. */
const aroundMs = 60_000

/**
 * Causes from the lead, or from another alarm of its subject. Why one of many streams failed does not explain all; then only causes of hosts count, for
 * whichever stream of the server they were looked up.
 */
function causesFor(lead: Alarm, alarms: readonly Alarm[], streams: number | null): Pick<Incident, 'causes'> {
  const { subject, since } = lead
  const ofMany = subject.kind === 'stream' && streams !== 1
  const isAlike = (alarm: Alarm) =>
    subjectKey(alarm.subject) === subjectKey(subject) ||
    (ofMany && ownerIdOf(alarm.subject) === ownerIdOf(subject) && Math.abs(alarm.since - since) <= aroundMs)
  const causes = lead.causes ?? alarms.find((alarm) => alarm.causes !== undefined && isAlike(alarm))?.causes
  if (causes === undefined) return {}
  return { causes: ofMany ? causes.filter(isOfHost) : causes }
}

/** The incident of these alarms; null: there are none. */
export function incidentOf(id: string, alarms: readonly Alarm[]): Incident | null {
  const ongoing = alarms.filter(isOngoing)
  const shown = ongoing.length > 0 ? notCalm(ongoing) : alarms
  // A probe that only waits to be over takes nothing over from its stream.
  const isOfCalmProbes = shown.every((alarm) => isOfProbe(alarm) && alarm.calmSince !== undefined)
  const latest = ongoing.length === 0 ? currentOf(alarms) : isOfCalmProbes ? withoutProbes(currentOf(alarms)) : shown
  const lead = leadOf(latest)
  if (lead === null) return null
  const sorted = alarms.toSorted(compareMembers)
  const isNamed = (alarm: Alarm) => topicOf(alarm) === topicOf(lead)
  const roots = withoutProbes(rootsOf(shown))
  const isUnknown = shown.every(({ state, suppressedBy, subject }) => state === 'suppressed' && suppressedBy === 'server' && subject.kind === 'stream')
  const open = alarms.filter(({ closed }) => closed === null)
  // Hosts and probes are not listed in addition to servers. Servers are distinguished by id: one that appears with two names was renamed.
  const ofServers = withoutProbes(shown).filter(({ subject }) => !('hostId' in subject))
  const servers = new Map((ofServers.length > 0 ? ofServers : shown).map(({ subject, serverName }) => [ownerIdOf(subject), serverName]))
  // What an outage left is not more harmless than the outage, as long as that may return.
  const isShown = new Set(shown)
  const told = ongoing.filter((alarm) => (isShown.has(alarm) || isReach(alarm)) && (alarm.state === 'unacknowledged' || alarm.state === 'acknowledged'))
  const evaluated = told.length > 0 ? told : shown
  const faults = latest.filter(isNamed)
  const healedAt = ongoing.length > 0 ? null : latestEnd(faults)
  const wrongUntil = faults.reduce((until, alarm) => Math.max(until, alarm.wrongUntil ?? endOf(alarm)), Number.NEGATIVE_INFINITY)
  // One that is over is called after what was lost last: not after all that its server took before.
  const counted = ongoing.length === 0 ? latest : shown
  const streams = affectedStreams(counted)
  const kinds = lead.subject.kind === 'stream' && streams !== 1 ? kindsOf(counted) : []
  const calm = ongoing.filter(({ calmSince }) => calmSince !== undefined)
  const clearsAt = calm.flatMap((alarm) => alarm.clearsAt ?? [])
  return {
    id,
    lead: lead.id,
    kind: lead.kind,
    rule: lead.rule,
    ...(lead.ruleName !== undefined && { ruleName: lead.ruleName }),
    ...(lead.runbook !== undefined && { runbook: lead.runbook }),
    ...(lead.runbookUrl !== undefined && { runbookUrl: lead.runbookUrl }),
    subject: lead.subject,
    serverName: lead.serverName,
    ...(lead.camera !== undefined && (streams === 1 || lead.subject.kind !== 'stream') && { camera: lead.camera }),
    why: lead.why,
    ...(lead.said !== undefined && { said: lead.said }),
    common: commonReason(roots.filter(isNamed)),
    severity: evaluated.reduce<Severity | null>((worst, { severity }) => worseSeverity(worst, severity), null) ?? lead.severity,
    state:
      statesByNeed[open.reduce((least, { state }) => Math.min(least, statesByNeed.indexOf(state)), open.length > 0 ? statesByNeed.length : 2)] ??
      'healedUnseen',
    since: earliest(faults),
    healedAt,
    ...(healedAt !== null && wrongUntil < healedAt && { wrongUntil }),
    ...(calm.length > 0 &&
      calm.length === ongoing.length && { calmSince: calm.reduce((last, alarm) => Math.max(last, alarm.calmSince ?? last), Number.NEGATIVE_INFINITY) }),
    ...(clearsAt.length > 0 && clearsAt.length === ongoing.length && { clearsAt: clearsAt.reduce((last, at) => Math.max(last, at)) }),
    ...(isUnknown && { isUnknown }),
    ...(kinds.length > 0 && { kinds }),
    factors: [...factorsOf(alarms, shown, shown.filter(isNamed))],
    ...causesFor(lead, alarms, affectedStreams(roots)),
    servers: [...servers.values()].slice(0, mostListedOfIncident),
    serversTotal: servers.size,
    streams,
    readers: affectedReaders(shown),
    members: sorted.slice(0, mostListedOfIncident).map(({ id: member }) => member),
    membersTotal: alarms.length,
    lasting: ongoing.length,
  }
}

/** Worst first; unacknowledged before others; whole servers before streams; newest first. */
const compareIncidents = (a: Incident, b: Incident): number =>
  severityRank[a.severity] - severityRank[b.severity] ||
  statesByNeed.indexOf(a.state) - statesByNeed.indexOf(b.state) ||
  Number(a.subject.kind !== 'server') - Number(b.subject.kind !== 'server') ||
  b.since - a.since ||
  (a.id < b.id ? -1 : 1)

/** Worst first. `members`: alarms by the id of their incident. */
export function incidentsOf(members: Iterable<readonly [string, readonly Alarm[]]>): readonly Incident[] {
  return Array.from(members, ([id, alarms]) => incidentOf(id, alarms))
    .filter((incident) => incident !== null)
    .sort(compareIncidents)
}
/** The incidents of these alarms, worst first. */
export function incidentsAmong(alarms: Iterable<Alarm>): readonly Incident[] {
  return incidentsOf(Map.groupBy(alarms, ({ incident }) => incident))
}
