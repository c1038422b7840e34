import type { Alarm } from '../alarms.ts'
import { isShippedRule, type Rule } from '../rules.ts'
import { catalogueOf } from './catalogue.ts'
import { eventLabel } from './eventText.ts'
import type { Language } from './languages.ts'
import { metricWords } from './metricText.ts'
import type { RuleWords } from './rules/ruleWords.ts'

const catalogues = catalogueOf<RuleWords>('rules')

/** Name of a rule, as it was given; of one of the operator's own without, its metric. */
export function ruleName({ id, name, watches }: Pick<Rule, 'id' | 'name' | 'watches'>, language: Language): string {
  if (name) return name
  if (isShippedRule(id)) return catalogues[language].names[id]
  return 'metric' in watches && watches.metric !== null ? metricWords(watches.metric, language).label : id
}

/** What an alarm or incident is about: its rule, as the operator calls it, as we do, or by what it watches. */
export function ruleNameOf({ kind, rule = kind, ruleName: given, why }: Pick<Alarm, 'kind' | 'rule' | 'ruleName' | 'why'>, language: Language): string {
  if (given !== undefined) return given
  if (isShippedRule(rule)) return catalogues[language].names[rule]
  if ('metric' in why) return metricWords(why.metric, language).label
  return why.kind === 'happened' ? eventLabel(why.event.kind, language) : rule
}

/** The same within a line, where English and Russian begin names of ours small. */
export function ruleNameInLine(alarm: Parameters<typeof ruleNameOf>[0], language: Language): string {
  const name = ruleNameOf(alarm, language)
  const isSmall = alarm.ruleName === undefined && (language === 'en' || language === 'ru') && /^\p{Lu}[^\p{Lu}]/u.test(name)
  return isSmall ? name.charAt(0).toLowerCase() + name.slice(1) : name
}

/** What to do about an alarm of a shipped rule that is not one of troubles; '' for other rules. */
export function ruleTodo(id: string, language: Language): string {
  const { todo } = catalogues[language]
  return Object.hasOwn(todo, id) ? todo[id as keyof RuleWords['todo']] : ''
}
