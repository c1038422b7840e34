import type { z } from 'zod'
import type { Language } from '../../i18n/languages.ts'
import { figuresIn, metricLabel } from '../../i18n/metricText.ts'
import { type MetricId, metricIds, metrics, type Unit } from '../../shared/metrics.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { eventLastsSeconds } from '../../shared/ruleKinds/event.ts'
import { flapKeys } from '../../shared/ruleKinds/flapping.ts'
import { stateKeys } from '../../shared/ruleKinds/state.ts'
import { subjectsOf, type WatchedKind, watchesNoFigure } from '../../shared/ruleKinds.ts'
import { isShippedRule, longestRuleName, type Rule, type RuleInput, ruleCallSchema, type Scope, scopeKinds, shippedRules } from '../../shared/rules.ts'
import { severities } from '../../shared/severities.ts'
import { kindOfMetric } from '../../shared/subjects.ts'
import { type ValidationError, validationErrorOf } from '../../shared/validationErrors.ts'
import { type FormField, listEntered, namedValidationError, numberEntered, shownFields, type WordId, type Wrong } from '../app/editing/fields.ts'
import { formKinds, type RuleEntries, ruleKindForms } from './ruleKindForms.ts'

type Sizes = Readonly<Record<string, number>>
const bitrates = {
  'bit/s': 1,
  'kbit/s': 1e3,
  'mbit/s': 1e6,
  'gbit/s': 1e9,
  kbps: 1e3,
  mbps: 1e6,
  gbps: 1e9,
  'бит/с': 1,
  'кбит/с': 1e3,
  'мбит/с': 1e6,
  'гбит/с': 1e9,
}
/** Units of durations as they are typed, in seconds. */
const secondsTyped: Sizes = {
  ms: 0.001,
  s: 1,
  sec: 1,
  min: 60,
  h: 3600,
  d: 86_400,
  с: 1,
  мин: 60,
  ч: 3600,
  秒: 1,
  分: 60,
  小时: 3600,
  초: 1,
  분: 60,
  시간: 3600,
}
const milliseconds = Object.fromEntries(Object.entries(secondsTyped).map(([name, size]) => [name, size * 1000]))
const unitsTyped: Readonly<Partial<Record<Unit, Sizes>>> = {
  bps: bitrates,
  bytes: { b: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 },
  ms: milliseconds,
  percent: { '%': 1 },
  celsius: { '°c': 1, c: 1 },
  days: { d: 1, day: 1, days: 1, tage: 1 },
}

/** "2.5 Mbit/s" as the number that stands for it; what is no such figure stays as it is. */
function figureEntered(text: string, sizes: Sizes | undefined): string {
  const [, number = '', unit = ''] = /^\s*(-?[\d.,]+)\s*([^\d\s.,].*?)\s*$/.exec(text) ?? []
  const size = sizes?.[unit.toLowerCase()]
  const value = Number(number.replace(',', '.'))
  return size === undefined || Number.isNaN(value) ? text : String(Number((value * size).toPrecision(12)))
}
/** The same in the unit of a metric. */
function figureOfUnit(text: string, unit: Unit | undefined): string {
  return figureEntered(text, unit === undefined ? undefined : unitsTyped[unit])
}

type Field = FormField<RuleEntries>

const scopeParts = ['servers', 'tags', 'hosts', 'streams', 'where', 'devices', 'probes'] as const satisfies readonly (keyof Scope)[]
const typed = (value: number | undefined): string => (value === undefined ? '' : String(value))

