import { z } from 'zod'
import { invalid } from '../validationErrors.ts'
import { type StateSubject, stateSubjects } from '../watchedStates.ts'
import { fixedProblems, oneKeyProblems, type RuleKind, type RuleProblem, type Written } from './ruleKind.ts'

/** Fewest and most changes that a rule may ask for; so many of each stream, server or host are remembered. */
export const flapCount = { least: 2, most: 100 } as const
const clearCount = { least: 1, most: flapCount.most } as const
/** Shortest and longest time within which they are counted, min: a day. */
const withinMinutes = { least: 1, most: 1_440 } as const

/** Keys that say how many changes, by what changes. */
export const flapKeyOf = { stream: 'flaps', server: 'serverFlaps', host: 'hostFlaps' } as const satisfies Readonly<Record<StateSubject, string>>
export const flapKeys = Object.values(flapKeyOf)
const count = ({ least, most }: { readonly least: number; readonly most: number }) =>
  z
    .int(invalid({ kind: 'notACount', least, most }))
    .min(least, invalid({ kind: 'notACount', least, most }))
    .max(most, invalid({ kind: 'notACount', least, most }))
    .optional()
export const flapAmounts = {
  flaps: count(flapCount),
  serverFlaps: count(flapCount),
  hostFlaps: count(flapCount),
  withinMinutes: z
    .number()
    .min(withinMinutes.least, invalid({ kind: 'notWithin', ...withinMinutes }))
    .max(withinMinutes.most, invalid({ kind: 'notWithin', ...withinMinutes }))
    .optional(),
}

const schema = z.object({
  kind: z.literal('flapping'),
  of: z.enum(stateSubjects as [StateSubject, ...StateSubject[]]),
  /** An alarm from so many changes between live and not live on. */
  flaps: z.number(),
  /** Healed with fewer than this. */
  clear: z.number(),
  withinMs: z.number(),
})
export type Flapping = z.infer<typeof schema>
type FlapEntry = z.infer<z.ZodObject<typeof flapAmounts>> & { readonly clear?: number | undefined }

const keyIn = (entry: FlapEntry) => stateSubjects.find((of) => entry[flapKeyOf[of]] !== undefined)

/** A stream, server or host that was lost and back several times within some time. */
export const flapping = {
  schema,
  keys: [...flapKeys, 'withinMinutes', 'clear'],
  isMeant: (entry) => keyIn(entry) !== undefined,
  begin: (entry) => changed({ kind: 'flapping', of: keyIn(entry) ?? 'stream', flaps: flapCount.least, clear: flapCount.least, withinMs: 0 }, entry),
  changed,
  problems,
  about: ({ of }) => of,
} as const satisfies RuleKind<Flapping, FlapEntry>

/** Where healing is not said it goes with the number: left out of a new rule, and of a smaller number than it was. */
function changed(watches: Flapping, entry: FlapEntry): Flapping {
  const { clear, withinMinutes: minutes } = entry
  const flaps = entry[flapKeyOf[watches.of]] ?? watches.flaps
  const defaultClear = watches.withinMs === 0 ? flaps : Math.min(watches.clear, flaps)
  return { ...watches, flaps, clear: clear ?? defaultClear, withinMs: minutes === undefined ? watches.withinMs : minutes * 60_000 }
}

function problems(entry: FlapEntry & Written, watches: Flapping | null, isException: boolean): readonly RuleProblem[] {
  if (watches === null) {
    const found: RuleProblem[] = [...oneKeyProblems(entry, flapKeys)]
    if (entry.withinMinutes === undefined) found.push({ path: ['withinMinutes'], validationError: { kind: 'missing', key: 'withinMinutes' } })
    if (found.length > 0) return found
  } else {
    const others = flapKeys.filter((key) => key !== flapKeyOf[watches.of])
    // What is remembered is the same for all that the rule is for.
    const found = fixedProblems(entry, isException ? [...others, 'withinMinutes'] : others)
    if (found.length > 0) return found
  }
  const { flaps } = watches === null ? { flaps: entry[flapKeyOf[keyIn(entry) ?? 'stream']] ?? flapCount.most } : changed(watches, entry)
  const isWrong = entry.clear !== undefined && (entry.clear > flaps || entry.clear < clearCount.least || !Number.isInteger(entry.clear))
  return isWrong ? [{ path: ['clear'], validationError: { kind: 'notACount', least: clearCount.least, most: flaps } }] : []
}
