import { z } from 'zod'
import { eventLabel } from '../../i18n/eventText.ts'
import { figuresIn, metricLabel } from '../../i18n/metricText.ts'
import { watchedEvents } from '../../shared/events.ts'
import { type MetricId, metricIds, metrics, type Unit } from '../../shared/metrics.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import {
  changeDirections,
  changeKeys,
  keysOf,
  limitSides,
  type RuleLevel,
  subjectsOf,
  type Watched,
  type WatchedKind,
  watchedByOwn,
} from '../../shared/ruleKinds.ts'
import { isShippedRule, type Rule, type RuleInput, ruleCallSchema, ruleInputSchema, scopeKinds, shippedRules } from '../../shared/rules.ts'
import { severities } from '../../shared/severities.ts'
import { kindOfMetric } from '../../shared/subjects.ts'
import { type ValidationError, validationErrorOf } from '../../shared/validationErrors.ts'
import { withoutUndefined } from '../../shared/withoutUndefined.ts'
import { type FormField, listEntered, namedValidationError, numberEntered, shownFields, type WordId, type Wrong } from '../app/editing/fields.ts'
import { language } from '../app/words.ts'

// Most fields are keys of the contract and follow its schemas. Limits have their own: a side, a limit, and a second one farther out.

const keyLabels = {
  id: 'rules.form.id',
  name: 'common.name',
  metric: 'rules.form.metric',
  event: 'rules.form.event',
  flaps: 'rules.form.flaps',
  withinMinutes: 'channels.form.perMinutes',
  withinSeconds: 'rules.form.within',
  beyondUsual: 'rules.form.limit',
  clear: 'rules.form.clear',
  severity: 'alarms.column.severity',
  onDelaySeconds: 'rules.form.onDelay',
  offDelaySeconds: 'rules.form.offDelay',
  runbook: 'common.whatToDo',
  runbookUrl: 'rules.form.runbookUrl',
  servers: 'common.servers',
  tags: 'common.tags',
  hosts: 'common.hosts',
  streams: 'common.streams',
  where: 'rules.form.where',
  devices: 'rules.form.devices',
  probes: 'common.probes',
} as const satisfies Partial<Record<keyof RuleInput, WordId>>
type Key = keyof typeof keyLabels
const keys = Object.keys(keyLabels) as readonly Key[]
const scopeParts = ['servers', 'tags', 'hosts', 'streams', 'where', 'devices', 'probes'] as const satisfies readonly Key[]
const generalKeys: readonly Key[] = ['id', 'name', 'severity', 'onDelaySeconds', 'offDelaySeconds', 'runbook', 'runbookUrl', ...scopeParts]
const rareKeys: ReadonlySet<Key> = new Set(['id', 'name', 'clear', 'offDelaySeconds', 'runbook', 'runbookUrl', 'tags', 'where'])

/** By key of the contract; an empty field keeps the default, or for an exception the rule's value. */
export type RuleEntries = Readonly<Record<Key | 'kind' | 'side' | 'limit' | 'worseLimit' | 'worseClear' | 'worseSeverity' | 'enabled' | 'reason', string>>
type Field = FormField<RuleEntries>

export const formKinds = ['limit', 'change', 'unusual', 'event', 'flapping'] as const satisfies readonly WatchedKind[]
const begins: Readonly<Partial<Record<WatchedKind, Partial<RuleEntries>>>> = {
  event: { event: 'publisherChanged' },
  flapping: { flaps: '6', clear: '3', withinMinutes: '15' },
  unusual: { beyondUsual: '2' },
}
const kindOfRule = (rule: Rule | null): WatchedKind => rule?.watches.kind ?? 'limit'
const kindEntered = ({ kind }: RuleEntries): WatchedKind => kind as WatchedKind
const sidesOf = (kind: WatchedKind): readonly string[] => (kind === 'limit' ? limitSides : kind === 'change' ? changeKeys : [])
function sideOf(watches: Watched): string {
  if (watches.kind === 'change') return changeKeys.find((key) => changeDirections[key] === watches.direction) ?? ''
  return watches.kind === 'limit' ? watches.side : ''
}
const has = (kind: WatchedKind, key: Key) => generalKeys.includes(key) || (keysOf(kind) as readonly string[]).includes(key)

