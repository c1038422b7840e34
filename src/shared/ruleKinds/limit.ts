import { z } from 'zod'
import { kindOfMetric } from '../subjects.ts'
import { type LevelKeys, levelKeys, levelProblems, levelsWritten, withSeverity } from './levels.ts'
import { levelSchema, metricSchema, type RuleKind } from './ruleKind.ts'

/** `beyond`: its distance from 0 is above the limit, as with a clock that is ahead or behind. */
export const limitSides = ['above', 'below', 'beyond'] as const
export type LimitSide = (typeof limitSides)[number]

/** Keys that give a limit, of a rule or of one of its levels. */
export const limitAmounts = { above: z.number().optional(), below: z.number().optional(), beyond: z.number().optional() }

const schema = z.object({
  kind: z.literal('limit'),
  metric: metricSchema,
  /** The figure is the metric divided by this one; null: the metric itself. */
  per: metricSchema.nullable(),
  side: z.enum(limitSides),
  /** The mildest first. */
  levels: z.array(levelSchema),
})
export type Limit = z.infer<typeof schema>
type LimitEntry = { readonly [Side in LimitSide]?: number | undefined } & LevelKeys

/** A figure beyond a limit. */
export const limit = {
  schema,
  keys: [...limitSides, ...levelKeys],
  isMeant: ({ metric }) => metric !== undefined,
  begin: ({ metric = 'path.bitrateIn', per = null }) => ({ kind: 'limit', metric, per, side: 'above', levels: [] }),
  changed: (watches, entry) => {
    const written = levelsWritten(entry, limitSides, watches.levels)
    if (written === null) return { ...watches, levels: [...withSeverity(watches.levels, entry.severity)] }
    return { ...watches, side: written.key, levels: [...written.levels] }
  },
  problems: (entry, watches, isException) => levelProblems(entry, limitSides, watches === null && !isException),
  about: ({ metric }) => kindOfMetric(metric),
} as const satisfies RuleKind<Limit, LimitEntry>
