import { type AlikeKind, isReach, type StreamOrigin, topicOf } from '../../shared/alarms.ts'
import { ownerIdOf, partOf, pathOf, serverSubject } from '../../shared/subjects.ts'
import type { AlarmRecord, ChangedAlarm } from './alarmLife.ts'
import { freshMs, isFresh } from './incidentTally.ts'
import { networkOf } from './networkOf.ts'
import { keyOf, type OpenAlarms, placeOf } from './openAlarms.ts'

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
}

/** How much must be alike: within this time of the first, at least so many, and at least half of what was on air. */
const limits: Readonly<Record<AlikeKind, { readonly windowMs: number; readonly least: number }>> = {
  servers: { windowMs: 10_000, least: 3 },
  together: { windowMs: 3_000, least: 3 },
  path: { windowMs: 30_000, least: 2 },
  address: { windowMs: 10_000, least: 2 },
  source: { windowMs: 10_000, least: 2 },
  network: { windowMs: 10_000, least: 2 },
  agent: { windowMs: 10_000, least: 3 },
}
/** A server that is seen to be down explains alarms of its streams that were raised at most this long before. */
const earlierMs = 10_000
/** Alarms of one stream, or part of a host, that began within this time have one cause. */
const besideMs = 60_000
/** Clusters that nothing joined for this long are forgotten. */
const forgottenMs = 120_000
/** All streams are looked through at most so often within a second. */
const mostLooks = 3
const lookKeptMs = 2_000

/** Alarms that began at about the same time and are alike in one thing. */
interface Cluster {
  readonly kind: AlikeKind
  /** What they have in common, as `eachLive` finds it; null: no stream has to be looked at for it. */
  readonly live: string | null
  readonly since: number
  readonly alarms: Set<string>
  incident: string | null
  seenAt: number
}

interface Mark {
  readonly kind: AlikeKind
  readonly key: string
  readonly live: string | null
}

const isLoopback = (address: string) => address === '::1' || address.startsWith('127.') || address === 'localhost'
const known = (text: string | null | undefined): text is string => text !== null && text !== undefined && text !== ''

/** What streams of this origin may share with others. */
function* originMarks({ address, agent, source }: StreamOrigin): Iterable<readonly [AlikeKind, string]> {
  // Loopback of one server is not that of another.
  if (known(address) && !isLoopback(address)) {
    yield ['address', address]
    const network = networkOf(address)
    if (network !== null) yield ['network', network]
  }
  if (known(source) && !isLoopback(source)) yield ['source', source]
  if (known(agent)) yield ['agent', agent]
}

/** `hostOf`: at which host a server is asked. */
function marksOf(alarm: AlarmRecord, hostOf: (serverId: string) => string | undefined): readonly Mark[] {
  const { subject, origin } = alarm
  const family = topicOf(alarm)
  // Servers of this machine have no network in common with it.
  if (subject.kind === 'server')
    return family === 'reach' && !isLoopback(hostOf(subject.serverId) ?? '') ? [{ kind: 'servers', key: 'servers', live: null }] : []
  if (subject.kind !== 'stream') return []
  return [
    { kind: 'together', key: `together ${family} ${subject.serverId}`, live: null },
    { kind: 'path', key: `path ${family} ${subject.path}`, live: null },
    ...Array.from(origin ? originMarks(origin) : [], ([mark, value]): Mark => ({ kind: mark, key: `${mark} ${family} ${value}`, live: `${mark} ${value}` })),
  ]
}

