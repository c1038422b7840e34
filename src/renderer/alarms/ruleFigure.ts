import type { JudgedSubject } from '../../shared/beyondNow.ts'
import type { Watched } from '../../shared/ruleKinds.ts'
import { type Rule, type RuleInput, rulesOf } from '../../shared/rules.ts'
import { sameSubject } from '../../shared/subjectNames.ts'
import { kindOfMetric } from '../../shared/subjects.ts'
import type { DrawnLimits, JudgedFigure } from '../app/figureChart.ts'

/** The figure that a rule is about; null: it compares none. */
export function figureOfRule(watches: Watched): JudgedFigure | null {
  if (!('metric' in watches) || watches.metric === null) return null
  return { metric: watches.metric, per: 'per' in watches ? watches.per : null }
}

/** Limits that are lines: how fast a figure changes is none. */
export function limitsOfRule(watches: Watched): DrawnLimits | null {
  if (watches.kind === 'limit') return { of: 'figure', side: watches.side, levels: watches.levels }
  if (watches.kind !== 'unusual') return null
  return { of: 'usual', side: watches.side, levels: watches.levels.map((level) => ({ ...level, clear: null })) }
}

/** A rule as it would be in force with what is entered, and switched on. */
export const ruleEntered = (input: RuleInput): Rule | null => rulesOf([{ ...input, enabled: true }]).find(({ id }) => id === input.id) ?? null

/** What judges one subject: an exception, as the engine says which one, or the rule. */
export const watchedOf = (rule: Rule, { exception }: Pick<JudgedSubject, 'exception'>): Watched =>
  (exception === null ? rule : (rule.exceptions[exception] ?? rule)).watches

/**
 * The subject that is drawn: what was chosen, as it was judged last, as long as the rule is for it, else the first that is listed. `isAll`: what is not
 * listed is not judged. null: there is none.
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
