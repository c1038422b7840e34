import type { Host } from '../../shared/hosts.ts'
import type { Probe } from '../../shared/probes.ts'
import { type FieldsOf, type Placed, scopeTest } from '../../shared/ruleScope.ts'
import { type Rule, type RuleEdit, type RuleEvaluation, type RuleInput, rulesOf, type Scope } from '../../shared/rules.ts'
import type { Server } from '../../shared/servers.ts'
import type { AlarmSubject } from '../../shared/subjectNames.ts'

/** The server whose properties a host has: the linked one, or the only one there. */
const serverAlone = ({ serverId, serverIds }: Pick<Host, 'serverId' | 'serverIds'>): string | null =>
  serverId ?? (serverIds.length === 1 ? (serverIds[0] ?? null) : null)

/** Returns the properties of subjects, from the watched servers, hosts and probes. */
export function placesIn(
  server: (id: string) => Pick<Server, 'name' | 'tags'> | null,
  host: (id: string) => Pick<Host, 'name' | 'serverId' | 'serverIds'> | null,
  probe: (id: string) => Pick<Probe, 'name' | 'project'> | null = () => null,
) {
  return (subject: AlarmSubject): Placed => {
    const ownHost = 'hostId' in subject ? host(subject.hostId) : null
    const serverId = 'serverId' in subject ? subject.serverId : ownHost && serverAlone(ownHost)
    const ownServer = serverId === null ? null : server(serverId)
    const ownProbe = 'probeId' in subject ? probe(subject.probeId) : null
    // The project of a probe serves as its tag.
    if (ownProbe !== null) return { server: null, host: null, probe: ownProbe.name, tags: [ownProbe.project] }
    return { server: ownServer?.name ?? null, host: ownHost?.name ?? null, tags: ownServer?.tags ?? [] }
  }
}

/** The settings of a rule for one subject. */
export interface Applied {
  readonly evaluation: RuleEvaluation
  /** Index of the exception that applies; null: none. */
  readonly exception: number | null
  /** What the operator calls it; undefined or '': nothing. */
  readonly ruleName: string | undefined
  readonly runbook: string | null
  readonly runbookUrl: string | null
}

interface CompiledRule {
  readonly rule: Rule
  readonly isFor: (subject: AlarmSubject) => boolean
  readonly baseline: Applied
  readonly exceptions: readonly { readonly isFor: (subject: AlarmSubject) => boolean; readonly applied: Applied }[]
}

/** The rules in force. `placeOf` returns the properties of a subject; null: it is no longer known. */
export function createRuleSet(placeOf: (subject: AlarmSubject) => Placed | null, fieldsOf: FieldsOf = () => null) {
  let rules: readonly Rule[] = []
  let compiled: ReadonlyMap<string, CompiledRule> = new Map()
  const inScope = (scope: Scope) => scopeTest(scope, placeOf, fieldsOf)
  const compile = (rule: Rule): CompiledRule => {
    const { name: ruleName, runbook, runbookUrl } = rule
    return {
      rule,
      isFor: inScope(rule.scope),
      baseline: { evaluation: rule, exception: null, ruleName, runbook, runbookUrl },
      exceptions: rule.exceptions.map(({ scope, ...evaluation }, exception) => ({
        isFor: inScope(scope),
        applied: { evaluation, exception, ruleName, runbook, runbookUrl },
      })),
    }
  }
  const configure = (ofFile: readonly RuleInput[], edits: readonly RuleEdit[] = []): void => {
    rules = rulesOf(ofFile, edits)
    compiled = new Map(rules.map((rule) => [rule.id, compile(rule)]))
  }
  configure([])
  return {
    configure,
    all: (): readonly Rule[] => rules,
    /** The settings of a rule for a subject; null: no such rule, or it does not apply. */
    applied: (id: string, subject: AlarmSubject): Applied | null => {
      const found = compiled.get(id)
      if (found === undefined || !found.isFor(subject)) return null
      const { applied } = found.exceptions.find(({ isFor }) => isFor(subject)) ?? { applied: found.baseline }
      return applied.evaluation.enabled ? applied : null
    },
  }
}
export type RuleSet = ReturnType<typeof createRuleSet>