/** The form entries of a rule in force; null: of a new rule. */
export function ruleEntries(edited: Rule | null): RuleEntries {
  const input: Partial<RuleInput> = edited === null ? { metric: 'path.bitrateIn' } : inputOf(edited)
  const kind = kindOfRule(edited)
  return {
    id: edited?.id ?? '',
    name: input.name ?? '',
    kind,
    metric: input.metric ?? '',
    side: ruleKindForms[kind].usualSide(edited?.watches ?? null),
    limit: '',
    clear: '',
    worseLimit: '',
    worseClear: '',
    worseSeverity: '',
    within: '',
    absent: '',
    event: '',
    stateOf: '',
    state: '',
    flaps: '',
    severity: input.severity ?? (edited === null ? 'minor' : ''),
    ...(edited !== null && ruleKindForms[kind].entries(edited.watches, input)),
    onDelay: typed(input.onDelaySeconds),
    offDelay: typed(input.offDelaySeconds),
    tags: (input.tags ?? []).join(', '),
    servers: (input.servers ?? []).join(', '),
    hosts: (input.hosts ?? []).join(', '),
    streams: (input.streams ?? []).join('\n'),
    where: (input.where ?? []).join(', '),
    devices: (input.devices ?? []).join(', '),
    probes: (input.probes ?? []).join(', '),
    enabled: (edited?.enabled ?? true) ? 'yes' : '',
    runbook: input.runbook ?? '',
    runbookUrl: input.runbookUrl ?? '',
    reason: '',
  }
}
const kindOfRule = (rule: Rule | null): WatchedKind => rule?.watches.kind ?? 'limit'
const kindEntered = ({ kind }: RuleEntries): WatchedKind => formKinds.find((one) => one === kind) ?? (kind as WatchedKind)
/** The entries of a new exception: empty except for the kind of its rule. */
export function exceptionEntries(rule: Rule): RuleEntries {
  return { ...ruleEntries(null), kind: kindOfRule(rule), metric: '', side: '', severity: '', enabled: '' }
}

const limitEntries = ['side', 'limit', 'clear', 'severity', 'worseLimit', 'worseClear', 'worseSeverity'] as const satisfies readonly (keyof RuleEntries)[]

/**
 * The limits in the form of a configuration file. Limits of an existing rule that were not edited are taken from its stored input, so that a
 * shipped rule keeps its shipped limits; if all limits are emptied, it falls back to them, too.
 */
function limitsOf(entered: RuleEntries, rule: Rule | null, isException: boolean): Record<string, unknown> {
  const form = ruleKindForms[rule === null ? kindEntered(entered) : kindOfRule(rule)]
  // A limit needs a side: the rule's own if none is chosen.
  const side = form.sides.find((one) => one === entered.side) ?? form.usualSide(rule?.watches ?? null)
  const written = form.written(entered, side)
  if (rule === null || isException || form.sides.length === 0) return written
  const before = ruleEntries(rule)
  const isSame = limitEntries.every((id) => entered[id] === before[id])
  const hasNone = entered.limit.trim() === '' && entered.worseLimit.trim() === ''
  const { clearWhen } = inputOf(rule)
  const limits = isSame ? inputOf(rule) : hasNone ? {} : { ...written, clearWhen }
  const isOfLimit = (key: string) => [...form.sides, 'clear', 'clearWhen', 'levels', 'severity'].includes(key)
  return Object.fromEntries([...Object.entries(written).filter(([key]) => !isOfLimit(key)), ...Object.entries(limits).filter(([key]) => isOfLimit(key))])
}

/** The entries with what was typed with a unit as plain numbers. */
function withoutUnits(entered: RuleEntries, rule: Rule | null): RuleEntries {
  const kind = kindEntered(entered)
  const unitOf = (metric: string) => (metricOf(metric) === null ? undefined : metrics[metric as MetricId].unit)
  const isFigure = (kind === 'limit' || kind === 'change') && perOf(rule) === null
  const figures = (['limit', 'clear', 'worseLimit', 'worseClear'] as const).map((id) => {
    // A share is a change in percent of what was.
    const isShare = kind === 'change' && entered[id].includes('%')
    return [id, isFigure && !isShare ? figureOfUnit(entered[id], unitOf(entered.metric || metricOfRule(rule))) : entered[id]]
  })
  const seconds = (['onDelay', 'offDelay', ...(kind === 'change' ? (['within'] as const) : [])] as const).map((id) => [
    id,
    figureEntered(entered[id], secondsTyped),
  ])
  return { ...entered, ...Object.fromEntries([...figures, ...seconds]) }
}
const perOf = (rule: Rule | null) => (rule?.watches.kind === 'limit' || rule?.watches.kind === 'change' ? rule.watches.per : null)

