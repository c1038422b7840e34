import { useMemo } from 'react'
import { type Alarm, topicOf } from '../../shared/alarms.ts'
import { ownerIdOf, partOf } from '../../shared/subjects.ts'
import type { Trouble } from '../../shared/troubles.ts'
import { type OpenAlarms, useAlarms } from '../app/fleet.ts'

const keyOf = (topic: string, ownerId: string, part: string | null) => `${topic} ${ownerId} ${part ?? ''}`
function alarmsOfTroubles(alarms: OpenAlarms | null): (trouble: Pick<Trouble, 'serverId' | 'path' | 'kind'>) => Alarm | undefined {
  const found = new Map(alarms?.list.map((alarm) => [keyOf(topicOf(alarm), ownerIdOf(alarm.subject), partOf(alarm.subject)), alarm]))
  return ({ kind, serverId, path }) => found.get(keyOf(topicOf({ kind }), serverId, path))
}

/** Finds the alarm of a trouble. Troubles that turn into each other have the same one. */
export function useAlarmOf(): ReturnType<typeof alarmsOfTroubles> {
  const alarms = useAlarms()
  return useMemo(() => alarmsOfTroubles(alarms), [alarms])
}