type KeyType = 'text' | 'number' | 'list' | 'choice'
function typeOf(key: Key): KeyType {
  let schema: unknown = ruleInputSchema.shape[key]
  while (schema instanceof z.ZodOptional) schema = schema.unwrap()
  return schema instanceof z.ZodNumber ? 'number' : schema instanceof z.ZodArray ? 'list' : schema instanceof z.ZodEnum ? 'choice' : 'text'
}
const typeOfKey = Object.fromEntries(keys.map((key) => [key, typeOf(key)])) as Readonly<Record<Key, KeyType>>
const isLong = (key: Key) => key === 'streams' || key === 'runbook'

/** Only its id if it was never edited. */
export function inputOf({ id, edited }: Pick<Rule, 'id' | 'edited'>): RuleInput {
  return edited?.input ?? { id }
}

/** null: a new rule. */
export function ruleEntries(edited: Rule | null): RuleEntries {
  const input: Partial<RuleInput> = edited === null ? { metric: 'path.bitrateIn', severity: 'minor' } : inputOf(edited)
  const typed = (key: Key) => {
    const value = input[key]
    return Array.isArray(value) ? value.join(isLong(key) ? '\n' : ', ') : String(value ?? '')
  }
  return {
    ...(Object.fromEntries(keys.map((key) => [key, typed(key)])) as Record<Key, string>),
    kind: kindOfRule(edited),
    side: edited === null ? 'above' : sideOf(edited.watches),
    limit: '',
    worseLimit: '',
    worseClear: '',
    worseSeverity: '',
    ...(edited !== null && sidesOf(edited.watches.kind).length > 0 && 'levels' in edited.watches && levelEntries(edited.watches.levels)),
    enabled: (edited?.enabled ?? true) ? 'yes' : '',
    reason: '',
  }
}
/** One, or two with a severity each; empty if there are more, which can only be edited as YAML. */
function levelEntries([first, worse, third]: readonly RuleLevel[]): Partial<RuleEntries> {
  if (first === undefined || third !== undefined) return {}
  const clearOf = ({ limit, clear }: RuleLevel) => (clear === limit ? '' : String(clear))
  return {
    limit: String(first.limit),
    clear: clearOf(first),
    severity: first.severity,
    ...(worse !== undefined && { worseLimit: String(worse.limit), worseClear: clearOf(worse), worseSeverity: worse.severity }),
  }
}
export function exceptionEntries(rule: Rule): RuleEntries {
  return { ...ruleEntries(null), kind: kindOfRule(rule), metric: '', side: '', severity: '', enabled: '' }
}

/** Its name, or what it watches, with a number if that is taken. */
export function madeId({ name, metric, side, event, kind }: RuleEntries, taken: ReadonlySet<string>): string {
  const plain = (text: string) =>
    text
      .normalize('NFKD')
      .replace(/[^A-Za-z0-9]+/g, '-')
      .replace(/^-|-$/g, '')
      .slice(0, 80)
  const watched = kind === 'event' ? event : kind === 'limit' ? [metric.split('.').at(-1), side].join(' ') : kind
  const base = plain(name) || plain(watched) || kind
  for (let number = 1; ; number++) {
    const id = number === 1 ? base : `${base}-${number}`
    if (!taken.has(id)) return id
  }
}

