import { type Alarm, familyOf } from '../../shared/alarms.ts'
import { ownerIdOf, pathOf } from '../../shared/subjects.ts'
import type { Trouble } from '../../shared/troubles.ts'
import type { OpenAlarms } from '../app/fleet.ts'

/** The alarm of a trouble. Troubles that turn into each other have the same one. */
export const alarmOf = (alarms: OpenAlarms | null, { serverId, path, kind }: Pick<Trouble, 'serverId' | 'path' | 'kind'>): Alarm | undefined =>
  alarms?.list.find(({ kind: own, subject }) => familyOf[own] === familyOf[kind] && ownerIdOf(subject) === serverId && pathOf(subject) === path)
