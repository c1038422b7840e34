import type { FleetChanges } from '../../shared/fleet.ts'
import type { Operator } from '../../shared/permissions.ts'
import type { AlarmView } from '../alarms/alarmSearch.ts'
import { api } from '../api.ts'
import type { Past } from '../past/past.ts'
import type { Fleet } from './fleet.ts'

export function fleetRouter(fleet: Fleet, pastOf: (operator: Operator) => Past, viewOf: (operator: Operator) => AlarmView) {
  const changesFor = async (changes: Promise<FleetChanges>, operator: Operator): Promise<FleetChanges> => {
    const { alarms, incidents, ...rest } = await changes
    const view = viewOf(operator)
    return { ...rest, alarms: alarms?.map(view) ?? null, incidents: incidents?.map(view) ?? null }
  }
  return {
    changes: api.fleet.changes.handler(({ input, context, signal }) => changesFor(fleet.changes(input, signal), context.operator)),
    past: api.fleet.past.handler(({ input, context, signal }) => changesFor(pastOf(context.operator).fleet(input, signal), context.operator)),
    summary: api.fleet.summary.handler(() => fleet.summary()),
  }
}