const durations: Readonly<Record<string, number>> = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 }
const prefixes = ['', 'kк', 'mм', 'gг', 'tт']
/** Factor of a unit typed behind a number, in the unit of its figure; undefined: not such a unit. */
function sizeTyped(typed: string, unit: Unit | 'seconds' | null): number | undefined {
  if (unit === 'percent') return typed === '%' ? 1 : undefined
  if (unit === 'ms') return durations[typed]
  if (unit === 'seconds') return durations[typed] && durations[typed] / 1_000
  const [, prefix] = /^([kmgtкмгт]?)(?:bit\/s|bps|b|бит\/с|)$/.exec(typed) ?? []
  return prefix === undefined || (unit !== 'bps' && unit !== 'bytes')
    ? undefined
    : 1_000 **
        Math.max(
          0,
          prefixes.findIndex((one) => prefix !== '' && one.includes(prefix)),
        )
}
/** "2.5 Mbit/s" as a number; undefined: empty; NaN: not a number of this unit. */
function figureTyped(text: string, unit: Unit | 'seconds' | null): number | undefined {
  const [, number, typed = ''] = /^\s*(-?[\d.,]+)\s*([^\d\s.,].*?)\s*$/.exec(text) ?? []
  if (number === undefined) return numberEntered(text)
  return Number((Number(number.replace(',', '.')) * (sizeTyped(typed.toLowerCase(), unit) ?? Number.NaN)).toPrecision(12))
}
const metricOf = (metric: string) => metricIds.find((id) => id === metric) ?? null
const metricOfRule = (rule: Rule | null): MetricId | null => (rule !== null && 'metric' in rule.watches ? rule.watches.metric : null)
/** The unit of limits; null: they have none. */
function unitOf(entered: RuleEntries, rule: Rule | null): Unit | null {
  if (kindEntered(entered) === 'change') return 'percent'
  const metric = metricOf(entered.metric) ?? metricOfRule(rule)
  return metric === null || (rule?.watches.kind === 'limit' && rule.watches.per !== null) ? null : metrics[metric].unit
}

function typedOf(key: Key, entered: RuleEntries, rule: Rule | null): unknown {
  const text = entered[key]
  const list = listEntered(text)
  switch (typeOfKey[key]) {
    case 'number':
      return figureTyped(text, key.endsWith('Seconds') ? 'seconds' : key === 'clear' ? unitOf(entered, rule) : null)
    case 'list':
      return list.length === 0 ? undefined : list
    default:
      return text.trim() || undefined
  }
}
const levelKeys = ['side', 'limit', 'clear', 'severity', 'worseLimit', 'worseClear', 'worseSeverity'] as const
/** Unedited limits are those of the stored input, as are emptied ones, so that a shipped rule keeps its shipped limits. */
function limitsOf(entered: RuleEntries, rule: Rule | null, isException: boolean): Record<string, unknown> {
  const sides = sidesOf(kindEntered(entered))
  const side = sides.find((one) => one === entered.side) ?? (rule === null ? undefined : sideOf(rule.watches)) ?? sides[0] ?? ''
  const unit = unitOf(entered, rule)
  const level = (limit: string, clear: string, severity: string) => ({
    [side]: figureTyped(limit, unit),
    clear: figureTyped(clear, unit),
    severity: severity || undefined,
  })
  const first = level(entered.limit, entered.clear, entered.severity)
  const hasWorse = entered.worseLimit.trim() !== ''
  const typed = hasWorse ? { levels: [first, level(entered.worseLimit, entered.worseClear, entered.worseSeverity)] } : first
  if (rule === null || isException) return typed
  const before = ruleEntries(rule)
  if (!levelKeys.every((id) => entered[id] === before[id])) return entered.limit.trim() === '' && !hasWorse ? {} : typed
  return Object.fromEntries(Object.entries(inputOf(rule)).filter(([key]) => [...sides, 'clear', 'severity', 'levels'].includes(key)))
}

function inputEntered(entered: RuleEntries, rule: Rule | null, isException = false): Record<string, unknown> {
  const kind = kindEntered(entered)
  const values = Object.fromEntries(keys.filter((key) => has(kind, key)).map((key) => [key, typedOf(key, entered, rule)]))
  return sidesOf(kind).length === 0 ? values : { ...values, severity: undefined, clear: undefined, ...limitsOf(entered, rule, isException) }
}

