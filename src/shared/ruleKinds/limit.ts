import { z } from 'zod'
import { kindOfMetric } from '../subjects.ts'
import { type LevelKeys, type LimitSide, levelKeys, levelProblems, levelsWritten, limitSides, withSeverity } from './levels.ts'
import { levelSchema, metricSchema, type RuleKind, type RuleProblem, type Written } from './ruleKind.ts'

/** Keys that give a limit, of a rule or of one of its levels. */
export const limitAmounts = { above: z.number().optional(), below: z.number().optional(), beyond: z.number().optional() }

/** When such a rule heals, by another figure of the same subject, as it is written. */
export const clearWhenSchema = z.strictObject({ metric: metricSchema, above: z.number().optional(), below: z.number().optional() })
const clearSides = ['above', 'below'] as const

const schema = z.object({
  kind: z.literal('limit'),
  metric: metricSchema,
  /** The figure is the metric divided by this one; null: the metric itself. */
  per: metricSchema.nullable(),
  side: z.enum(limitSides),
  /** The mildest first. */
  levels: z.array(levelSchema),
  /** It heals only while this figure of the same subject is beyond this limit, and its own is within. Left out: by its own alone. */
  clearWhen: z.object({ metric: metricSchema, side: z.enum(clearSides), limit: z.number() }).optional(),
})
export type ClearWhen = NonNullable<z.infer<typeof schema>['clearWhen']>
export type Limit = z.infer<typeof schema>
type LimitEntry = { readonly [Side in LimitSide]?: number | undefined } & LevelKeys & { readonly clearWhen?: z.infer<typeof clearWhenSchema> | undefined }

/** A figure beyond a limit. */
export const limit = {
  schema,
  keys: [...limitSides, ...levelKeys, 'clearWhen'],
  isMeant: ({ metric }) => metric !== undefined,
  begin: ({ metric = 'path.bitrateIn', per = null }) => ({ kind: 'limit', metric, per, side: 'above', levels: [] }),
  changed: (watches, entry) => {
    const written = levelsWritten(entry, limitSides, watches.levels)
    const healing = clearingOf(entry)
    const base = { ...watches, ...(healing !== null && { clearWhen: healing }) }
    if (written === null) return { ...base, levels: [...withSeverity(watches.levels, entry.severity)] }
    return { ...base, side: written.key, levels: [...written.levels] }
  },
  problems: (entry, watches, isException) => [
    ...levelProblems(entry, limitSides, watches === null && !isException),
    ...clearingProblems(entry, watches, isException),
  ],
  about: ({ metric }) => kindOfMetric(metric),
} as const satisfies RuleKind<Limit, LimitEntry>

function clearingOf({ clearWhen }: LimitEntry): ClearWhen | null {
  const side = clearSides.find((one) => clearWhen?.[one] !== undefined)
  return clearWhen === undefined || side === undefined ? null : { metric: clearWhen.metric, side, limit: clearWhen[side] as number }
}

function clearingProblems({ clearWhen, clear, metric }: LimitEntry & Written, watches: Limit | null, isException: boolean): readonly RuleProblem[] {
  if (clearWhen === undefined) return []
  if (isException) return [{ path: ['clearWhen'], validationError: { kind: 'notHere' } }]
  if (clear !== undefined) return [{ path: ['clear'], validationError: { kind: 'givenBeside', other: 'clearWhen', oneOf: ['clear', 'clearWhen'] } }]
  const [side, second] = clearSides.filter((one) => clearWhen[one] !== undefined)
  if (side === undefined) return [{ path: ['clearWhen'], validationError: { kind: 'noneGiven', oneOf: [...clearSides] } }]
  if (second !== undefined) return [{ path: ['clearWhen', second], validationError: { kind: 'givenBeside', other: side, oneOf: [...clearSides] } }]
  const own = watches?.metric ?? metric
  const of = kindOfMetric(clearWhen.metric)
  return own === undefined || kindOfMetric(own) === of
    ? []
    : [{ path: ['clearWhen', 'metric'], validationError: { kind: 'scopeUnfit', metric: clearWhen.metric, of } }]
}
