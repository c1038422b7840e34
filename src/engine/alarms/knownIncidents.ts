import type { AlarmState } from '../../shared/alarms.ts'
import { mostAlarmsOfIncident } from '../../shared/incidents.ts'
import { stateOf } from './alarmLife.ts'
import type { AlarmRows } from './alarmRows.ts'
import type { Alarms } from './alarms.ts'
import type { AlarmWriting } from './alarmWriting.ts'
import { extentOf } from './changedIncidents.ts'
import { compareMembers, incidentOf } from './incidents.ts'
import type { OpenAlarms } from './openAlarms.ts'
import { shown } from './shownAlarms.ts'

const unacknowledgedStates: ReadonlySet<AlarmState> = new Set(['unacknowledged', 'healedUnseen'])

/** Incidents by their ids, of which alarms may be open, stored, or changed and not stored yet. */
export function knownIncidents(
  open: OpenAlarms,
  rows: Pick<AlarmRows, 'get' | 'ofIncident'>,
  writing: Pick<AlarmWriting, 'allUnwritten'>,
): Pick<Alarms, 'incident' | 'incidentOf' | 'extent' | 'extents' | 'unacknowledgedOf'> {
  return {
    incident: (id) => {
      const members = new Map(rows.ofIncident(id, mostAlarmsOfIncident).map((alarm) => [alarm.id, alarm]))
      for (const { alarm } of writing.allUnwritten()) if (alarm.incident === id) members.set(alarm.id, alarm)
      for (const alarm of open.ofIncident(id).values()) members.set(alarm.id, alarm)
      const all = Array.from(members.values(), shown)
      const incident = incidentOf(id, all)
      return incident && { ...incident, alarms: all.sort(compareMembers).slice(0, mostAlarmsOfIncident) }
    },
    incidentOf: (alarmId) => (open.get(alarmId) ?? rows.get(alarmId))?.incident ?? null,
    extent: (id) => {
      const tally = open.tally(id)
      return tally && extentOf(tally)
    },
    extents: function* () {
      for (const [id, tally] of open.tallies()) yield [id, extentOf(tally)] as const
    },
    unacknowledgedOf: (incident) =>
      Array.from(open.ofIncident(incident).values())
        .filter((alarm) => unacknowledgedStates.has(stateOf(alarm)))
        .map(({ id }) => id),
  }
}
