import type { AlikeKind } from '../../shared/alarms.ts'
import type { AlarmRecord } from './alarmLife.ts'
import type { Mark } from './marks.ts'

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

/** Alarms that began at about the same time and are alike in one thing. */
export interface Cluster extends Mark {
  readonly since: number
  readonly alarms: Set<string>
  incident: string | null
  seenAt: number
}
/** Whether it has enough alarms to say something. */
export const isLarge = ({ kind, alarms }: Cluster): boolean => alarms.size >= limits[kind].least

export function createClusters() {
  const clusters = new Map<string, Cluster>()
  return {
    /** The one that an alarm with this mark belongs to, begun where there is none of its time. */
    of: ({ since }: AlarmRecord, mark: Mark, at: number): Cluster => {
      const cluster = clusters.get(mark.key)
      if (cluster !== undefined && Math.abs(since - cluster.since) <= limits[mark.kind].windowMs) {
        cluster.seenAt = at
        return cluster
      }
      const begun: Cluster = { ...mark, since, alarms: new Set(), incident: null, seenAt: at }
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
