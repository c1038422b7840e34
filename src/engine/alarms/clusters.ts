import type { AlikeKind } from '../../shared/alarms.ts'
import type { AlarmRecord } from './alarmLife.ts'
import type { Mark } from './marks.ts'

/** How much must be alike: within this time of the first, and at least so many. */
const limits: Readonly<Record<AlikeKind, { readonly windowMs: number; readonly least: number }>> = {
  servers: { windowMs: 10_000, least: 3 },
  together: { windowMs: 3_000, least: 3 },
  path: { windowMs: 30_000, least: 2 },
  address: { windowMs: 10_000, least: 2 },
  source: { windowMs: 10_000, least: 2 },
  network: { windowMs: 10_000, least: 2 },
  agent: { windowMs: 10_000, least: 3 },
}

/** Alarms that began at about the same time and are alike in one thing. */
export interface Cluster extends Mark {
  readonly since: number
  /** The latest of each stream, server or host, by `placeOf`: one that is raised anew is no other. */
  readonly alarms: Map<string, AlarmRecord>
  incident: string | null
  /** How many of its alarms are in that incident by themselves, as `createHolding` counts them. */
  held: number
  seenAt: number
}
/** Whether it has enough alarms to say something, with so many that are about to be some. */
export function isLarge({ kind, alarms }: Cluster, more = 0): boolean {
  return alarms.size + more >= limits[kind].least
}
/** Whether something that began then belongs to it. */
export function isWithin({ kind, since }: Cluster, other: number): boolean {
  return Math.abs(other - since) <= limits[kind].windowMs
}

export function createClusters() {
  const clusters = new Map<string, Cluster>()
  return {
    /** The one that an alarm with this mark belongs to, begun where there is none of its time. */
    of: ({ since }: AlarmRecord, mark: Mark, at: number): Cluster => {
      const cluster = clusters.get(mark.key)
      if (cluster !== undefined && isWithin(cluster, since)) {
        cluster.seenAt = at
        return cluster
      }
      const begun: Cluster = { ...mark, since, alarms: new Map(), incident: null, held: 0, seenAt: at }
      clusters.set(mark.key, begun)
      return begun
    },
    /** The latest one of a mark. */
    latest: (key: string): Cluster | undefined => clusters.get(key),
    /** Forgets those that nothing joined since. */
    forgetBefore: (moment: number): void => {
      for (const [key, { seenAt }] of clusters) if (seenAt < moment) clusters.delete(key)
    },
  }
}
