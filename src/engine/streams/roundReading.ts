import type { RoundReading, ServerStreams } from './serverStreams.ts'

/** False once the round is read, and only to be shown, or a bug has ended it. */
export function stepRound(reading: RoundReading): boolean {
  try {
    const { done, value } = reading.steps.next()
    if (!done) return true
    reading.show = value
  } catch (error) {
    reading.isDone = true
    reading.bug = { error }
  }
  return false
}

/**
 * Reads what is left of a round at once, and shows it: its streams are needed by something that can't wait, and has nothing to do with
 * a bug in that round.
 */
export function finishRound({ reading }: ServerStreams): void {
  if (reading === null || reading.isDone) return
  while (reading.show === null && stepRound(reading));
  if (reading.isDone) return
  reading.isDone = true
  try {
    reading.show?.()
  } catch (error) {
    reading.bug = { error }
  }
}

/** For whoever handed the round over: a round that a bug has ended has failed. */
export function throwBug({ bug }: RoundReading): void {
  if (bug !== null) throw bug.error
}
