import { isShippedRule, type Rule, type RuleEvaluation, type RuleInput, shippedRules } from '../../shared/rules.ts'
import { type Entry, kindEntry } from './ruleKindsShown.ts'

/** A rule as a line under `rules:` of the configuration file, which leaves it as it is. */
export function ruleLine(rule: Rule): string {
  return `- ${written(entryOf(rule))}`
}

/** The same as an entry that is given to the engine. */
export function ruleInput(rule: Rule): RuleInput {
  return withoutNulls(entryOf(rule)) as RuleInput
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).flatMap(([key, one]) => (one === null || one === undefined ? [] : [[key, withoutNulls(one)]])))
}

function entryOf(rule: Rule): Entry {
  const { id, name, scope, runbook, runbookUrl, remedy, exceptions } = rule
  const isOn = !isShippedRule(id) || shippedRules[id].enabled
  return {
    id,
    name,
    ...evaluationEntry(id, rule, { enabled: (isOn && rule.enabled) || null, severity: null, onDelayMs: null, offDelayMs: null, watches: null }),
    ...scope,
    runbook,
    runbookUrl,
    remedy,
    exceptions:
      exceptions.length === 0
        ? null
        : exceptions.map((exception) => ({ ...evaluationEntry(null, exception, rule), ...exception.scope, reason: exception.reason })),
  }
}

/** How it judges, as far as that is not usual. `id` null: of an exception. */
function evaluationEntry(id: string | null, evaluation: RuleEvaluation, usual: { readonly [Key in keyof RuleEvaluation]: RuleEvaluation[Key] | null }): Entry {
  const own = <Key extends keyof RuleEvaluation>(key: Key) => (evaluation[key] === usual[key] ? null : evaluation[key])
  const seconds = (ms: number | null) => ms && ms / 1000
  return {
    enabled: own('enabled'),
    ...kindEntry(id, evaluation.watches, usual.watches),
    ...(evaluation.severity !== null && { severity: own('severity') }),
    onDelaySeconds: seconds(own('onDelayMs')),
    offDelaySeconds: seconds(own('offDelayMs')),
  }
}

/** Words that need no quotes in YAML. */
const plain = /^(?!(?:true|false|null)$)[a-z][a-z.]*$/i

/** On one line of YAML, without what is null. */
function written(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(written).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, one]) => one !== null && one !== undefined)
    return `{ ${entries.map(([key, one]) => `${key}: ${written(one)}`).join(', ')} }`
  }
  return typeof value === 'string' && plain.test(value) ? value : JSON.stringify(value)
}
