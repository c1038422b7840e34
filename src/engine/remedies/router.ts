import { api, orRefused } from '../api.ts'
import type { Remedies } from './remedies.ts'

export function remediesRouter(remedies: Remedies) {
  return {
    list: api.remedies.list.handler(() => remedies.list()),
    acts: api.remedies.acts.handler(({ input }) => remedies.acts(input.limit, input.rule)),
    arm: api.remedies.arm.handler(({ input: { rule, reason }, context, errors }) => orRefused(remedies.arm(rule, context.operator.name, reason), errors)),
    disarm: api.remedies.disarm.handler(({ input: { rule, reason }, context, errors }) =>
      orRefused(remedies.disarm(rule, context.operator.name, reason), errors),
    ),
  }
}
