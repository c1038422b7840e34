import { z } from 'zod'
import { mediaErrorSchema } from './media.ts'
import { grades } from './probeGrades.ts'
import { epochMs } from './time.ts'

// What other consoles see of a stream that is probed here, too.

/** unknown: not read there yet, paused, being tried again, or too long ago to count. */
const sightStates = ['up', 'down', 'unknown'] as const
export type SightState = (typeof sightStates)[number]

/** Longest failure that is taken over, letters. */
const longestWhy = 1_000
/** What a console sees of one of its probes. Times by its own clock, epoch ms. */
export const sightSchema = z.object({
  name: z.string().max(100),
  /** Without its secrets. */
  url: z.string().max(4_096),
  state: z.enum(sightStates),
  since: epochMs,
  readAt: epochMs.nullable(),
  /** null also where it is of a kind that only a newer version knows. */
  why: mediaErrorSchema
    .refine((why) => JSON.stringify(why).length <= longestWhy)
    .nullable()
    .catch(null),
  bitrateBps: z.number().min(0).max(1e13).nullable(),
  answerMs: z.number().min(0).max(1e9).nullable(),
  grade: z.enum(grades).nullable().catch(null),
})
export type Sight = z.infer<typeof sightSchema>

/** What another console sees of a probe of ours. Times by our clock. */
export const elsewhereSchema = sightSchema.extend({
  /** Name of the other console. */
  vantage: z.string(),
})
export type Elsewhere = z.infer<typeof elsewhereSchema>

/**
 * What it means together.
 * - `both`: read here and everywhere else
 * - `way`: down here, read elsewhere: the fault is between here and the stream
 * - `stream`: down here and everywhere else
 * - `there`: read here, down elsewhere: who is near the other console may not get it
 */
export type ElsewhereVerdict = 'both' | 'way' | 'stream' | 'there'
/** null: nothing follows, because one side is not known. `at`: names of the consoles that the verdict is about. */
export function elsewhereVerdict(
  here: SightState,
  elsewhere: readonly Pick<Elsewhere, 'vantage' | 'state'>[],
): { readonly verdict: ElsewhereVerdict; readonly at: readonly string[] } | null {
  const namesOf = (state: SightState) => elsewhere.filter((one) => one.state === state).map(({ vantage }) => vantage)
  const [up, down] = [namesOf('up'), namesOf('down')]
  if (here === 'unknown' || up.length + down.length === 0) return null
  if (here === 'down') return up.length > 0 ? { verdict: 'way', at: up } : { verdict: 'stream', at: down }
  return down.length > 0 ? { verdict: 'there', at: down } : { verdict: 'both', at: up }
}

/** Share of the other consoles that read it, %; null: of none it is known. */
export function elsewhereUpPercent(elsewhere: readonly Pick<Elsewhere, 'state'>[]): number | null {
  const known = elsewhere.filter(({ state }) => state !== 'unknown')
  return known.length === 0 ? null : (known.filter(({ state }) => state === 'up').length / known.length) * 100
}
