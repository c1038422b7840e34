import type { ShippedRuleId } from '../../rules.ts'
import type { TroubleKind } from '../../troubles.ts'

/** The shipped rules in one language. What to do about troubles is under `todo` in `words/reasons`. */
export interface RuleWords {
  readonly names: Readonly<Record<ShippedRuleId, string>>
  readonly todo: Readonly<Record<Exclude<ShippedRuleId, TroubleKind>, string>>
}