/** An id for a new rule: its name, or what it watches, with a number where that is taken. */
export function madeId({ name, metric, side, event, state, kind }: RuleEntries, taken: ReadonlySet<string>): string {
  const plain = (text: string) =>
    text
      .normalize('NFKD')
      .replace(/[^A-Za-z0-9]+/g, '-')
      .replace(/^-|-$/g, '')
      .slice(0, 80)
  const base = plain(name) || plain([metric.split('.').at(-1) || event || state || kind, side].join(' ')) || kind
  for (let number = 1; ; number++) {
    const id = number === 1 ? base : `${base}-${number}`
    if (!taken.has(id)) return id
  }
}

/** The entries in the form of a configuration file; empty fields are undefined. */
function evaluationOf(typed: RuleEntries, rule: Rule | null, isException = false): Record<string, unknown> {
  const entered = withoutUnits(typed, rule)
  const lists = scopeParts.map((part) => [part, listEntered(entered[part])] as const)
  return {
    ...limitsOf(entered, rule, isException),
    onDelaySeconds: numberEntered(entered.onDelay),
    offDelaySeconds: numberEntered(entered.offDelay),
    ...Object.fromEntries(lists.map(([part, list]) => [part, list.length === 0 ? undefined : list])),
  }
}
const written = (input: Record<string, unknown>) => Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))

/** Maps keys of the configuration file to form fields of a different name. */
const fieldOf: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.values(ruleKindForms).flatMap(({ sides }) => sides.map((side) => [side, 'limit']))),
  withinSeconds: 'within',
  withinMinutes: 'within',
  ...Object.fromEntries(flapKeys.map((key) => [key, 'flaps'])),
  ...Object.fromEntries(stateKeys.map((key) => [key, 'state'])),
  onDelaySeconds: 'onDelay',
  offDelaySeconds: 'offDelay',
}
/** Maps fields of the first limit to those of the second. */
const worseFieldOf: Readonly<Record<string, string>> = { limit: 'worseLimit', clear: 'worseClear', severity: 'worseSeverity' }
/** Assigns each validation issue to a form field. `fields`: the fields currently shown. */
function wrongIn(issues: readonly z.core.$ZodIssue[], fields: readonly string[]): Wrong {
  const wrong: Record<string, { readonly validationError: ValidationError }> = {}
  for (const issue of issues) {
    const isWorse = issue.path[0] === 'levels' && issue.path[1] === 1
    const idOf = (part: unknown): string => {
      const id = fieldOf[String(part)] ?? String(part)
      return (isWorse ? worseFieldOf[id] : id) ?? id
    }
    const ids = issue.path.map(idOf)
    const field = ids.find((id) => fields.includes(id)) ?? (fields.includes('limit') ? 'limit' : (fields[0] ?? ''))
    wrong[field] ??= { validationError: namedValidationError(validationErrorOf(issue), idOf) }
  }
  return wrong
}

const idsOf = (fields: readonly Field[], entered: RuleEntries) => shownFields(fields, entered).map(({ id }): string => id)

/** Returns the entered rule, with the exceptions of the edited one, or the mistakes by field. */
export function readRule(entered: RuleEntries, edited: Rule | null, language: Language): Result<RuleInput, Wrong> {
  const id = entered.id.trim()
  const evaluation = evaluationOf(entered, edited)
  const { metric, per, exceptions, remedy } = edited?.edited?.input ?? {}
  const isUsual = (entered.enabled === 'yes') === (isShippedRule(id) ? shippedRules[id].enabled : true)
  const read = ruleCallSchema.safeParse(
    written({
      id,
      name: entered.name.trim() || undefined,
      metric: isShippedRule(id) ? undefined : edited === null ? entered.metric || undefined : metric,
      per,
      enabled: isUsual ? undefined : entered.enabled === 'yes',
      ...evaluation,
      runbook: entered.runbook.trim() || undefined,
      runbookUrl: entered.runbookUrl.trim() || undefined,
      exceptions,
      remedy,
    }),
  )
  return read.success ? ok(read.data) : err(wrongIn(read.error.issues, idsOf(ruleFields(edited, language), entered)))
}