const worseFieldOf: Readonly<Record<string, keyof RuleEntries>> = { limit: 'worseLimit', clear: 'worseClear', severity: 'worseSeverity' }
/** Assigns each validation issue to a field that is shown. */
function wrongIn(issues: readonly z.core.$ZodIssue[], fields: readonly Field[], entered: RuleEntries): Wrong {
  const shown = shownFields(fields, entered).map(({ id }): string => id)
  const wrong: Record<string, { readonly validationError: ValidationError }> = {}
  for (const issue of issues) {
    const idOf = (part: unknown): string => {
      const id = [...limitSides, ...changeKeys].some((side) => side === part) ? 'limit' : String(part)
      return (issue.path[0] === 'levels' && issue.path[1] === 1 ? worseFieldOf[id] : id) ?? id
    }
    const field = issue.path.map(idOf).find((id) => shown.includes(id)) ?? (shown.includes('limit') ? 'limit' : (shown[0] ?? ''))
    wrong[field] ??= { validationError: namedValidationError(validationErrorOf(issue), idOf) }
  }
  return wrong
}

export function readRule(entered: RuleEntries, edited: Rule | null): Result<RuleInput, Wrong> {
  const { id } = entered
  const { metric, per, event, exceptions, remedy } = edited?.edited?.input ?? {}
  const isUsual = (entered.enabled === 'yes') === (isShippedRule(id) ? shippedRules[id].enabled : true)
  const fixed = edited === null ? {} : { metric, per, event: event === undefined ? undefined : entered.event, exceptions, remedy }
  const input = withoutUndefined({ ...inputEntered(entered, edited), ...fixed, enabled: isUsual ? undefined : entered.enabled === 'yes' })
  const read = ruleCallSchema.safeParse(input)
  return read.success ? ok(read.data) : err(wrongIn(read.error.issues, ruleFields(edited), entered))
}

/** Adds the exception before the others, or returns the mistakes by field. */
export function readException(entered: RuleEntries, rule: Rule): Result<RuleInput, Wrong> {
  const scope = Object.fromEntries(scopeParts.map((part) => [part, typedOf(part, entered, rule)]))
  const fields = exceptionFields(rule)
  const ids = fields.map(({ id }): string => id)
  const input = inputEntered(entered, rule, true)
  const isOf = (key: string) => ids.includes(key) || ids.includes('limit')
  const changes = Object.fromEntries(Object.entries(input).filter(([key]) => isOf(key) && key !== 'withinSeconds' && !['id', 'metric'].includes(key)))
  const exception = withoutUndefined({ ...(entered.enabled === 'yes' ? changes : { enabled: false }), ...scope, reason: entered.reason })
  const stored = inputOf(rule)
  const read = ruleCallSchema.safeParse({ ...stored, exceptions: [exception, ...(stored.exceptions ?? [])] })
  // Without a scope an exception would apply to everything that the rule applies to.
  const isForAll = Object.values(scope).every((list) => list === undefined)
  if (read.success && !isForAll) return ok(read.data)
  const own = (read.error?.issues ?? []).map((issue) => ({ ...issue, path: issue.path.slice(issue.path[0] === 'exceptions' ? 2 : 0) }))
  const firstShown = shownFields(fields, entered).find(({ legend }) => legend !== undefined)?.id ?? 'servers'
  return err({ ...(isForAll && { [firstShown]: 'rules.form.exceptionForWhat' as const }), ...wrongIn(own, fields, entered) })
}

/** Shows an entered limit with its unit, or how one can be typed. */
const figureHelp =
  (id: 'limit' | 'clear' | 'worseLimit' | 'worseClear', rule: Rule | null): Exclude<Field['help'], string | undefined> =>
  (t, entered) => {
    const unit = unitOf(entered, rule)
    const metric = metricOf(entered.metric) ?? metricOfRule(rule)
    if (unit === null || metric === null || kindEntered(entered) !== 'limit') return id === 'limit' && unit === 'percent' ? '%' : undefined
    const said = (value: number) => figuresIn(language).figure(value, metric, null)
    const value = figureTyped(entered[id], unit)
    return value !== undefined && !Number.isNaN(value)
      ? said(value)
      : t('rules.form.unitHint', { example: said(unit === 'bps' ? 2_500_000 : unit === 'bytes' ? 500_000_000 : 10) })
  }