/** Counts the live streams of each of these values, as `kind value`. Nothing is made for a stream of which nothing is wanted: there may be 100,000. */
function countLive(around: Surroundings, found: Map<string, number>): void {
  const wanted = { address: new Map<string, number>(), network: new Map<string, number>(), source: new Map<string, number>(), agent: new Map<string, number>() }
  for (const live of found.keys()) {
    const end = live.indexOf(' ')
    wanted[live.slice(0, end) as keyof typeof wanted].set(live.slice(end + 1), 0)
  }
  const add = (counts: Map<string, number>, value: string | null) => {
    const before = counts.size === 0 || value === null ? undefined : counts.get(value)
    if (before !== undefined && value !== null) counts.set(value, before + 1)
  }
  /** Networks of addresses of IPv4 by their first three parts. */
  const prefixes = new Set(Array.from(wanted.network.keys(), (network) => network.replace(/0\/24$/, '')))
  around.eachLive(({ address, agent, source }) => {
    add(wanted.address, address)
    add(wanted.source, source)
    add(wanted.agent, agent)
    if (address !== null && prefixes.size > 0 && (address.includes(':') || prefixes.has(address.slice(0, address.lastIndexOf('.') + 1))))
      add(wanted.network, networkOf(address))
  })
  for (const [kind, counts] of Object.entries(wanted)) for (const [value, streams] of counts) found.set(`${kind} ${value}`, streams)
}

