import { type Alarm, familyOf } from '../../shared/alarms.ts'
import { ownerIdOf, pathOf } from '../../shared/subjects.ts'
import type { Trouble } from '../../shared/troubles.ts'
import type { OpenAlarms } from '../app/fleet.ts'

const keyOf = (kind: Trouble['kind'], serverId: string, path: string | null) => `${familyOf[kind]} ${serverId} ${path ?? ''}`
/** Finds the alarms of many troubles. */
export function alarmsOfTroubles(alarms: OpenAlarms | null): (trouble: Pick<Trouble, 'serverId' | 'path' | 'kind'>) => Alarm | undefined {
  const found = new Map(alarms?.list.map((alarm) => [keyOf(alarm.kind, ownerIdOf(alarm.subject), pathOf(alarm.subject)), alarm]))
  return ({ kind, serverId, path }) => found.get(keyOf(kind, serverId, path))
}

/** The alarm of a trouble. Troubles that turn into each other have the same one. */
export const alarmOf = (alarms: OpenAlarms | null, trouble: Pick<Trouble, 'serverId' | 'path' | 'kind'>): Alarm | undefined => alarmsOfTroubles(alarms)(trouble)
