import type { Operator } from '../../shared/permissions.ts'
import type { SeesCamera } from '../alarms/alarmSearch.ts'
import { api } from '../api.ts'
import type { Bundles } from './bundles.ts'

export function bundlesRouter(bundles: Bundles, seesOf: (operator: Operator) => SeesCamera | null) {
  return {
    make: api.bundles.make.handler(async ({ input, context, errors, signal }) => {
      const made = await bundles.make(input, seesOf(context.operator), signal)
      if (made === null) throw errors.NOTHING_KEPT()
      return made
    }),
  }
}
