import type { Alarm } from '../../shared/alarms.ts'
import type { Cause } from '../../shared/causes.ts'
import type { Incident } from '../../shared/incidents.ts'

/** Causes in the details of an alarm. What leads an incident also has those of the incident, which may have been found for an alarm before it. */
export function shownCauses({ id, causes }: Alarm, incidents: readonly Incident[]): readonly Cause[] {
  return causes ?? incidents.find(({ lead }) => lead === id)?.causes ?? []
}
