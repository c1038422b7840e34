import { isReach } from '../../shared/alarms.ts'
import type { AlarmRecord } from './alarmLife.ts'
import type { Cluster } from './clusters.ts'
import { type OpenAlarms, subjectKey } from './openAlarms.ts'

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
