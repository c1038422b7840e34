import { type StreamFacts, type StreamState, streamStates } from './streams.ts'

/** Numbers of streams by state and by expectation. */
export interface StreamCounts {
  /** All listed streams. The states add up to it, and so do `expected`, `onDemand` and `ended`. */
  readonly streams: number
  readonly states: Readonly<Record<StreamState, number>>
  /** Streams that should be on air: expected, or seen on air. */
  readonly expected: number
  /** Not expected to be on air: they start when a reader asks for them. */
  readonly onDemand: number
  /** Not expected, and no longer on air. */
  readonly ended: number
}

/** Whether the state of every stream that has not ended is unknown. Pure. */
export function isAllUnknown({ streams, states, ended }: StreamCounts): boolean {
  return states.unknown > 0 && states.unknown === streams - ended
}

type Counted = Pick<StreamFacts, 'state' | 'expected' | 'onDemand'>

/** The figure of `StreamCounts` that a stream counts towards. Pure. */
export function countedAs({ state, expected, onDemand }: Counted): 'expected' | 'onDemand' | 'ended' {
  return state === 'ended'
    ? 'ended'
    : // A stream on air counts as expected whether it was or not, and still does while its server can't be reached.
      !expected && (state === 'waiting' || (state === 'unknown' && onDemand))
      ? 'onDemand'
      : 'expected'
}

/**
 * Counts streams. Every stream count on screen and in reports comes from here, so that they agree. A state counts all listed
 * streams in it, expected or not. Pure.
 */
export function countStreams(streams: Iterable<Counted>): StreamCounts {
  const states = Object.fromEntries(streamStates.map((state) => [state, 0])) as Record<StreamState, number>
  const counts = { expected: 0, onDemand: 0, ended: 0 }
  let all = 0
  for (const stream of streams) {
    all++
    states[stream.state]++
    counts[countedAs(stream)]++
  }
  return { streams: all, states, ...counts }
}
