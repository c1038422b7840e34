import { z } from 'zod'
import { type MetricId, metricIds } from '../metrics.ts'
import { type Mistake, mistaken } from '../mistakes.ts'
import { nearestWord } from '../nearestWord.ts'
import type { SubjectKind } from '../subjects.ts'
import { type Severity, severitySchema } from '../troubles.ts'

// What kinds of rules have in common. A kind is a file here, its row in `ruleKinds.ts`, and its rows in the registries of the engine and the window,
// which the compiler asks for.

/** One of these names; for another one, the mistake says which was probably meant. */
export const nameSchema = <Name extends string>(names: readonly Name[]) =>
  z.enum(names as [Name, ...Name[]], {
    error: ({ input }) =>
      typeof input === 'string' ? mistaken({ kind: 'noSuchName', text: input, meant: nearestWord(input, names), known: [...names] }) : undefined,
  })
export const metricSchema = nameSchema(metricIds)

export const levelSchema = z.object({
  severity: severitySchema,
  /** Raised beyond it, in the unit of the figure. */
  limit: z.number(),
  /** Healed only on the other side of this one. */
  clear: z.number(),
})
export type RuleLevel = z.infer<typeof levelSchema>

export interface RuleProblem {
  readonly path: readonly (string | number)[]
  readonly mistake: Mistake
}

/** What is written of a rule, as far as its kind may need it. */
export interface Written {
  readonly metric?: MetricId | undefined
  readonly per?: MetricId | undefined
  readonly severity?: Severity | undefined
}

/** What contradicts itself where a rule watches no figure: `key` says what it watches instead. */
export const figureProblems = (entry: Written, key: string): readonly RuleProblem[] =>
  (['metric', 'per'] as const)
    .filter((one) => entry[one] !== undefined)
    .map((one) => ({ path: [one], mistake: { kind: 'givenBeside', other: key, oneOf: ['metric', key] } }))
/** What contradicts itself where one of these keys says what a new rule watches: no figure, and no other one of them. */
export function oneKeyProblems(entry: Written, keys: readonly string[]): readonly RuleProblem[] {
  const given = keys.filter((key) => (entry as Readonly<Record<string, unknown>>)[key] !== undefined)
  const [first = '', second] = given
  const twice: readonly RuleProblem[] = second === undefined ? [] : [{ path: [second], mistake: { kind: 'givenBeside', other: first, oneOf: [...keys] } }]
  return [...figureProblems(entry, first), ...twice]
}
/** What only a new rule of one's own may say: which of these keys another entry has all the same. */
export const fixedProblems = (entry: object, keys: readonly string[], isException: boolean): readonly RuleProblem[] =>
  keys
    .filter((key) => (entry as Readonly<Record<string, unknown>>)[key] !== undefined)
    .map((key) => ({ path: [key], mistake: isException ? { kind: 'ofRuleOnly' } : { kind: 'keyOfOther', key } }))

/** How rules of one kind are written, and what they watch. */
export interface RuleKind<Watches, Entry> {
  /** What such a rule watches, as rules in force say it. */
  readonly schema: z.ZodType<Watches>
  /** Keys of its entries beside those of every rule. */
  readonly keys: readonly (keyof Entry & string)[]
  /** Whether an entry is meant as a rule of one's own of this kind. */
  readonly isMeant: (entry: Entry & Written) => boolean
  /** What a rule of one's own watches at first, before its limits are read from its entry; null: no rule of one's own is of this kind. */
  readonly begin: ((entry: Entry & Written) => Watches) | null
  /** The same, as an entry or an exception changes it. */
  readonly changed: (watches: Watches, entry: Entry & Written) => Watches
  /** What contradicts itself in an entry. `watches` null: of a new rule. `isException`: in one of its exceptions. */
  readonly problems: (entry: Entry & Written, watches: Watches | null, isException: boolean) => readonly RuleProblem[]
  /** Off-delay of a rule of one's own that says none, s. Left out: 0. */
  readonly offDelaySeconds?: number
  /** The kind of subject that it is about; null: any. */
  readonly about: (watches: Watches) => SubjectKind | null
}
