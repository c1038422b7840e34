import type { Naming } from '../../shared/naming.ts'
import { scopeTest } from '../../shared/ruleScope.ts'
import type { Rule, RuleEvaluation, Scope } from '../../shared/rules.ts'
import { type Severity, worseSeverity } from '../../shared/severities.ts'
import { streamSubject } from '../../shared/subjectNames.ts'
import type { StreamRow } from '../fleet/fleetRows.ts'

/** Returns how severe it is, by the rules that want readers, that a live stream has none; null: it has some, or no rule wants any. */
export function missingReaders(
  rules: readonly Rule[],
  { fieldsOf }: Pick<Naming, 'fieldsOf'>,
  serverOf: (id: string) => { readonly name: string; readonly tags: readonly string[] },
): (row: StreamRow) => Severity | null {
  const inScope = (scope: Scope) =>
    scopeTest(
      scope,
      (subject) => {
        const { name, tags } = serverOf('serverId' in subject ? subject.serverId : '')
        return { server: name, host: null, tags }
      },
      fieldsOf,
    )
  const wanting = rules
    .filter(({ watches }) => watches.kind === 'limit' && watches.metric === 'path.people' && watches.side === 'below')
    .map((rule) => ({ rule, isFor: inScope(rule.scope), exceptions: rule.exceptions.map((exception) => ({ exception, isFor: inScope(exception.scope) })) }))
  return ({ facts, figures }) => {
    if (facts.state !== 'live' || figures.readers !== 0 || facts.hlsViewersUnknown === true) return null
    const subject = streamSubject(facts.serverId, facts.path)
    let worst: Severity | null = null
    for (const { rule, isFor, exceptions } of wanting) {
      if (!isFor(subject)) continue
      const { enabled, watches }: RuleEvaluation = exceptions.find((one) => one.isFor(subject))?.exception ?? rule
      if (!enabled || watches.kind !== 'limit') continue
      for (const { severity, limit } of watches.levels) if (limit > 0) worst = worseSeverity(worst, severity)
    }
    return worst
  }
}
