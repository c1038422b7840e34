import { z } from 'zod'
import { absence, absentSchema } from './ruleKinds/absence.ts'
import { change, changeAmounts, withinSeconds } from './ruleKinds/change.ts'
import { event, watchedEventSchema } from './ruleKinds/event.ts'
import { flapAmounts, flapKeys, flapping } from './ruleKinds/flapping.ts'
import { clearWhenSchema, limit, limitAmounts } from './ruleKinds/limit.ts'
import { offBaselineAmounts, unusual } from './ruleKinds/offBaseline.ts'
import type { RuleKind, RuleProblem, Written } from './ruleKinds/ruleKind.ts'
import { state, stateAmounts } from './ruleKinds/state.ts'
import { trouble } from './ruleKinds/trouble.ts'
import { severities, severitySchema } from './severities.ts'
import type { SubjectKind } from './subjectNames.ts'
import { invalid } from './validationErrors.ts'

/** The kinds of rules. A rule of one's own is of the first one that its entry is meant as. */
export const ruleKinds = { trouble, event, state, flapping, unusual, absence, change, limit } as const

/** What a rule watches. */
export const watchedSchema = z.discriminatedUnion('kind', [
  trouble.schema,
  event.schema,
  state.schema,
  flapping.schema,
  unusual.schema,
  absence.schema,
  change.schema,
  limit.schema,
])
export type Watched = z.infer<typeof watchedSchema>
export type WatchedKind = Watched['kind']
export type WatchedOf<Kind extends WatchedKind> = Extract<Watched, { kind: Kind }>

const clear = z.number().optional()
/** What kinds add to an entry of a rule, and of an exception. */
export const kindKeys = {
  ...limitAmounts,
  ...offBaselineAmounts,
  ...changeAmounts,
  withinSeconds: z
    .number()
    .min(withinSeconds.least, invalid({ kind: 'notWithin', ...withinSeconds }))
    .max(withinSeconds.most, invalid({ kind: 'notWithin', ...withinSeconds }))
    .optional(),
  absent: absentSchema.optional(),
  event: watchedEventSchema.optional(),
  ...stateAmounts,
  ...flapAmounts,
  /** Left out: the same as the limit. */
  clear,
  clearWhen: clearWhenSchema.optional(),
  levels: z
    .array(z.strictObject({ severity: severitySchema, ...limitAmounts, ...changeAmounts, clear }))
    .min(1)
    .max(severities.length)
    .optional(),
}
const kindEntrySchema = z.object(kindKeys)
/** What kinds read of an entry. */
type KindEntry = z.infer<typeof kindEntrySchema> & Written

/** A kind as if it read and watched what any kind does: the entries of one rule are of one kind. */
type AnyKind = RuleKind<Watched, KindEntry>
export function kindOf({ kind }: Pick<Watched, 'kind'>): AnyKind {
  return ruleKinds[kind] as unknown as AnyKind
}
/** The kind that an entry is meant as, if it is a rule of one's own. */
const kindMeant = (entry: KindEntry): AnyKind | null =>
  (Object.values(ruleKinds) as unknown as readonly AnyKind[]).find(({ isMeant }) => isMeant(entry)) ?? null

/** What a rule of one's own watches; null: the entry does not say. */
export function watchedByOwn(entry: KindEntry): Watched | null {
  const begin = kindMeant(entry)?.begin
  return begin ? begin(entry) : null
}

/** Kind of subject that such a rule is about; null: any. */
export function subjectsOf(watches: Watched): SubjectKind | null {
  return kindOf(watches).about(watches)
}

/** What contradicts itself in an entry that changes `watches`, or in a new one. */
export function kindProblems(entry: KindEntry, watches: Watched, isNew: boolean, isException = false): readonly RuleProblem[] {
  const kind = kindOf(watches)
  const given = (key: string) => (entry as Readonly<Record<string, unknown>>)[key] !== undefined
  const strange = Object.keys(kindKeys).find((key) => given(key) && !kind.keys.includes(key as never))
  if (strange !== undefined) return [{ path: [strange], validationError: { kind: 'notHere' } }]
  return kind.problems(entry, isNew ? null : watches, isException)
}
/** Keys that say what is watched where it is no figure. */
export const watchesNoFigure: ReadonlySet<string> = new Set([...event.keys, ...state.keys, ...flapKeys, 'withinMinutes'])
