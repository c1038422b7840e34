import type { TFunction } from 'i18next'
import type { Language } from '../../i18n/languages.ts'
import { ruleName } from '../../i18n/ruleText.ts'
import type { Alarm } from '../../shared/alarms.ts'
import { isRuleAlarm, isShippedRule, type Rule, shippedRules } from '../../shared/rules.ts'

/** What is wrong, in a few words: of a limit or an event, the name of its rule, as that is called now; of one that was removed since, its id. */
export function alarmTitle({ kind, rule }: Pick<Alarm, 'kind' | 'rule'>, rules: readonly Rule[], t: TFunction, language: Language): string {
  if (!isRuleAlarm(kind) || rule === undefined) return t(`troubleKind.${kind}`)
  const found = rules.find(({ id }) => id === rule) ?? (isShippedRule(rule) ? { id: rule, watches: shippedRules[rule].watches } : null)
  return found === null ? rule : ruleName(found, language)
}
