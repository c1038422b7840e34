import type { StreamState } from '../../shared/streams.ts'
import type { StreamRow } from '../app/fleetState.ts'

export interface ExpectedCounts {
  /** Expected streams: the states below add up to it. */
  readonly count: number
  readonly states: Readonly<Record<StreamState, number>>
  /** Not expected: they run when somebody asks for them. */
  readonly onDemand: number
}

/** Counts expected streams by state. Pure. */
export const countExpected = (rows: readonly StreamRow[]): ExpectedCounts => {
  const states = { live: 0, slate: 0, waiting: 0, stalled: 0, gone: 0, unknown: 0 }
  let count = 0
  for (const { facts } of rows) {
    // What is live is there to be seen, whether it was expected or not.
    if (!facts.expected && facts.state !== 'live') continue
    states[facts.state]++
    count++
  }
  return { count, states, onDemand: rows.length - count }
}