/** Removes keys that an exception cannot override. */
const withoutFixed = (evaluated: Record<string, unknown>) => Object.fromEntries(Object.entries(evaluated).filter(([key]) => !ofRuleOnly.has(key)))
const ofRuleOnly: ReadonlySet<string> = new Set(['withinSeconds', 'absent', 'clearWhen', ...watchesNoFigure])

/** Returns the rule with the entered exception added, which takes precedence over the others, or the mistakes by field. */
export function readException(entered: RuleEntries, rule: Rule, language: Language): Result<RuleInput, Wrong> {
  const isOff = entered.enabled !== 'yes'
  const evaluated = evaluationOf(entered, rule, true)
  const scope = Object.fromEntries(scopeParts.map((part) => [part, evaluated[part]]))
  const exception = written({ ...(isOff ? { enabled: false, ...scope } : withoutFixed(evaluated)), reason: entered.reason })
  const input = inputOf(rule)
  const read = ruleCallSchema.safeParse({ ...input, exceptions: [exception, ...(input.exceptions ?? [])] })
  const [firstShown = 'servers'] = scopeFields(rule).flatMap((field) => ((field.shown?.(entered) ?? true) ? [field.id] : []))
  // An exception needs a scope: without one it would apply to everything that the rule applies to.
  const isForAll = scopeParts.every((part) => listEntered(entered[part]).length === 0)
  if (read.success && !isForAll) return ok(read.data)
  const own = (read.error?.issues ?? []).map((issue) => ({ ...issue, path: issue.path.slice(issue.path[0] === 'exceptions' ? 2 : 0) }))
  return err({
    ...(isForAll && { [firstShown]: 'rules.form.exceptionForWhat' as const }),
    ...wrongIn(own, idsOf(exceptionFields(rule, language), entered)),
  })
}

/** The stored input of a rule; only its id if it was never edited. */
export function inputOf({ id, edited }: Pick<Rule, 'id' | 'edited'>): RuleInput {
  return edited?.input ?? { id }
}

const metricOf = (metric: string) => metricIds.find((id) => id === metric) ?? null
/** An entered value, formatted with its unit as in the rest of the console; undefined: not a number, or an unknown metric. */
function figureText(text: string, metric: string, language: Language): string | undefined {
  const id = metricOf(metric)
  const value = numberEntered(figureOfUnit(text, id === null ? undefined : metrics[id].unit))
  return value === undefined || Number.isNaN(value) || id === null ? undefined : figuresIn(language).figure(value, id, null)
}

const legend = { label: 'maintenance.form.for', help: 'rules.form.forHint' } as const
const usual = { value: '', label: 'rules.form.usual' } as const
const severityOptions = severities.map((value) => ({ value, label: `severity.${value}` as const }))
const metricOfRule = (rule: Rule | null) => (rule !== null && 'metric' in rule.watches ? (rule.watches.metric ?? '') : '')
const secondsOf = (ms = 0) => String(ms / 1000)

const worse = { label: 'rules.form.worse' } as const
/** Fields of the second limit, which is farther out than the first. */
function worseFields(rule: Rule | null, language: Language): readonly Field[] {
  const shown = (entered: RuleEntries) => kindEntered(entered) === 'limit' || kindEntered(entered) === 'change'
  const own = { half: true, legend: worse, more: true, shown } as const
  return [
    { id: 'worseLimit', kind: 'text', label: 'rules.form.worseLimit', help: figureHelp('worseLimit', rule, language), ...own },
    { id: 'worseSeverity', kind: 'choice', label: 'alarms.column.severity', options: [{ value: '', label: 'maintenance.none' }, ...severityOptions], ...own },
    { id: 'worseClear', kind: 'text', label: 'rules.form.worseClear', help: figureHelp('worseClear', rule, language), ...own },
  ]
}

const metricOptions = (language: Language) =>
  metricIds.flatMap((id) => (metrics[id].unit === 'state' ? [] : [{ value: id, label: { name: `${metricLabel(id, language)} · ${id}` } }]))