const usual = { value: '', label: 'rules.form.usual' } as const
const severityOptions = severities.map((value) => ({ value, label: `severity.${value}` as const }))
const optionsOf: Readonly<Partial<Record<Key, () => NonNullable<Field['options']>>>> = {
  metric: () => metricIds.flatMap((id) => (metrics[id].unit === 'state' ? [] : [{ value: id, label: { name: `${metricLabel(id, language)} · ${id}` } }])),
  event: () => watchedEvents.map((value) => ({ value, label: { name: `${eventLabel(value, language)} · ${value}` } })),
  severity: () => severityOptions,
}
/** What applies if a field of a rule in force is left empty. */
function placeholderOf(key: Key, rule: Rule | null): string | undefined {
  if (key === 'runbookUrl') return 'https://wiki.example/slow-link'
  if (key === 'where') return 'examId=exam_123'
  if (rule === null) return undefined
  const { watches, onDelayMs, offDelayMs } = rule
  const inForce: Partial<Record<Key, number | undefined>> = {
    onDelaySeconds: onDelayMs / 1_000,
    offDelaySeconds: offDelayMs / 1_000,
    ...(watches.kind === 'flapping' && { flaps: watches.flaps, clear: watches.clear, withinMinutes: watches.withinMs / 60_000 }),
    ...(watches.kind === 'unusual' && { beyondUsual: watches.levels[0]?.limit }),
    ...(watches.kind === 'change' && { withinSeconds: watches.withinMs / 1_000 }),
  }
  return inForce[key] === undefined ? undefined : String(inForce[key])
}

/** Fields that share it are one group. */
const scopeLegend = { label: 'maintenance.form.for', help: 'rules.form.forHint' } as const

function fieldOf(key: Key, rule: Rule | null): Field {
  const type = typeOfKey[key]
  const placeholder = placeholderOf(key, rule)
  const schema = ruleInputSchema.shape[key]
  const isScope = scopeParts.some((part) => part === key)
  return {
    id: key,
    kind: isLong(key) ? 'lines' : type === 'choice' ? 'choice' : 'text',
    label: keyLabels[key],
    ...(!isLong(key) && !['event', 'id', 'name', 'runbookUrl'].includes(key) && { half: true }),
    ...(isScope && { legend: scopeLegend }),
    ...(placeholder !== undefined && { placeholder }),
    ...(type === 'choice' && { options: optionsOf[key]?.() ?? [] }),
    ...(key === 'clear' && { help: figureHelp('clear', rule) }),
    ...(key === 'beyondUsual' && { help: 'rules.form.usualHint' as const }),
    input: {
      ...(isLong(key) && { rows: 2 }),
      ...(type === 'number' && { inputMode: 'decimal' }),
      ...(schema instanceof z.ZodString && schema.maxLength !== null && { maxLength: schema.maxLength }),
    },
    shown: (entered) => {
      // Events have no duration, so they have no on-delay.
      if (key === 'onDelaySeconds' && kindEntered(entered) === 'event') return false
      return isScope ? isScopeOf(key as (typeof scopeParts)[number], entered, rule) : has(kindEntered(entered), key)
    },
  }
}
/** Whether a part of the scope applies to what the rule is about. */
function isScopeOf(part: (typeof scopeParts)[number], entered: RuleEntries, rule: Rule | null): boolean {
  const watches = rule?.watches ?? watchedByOwn(withoutUndefined({ ...inputEntered(entered, null), metric: metricOf(entered.metric) ?? undefined }))
  const metric = metricOf(entered.metric)
  const of = rule === null && metric !== null && has(kindEntered(entered), 'metric') ? kindOfMetric(metric) : watches && subjectsOf(watches)
  return of === null || scopeKinds[part].includes(of)
}

