import { type AlikeKind, isReach, type StreamOrigin, topicOf } from '../../shared/alarms.ts'
import { isLoopback, networkOf } from '../../shared/ipAddresses.ts'
import type { AlarmRecord } from './alarmLife.ts'
import { type OpenAlarms, subjectKey } from './openAlarms.ts'

/** A property that an alarm may share with others. */
export interface Mark {
  readonly kind: AlikeKind
  readonly key: string
  /** Key in `LiveCounts`, as `kind value`; null: live streams need not be counted for it. */
  readonly live: string | null
}

/** Whether an address, or the host of a URL, is that of this machine. */
export function isHere(address: string): boolean {
  return isLoopback(address)
}
export function known(text: string | null | undefined): text is string {
  return text !== null && text !== undefined && text !== ''
}

/** Properties of an origin that streams may share. */
function* originMarks({ address, agent, source }: StreamOrigin): Iterable<readonly [AlikeKind, string]> {
  // The loopback address of one server is not that of another.
  if (known(address) && !isHere(address)) {
    yield ['address', address]
    const network = networkOf(address)
    if (network !== null) yield ['network', network]
  }
  if (known(source) && !isHere(source)) yield ['source', source]
  if (known(agent)) yield ['agent', agent]
}

/** `hostOf`: the host at which a server's API is polled. */
export function marksOf(alarm: AlarmRecord, hostOf: (serverId: string) => string | undefined): readonly Mark[] {
  const { subject, origin } = alarm
  // Servers on this machine are reached without a network.
  if (subject.kind === 'server') return isReach(alarm) && !isHere(hostOf(subject.serverId) ?? '') ? [{ kind: 'servers', key: 'servers', live: null }] : []
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
  agent: { windowMs: 10_000, least: 3 },
}

/** Alarms with about the same onset that share one property. */
export interface Cluster extends Mark {
  readonly since: number
  /** The latest alarm of each subject, by `subjectKey`: a subject whose alarm is raised again counts once. */
  readonly alarms: Map<string, AlarmRecord>
  incident: string | null
  /** Number of its alarms that count for that incident, see `createMajority`. */
  inIncident: number
  seenAt: number
}
/** Whether it has enough alarms to be significant, together with `more` that are not raised yet. */
export function isLarge({ kind, alarms }: Cluster, more = 0): boolean {
  return alarms.size + more >= limits[kind].least
}
/** The earliest onset of its alarms. */
export function firstOf({ since, alarms }: Cluster): number {
  return [...alarms.values()].reduce((least, alarm) => Math.min(least, alarm.since), since)
}
/** Whether this onset is close enough to belong to the cluster. */
export function isWithin({ kind, since }: Cluster, other: number): boolean {
  return Math.abs(other - since) <= limits[kind].windowMs
}

export function createClusters() {
  const clusters = new Map<string, Cluster>()
  return {
    /** The cluster that an alarm with this mark belongs to; creates one if there is none of its time. */
    of: ({ since }: AlarmRecord, mark: Mark, at: number): Cluster => {
      const cluster = clusters.get(mark.key)
      if (cluster !== undefined && isWithin(cluster, since)) {
        cluster.seenAt = at
        return cluster
      }
      const begun: Cluster = { ...mark, since, alarms: new Map(), incident: null, inIncident: 0, seenAt: at }
      clusters.set(mark.key, begun)
      return begun
    },
    /** The latest cluster with a mark. */
    latest: (key: string): Cluster | undefined => clusters.get(key),
    /** Drops clusters that no alarm has joined since then. */
    forgetBefore: (moment: number): void => {
      for (const [key, { seenAt }] of clusters) if (seenAt < moment) clusters.delete(key)
    },
  }
}

/**
 * Counts for each incident how many of its streams or servers share something, except those explained by a server or another stream. An alarm may join an
 * incident only by what most of it shares. Otherwise a common path could link the streams of one server to those of another, and so on.
 */
export function createMajority(open: Pick<OpenAlarms, 'ofIncident'>) {
  const sizes = new Map<string, number>()
  const sizeOf = (incident: string): number => {
    const known = sizes.get(incident) ?? rootsAmong(open.ofIncident(incident).values())
    sizes.set(incident, known)
    return known
  }
  /** Counts an alarm in each of its clusters that belongs to the incident. */
  const count = (clusters: readonly Cluster[], incident: string): void => {
    for (const cluster of clusters) if (cluster.incident === incident) cluster.inIncident++
  }
  return {
    /** Whether most of the incident would share this cluster if one more alarm joined. */
    isSharedByMost: (cluster: Cluster, incident: string): boolean => (cluster.inIncident + 1) * 2 >= sizeOf(incident) + 1,
    /** The alarm started the incident. */
    started: (clusters: readonly Cluster[], incident: string): void => {
      sizes.set(incident, 1)
      count(clusters, incident)
    },
    /** The alarm joined because it shares something with most of the incident. */
    joined: (clusters: readonly Cluster[], incident: string): void => {
      sizes.set(incident, sizeOf(incident) + 1)
      count(clusters, incident)
    },
    /** The alarm explains all others of the incident, although it was detected last. */
    rootFound: (clusters: readonly Cluster[], incident: string): void => {
      sizes.set(incident, 1)
      count(clusters, incident)
    },
    count,
    forget: (isOver: (incident: string) => boolean): void => {
      for (const incident of sizes.keys()) if (isOver(incident)) sizes.delete(incident)
    },
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