/** Help text that shows the entered limit with its unit. */
function figureHelp(id: 'limit' | 'clear' | 'worseLimit' | 'worseClear', rule: Rule | null, language: Language): Help {
  const per = perOf(rule)
  return (t, entered) => {
    const metric = entered.metric || metricOfRule(rule)
    if (per !== null || (kindEntered(entered) === 'change' && entered.limit.includes('%'))) return undefined
    const watched = metricOf(metric)
    const unit = watched && metrics[watched].unit
    const example = figureText(unit === 'bps' ? '2500000' : unit === 'bytes' ? '500000000' : '10', metric, language)
    return figureText(entered[id], metric, language) ?? (example === undefined ? undefined : t('rules.form.unitHint', { example }))
  }
}
type Help = Exclude<Field['help'], string | undefined>

/** What the keys of limits are called. */
const sideLabels: Readonly<Record<string, WordId>> = {
  above: 'rules.form.sides.above',
  aboveUsual: 'rules.form.sides.above',
  below: 'rules.form.sides.below',
  belowUsual: 'rules.form.sides.below',
  beyond: 'rules.form.sides.beyond',
  beyondUsual: 'rules.form.sides.beyond',
  risesBy: 'rules.form.sides.risesBy',
  fallsBy: 'rules.form.sides.fallsBy',
  changesBy: 'rules.form.sides.changesBy',
}
/** Fields of limits, severity and delays, which a rule or an exception can set. */
function evaluationFields(rule: Rule | null, language: Language, isException = false): readonly Field[] {
  const watches = rule?.watches ?? null
  const limits = (rule === null ? formKinds : [kindOfRule(rule)]).flatMap((kind): readonly Field[] => {
    const { sides } = ruleKindForms[kind]
    if (sides.length === 0) return []
    const options = sides.map((value) => ({ value, label: sideLabels[value] ?? 'rules.form.sides.above' }))
    const shown = (entered: RuleEntries) => rule !== null || entered.kind === kind
    return [{ id: 'side', kind: 'choice', label: 'rules.form.side', half: true, options: isException ? [usual, ...options] : options, shown }]
  })
  const hasLimit = (entered: RuleEntries) => ruleKindForms[kindEntered(entered)].sides.length > 0
  const amounts: readonly Field[] = [
    {
      id: 'limit',
      kind: 'text',
      label: 'rules.form.limit',
      half: true,
      help: limitHelp(figureHelp('limit', rule, language)),
      shown: hasLimit,
    },
    {
      id: 'clear',
      kind: 'text',
      label: 'rules.form.clear',
      half: true,
      more: true,
      help: figureHelp('clear', rule, language),
      shown: (entered) => hasLimit(entered) && kindEntered(entered) !== 'unusual',
    },
  ]
  const delay = (id: 'onDelay' | 'offDelay', ms: number | undefined): Field => ({
    id,
    kind: 'text',
    label: `rules.form.${id}`,
    half: true,
    placeholder: secondsOf(ms),
  })
  const hasUsual = isException || (watches !== null && ruleKindForms[watches.kind].sides.length === 0)
  return [
    ...(watches === null || ruleKindForms[watches.kind].sides.length > 0 ? [...limits, ...amounts] : []),
    { id: 'severity', kind: 'choice', label: 'alarms.column.severity', half: true, options: hasUsual ? [usual, ...severityOptions] : severityOptions },
    // Events have no duration, so they have no on-delay.
    { ...delay('onDelay', rule?.onDelayMs), shown: (entered) => kindEntered(entered) !== 'event' },
    { ...delay('offDelay', rule?.offDelayMs ?? eventLastsSeconds * 1000), more: true },
  ]
}
/** Help text that names the unit of a limit. */
const limitHelp =
  (figure: Help): Help =>
  (t, entered, stored) => {
    const kind = kindEntered(entered)
    return kind === 'change' ? t('rules.form.percentHint') : kind === 'unusual' ? t('rules.form.usualHint') : figure(t, entered, stored)
  }
/** Fields of one kind, shown while it is chosen. */
const kindFields = (rule: Rule | null, language: Language): readonly Field[] =>
  (rule === null ? formKinds : [kindOfRule(rule)]).flatMap((kind) =>
    ruleKindForms[kind]
      .fields(language, rule)
      .map((field): Field => ({ ...field, shown: (entered) => kindEntered(entered) === kind && (field.shown?.(entered) ?? true) })),
  )

