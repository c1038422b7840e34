import type { AlikeKind } from '../../shared/alarms.ts'
import type { AlarmRecord } from './alarmLife.ts'
import type { Mark } from './marks.ts'

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
