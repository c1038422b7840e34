import { z } from 'zod'
import { type MetricId, metricIds } from '../metrics.ts'
import { nearestWord } from '../nearestWord.ts'
import { type Severity, severitySchema } from '../severities.ts'
import type { SubjectKind } from '../subjectNames.ts'
import { invalid, type ValidationError } from '../validationErrors.ts'

// Common parts of the kinds of rules. A kind consists of a file here, its row in `ruleKinds.ts`, and its rows in the registries of the engine and the
// window, which the compiler enforces.

/** Accepts one of these names; for any other, the error suggests the closest one. */
export function nameSchema<Name extends string>(names: readonly Name[]) {
  return z.enum(names as [Name, ...Name[]], {
    error: ({ input }) =>
      typeof input === 'string' ? invalid({ kind: 'noSuchName', text: input, meant: nearestWord(input, names), known: [...names] }) : undefined,
  })
}
export const metricSchema = nameSchema(metricIds)

export const levelSchema = z.object({
  severity: severitySchema,
  /** The alarm is raised beyond it; in the unit of the figure. */
  limit: z.number(),
  /** The alarm heals only once the figure is back past this value. */
  clear: z.number(),
})
export type RuleLevel = z.infer<typeof levelSchema>

export interface RuleProblem {
  readonly path: readonly (string | number)[]
  readonly validationError: ValidationError
}

/** The common keys of a rule's entry that its kind may need. */
export interface Written {
  readonly metric?: MetricId | undefined
  readonly per?: MetricId | undefined
  readonly severity?: Severity | undefined
}

/** Conflicts in the entry of a rule that watches no figure but what `key` specifies: `metric` and `per` are not allowed. */
export function figureProblems(entry: Written, key: string): readonly RuleProblem[] {
  return (['metric', 'per'] as const)
    .filter((one) => entry[one] !== undefined)
    .map((one) => ({ path: [one], validationError: { kind: 'givenBeside', other: key, oneOf: ['metric', key] } }))
}
/** Conflicts in the entry of a new rule for which one of these keys specifies what it watches: no figure and no second one of the keys is allowed. */
export function oneKeyProblems(entry: Written, keys: readonly string[]): readonly RuleProblem[] {
  const given = keys.filter((key) => (entry as Readonly<Record<string, unknown>>)[key] !== undefined)
  const [first = '', second] = given
  const twice: readonly RuleProblem[] =
    second === undefined ? [] : [{ path: [second], validationError: { kind: 'givenBeside', other: first, oneOf: [...keys] } }]
  return [...figureProblems(entry, first), ...twice]
}
/** Reports those of these keys that an entry has although only a new custom rule may have them. */
export function fixedProblems(entry: object, keys: readonly string[]): readonly RuleProblem[] {
  return keys
    .filter((key) => (entry as Readonly<Record<string, unknown>>)[key] !== undefined)
    .map((key) => ({ path: [key], validationError: { kind: 'notHere' } }))
}

/** How rules of one kind are configured, and what they watch. */
export interface RuleKind<Watches, Entry> {
  /** What such a rule watches, in the form used by rules in force. */
  readonly schema: z.ZodType<Watches>
  /** Keys of its entries in addition to those of every rule. */
  readonly keys: readonly (keyof Entry & string)[]
  /** Whether an entry is meant as a custom rule of this kind. */
  readonly isMeant: (entry: Entry & Written) => boolean
  /** What a custom rule watches initially, before its limits are read from its entry; null: custom rules can't be of this kind. */
  readonly begin: ((entry: Entry & Written) => Watches) | null
  /** What a rule watches after changes by an entry or an exception. */
  readonly changed: (watches: Watches, entry: Entry & Written) => Watches
  /** Conflicts in an entry. `watches` null: a new rule. `isException`: the entry is an exception of the rule. */
  readonly problems: (entry: Entry & Written, watches: Watches | null, isException: boolean) => readonly RuleProblem[]
  /** Default off-delay of a custom rule, s. Omitted: 0. */
  readonly offDelaySeconds?: number
  /** The kind of subject it applies to; null: any. */
  readonly about: (watches: Watches) => SubjectKind | null
}