const sideLabels: Readonly<Record<string, WordId>> = {
  above: 'rules.form.sides.above',
  below: 'rules.form.sides.below',
  beyond: 'rules.form.sides.beyond',
  risesBy: 'rules.form.sides.risesBy',
  fallsBy: 'rules.form.sides.fallsBy',
  changesBy: 'rules.form.sides.changesBy',
}
const hasSides = (entered: RuleEntries) => sidesOf(kindEntered(entered)).length > 0
function limitFields(rule: Rule | null, isException: boolean): readonly Field[] {
  const sides = (rule === null ? formKinds : [kindOfRule(rule)]).flatMap((kind): readonly Field[] => {
    const options = sidesOf(kind).map((value) => ({ value, label: sideLabels[value] ?? 'rules.form.side' }))
    const shown = (entered: RuleEntries) => entered.kind === kind
    return options.length === 0
      ? []
      : [{ id: 'side', kind: 'choice', label: 'rules.form.side', half: true, options: isException ? [usual, ...options] : options, shown }]
  })
  return [...sides, { id: 'limit', kind: 'text', label: 'rules.form.limit', half: true, help: figureHelp('limit', rule), shown: hasSides }]
}
function worseFields(rule: Rule | null): readonly Field[] {
  const own = { half: true, legend: { label: 'rules.form.worse' }, more: 'rules.form.more', shown: hasSides } as const
  return [
    { id: 'worseLimit', kind: 'text', label: 'rules.form.worseLimit', help: figureHelp('worseLimit', rule), ...own },
    { id: 'worseSeverity', kind: 'choice', label: 'alarms.column.severity', options: [{ value: '', label: 'maintenance.none' }, ...severityOptions], ...own },
    { id: 'worseClear', kind: 'text', label: 'rules.form.worseClear', help: figureHelp('worseClear', rule), ...own },
  ]
}

const enabledField = { id: 'enabled', kind: 'tick', label: 'rules.form.enabled' } as const
/** A shipped rule's watched thing is fixed, and so is the metric of any existing rule. */
export function ruleFields(edited: Rule | null): readonly Field[] {
  const kindField: Field = {
    id: 'kind',
    kind: 'choice',
    label: 'rules.form.kind',
    half: true,
    options: formKinds.map((value) => ({ value, label: `rules.form.kinds.${value}` as const })),
    sets: (kind) => ({ side: sidesOf(kind as WatchedKind)[0] ?? '', limit: '', clear: '', ...begins[kind as WatchedKind] }),
  }
  const barred: ReadonlySet<Key> = new Set(edited === null ? [] : isShippedRule(edited.id) ? ['id', 'metric', 'event'] : ['id', 'metric'])
  const field = (key: Key): Field => {
    const made: Field = { ...fieldOf(key, edited), ...(rareKeys.has(key) && { more: 'rules.form.more' }) }
    // A limit, and a new rule, has its own severity.
    const isOptional = key === 'severity' && edited !== null && !hasSides(ruleEntries(edited))
    return isOptional ? { ...made, options: [usual, ...severityOptions] } : made
  }
  const fields = (of: readonly Key[]) => of.filter((key) => !barred.has(key)).map(field)
  return [
    ...(edited === null ? [...fields(['id', 'name']), kindField] : fields(['name'])),
    ...fields(['metric', 'event', 'flaps', 'withinMinutes', 'withinSeconds', 'beyondUsual']),
    ...limitFields(edited, false),
    ...fields(['clear', 'severity', 'onDelaySeconds', 'offDelaySeconds']),
    ...worseFields(edited),
    ...fields(['runbook', 'runbookUrl']),
    { ...enabledField, more: 'rules.form.more' },
    ...fields(scopeParts),
  ]
}

export function exceptionFields(rule: Rule): readonly Field[] {
  const effects: readonly Field[] = [
    ...limitFields(rule, true),
    ...(['flaps', 'beyondUsual', 'clear', 'severity', 'onDelaySeconds', 'offDelaySeconds'] as const).map((key): Field => {
      const field = fieldOf(key, rule)
      return key === 'severity' ? { ...field, options: [usual, ...severityOptions] } : field
    }),
  ]
  return [
    { id: 'reason', kind: 'text', label: 'common.reason', input: { maxLength: 1_000 } },
    enabledField,
    ...effects.map((field): Field => ({ ...field, shown: (entered) => entered.enabled === 'yes' && (field.shown?.(entered) ?? true) })),
    ...scopeParts.map((part) => fieldOf(part, rule)),
  ]
}