const partLabels = {
  servers: 'common.servers',
  tags: 'common.tags',
  hosts: 'common.hosts',
  streams: 'common.streams',
  where: 'rules.form.where',
  devices: 'rules.form.devices',
  probes: 'common.probes',
} as const satisfies Record<(typeof scopeParts)[number], string>
/** Fields of the rule's scope: only those that can apply to the subjects of its metric, state or event. */
const scopeFields = (rule: Rule | null): readonly Field[] =>
  scopeParts.map((part) => ({
    id: part,
    kind: part === 'streams' ? 'lines' : 'text',
    label: partLabels[part],
    ...(part === 'where' && { placeholder: 'examId=exam_123' }),
    ...((part === 'tags' || part === 'where') && { more: true as const }),
    legend,
    ...(part === 'streams' ? { input: { rows: 2 } } : { half: true }),
    shown: (entered) => {
      const metric = metricOf(entered.metric || metricOfRule(rule))
      // An absence rule names its streams in a field of its own; its scope only names servers or tags.
      if (metric === null && kindEntered(entered) === 'absence') return part === 'servers' || part === 'tags'
      const of =
        metric !== null ? kindOfMetric(metric) : rule !== null ? subjectsOf(rule.watches) : (ruleKindForms[kindEntered(entered)].about?.(entered) ?? null)
      return of === null || scopeKinds[part].includes(of)
    },
  }))

const nameField: Field = {
  id: 'name',
  kind: 'text',
  more: true,
  label: 'common.name',
  input: { maxLength: longestRuleName },
}

/** The fields of a rule; for a new one also id, kind and metric. */
export function ruleFields(edited: Rule | null, language: Language): readonly Field[] {
  const options = metricOptions(language)
  const ofNew: readonly Field[] = [
    { id: 'id', kind: 'text', more: true, label: 'rules.form.id', input: { maxLength: 100 } },
    nameField,
    {
      id: 'kind',
      kind: 'choice',
      label: 'rules.form.kind',
      half: true,
      options: formKinds.map((value) => ({ value, label: `rules.form.kinds.${value}` as const })),
      sets: (kind) => ({
        side: ruleKindForms[kind as WatchedKind].usualSide(null),
        limit: '',
        clear: '',
        ...(kind !== 'absence' && { metric: 'path.bitrateIn' }),
        ...ruleKindForms[kind as WatchedKind].begin,
      }),
    },
    { id: 'metric', kind: 'choice', label: 'rules.form.metric', half: true, options, shown: ({ kind }) => ruleKindForms[kind as WatchedKind].sides.length > 0 },
    {
      id: 'metric',
      kind: 'choice',
      label: 'rules.form.metric',
      half: true,
      options: [{ value: '', label: 'rules.form.absent' }, ...options],
      shown: ({ kind }) => kind === 'absence',
    },
  ]
  return [
    ...(edited === null ? ofNew : [nameField]),
    ...kindFields(edited, language),
    ...evaluationFields(edited, language),
    ...worseFields(edited, language),
    { id: 'runbook', kind: 'lines', more: true, label: 'common.whatToDo', input: { rows: 2, maxLength: 4_000 } },
    { id: 'runbookUrl', kind: 'text', more: true, label: 'rules.form.runbookUrl', placeholder: 'https://wiki.example/slow-link', input: { inputMode: 'url' } },
    { id: 'enabled', kind: 'tick', more: true, label: 'rules.form.enabled' },
    ...scopeFields(edited),
  ]
}

/** The fields of an exception: reason, effect and scope. */
export function exceptionFields(rule: Rule, language: Language): readonly Field[] {
  return [
    { id: 'reason', kind: 'text', label: 'common.reason', input: { maxLength: 1_000 } },
    { id: 'enabled', kind: 'tick', label: 'rules.form.enabled' },
    ...evaluationFields(rule, language, true).map(
      (field): Field => ({ ...field, shown: (entered) => entered.enabled === 'yes' && (field.shown?.(entered) ?? true) }),
    ),
    ...scopeFields(rule),
  ]
}
