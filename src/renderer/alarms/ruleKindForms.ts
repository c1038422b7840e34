import { eventLabel } from '../../i18n/eventText.ts'
import type { Language } from '../../i18n/languages.ts'
import { subjectOfEvent, type WatchedEvent, watchedEvents } from '../../shared/events.ts'
import { changeDirections, changeKeys } from '../../shared/ruleKinds/change.ts'
import { flapKeyOf } from '../../shared/ruleKinds/flapping.ts'
import { limitSides } from '../../shared/ruleKinds/levels.ts'
import { keyOfSide, offBaselineKeys } from '../../shared/ruleKinds/offBaseline.ts'
import type { RuleLevel } from '../../shared/ruleKinds/ruleKind.ts'
import { stateKeyOf } from '../../shared/ruleKinds/state.ts'
import type { Watched, WatchedKind } from '../../shared/ruleKinds.ts'
import { isShippedRule, type Rule, type RuleInput } from '../../shared/rules.ts'
import type { SubjectKind } from '../../shared/subjectNames.ts'
import { type StateSubject, stateSubjects, watchedStates } from '../../shared/watchedStates.ts'
import { type FormField, listEntered, numberEntered } from '../app/editing/fields.ts'
import { ruleGroupText, stateLabel } from './ruleKindsShown.ts'

/** Form for one kind of rule. */
interface RuleKindForm {
  /** Keys of the configuration file, one of which specifies the limit; empty: the kind has no limit. */
  readonly sides: readonly string[]
  /** Default side of a rule that specifies none. */
  readonly usualSide: (watches: Watched | null) => string
  /** Initial form entries of a rule: `watches` is what is in force, `input` what was entered. */
  readonly entries: (watches: Watched, input: Partial<RuleInput>) => Partial<RuleEntries>
  /** The form entries in the form of the configuration file. */
  readonly written: (entered: RuleEntries, side: string) => Record<string, unknown>
  /** Initial form entries when the kind is chosen for a new rule. */
  readonly begin?: Partial<RuleEntries>
  /** Kind of subject of a new rule, if its metric does not determine it; null: any. */
  readonly about?: (entered: RuleEntries) => SubjectKind | null
  /** Fields specific to this kind. */
  readonly fields: (language: Language, rule: Rule | null) => readonly FormField<RuleEntries>[]
}

const typed = (value: number | string | undefined): string => (value === undefined ? '' : String(value))
/** Reads a number, or a percentage as text. */
const amountEntered = (text: string): number | string | undefined => (text.includes('%') ? text.replace(/\s/g, '').replace(',', '.') : numberEntered(text))
/** Form entries of limits: one, or two with a severity each. Empty if there are more, which can only be edited as YAML. */
function levelEntries(levels: readonly RuleLevel[], unit = ''): Partial<RuleEntries> {
  const [first, worse, third] = levels
  if (first === undefined || third !== undefined) return {}
  const clearOf = ({ limit, clear }: RuleLevel) => (clear === limit ? '' : typed(clear))
  return {
    limit: `${first.limit}${unit}`,
    clear: clearOf(first),
    severity: first.severity,
    ...(worse !== undefined && { worseLimit: `${worse.limit}${unit}`, worseClear: clearOf(worse), worseSeverity: worse.severity }),
  }
}
/** Reverse of `levelEntries`: the limits in the form of the configuration file. */
function levelsWritten(entered: RuleEntries, side: string, amount: (text: string) => number | string | undefined): Record<string, unknown> {
  const { limit, clear, severity, worseLimit, worseClear, worseSeverity } = entered
  const first = { [side]: amount(limit), clear: numberEntered(clear), severity: severity || undefined }
  if (worseLimit.trim() === '') return first
  return { levels: [first, { [side]: amount(worseLimit), clear: numberEntered(worseClear), severity: worseSeverity || undefined }] }
}
const none: RuleKindForm = {
  sides: [],
  usualSide: () => '',
  entries: () => ({}),
  written: ({ severity }) => ({ severity: severity || undefined }),
  fields: () => [],
}

const ofWhat = stateSubjects.map((value) => ({ value, label: ruleGroupText[`${value}s`] }))
/** Whether the form sets what the rule watches; for a shipped rule that is fixed. */
const hasOwnKind = (rule: Rule | null): boolean => rule === null || !isShippedRule(rule.id)
const subjectIn = ({ stateOf }: RuleEntries): StateSubject => stateSubjects.find((of) => of === stateOf) ?? 'stream'

