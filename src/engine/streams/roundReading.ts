import type { RoundReading, ServerStreams } from './serverState.ts'

/** Reads one step. Returns false when the round is read and only has to be shown, or when a bug has ended it. */
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
 * Reads the rest of a round at once and shows it, for a caller that can't wait for its streams. That caller is not responsible
 * for the round, so a bug in it is not thrown here.
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

/** Throws the bug that ended a round. For the caller that handed the round over. */
export function throwBug({ bug }: RoundReading): void {
  if (bug !== null) throw bug.error
}
