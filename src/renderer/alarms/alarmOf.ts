import { type Alarm, topicOf } from '../../shared/alarms.ts'
import { ownerIdOf, partOf } from '../../shared/subjects.ts'
import type { Trouble } from '../../shared/troubles.ts'
import type { OpenAlarms } from '../app/fleet.ts'

const keyOf = (topic: string, ownerId: string, part: string | null) => `${topic} ${ownerId} ${part ?? ''}`
/** Finds the alarms of many troubles. */
export function alarmsOfTroubles(alarms: OpenAlarms | null): (trouble: Pick<Trouble, 'serverId' | 'path' | 'kind'>) => Alarm | undefined {
  const found = new Map(alarms?.list.map((alarm) => [keyOf(topicOf(alarm), ownerIdOf(alarm.subject), partOf(alarm.subject)), alarm]))
  return ({ kind, serverId, path }) => found.get(keyOf(topicOf({ kind }), serverId, path))
}

/** The alarm of a trouble. Troubles that turn into each other have the same one. */
export const alarmOf = (alarms: OpenAlarms | null, trouble: Pick<Trouble, 'serverId' | 'path' | 'kind'>): Alarm | undefined => alarmsOfTroubles(alarms)(trouble)
