import { isReach } from '../../shared/alarms.ts'
import type { AlarmRecord } from './alarmLife.ts'
import type { Cluster } from './clusters.ts'
import { type OpenAlarms, placeOf } from './openAlarms.ts'

/**
 * How many streams or servers each incident holds together by what they have in common: without those that a server or another stream explains. An incident
 * is held by one thing that most of them share. Otherwise the path of one would tie those of its server to those of another server, and so on.
 */
export function createHolding(open: Pick<OpenAlarms, 'ofIncident'>) {
  const sizes = new Map<string, number>()
  const sizeOf = (incident: string): number => {
    const known = sizes.get(incident) ?? rootsAmong(open.ofIncident(incident).values())
    sizes.set(incident, known)
    return known
  }
  /** Counts an alarm for what it has in common with the others of its incident. */
  const count = (clusters: readonly Cluster[], incident: string): void => {
    for (const cluster of clusters) if (cluster.incident === incident) cluster.held++
  }
  return {
    /** Whether most of an incident would share this with one more. */
    holds: (cluster: Cluster, incident: string): boolean => (cluster.held + 1) * 2 >= sizeOf(incident) + 1,
    /** It has been founded by this alarm. */
    founded: (clusters: readonly Cluster[], incident: string): void => {
      sizes.set(incident, 1)
      count(clusters, incident)
    },
    /** It was joined by an alarm that shares something with most of it. */
    joined: (clusters: readonly Cluster[], incident: string): void => {
      sizes.set(incident, sizeOf(incident) + 1)
      count(clusters, incident)
    },
    /** What has the rest come with it was seen last. */
    explainedBy: (clusters: readonly Cluster[], incident: string): void => {
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
    if (isReach(alarm)) reach.add(placeOf(alarm.subject))
    else if (alarm.subject.kind === 'stream' && alarm.upstreams === undefined) streams.add(placeOf(alarm.subject))
  }
  return Math.max(1, reach.size > 0 ? reach.size : streams.size)
}
