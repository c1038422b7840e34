import type { Probe } from './probes.ts'

/** What says when a probe is read. */
export type ProbeTurns = Pick<Probe, 'mode' | 'intervalSeconds' | 'lookSeconds'>

/** A stream that sends nothing for so long is not there, ms. */
export const probeAnswerMs = 10_000
/** Readings of a continuous probe with a short look are of no more use than this often, ms. */
const leastContinuousMs = 10_000
/** What timers and the machine add to a turn, ms. */
const slackMs = 1_000

/** Time from one reading of a probe to the next, ms. */
export const readEveryMs = ({ mode, intervalSeconds, lookSeconds }: ProbeTurns): number =>
  mode === 'continuous' ? Math.max(lookSeconds * 1_000, leastContinuousMs) : intervalSeconds * 1_000

/** Longest time from opening a stream that can be read to its reading, ms: until it answers, until packets come, and twice the look. */
export const longestReadMs = ({ lookSeconds }: Pick<ProbeTurns, 'lookSeconds'>): number => probeAnswerMs + Math.max(probeAnswerMs, 2_000 * lookSeconds)

/**
 * How long a reading counts without another one, ms: two and a half times as long as it should take until the next one, and at least until a slow
 * stream can have been read again. `everyMs`: from one turn to the next, where it is not as often as usual.
 */
export const readingHoldsMs = (turns: ProbeTurns, everyMs = readEveryMs(turns)): number => Math.max(2.5 * everyMs, everyMs + longestReadMs(turns) + slackMs)
