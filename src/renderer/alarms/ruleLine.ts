import { isShippedRule, type Rule, type RuleJudges, shippedRules, type Watched } from '../../shared/rules.ts'

type Limit = Extract<Watched, { kind: 'limit' }>
type Entry = Readonly<Record<string, unknown>>

/** A rule as a line under `rules:` of the configuration file, which leaves it as it is. Two levels can't be written there: they are left out, and stay. */
export const ruleLine = (rule: Rule): string => `- ${written(entryOf(rule))}`

function entryOf(rule: Rule): Entry {
  const { id, watches, scope, runbook, runbookUrl, exceptions } = rule
  const isOn = !isShippedRule(id) || shippedRules[id].enabled
  return {
    id,
    ...(watches.kind === 'limit' && !isShippedRule(id) && { metric: watches.metric, per: watches.per }),
    ...judgesEntry(rule, { enabled: (isOn && rule.enabled) || null, severity: null, onDelayMs: null, offDelayMs: null, watches: null }),
    ...scope,
    runbook,
    runbookUrl,
    exceptions:
      exceptions.length === 0 ? null : exceptions.map((exception) => ({ ...judgesEntry(exception, rule), ...exception.scope, reason: exception.reason })),
  }
}

/** How it judges, as far as that is not usual. */
function judgesEntry(judges: RuleJudges, usual: { readonly [Key in keyof RuleJudges]: RuleJudges[Key] | null }): Entry {
  const own = <Key extends keyof RuleJudges>(key: Key) => (judges[key] === usual[key] ? null : judges[key])
  const seconds = (ms: number | null) => ms && ms / 1000
  return {
    enabled: own('enabled'),
    ...(judges.watches.kind === 'limit' ? limitEntry(judges.watches, usual.watches) : { severity: own('severity') }),
    onDelaySeconds: seconds(own('onDelayMs')),
    offDelaySeconds: seconds(own('offDelayMs')),
  }
}

function limitEntry(watches: Limit, usual: Watched | null): Entry {
  const { side, levels } = watches
  const [level, ...others] = levels
  if (level === undefined || JSON.stringify(watches) === JSON.stringify(usual)) return {}
  const { severity, limit, clear } = level
  if (others.length > 0) return others.every((other) => other.severity === severity) ? { severity } : {}
  return { [side]: limit, clear: clear === limit ? null : clear, severity }
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
