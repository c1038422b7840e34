import type { z } from 'zod'
import { metricIds, metrics } from '../../shared/metrics.ts'
import { mistakeOf } from '../../shared/mistakes.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { type LimitSide, limitSides } from '../../shared/ruleKinds/limit.ts'
import { unusualKeys } from '../../shared/ruleKinds/unusual.ts'
import { isShippedRule, type Rule, type RuleInput, ruleCallSchema, type Scope, scopeKinds, shippedRules } from '../../shared/rules.ts'
import { kindOfMetric } from '../../shared/subjects.ts'
import { severities } from '../../shared/troubles.ts'
import type { Language } from '../../shared/words/languages.ts'
import { figuresIn, metricWords } from '../../shared/words/metricText.ts'
import { mistakeText } from '../../shared/words/mistakeText.ts'
import { type FormField, listEntered, numberEntered, type Wrong } from '../app/editing/fields.ts'

/** What is typed of a rule or an exception. Empty: as it is otherwise. */
export interface RuleEntries {
  readonly id: string
  readonly metric: string
  readonly side: string
  readonly limit: string
  readonly clear: string
  readonly severity: string
  readonly onDelay: string
  readonly offDelay: string
  readonly tags: string
  readonly servers: string
  readonly hosts: string
  readonly streams: string
  readonly devices: string
  readonly enabled: string
  readonly runbook: string
  readonly runbookUrl: string
  /** Of an exception: `off`, or otherwise. */
  readonly does: string
  readonly reason: string
}
type Field = FormField<RuleEntries>

const scopeParts = ['servers', 'tags', 'hosts', 'streams', 'devices'] as const satisfies readonly (keyof Scope)[]
const typed = (value: number | undefined): string => (value === undefined ? '' : String(value))

/** What was entered about a rule so far; null: it is a new one. */
export function ruleEntries(edited: Rule | null): RuleEntries {
  const input: Partial<RuleInput> = edited === null ? { metric: 'path.bitrateIn' } : inputOf(edited)
  const side = limitSides.find((one) => input[one] !== undefined)
  return {
    id: edited?.id ?? '',
    metric: input.metric ?? '',
    side: side ?? (edited === null ? 'above' : ''),
    limit: side === undefined ? '' : typed(input[side]),
    clear: typed(input.clear),
    severity: input.severity ?? (edited === null ? 'minor' : ''),
    onDelay: typed(input.onDelaySeconds),
    offDelay: typed(input.offDelaySeconds),
    tags: (input.tags ?? []).join(', '),
    servers: (input.servers ?? []).join(', '),
    hosts: (input.hosts ?? []).join(', '),
    streams: (input.streams ?? []).join('\n'),
    devices: (input.devices ?? []).join(', '),
    enabled: (edited?.enabled ?? true) ? 'yes' : '',
    runbook: input.runbook ?? '',
    runbookUrl: input.runbookUrl ?? '',
    does: 'off',
    reason: '',
  }
}
/** An exception begins empty. */
export const exceptionEntries = (): RuleEntries => ({ ...ruleEntries(null), metric: '', side: '', severity: '' })

/** What is typed as it is written in a configuration file: without what is left empty. A limit needs a side: that of the rule if none is chosen. */
function judgesOf(entered: RuleEntries, side: LimitSide): Record<string, unknown> {
  const chosen = limitSides.find((one) => one === entered.side) ?? side
  const lists = scopeParts.map((part) => [part, listEntered(entered[part])] as const)
  return {
    [chosen]: numberEntered(entered.limit),
    clear: numberEntered(entered.clear),
    severity: entered.severity || undefined,
    onDelaySeconds: numberEntered(entered.onDelay),
    offDelaySeconds: numberEntered(entered.offDelay),
    ...Object.fromEntries(lists.map(([part, list]) => [part, list.length === 0 ? undefined : list])),
  }
}
const written = (input: Record<string, unknown>) => Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))
const sideOfRule = (rule: Rule | null): LimitSide => (rule?.watches.kind === 'limit' ? rule.watches.side : 'above')