/** Finds the incidents that new alarms join: what has the same cause, as far as figures show it, is one incident. */
export function createIncidentJoiner(open: OpenAlarms, around: Surroundings, now: number) {
  const clusters = new Map<string, Cluster>()
  /** Incidents of the alarms that are placed now, which are not among the open ones yet. */
  const batch = new Set<string>()
  /** The alarms that are placed now, by stream or part of a host. */
  const placedAt = new Map<string, AlarmRecord>()
  /** The latest outage of each server whose alarm is closed. */
  const outages = new Map<string, { readonly incident: string; readonly healedAt: number }>()
  /** Live streams by what they share, as counted at a moment. */
  const counted = new Map<string, number>()
  let countedAt = Number.NEGATIVE_INFINITY
  let looks = 0
  let looksSince = Number.NEGATIVE_INFINITY

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
  const clusterOf = (alarm: AlarmRecord, mark: Mark, at: number): Cluster => {
    const { kind, key, live } = mark
    const cluster = clusters.get(key)
    if (cluster !== undefined && Math.abs(alarm.since - cluster.since) <= limits[kind].windowMs) {
      cluster.seenAt = at
      return cluster
    }
    const begun: Cluster = { kind, live, since: alarm.since, alarms: new Set(), incident: null, seenAt: at }
    clusters.set(key, begun)
    return begun
  }
  const enter = (alarm: AlarmRecord, at: number) => {
    for (const mark of marks(alarm)) clusterOf(alarm, mark, at).alarms.add(alarm.id)
  }
  /** Counts the live streams for all of these at once. */
  const look = (wanted: ReadonlySet<string>, at: number) => {
    if (at - countedAt > lookKeptMs) counted.clear()
    const missing = [...wanted].filter((live) => !counted.has(live))
    if (at - looksSince >= 1_000) {
      looks = 0
      looksSince = at
    }
    if (missing.length === 0 || looks >= mostLooks) return
    looks++
    countedAt = at
    const found = new Map(missing.map((live) => [live, 0]))
    countLive(around, found)
    for (const [live, streams] of found) counted.set(live, streams)
  }
  /** Number of streams or servers of which this cluster is at least half; null: it is not, or too small. */
  const ofHow = ({ kind, live, alarms }: Cluster, alarm: AlarmRecord): number | null => {
    const size = alarms.size
    if (size < limits[kind].least) return null
    if (kind === 'path') return size
    if (kind === 'servers') return half(size, Math.max(size, [...lookUpHosts().hostOf.values()].filter((host) => !isLoopback(host)).length))
    const others = kind === 'together' ? around.liveOn(ownerIdOf(alarm.subject)) : live === null ? null : (counted.get(live) ?? null)
    if (others === null) return null
    // A stream that loses packets is live itself.
    return half(size, topicOf(alarm) === 'air' ? size + others : Math.max(size, others))
  }

  const outageOf = (serverId: string, at: number): string | null => {
    const alarm = open.of(serverId).get(keyOf({ kind: 'serverDown', subject: serverSubject(serverId) }))
    if (alarm !== undefined) return alarm.healedAt === null || at - alarm.healedAt <= freshMs ? alarm.incident : null
    const outage = outages.get(serverId)
    return outage !== undefined && at - outage.healedAt <= freshMs ? outage.incident : null
  }
  /** The outage of its server, or of the server that its stream is pulled from. */
  const explainedBy = ({ subject, origin }: AlarmRecord, at: number): string | null => {
    if (subject.kind !== 'stream') return null
    for (const serverId of [subject.serverId, ...(known(origin?.source) ? (lookUpHosts().serversAt.get(origin.source) ?? []) : [])]) {
      const incident = outageOf(serverId, at)
      if (incident !== null) return incident
    }
    return null
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
    // Streams that others pull from it fail first.
    const host = lookUpHosts().hostOf.get(serverId)
    const pulled = host === undefined ? undefined : clusters.get(`source air ${host}`)
    return pulled !== undefined && at - pulled.seenAt <= earlierMs && pulled.alarms.size > 1 ? pulled.incident : null
  }

  /** The incident of another alarm of the same stream, or part of a host. */
  const besideOf = ({ subject, since }: AlarmRecord, at: number): string | null => {
    if (partOf(subject) === null) return null
    for (const other of [placedAt.get(placeOf(subject)), ...open.at(subject).values()])
      if (other?.healedAt === null && Math.abs(other.since - since) <= besideMs && isOpen(other.incident, at)) return other.incident
    return null
  }

  const isOpen = (incident: string, at: number) => batch.has(incident) || isFresh(open.tally(incident), at)
  const placed = (alarm: AlarmRecord, at: number): AlarmRecord => {
    const { alike: _, ...rest } = alarm
    const alike: Partial<Record<AlikeKind, number>> = {}
    let joins = explainedBy(alarm, at) ?? begunBy(alarm, at) ?? besideOf(alarm, at)
    const own = marks(alarm).map((mark) => clusterOf(alarm, mark, at))
    for (const cluster of own) {
      const of = ofHow(cluster, alarm)
      if (of === null) continue
      alike[cluster.kind] = of
      if (joins === null && cluster.incident !== null && isOpen(cluster.incident, at)) joins = cluster.incident
    }
    const incident = joins ?? alarm.id
    batch.add(incident)
    for (const cluster of own) if (cluster.incident === null || !isOpen(cluster.incident, at)) cluster.incident = incident
    const inIncident: AlarmRecord = { ...rest, incident, ...(Object.keys(alike).length > 0 && { alike }) }
    placedAt.set(placeOf(alarm.subject), inIncident)
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
    for (const [key, { seenAt }] of clusters) if (at - seenAt > forgottenMs) clusters.delete(key)
    for (const [serverId, { healedAt }] of outages) if (at - healedAt > forgottenMs) outages.delete(serverId)
  }

  /** What began shortly before the last process ended; read later than this is created, as the servers are. */
  const begin = () => {
    begun = true
    for (const alarm of open.all()) {
      if (now - alarm.raisedAt > forgottenMs) continue
      enter(alarm, now)
      for (const mark of marks(alarm)) clusterOf(alarm, mark, now).incident ??= alarm.incident
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
    hosts = null
    if (!begun) begin()
    marked.clear()
    forget(at)
    const withOrigins = changed.map((one) => {
      const path = pathOf(one.alarm.subject)
      const origin = fresh.has(one.alarm.id) && path !== null ? around.originOf(ownerIdOf(one.alarm.subject), path) : null
      return origin === null ? one : { ...one, alarm: { ...one.alarm, origin } }
    })
    const wanted = new Set<string>()
    for (const { alarm } of withOrigins) {
      if (!fresh.has(alarm.id)) continue
      enter(alarm, at)
      for (const mark of marks(alarm)) {
        const { kind, live, alarms } = clusterOf(alarm, mark, at)
        if (live !== null && alarms.size >= limits[kind].least) wanted.add(live)
      }
    }
    if (wanted.size > 0) look(wanted, at)
    return withOrigins.map((one) => (fresh.has(one.alarm.id) ? { ...one, alarm: placed(one.alarm, at) } : one))
  }
}

/** `of`, if this is at least half of it. */
const half = (size: number, of: number): number | null => (size * 2 >= of ? of : null)
