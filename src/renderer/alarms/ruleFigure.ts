import type { JudgedSubject } from '../../shared/beyondNow.ts'
import type { Watched } from '../../shared/ruleKinds.ts'
import { type Rule, type RuleInput, rulesOf } from '../../shared/rules.ts'
import { sameSubject } from '../../shared/subjectNames.ts'
import { kindOfMetric } from '../../shared/subjects.ts'
import type { DrawnLimits, JudgedFigure } from '../fleet/figureChart.ts'

/** The figure that a rule compares; null: none. */
export function figureOfRule(watches: Watched): JudgedFigure | null {
  if (!('metric' in watches) || watches.metric === null) return null
  return { metric: watches.metric, per: 'per' in watches ? watches.per : null }
}

/** Limits that can be drawn as lines; null: none, such as for a rate of change. */
export function limitsOfRule(watches: Watched): DrawnLimits | null {
  if (watches.kind === 'limit') return { of: 'figure', side: watches.side, levels: watches.levels }
  if (watches.kind !== 'unusual') return null
  return { of: 'usual', side: watches.side, levels: watches.levels.map((level) => ({ ...level, clear: null })) }
}

/** The rule that would be in force with these entries, enabled. */
export function ruleEntered(input: RuleInput): Rule | null {
  return rulesOf([{ ...input, enabled: true }]).find(({ id }) => id === input.id) ?? null
}

/** What applies to a subject: the exception that the engine named, or the rule itself. */
export function watchedOf(rule: Rule, { exception }: Pick<JudgedSubject, 'exception'>): Watched {
  return (exception === null ? rule : (rule.exceptions[exception] ?? rule)).watches
}

/**
 * The subject to draw: the chosen one with its newest judgement, if the rule applies to it, otherwise the first listed. `isAll`: all judged subjects
 * are listed. null: there is none.
 */
export function drawnSubject(
  chosen: JudgedSubject | null,
  { metric }: JudgedFigure,
  { listed, isAll }: { readonly listed: readonly JudgedSubject[]; readonly isAll: boolean },
): JudgedSubject | null {
  const fits = ({ subject }: JudgedSubject) => subject.kind === kindOfMetric(metric)
  const judged = listed.filter(fits)
  const again = chosen && judged.find(({ subject }) => sameSubject(subject, chosen.subject))
  if (again) return again
  return chosen !== null && fits(chosen) && !isAll ? chosen : (judged[0] ?? null)
}
