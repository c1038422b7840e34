import type { Rule, RuleInput } from '../../shared/rules.ts'
import { client } from '../app/client.ts'
import { renewRules } from '../fleet/useRules.ts'

/** Changes a rule as it is shown: refused where somebody changed it meanwhile. */
export async function putRule({ id, ...change }: RuleInput, { edited }: Rule): Promise<void> {
  await client.rules.update({ id, change, openedAt: edited?.at ?? null })
  await renewRules()
}
