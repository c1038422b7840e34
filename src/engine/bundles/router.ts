import type { Operator } from '../../shared/permissions.ts'
import type { SeesCamera } from '../alarms/alarmSearch.ts'
import { api, orElse } from '../api.ts'
import type { Bundles } from './bundles.ts'

export function bundlesRouter(bundles: Bundles, seesOf: (operator: Operator) => SeesCamera | null) {
  return {
    make: api.bundles.make.handler(async ({ input, context, errors, signal }) =>
      orElse(await bundles.make(input, seesOf(context.operator), signal), errors.NOTHING_KEPT),
    ),
  }
}