/** Keys of the configuration file whose field has another name. */
const fieldOf: Readonly<Record<string, string>> = { above: 'limit', below: 'limit', beyond: 'limit', onDelaySeconds: 'onDelay', offDelaySeconds: 'offDelay' }
/** Mistakes in the words of the configuration file, at the field that they are about. */
function wrongIn(issues: readonly z.core.$ZodIssue[], fields: readonly string[], language: Language): Wrong {
  const wrong: Record<string, { readonly said: string }> = {}
  for (const issue of issues) {
    const keys = issue.path.map((part) => fieldOf[String(part)] ?? String(part))
    const field = keys.find((key) => fields.includes(key)) ?? (fields.includes('limit') ? 'limit' : (fields[0] ?? ''))
    wrong[field] ??= { said: mistakeText(mistakeOf(issue), language) }
  }
  return wrong
}

const idsOf = (fields: readonly Field[]) => fields.map(({ id }): string => id)

/** The rule as it is entered, or the mistakes by field. Its exceptions stay. */
export function readRule(entered: RuleEntries, edited: Rule | null, language: Language): Result<RuleInput, Wrong> {
  const id = entered.id.trim()
  const isUsual = (entered.enabled === 'yes') === (isShippedRule(id) ? shippedRules[id].enabled : true)
  const read = ruleCallSchema.safeParse(
    written({
      id,
      metric: isShippedRule(id) ? undefined : entered.metric,
      per: edited?.edited?.input.per,
      enabled: isUsual ? undefined : entered.enabled === 'yes',
      ...judgesOf(entered, sideOfRule(edited)),
      ...Object.fromEntries(unusualKeys.map((key) => [key, edited?.edited?.input[key]])),
      runbook: entered.runbook.trim() || undefined,
      runbookUrl: entered.runbookUrl.trim() || undefined,
      exceptions: edited?.edited?.input.exceptions,
    }),
  )
  return read.success ? ok(read.data) : err(wrongIn(read.error.issues, idsOf(ruleFields(edited, language)), language))
}

/** The rule with one more exception, which counts before the others, or the mistakes by field. */
export function readException(entered: RuleEntries, rule: Rule, language: Language): Result<RuleInput, Wrong> {
  const isOff = entered.does === 'off'
  const judged = judgesOf(entered, sideOfRule(rule))
  const scope = Object.fromEntries(scopeParts.map((part) => [part, judged[part]]))
  const exception = written({ ...(isOff ? { enabled: false, ...scope } : judged), reason: entered.reason })
  const input = inputOf(rule)
  const read = ruleCallSchema.safeParse({ ...input, exceptions: [exception, ...(input.exceptions ?? [])] })
  if (read.success) return ok(read.data)
  const own = read.error.issues.map((issue) => ({ ...issue, path: issue.path.slice(issue.path[0] === 'exceptions' ? 2 : 0) }))
  return err(wrongIn(own, idsOf(exceptionFields(rule, language)), language))
}

/** What was entered about a rule; of one that nobody changed, its id. */
export const inputOf = ({ id, edited }: Pick<Rule, 'id' | 'edited'>): RuleInput => edited?.input ?? { id }

const metricOf = (metric: string) => metricIds.find((id) => id === metric) ?? null
/** A figure as it is shown elsewhere. */
function figureWords(text: string, metric: string, language: Language): string | undefined {
  const [value, id] = [numberEntered(text), metricOf(metric)]
  return value === undefined || Number.isNaN(value) || id === null ? undefined : figuresIn(language).figure(value, id, null)
}

const legend = { label: 'rules.form.for', help: 'rules.form.forHint' } as const
const usual = { value: '', label: 'rules.form.usual' } as const
const severityOptions = severities.map((value) => ({ value, label: `severity.${value}` as const }))
const metricOfRule = (rule: Rule | null) => (rule?.watches.kind === 'limit' ? rule.watches.metric : '')
const secondsOf = (ms = 0) => String(ms / 1000)

