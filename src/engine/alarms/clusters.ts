import type { Clock } from '../../clock/clock.ts'
import { type AlikeKind, isReach, type StreamOrigin, topicOf } from '../../shared/alarms.ts'
import { isLoopback, networkOf } from '../../shared/ipAddresses.ts'
import { type AlarmRecord, apartMs } from './alarmLife.ts'
import { type OpenAlarms, subjectKey } from './openAlarms.ts'

/** A property that an alarm may share with others. */
export interface Mark {
  readonly kind: AlikeKind
  readonly key: string
  /** Key in `LiveCounts`, as `kind value`; null: live streams need not be counted for it. */
  readonly live: string | null
}

/** Properties of an origin that streams may share. The loopback address of one server is not that of another. */
function* originMarks({ address, source }: StreamOrigin): Iterable<readonly [AlikeKind, string]> {
  if (address && !isLoopback(address)) {
    yield ['address', address]
    const network = networkOf(address)
    if (network !== null) yield ['network', network]
  }
  if (source && !isLoopback(source)) yield ['source', source]
}

/** `hostOf`: the host at which a server's API is polled. */
export function marksOf(alarm: AlarmRecord, hostOf: ReadonlyMap<string, string>): readonly Mark[] {
  const { subject, origin } = alarm
  // Servers on this machine are reached without a network.
  if (subject.kind === 'server')
    return isReach(alarm) && !isLoopback(hostOf.get(subject.serverId) ?? '') ? [{ kind: 'servers', key: 'servers', live: null }] : []
  if (subject.kind !== 'stream') return []
  const family = topicOf(alarm)
  return [
    { kind: 'together', key: `together ${family} ${subject.serverId}`, live: null },
    { kind: 'path', key: `path ${family} ${subject.path}`, live: `path ${subject.path}` },
    ...Array.from(origin ? originMarks(origin) : [], ([mark, value]): Mark => ({ kind: mark, key: `${mark} ${family} ${value}`, live: `${mark} ${value}` })),
  ]
}

/** Minimum number of alarms of a cluster, and the maximum time between their onsets. */
const limits: Readonly<Record<AlikeKind, { readonly windowMs: number; readonly least: number }>> = {
  servers: { windowMs: 10_000, least: 3 },
  together: { windowMs: 3_000, least: 3 },
  path: { windowMs: 10_000, least: 2 },
  address: { windowMs: 10_000, least: 2 },
  source: { windowMs: 10_000, least: 2 },
  network: { windowMs: 10_000, least: 2 },
}

/** Alarms with about the same onset that share one property. */
export interface Cluster extends Mark {
  readonly since: number
  /** The latest alarm of each subject, by `subjectKey`: a subject whose alarm is raised again counts once. */
  readonly alarms: Map<string, AlarmRecord>
  incident: string | null
  /** Number of its alarms that count for that incident, see `Majority`. */
  inIncident: number
  seenAt: number
}
/** Whether it has enough alarms to be significant, together with `more` that are not raised yet. */
export function isLarge({ kind, alarms }: Cluster, more = 0): boolean {
  return alarms.size + more >= limits[kind].least
}
export function firstOf({ since, alarms }: Cluster): number {
  let first = since
  for (const alarm of alarms.values()) first = Math.min(first, alarm.since)
  return first
}
/** Whether this onset is close enough to belong to the cluster. */
export function isWithin({ kind, since }: Cluster, other: number): boolean {
  return Math.abs(other - since) <= limits[kind].windowMs
}

