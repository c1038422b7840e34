import { familyOf } from '../../shared/alarms.ts'
import type { Host } from '../../shared/hosts.ts'
import { type Rule, type RuleInput, shippedRuleIds, shippedRules } from '../../shared/rules.ts'
import type { Server } from '../../shared/servers.ts'
import { createRuleSet, type FieldsOf, placesIn, type RuleSet } from './ruleSet.ts'

interface VariantDeps {
  readonly server: (id: string) => Server | null
  readonly host: (id: string) => Host | null
  readonly fieldsOf: FieldsOf
}

/** The current or the changed rules. */
export interface Variant {
  readonly inputs: readonly RuleInput[]
  readonly set: RuleSet
  readonly rule: Rule | null
}
/** The rules with everything disabled except this one and those whose alarms it may share. */
export function variantOf({ server, host, fieldsOf }: VariantDeps, all: readonly RuleInput[], id: string): Variant {
  const family = familyIn(id)
  const isIncluded = (other: string) => other === id || family.has(other)
  const off = shippedRuleIds.filter((other) => !isIncluded(other)).map((other): RuleInput => ({ id: other, enabled: false }))
  const inputs = [...off, ...all.filter((one) => isIncluded(one.id))]
  const set = createRuleSet(placesIn(server, host), fieldsOf)
  set.configure(inputs)
  return { inputs, set, rule: set.all().find((rule) => rule.id === id) ?? null }
}
function familyIn(id: string): ReadonlySet<string> {
  const familyOfRule = (of: string) => (Object.hasOwn(familyOf, of) ? familyOf[of as keyof typeof familyOf] : null)
  const family = familyOfRule(id)
  return new Set(family === null ? [] : Object.keys(shippedRules).filter((other) => familyOfRule(other) === family))
}

/** Splits a list, so that no response of history is too large. */
export function* chunksOf<Item>(items: readonly Item[], size: number): Iterable<readonly Item[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size)
}
