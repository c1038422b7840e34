import { z } from 'zod'
import { isLearnedMetric, learnedMetrics } from '../baselines.ts'
import { kindOfMetric } from '../subjects.ts'
import { invalid } from '../validationErrors.ts'
import { levelSchema, type RuleKind, type RuleProblem } from './ruleKind.ts'

/** How far off: how many times as wide as the usual range, in ratios. */
export const leastFactor = 0.1
const mostFactor = 20
const factor = z
  .number()
  .min(leastFactor, invalid({ kind: 'notWithin', least: leastFactor, most: mostFactor }))
  .max(mostFactor, invalid({ kind: 'notWithin', least: leastFactor, most: mostFactor }))
  .optional()
/** Keys that say how far off, and on which side. */
export const offBaselineAmounts = { beyondUsual: factor, belowUsual: factor, aboveUsual: factor }
export const offBaselineKeys = Object.keys(offBaselineAmounts) as readonly (keyof typeof offBaselineAmounts)[]
const sideOfKey = { beyondUsual: 'beyond', belowUsual: 'below', aboveUsual: 'above' } as const
export const keyOfSide = { beyond: 'beyondUsual', below: 'belowUsual', above: 'aboveUsual' } as const

const schema = z.object({
  kind: z.literal('unusual'),
  metric: z.enum(learnedMetrics),
  side: z.enum(['beyond', 'below', 'above']),
  /** One. Its limit is a factor of the spread; healed within the usual range. */
  levels: z.array(levelSchema),
})
type OffBaseline = z.infer<typeof schema>
type OffBaselineEntry = { readonly [Key in keyof typeof offBaselineAmounts]?: number | undefined }

const keysIn = (entry: OffBaselineEntry) => offBaselineKeys.filter((key) => entry[key] !== undefined)

/** A figure off what is usual for its subject at this hour of the week. */
export const unusual = {
  schema,
  keys: offBaselineKeys,
  isMeant: (entry) => keysIn(entry).length > 0,
  begin: ({ metric }) => ({ kind: 'unusual', metric: learnedMetrics.find((one) => one === metric) ?? learnedMetrics[0], side: 'beyond', levels: [] }),
  changed: (watches, entry) => {
    const [key] = keysIn(entry)
    const [before] = watches.levels
    const severity = entry.severity ?? before?.severity ?? 'warning'
    if (key === undefined) return { ...watches, levels: watches.levels.map((level) => ({ ...level, severity })) }
    return { ...watches, side: sideOfKey[key], levels: [{ severity, limit: entry[key] as number, clear: 0 }] }
  },
  problems: (entry, _watches, isException) => {
    const problems: RuleProblem[] = []
    const [first, second] = keysIn(entry)
    if (second !== undefined) problems.push({ path: [second], validationError: { kind: 'givenBeside', other: String(first), oneOf: [...offBaselineKeys] } })
    if (!isException && entry.metric !== undefined && !isLearnedMetric(entry.metric))
      problems.push({ path: ['metric'], validationError: { kind: 'notOneOf', words: [...learnedMetrics] } })
    return problems
  },
  about: ({ metric }) => kindOfMetric(metric),
} as const satisfies RuleKind<OffBaseline, OffBaselineEntry>
