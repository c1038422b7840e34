import { changeDirections, changeKeys } from '../../shared/ruleKinds/change.ts'
import { limitSides } from '../../shared/ruleKinds/limit.ts'
import { keyOfSide, unusualKeys } from '../../shared/ruleKinds/unusual.ts'
import type { Watched, WatchedKind } from '../../shared/ruleKinds.ts'
import type { RuleInput } from '../../shared/rules.ts'
import { type FormField, listEntered, numberEntered } from '../app/editing/fields.ts'
import type { RuleEntries } from './ruleForm.ts'

/** How a kind of rule is entered. */
interface RuleKindForm {
  /** Keys of the configuration file of which one gives its limit; none: it has no limit. */
  readonly sides: readonly string[]
  /** The side of a rule that says none, by what it watches. */
  readonly usualSide: (watches: Watched | null) => string
  /** What is typed of it, by what was entered so far. */
  readonly entries: (input: Partial<RuleInput>) => Partial<RuleEntries>
  /** What is typed, as it is written in a configuration file. */
  readonly written: (entered: RuleEntries, side: string) => Record<string, unknown>
  /** Fields that only it has. */
  readonly fields: readonly FormField<RuleEntries>[]
}

const typed = (value: number | string | undefined): string => (value === undefined ? '' : String(value))
/** A number, or a percentage as it is typed. */
const amountEntered = (text: string): number | string | undefined => (text.includes('%') ? text.replace(/\s/g, '').replace(',', '.') : numberEntered(text))
function amountIn(input: Partial<RuleInput>, keys: readonly (keyof RuleInput)[]): Partial<RuleEntries> {
  const side = keys.find((key) => input[key] !== undefined)
  return side === undefined ? {} : { side, limit: typed(input[side] as number | string) }
}
const none: RuleKindForm = { sides: [], usualSide: () => '', entries: () => ({}), written: () => ({}), fields: [] }

export const ruleKindForms: Readonly<Record<WatchedKind, RuleKindForm>> = {
  trouble: none,
  event: none,
  unusual: {
    ...none,
    sides: unusualKeys,
    usualSide: (watches) => (watches?.kind === 'unusual' ? keyOfSide[watches.side] : 'beyondUsual'),
    entries: (input) => amountIn(input, unusualKeys),
    written: (entered, side) => ({ [side]: numberEntered(entered.limit) }),
  },
  limit: {
    sides: limitSides,
    usualSide: (watches) => (watches?.kind === 'limit' ? watches.side : 'above'),
    entries: (input) => ({ ...amountIn(input, limitSides), clear: typed(input.clear) }),
    written: (entered, side) => ({ [side]: numberEntered(entered.limit), clear: numberEntered(entered.clear) }),
    fields: [],
  },
  change: {
    sides: changeKeys,
    usualSide: (watches) => (watches?.kind === 'change' ? (changeKeys.find((key) => changeDirections[key] === watches.direction) ?? 'changesBy') : 'changesBy'),
    entries: (input) => ({ ...amountIn(input, changeKeys), clear: typed(input.clear), within: typed(input.withinSeconds) }),
    written: (entered, side) => ({ [side]: amountEntered(entered.limit), clear: numberEntered(entered.clear), withinSeconds: numberEntered(entered.within) }),
    fields: [{ id: 'within', kind: 'text', label: 'rules.form.within', half: true, input: { inputMode: 'decimal' } }],
  },
  absence: {
    ...none,
    entries: (input) => ({ absent: Array.isArray(input.absent) ? input.absent.join('\n') : '' }),
    written: (entered) => ({ absent: entered.metric === '' ? listEntered(entered.absent) : true }),
    fields: [
      {
        id: 'absent',
        kind: 'lines',
        label: 'rules.form.absent',
        help: 'rules.form.absentHint',
        input: { rows: 3 },
        shown: ({ metric }) => metric === '',
      },
    ],
  },
}
export const formKinds = ['limit', 'change', 'unusual', 'absence'] as const satisfies readonly WatchedKind[]
