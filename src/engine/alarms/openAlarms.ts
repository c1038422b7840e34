import { familyOf } from '../../shared/alarms.ts'
import { ownerIdOf, pathOf } from '../../shared/subjects.ts'
import type { TroubleKind } from '../../shared/troubles.ts'
import type { AlarmRecord } from './alarmLife.ts'

/** What an open alarm of a server is about. */
export const keyOf = (kind: TroubleKind, path: string | null): string => `${familyOf[kind]} ${path ?? ''}`

const none: ReadonlyMap<string, AlarmRecord> = new Map()

/** The open alarms, by id and by what they are about. */
export function createOpenAlarms() {
  const byId = new Map<string, AlarmRecord>()
  const byServer = new Map<string, Map<string, AlarmRecord>>()
  return {
    get: (id: string): AlarmRecord | undefined => byId.get(id),
    all: (): Iterable<AlarmRecord> => byId.values(),
    /** Those of a server by their `keyOf`; alive. */
    of: (serverId: string): ReadonlyMap<string, AlarmRecord> => byServer.get(serverId) ?? none,
    /** Replaces an alarm by what became of it; a closed one leaves. */
    put: (alarm: AlarmRecord): void => {
      const serverId = ownerIdOf(alarm.subject)
      const key = keyOf(alarm.kind, pathOf(alarm.subject))
      const ofServer = byServer.get(serverId) ?? new Map<string, AlarmRecord>()
      if (alarm.closed === null) {
        byId.set(alarm.id, alarm)
        byServer.set(serverId, ofServer.set(key, alarm))
        return
      }
      byId.delete(alarm.id)
      ofServer.delete(key)
      if (ofServer.size === 0) byServer.delete(serverId)
    },
  }
}
export type OpenAlarms = ReturnType<typeof createOpenAlarms>