/** What a rule or an exception of it judges otherwise. */
function judgesFields(rule: Rule | null, language: Language): readonly Field[] {
  const watches = rule?.watches ?? null
  const per = watches?.kind === 'limit' ? watches.per : null
  const figure =
    (id: 'limit' | 'clear'): NonNullable<Field['help']> =>
    (_t, entered) =>
      per === null ? figureWords(entered[id], entered.metric || metricOfRule(rule), language) : undefined
  const sides = limitSides.map((value) => ({ value, label: `rules.form.sides.${value}` as const }))
  const limits: readonly Field[] = [
    { id: 'side', kind: 'choice', label: 'rules.form.side', half: true, options: rule === null ? sides : [usual, ...sides] },
    { id: 'limit', kind: 'text', label: 'rules.form.limit', half: true, help: figure('limit'), input: { inputMode: 'decimal' } },
    { id: 'clear', kind: 'text', label: 'rules.form.clear', half: true, help: figure('clear'), input: { inputMode: 'decimal' } },
  ]
  const delay = (id: 'onDelay' | 'offDelay', ms: number | undefined): Field => ({
    id,
    kind: 'text',
    label: `rules.form.${id}`,
    half: true,
    placeholder: secondsOf(ms),
    input: { inputMode: 'decimal' },
  })
  return [
    ...(watches === null || watches.kind === 'limit' ? limits : []),
    { id: 'severity', kind: 'choice', label: 'alarms.column.severity', half: true, options: rule === null ? severityOptions : [usual, ...severityOptions] },
    delay('onDelay', rule?.onDelayMs),
    delay('offDelay', rule?.offDelayMs),
  ]
}

/** For what it is. Of a metric only what can have it; of a state or an event any part. */
const scopeFields = (rule: Rule | null): readonly Field[] =>
  scopeParts.map((part) => ({
    id: part,
    kind: part === 'streams' ? 'lines' : 'text',
    label: `rules.form.parts.${part}`,
    legend,
    ...(part === 'streams' ? { input: { rows: 2 } } : { half: true }),
    shown: (entered) => {
      const metric = metricOf(entered.metric || metricOfRule(rule))
      return metric === null || scopeKinds[part].includes(kindOfMetric(metric))
    },
  }))

/** The fields of a rule; of a new one also its id and metric. */
export function ruleFields(edited: Rule | null, language: Language): readonly Field[] {
  const options = metricIds.flatMap((id) =>
    metrics[id].unit === 'state' ? [] : [{ value: id, label: { name: `${metricWords(id, language).label} · ${id}` } }],
  )
  const ofNew: readonly Field[] = [
    { id: 'id', kind: 'text', label: 'rules.form.id', help: 'rules.form.idHint', input: { maxLength: 100 } },
    { id: 'metric', kind: 'choice', label: 'rules.form.metric', options },
  ]
  return [
    ...(edited === null ? ofNew : []),
    ...judgesFields(edited, language),
    { id: 'runbook', kind: 'lines', label: 'alarms.todo', input: { rows: 2, maxLength: 4_000 } },
    { id: 'runbookUrl', kind: 'text', label: 'rules.form.runbookUrl', placeholder: 'https://wiki.example/slow-link', input: { inputMode: 'url' } },
    { id: 'enabled', kind: 'tick', label: 'rules.form.enabled' },
    ...scopeFields(edited),
  ]
}

/** The fields of an exception: why, what of it, and for what. */
export const exceptionFields = (rule: Rule, language: Language): readonly Field[] => [
  { id: 'reason', kind: 'text', label: 'alarms.form.reason', input: { maxLength: 1_000 } },
  {
    id: 'does',
    kind: 'choice',
    label: 'rules.form.does',
    options: [
      { value: 'off', label: 'rules.form.isOff' },
      { value: 'otherwise', label: 'rules.form.otherwise' },
    ],
  },
  ...judgesFields(rule, language).map((field): Field => ({ ...field, shown: ({ does }) => does !== 'off' })),
  ...scopeFields(rule),
]
