import { z } from 'zod'
import { kindOfMetric } from '../subjects.ts'
import { invalid } from '../validationErrors.ts'
import { type LevelKeys, levelKeys, levelProblems, levelsWritten, withSeverity } from './levels.ts'
import { levelSchema, metricSchema, type RuleKind, type RuleProblem } from './ruleKind.ts'

/** Keys that say by how much, and the direction that each means. */
export const changeDirections = { risesBy: 'up', fallsBy: 'down', changesBy: 'either' } as const
export type ChangeKey = keyof typeof changeDirections
export const changeKeys = Object.keys(changeDirections) as readonly ChangeKey[]

/** Shortest and longest time within which a change is looked for, s: a day, and so long that several polls lie in it. */
export const withinSeconds = { least: 10, most: 86_400 } as const

const example = invalid({ kind: 'notSuchAs', example: '30%' })
const amount = z.union([z.number().positive(example), z.string().regex(/^\d{1,6}(\.\d{1,6})?\s?%$/, example)], example).optional()
/** By how much: in the unit of the figure, or in percent of what it was. */
export const changeAmounts = { risesBy: amount, fallsBy: amount, changesBy: amount }

const schema = z.object({
  kind: z.literal('change'),
  metric: metricSchema,
  /** The figure is the metric divided by this one; null: the metric itself. */
  per: metricSchema.nullable(),
  direction: z.enum(changeDirections),
  /** Limits are percent of what the figure was. */
  isRelative: z.boolean(),
  withinMs: z.number(),
  /** The mildest first. */
  levels: z.array(levelSchema),
})
export type Change = z.infer<typeof schema>
type Amount = number | string | undefined
type ChangeEntry = { readonly [Key in ChangeKey]?: Amount } & LevelKeys & { readonly withinSeconds?: number | undefined }

/** A figure that changes by more than this within some time. */
export const change = {
  schema,
  keys: [...changeKeys, 'withinSeconds', ...levelKeys],
  isMeant: (entry) => [entry, ...(entry.levels ?? [])].some((one) => changeKeys.some((key) => (one as ChangeEntry)[key] !== undefined)),
  begin: (entry) =>
    changed(
      { kind: 'change', metric: entry.metric ?? 'path.bitrateIn', per: entry.per ?? null, direction: 'either', isRelative: false, withinMs: 0, levels: [] },
      entry,
    ),
  changed,
  problems,
  about: ({ metric }) => kindOfMetric(metric),
} as const satisfies RuleKind<Change, ChangeEntry>

function changed(watches: Change, entry: ChangeEntry): Change {
  const within = entry.withinSeconds === undefined ? watches.withinMs : entry.withinSeconds * 1000
  const written = levelsWritten(entry, changeKeys, watches.levels)
  if (written === null) return { ...watches, withinMs: within, levels: [...withSeverity(watches.levels, entry.severity)] }
  const { key, amount: by, levels } = written
  return { ...watches, withinMs: within, direction: changeDirections[key], isRelative: typeof by === 'string', levels: [...levels] }
}

function problems(entry: ChangeEntry & { readonly metric?: string | undefined }, watches: Change | null, isException: boolean): readonly RuleProblem[] {
  const isNew = watches === null
  const missing = (key: 'metric' | 'withinSeconds'): readonly RuleProblem[] =>
    isNew && entry[key] === undefined ? [{ path: [key], validationError: { kind: 'missing', key } }] : []
  const found = [...missing('metric'), ...missing('withinSeconds'), ...levelProblems(entry, changeKeys, isNew)]
  if (found.length > 0) return found
  // What is remembered of a figure is the same for all that the rule is for.
  if (isException && entry.withinSeconds !== undefined) return [{ path: ['withinSeconds'], validationError: { kind: 'notHere' } }]
  const amounts = [entry, ...(entry.levels ?? [])].flatMap((one) =>
    changeKeys.flatMap((key) => ((one as ChangeEntry)[key] === undefined ? [] : [[key, (one as ChangeEntry)[key]] as const])),
  )
  const isRelative = isException && watches !== null ? watches.isRelative : typeof amounts[0]?.[1] === 'string'
  const other = amounts.find(([key, by]) => (typeof by === 'string') !== isRelative || (isException && changeDirections[key] !== watches?.direction))
  return other === undefined
    ? []
    : [{ path: [entry.levels === undefined ? other[0] : 'levels'], validationError: { kind: isException ? 'notHere' : 'percentMixed' } }]
}
