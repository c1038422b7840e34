import type { StreamState } from '../../shared/streams.ts'
import type { StreamRow } from '../app/fleetState.ts'

export interface ExpectedCounts {
  /** Streams that are expected, or were last seen on air: the states below add up to it. */
  readonly count: number
  readonly states: Readonly<Record<Exclude<StreamState, 'ended'>, number>>
  /** Not expected: they run when somebody asks for them. */
  readonly onDemand: number
  /** Not expected, and over. */
  readonly ended: number
}

/** Counts expected streams by state. Pure. */
export const countExpected = (rows: readonly StreamRow[]): ExpectedCounts => {
  const states = { live: 0, slate: 0, waiting: 0, stalled: 0, gone: 0, unknown: 0 }
  let count = 0
  let ended = 0
  for (const { facts } of rows) {
    const { state, expected, onDemand } = facts
    if (state === 'ended') {
      ended++
      continue
    }
    // What is on air is there to be seen, whether it was expected or not; so it was when its server can't be asked.
    if (!expected && (state === 'waiting' || (state === 'unknown' && onDemand))) continue
    states[state]++
    count++
  }
  return { count, states, onDemand: rows.length - count - ended, ended }
}
