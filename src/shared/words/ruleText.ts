import { isShippedRule, type Rule } from '../rules.ts'
import type { Language } from './languages.ts'
import { metricWords } from './metricText.ts'
import { de } from './rules/de.ts'
import { en } from './rules/en.ts'
import { ko } from './rules/ko.ts'
import { ru } from './rules/ru.ts'
import type { RuleWords } from './rules/ruleWords.ts'
import { zh } from './rules/zh.ts'

const catalogues: Readonly<Record<Language, RuleWords>> = { en, de, zh, ru, ko }

/** Name of a rule, as it was given; of one of the operator's own without, its metric. */
export function ruleName({ id, name, watches }: Pick<Rule, 'id' | 'name' | 'watches'>, language: Language): string {
  if (name) return name
  if (isShippedRule(id)) return catalogues[language].names[id]
  return 'metric' in watches && watches.metric !== null ? metricWords(watches.metric, language).label : id
}

/** The same within a line, where English and Russian begin names of ours small. */
export function ruleNameInLine(rule: Pick<Rule, 'id' | 'name' | 'watches'>, language: Language): string {
  const name = ruleName(rule, language)
  const isSmall = !rule.name && (language === 'en' || language === 'ru') && /^\p{Lu}[^\p{Lu}]/u.test(name)
  return isSmall ? name.charAt(0).toLowerCase() + name.slice(1) : name
}

/** Name of a rule of which only the id is known: that is the name of one of the operator's own. */
export function shippedRuleName(id: string, language: Language): string {
  return isShippedRule(id) ? catalogues[language].names[id] : id
}

/** What to do about an alarm of a shipped rule that is not one of troubles; '' for other rules. */
export function ruleTodo(id: string, language: Language): string {
  const { todo } = catalogues[language]
  return Object.hasOwn(todo, id) ? todo[id as keyof RuleWords['todo']] : ''
}