export class Clusters {
  readonly #clusters = new Map<string, Cluster>()
  /** The cluster that an alarm with this mark belongs to; creates one if there is none of its time. */
  of({ since }: AlarmRecord, mark: Mark, at: number): Cluster {
    const cluster = this.#clusters.get(mark.key)
    if (cluster !== undefined && isWithin(cluster, since)) {
      cluster.seenAt = at
      return cluster
    }
    const begun: Cluster = { ...mark, since, alarms: new Map(), incident: null, inIncident: 0, seenAt: at }
    this.#clusters.set(mark.key, begun)
    return begun
  }
  /** The latest cluster with a mark. */
  latest(key: string): Cluster | undefined {
    return this.#clusters.get(key)
  }
  /** Drops clusters that no alarm has joined since then. */
  forgetBefore(moment: number): void {
    for (const [key, { seenAt }] of this.#clusters) if (seenAt < moment) this.#clusters.delete(key)
  }
}

/**
 * Counts for each incident how many of its streams or servers share something, except those explained by a server or another stream. An alarm may join an
 * incident only by what most of it shares. Otherwise a common path could link the streams of one server to those of another, and so on.
 */
export class Majority {
  readonly #open: Pick<OpenAlarms, 'ofIncident'>
  readonly #sizes = new Map<string, number>()
  constructor(open: Pick<OpenAlarms, 'ofIncident'>) {
    this.#open = open
  }
  #sizeOf(incident: string): number {
    const size = this.#sizes.get(incident) ?? rootsAmong(this.#open.ofIncident(incident).values())
    this.#sizes.set(incident, size)
    return size
  }
  /** Whether most of the incident would share this cluster if one more alarm joined. */
  isSharedByMost({ inIncident }: Cluster, incident: string): boolean {
    return (inIncident + 1) * 2 >= this.#sizeOf(incident) + 1
  }
  /** The alarm of these clusters started the incident, or explains all others of it, although it was detected last. */
  rootFound(clusters: readonly Cluster[], incident: string): void {
    this.#sizes.set(incident, 1)
    this.count(clusters, incident)
  }
  /** It joined because it shares something with most of the incident. */
  joined(clusters: readonly Cluster[], incident: string): void {
    this.#sizes.set(incident, this.#sizeOf(incident) + 1)
    this.count(clusters, incident)
  }
  count(clusters: readonly Cluster[], incident: string): void {
    for (const cluster of clusters) if (cluster.incident === incident) cluster.inIncident++
  }
  forget(isOver: (incident: string) => boolean): void {
    for (const incident of this.#sizes.keys()) if (isOver(incident)) this.#sizes.delete(incident)
  }
}

function rootsAmong(alarms: Iterable<AlarmRecord>): number {
  const [reach, streams] = [new Set<string>(), new Set<string>()]
  for (const alarm of alarms) {
    if (isReach(alarm)) reach.add(subjectKey(alarm.subject))
    else if (alarm.subject.kind === 'stream' && alarm.upstreams === undefined) streams.add(subjectKey(alarm.subject))
  }
  return Math.max(1, reach.size > 0 ? reach.size : streams.size)
}

/** Calls `visit` with the origin and the path of each stream on all servers that was live, and until when: `Infinity` if it still is. */
export type EachLive = (visit: (origin: StreamOrigin, path: string, liveUntil: number) => void) => void

/** How many streams share a property: those live now, and those that were live at the moment `then`. */
interface Live {
  readonly then: number
  now: number
  before: number
}

/** Maximum number of passes over all streams per second. */
const mostCounts = 3
const cachedMs = 2_000

/** Counts streams by shared properties, with keys `kind value`. */
export class LiveCounts {
  readonly #eachLive: EachLive
  readonly #counted = new Map<string, Readonly<Live>>()
  #countedAt = Number.NEGATIVE_INFINITY
  #counts = 0
  #countsSince = Number.NEGATIVE_INFINITY
  constructor(eachLive: EachLive) {
    this.#eachLive = eachLive
  }
  /** Counts the streams for all of these keys in one pass, unless they are cached. `wanted`: the moment `then` of each. */
  countFor(wanted: ReadonlyMap<string, number>, at: number): void {
    if (at - this.#countedAt > cachedMs) this.#counted.clear()
    const missing = [...wanted].filter(([live]) => !this.#counted.has(live))
    if (at - this.#countsSince >= 1_000) {
      this.#counts = 0
      this.#countsSince = at
    }
    if (missing.length === 0 || this.#counts >= mostCounts) return
    this.#counts++
    this.#countedAt = at
    for (const [live, streams] of countLive(this.#eachLive, missing)) this.#counted.set(live, streams)
  }
  /** null: not counted. */
  of(live: string): Readonly<Live> | null {
    return this.#counted.get(live) ?? null
  }
}

/** Allocates nothing for streams that match no key: there may be 100,000. */
function countLive(eachLive: EachLive, lives: readonly (readonly [string, number])[]): ReadonlyMap<string, Live> {
  const found = new Map<string, Live>()
  const [address, network, source, path] = Array.from({ length: 4 }, () => new Map<string, Live>()) as [Counts, Counts, Counts, Counts]
  const wanted: Readonly<Record<string, Counts>> = { address, network, source, path }
  for (const [live, then] of lives) {
    const end = live.indexOf(' ')
    const count = { then, now: 0, before: 0 }
    found.set(live, count)
    wanted[live.slice(0, end)]?.set(live.slice(end + 1), count)
  }
  const add = (counts: Counts, value: string | null, until: number) => {
    const count = counts.size === 0 || value === null ? undefined : counts.get(value)
    if (count === undefined) return
    if (until === Number.POSITIVE_INFINITY) count.now++
    if (until >= count.then) count.before++
  }
  /** The first three parts of IPv4 networks. */
  const prefixes = new Set(Array.from(network.keys(), (one) => one.replace(/0\/24$/, '')))
  eachLive((origin, ofPath, until) => {
    add(address, origin.address, until)
    add(source, origin.source, until)
    add(path, ofPath, until)
    const own = origin.address
    if (own !== null && prefixes.size > 0 && (own.includes(':') || prefixes.has(own.slice(0, own.lastIndexOf('.') + 1)))) add(network, networkOf(own), until)
  })
  return found
}
type Counts = Map<string, Live>

/** How many streams of a server were live at a moment, and when next that was another number, if within `apartMs`; null: it was not. */
export interface LiveThen {
  readonly live: number
  readonly next: number | null
}

/** How long numbers of live streams are remembered, ms: most rules raise an alarm within this time after a loss. */
const keptMs = 180_000

/** Remembers how many streams of each server were live, so that of 20 of which 12 went it is said so, although some of them are in no list any more. */
export function createLiveThen(clock: Pick<Clock, 'now'>, liveOn: (serverId: string) => number | null) {
  const kept = new Map<string, readonly { readonly from: number; readonly live: number }[]>()
  return {
    /** The streams of a server were read. */
    note: (serverId: string): void => {
      const counts = kept.get(serverId) ?? []
      const live = liveOn(serverId)
      if (live === null || counts.at(-1)?.live === live) return
      const now = clock.now()
      const first = counts.findLastIndex(({ from }) => from <= now - keptMs)
      kept.set(serverId, [...counts.slice(Math.max(0, first)), { from: now, live }])
    },
    /** null: not known. */
    at: (serverId: string, then: number): LiveThen | null => {
      const counts = kept.get(serverId) ?? []
      const place = counts.findLastIndex(({ from }) => from <= then)
      const [known, next] = [counts[place], counts[place + 1]]
      return known === undefined ? null : { live: known.live, next: next !== undefined && next.from <= then + apartMs ? next.live : null }
    },
  }
}