export const ruleKindForms: Readonly<Record<WatchedKind, RuleKindForm>> = {
  trouble: none,
  event: {
    ...none,
    entries: (_watches, input) => ({ event: input.event ?? '' }),
    written: (entered) => ({ ...none.written(entered, ''), event: entered.event || undefined }),
    begin: { event: 'publisherChanged', metric: '' },
    about: ({ event }) => subjectOfEvent(event as WatchedEvent),
    fields: (language, rule) =>
      hasOwnKind(rule)
        ? [
            {
              id: 'event',
              kind: 'choice',
              label: 'rules.form.event',
              options: watchedEvents.map((value) => ({ value, label: { name: `${eventLabel(value, language)} · ${value}` } })),
            },
          ]
        : [],
  },
  state: {
    ...none,
    entries: (watches) => (watches.kind === 'state' ? { stateOf: watches.of, state: watches.state } : {}),
    written: (entered) => ({ ...none.written(entered, ''), [stateKeyOf[subjectIn(entered)]]: entered.state }),
    begin: { stateOf: 'stream', state: 'gone', metric: '' },
    about: subjectIn,
    fields: () => [
      {
        id: 'stateOf',
        kind: 'choice',
        label: 'rules.form.of',
        half: true,
        options: ofWhat,
        sets: (of) => ({ state: of === 'stream' ? 'gone' : 'down' }),
      },
      ...stateSubjects.map(
        (of): FormField<RuleEntries> => ({
          id: 'state',
          kind: 'choice',
          label: 'common.state',
          half: true,
          options: watchedStates[of].map((state) => ({ value: state, label: stateLabel({ of, state }) })),
          shown: (entered) => subjectIn(entered) === of,
        }),
      ),
    ],
  },
  flapping: {
    ...none,
    entries: (watches, input) =>
      watches.kind === 'flapping'
        ? { stateOf: watches.of, flaps: typed(input[flapKeyOf[watches.of]]), clear: typed(input.clear), within: typed(input.withinMinutes) }
        : {},
    written: (entered) => ({
      ...none.written(entered, ''),
      [flapKeyOf[subjectIn(entered)]]: numberEntered(entered.flaps),
      clear: numberEntered(entered.clear),
      withinMinutes: numberEntered(entered.within),
    }),
    begin: { stateOf: 'stream', flaps: '6', clear: '3', within: '15', metric: '' },
    about: subjectIn,
    fields: (_language, rule) => {
      const watches = rule?.watches.kind === 'flapping' ? rule.watches : null
      const number = { kind: 'text', half: true, input: { inputMode: 'decimal' } } as const
      return [
        ...(hasOwnKind(rule) ? [{ id: 'stateOf', kind: 'choice', label: 'rules.form.of', half: true, options: ofWhat } as const] : []),
        { id: 'flaps', label: 'rules.form.flaps', placeholder: typed(watches?.flaps), ...number },
        { id: 'within', label: 'channels.form.perMinutes', placeholder: typed(watches === null ? undefined : watches.withinMs / 60_000), ...number },
        { id: 'clear', label: 'rules.form.clear', placeholder: typed(watches?.clear), ...number },
      ]
    },
  },
  unusual: {
    ...none,
    sides: offBaselineKeys,
    usualSide: (watches) => (watches?.kind === 'unusual' ? keyOfSide[watches.side] : 'beyondUsual'),
    entries: (watches) => {
      const [level] = watches.kind === 'unusual' ? watches.levels : []
      return level === undefined ? {} : { limit: typed(level.limit), severity: level.severity }
    },
    written: (entered, side) => ({ [side]: numberEntered(entered.limit), severity: entered.severity || undefined }),
  },
  limit: {
    sides: limitSides,
    usualSide: (watches) => (watches?.kind === 'limit' ? watches.side : 'above'),
    entries: (watches) => (watches.kind === 'limit' ? levelEntries(watches.levels) : {}),
    written: (entered, side) => levelsWritten(entered, side, numberEntered),
    fields: () => [],
  },
  change: {
    sides: changeKeys,
    usualSide: (watches) => (watches?.kind === 'change' ? (changeKeys.find((key) => changeDirections[key] === watches.direction) ?? 'changesBy') : 'changesBy'),
    entries: (watches) =>
      watches.kind === 'change' ? { ...levelEntries(watches.levels, watches.isRelative ? '%' : ''), within: typed(watches.withinMs / 1000) } : {},
    written: (entered, side) => ({ ...levelsWritten(entered, side, amountEntered), withinSeconds: numberEntered(entered.within) }),
    fields: () => [{ id: 'within', kind: 'text', label: 'rules.form.within', half: true, input: { inputMode: 'decimal' } }],
  },
  absence: {
    ...none,
    entries: (_watches, input) => ({ absent: Array.isArray(input.absent) ? input.absent.join('\n') : '' }),
    written: (entered) => ({ severity: entered.severity || undefined, absent: entered.metric === '' ? listEntered(entered.absent) : true }),
    fields: () => [
      {
        id: 'absent',
        kind: 'lines',
        label: 'rules.form.absent',
        input: { rows: 3 },
        shown: ({ metric }) => metric === '',
      },
    ],
  },
}
export const formKinds = ['limit', 'change', 'unusual', 'absence', 'event', 'state', 'flapping'] as const satisfies readonly WatchedKind[]
/** The text entered in the form of a rule or an exception. An empty field keeps the default, or for an exception the rule's value. */
export interface RuleEntries {
  readonly id: string
  /** Empty: the rule is named after its metric or id. */
  readonly name: string
  /** Only entered for a new rule. */
  readonly kind: string
  readonly metric: string
  readonly side: string
  readonly limit: string
  readonly clear: string
  /** Second limit, farther out than `limit`. Empty: none. */
  readonly worseLimit: string
  readonly worseClear: string
  readonly worseSeverity: string
  /** Rules of kind `change`: the period of the change, in seconds. */
  readonly within: string
  /** Streams that are expected to exist. */
  readonly absent: string
  readonly event: string
  /** `stream`, `server` or `host`. */
  readonly stateOf: string
  readonly state: string
  /** Rules of kind `flapping`: number of changes. */
  readonly flaps: string
  readonly severity: string
  readonly onDelay: string
  readonly offDelay: string
  readonly tags: string
  readonly servers: string
  readonly hosts: string
  readonly streams: string
  readonly where: string
  readonly devices: string
  readonly probes: string
  readonly enabled: string
  readonly runbook: string
  readonly runbookUrl: string
  readonly reason: string
}
