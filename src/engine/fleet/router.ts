import type { Operator } from '../../shared/permissions.ts'
import { api } from '../api.ts'
import type { Past } from '../past/past.ts'
import type { Fleet } from './fleet.ts'

export function fleetRouter(fleet: Fleet, pastOf: (operator: Operator) => Past) {
  return {
    changes: api.fleet.changes.handler(({ input, signal }) => fleet.changes(input, signal)),
    past: api.fleet.past.handler(({ input, context, signal }) => pastOf(context.operator).fleet(input, signal)),
    summary: api.fleet.summary.handler(() => fleet.summary()),
  }
}
