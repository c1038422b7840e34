import { z } from 'zod'
import { type MetricId, metricIds } from '../metrics.ts'
import { type Mistake, mistaken } from '../mistakes.ts'
import { nearestWord } from '../nearestWord.ts'
import type { SubjectKind } from '../subjects.ts'
import { type Severity, severitySchema } from '../troubles.ts'

// What kinds of rules have in common. A kind is a file here, its row in `ruleKinds.ts`, and its rows in the registries of the engine and the window,
// which the compiler asks for.

export const metricSchema = z.enum(metricIds as [MetricId, ...MetricId[]], {
  error: ({ input }) => (typeof input === 'string' ? noSuchMetric(input) : undefined),
})
const noSuchMetric = (text: string) => mistaken({ kind: 'noSuchMetric', text, meant: nearestWord(text, metricIds), known: [...metricIds] })

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
  /** The kind of subject that it is about; null: any. */
  readonly about: (watches: Watches) => SubjectKind | null
}
