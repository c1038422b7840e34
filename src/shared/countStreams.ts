import { type StreamFacts, type StreamState, streamStates } from './streams.ts'

/** How many streams there are of what. */
export interface StreamCounts {
  /** All that are listed: the states below add up to it, and so do the three figures after them. */
  readonly streams: number
  readonly states: Readonly<Record<StreamState, number>>
  /** Expected, or seen on air: what should be there. */
  readonly expected: number
  /** Not expected: they run when somebody asks for them. */
  readonly onDemand: number
  /** Not expected, and over. */
  readonly ended: number
}

/** Whether nothing is known of any stream that has not ended. Pure. */
export const isAllUnknown = ({ streams, states, ended }: StreamCounts): boolean => states.unknown > 0 && states.unknown === streams - ended

type Counted = Pick<StreamFacts, 'state' | 'expected' | 'onDemand'>

/** Among which figure of `StreamCounts` a stream is. Pure. */
export const countedAs = ({ state, expected, onDemand }: Counted): 'expected' | 'onDemand' | 'ended' =>
  state === 'ended'
    ? 'ended'
    : // What is on air is there to be seen, whether it was expected or not; so it was when its server can't be asked.
      !expected && (state === 'waiting' || (state === 'unknown' && onDemand))
      ? 'onDemand'
      : 'expected'

/**
 * The one way in which streams are counted, wherever a number of them stands: a state counts all listed streams that are in it,
 * expected or not. Pure.
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
