import type { Probe } from './probes.ts'

/** What determines when a probe is read. */
export type ProbeTurns = Pick<Probe, 'mode' | 'intervalSeconds' | 'lookSeconds'>

/** A stream that sends nothing for this long counts as absent, ms. */
export const probeAnswerMs = 10_000
/**
 * A look that ends with its reading lasts until it holds a whole group of pictures, but no longer than this, ms: by then one of more than 30 s, which
 * is poor, is found wherever reading began.
 */
export const awaitedGroupMs = 65_000
/** Shortest useful interval between readings of a continuous probe, ms. */
const leastContinuousMs = 10_000
/** Allowance for late timers and a busy machine, ms per turn. */
const slackMs = 1_000

/** Time from one reading of a probe to the next, ms. */
export function readEveryMs({ mode, intervalSeconds, lookSeconds }: ProbeTurns): number {
  return mode === 'continuous' ? Math.max(lookSeconds * 1_000, leastContinuousMs) : intervalSeconds * 1_000
}

/** Longest time from opening a stream that can be read to its reading, ms: until it answers, until packets come, and twice the look. */
export function longestReadingMs({
  answerMs,
  checkMs,
  awaitsGroup,
}: {
  readonly answerMs: number
  readonly checkMs: number
  readonly awaitsGroup: boolean
}): number {
  return answerMs + Math.max(answerMs, 2 * checkMs, awaitsGroup ? awaitedGroupMs : 0)
}

/** The same for a probe. */
export function longestReadMs({ lookSeconds, mode }: Pick<ProbeTurns, 'lookSeconds' | 'mode'>): number {
  return longestReadingMs({ answerMs: probeAnswerMs, checkMs: lookSeconds * 1_000, awaitsGroup: mode === 'turns' })
}

/**
 * How long a reading counts without another one, ms: two and a half times as long as it should take until the next one, and at least until a slow
 * stream can have been read again. `everyMs`: from one turn to the next, where it is not as often as usual.
 */
export function readingHoldsMs(turns: ProbeTurns, everyMs = readEveryMs(turns)): number {
  return Math.max(2.5 * everyMs, everyMs + longestReadMs(turns) + slackMs)
}
