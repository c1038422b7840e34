import type { ServerTotals } from './servers.ts'
import { type StreamFacts, streamStates } from './streams.ts'
import type { StreamState } from './watchedStates.ts'

/** What an expected stream is now. `maintenance`: not live, within a maintenance window. */
const expectedParts = ['live', 'slate', 'stalled', 'gone', 'waiting', 'unknown', 'maintenance'] as const
type ExpectedPart = (typeof expectedParts)[number]

/** Numbers of streams by state and by expectation. */
export interface StreamCounts {
  /** All listed streams. The states add up to it. */
  readonly streams: number
  readonly states: Readonly<Record<StreamState, number>>
  /** Streams that should be on air, whether they are or not. The parts add up to it. */
  readonly expected: number
  readonly parts: Readonly<Record<ExpectedPart, number>>
  /** Not expected, and off air: they start when a reader asks for them. */
  readonly onDemand: number
  /** Not expected, and no longer on air. */
  readonly ended: number
}

/** Whether the state of every stream that has not ended is unknown. Pure. */
export function isAllUnknown({ streams, states, ended }: StreamCounts): boolean {
  return states.unknown > 0 && states.unknown === streams - ended
}

type Counted = Pick<StreamFacts, 'state' | 'expected' | 'onDemand'>

/**
 * Counts streams. Every stream count on screen and in reports comes from here, so that they agree. A state counts all listed
 * streams in it, expected or not; `parts` only the expected ones. Pure.
 */
export function countStreams<S extends Counted>(streams: Iterable<S>, inMaintenance: (stream: S) => boolean = () => false): StreamCounts {
  const states = Object.fromEntries(streamStates.map((state) => [state, 0])) as Record<StreamState, number>
  const parts = Object.fromEntries(expectedParts.map((part) => [part, 0])) as Record<ExpectedPart, number>
  const counts = { streams: 0, expected: 0, onDemand: 0, ended: 0 }
  for (const stream of streams) {
    const { state, expected, onDemand } = stream
    counts.streams++
    states[state]++
    if (expected) {
      counts.expected++
      // Expected only since a moment ago, it is judged again with the next answer.
      const part = state === 'ended' ? 'gone' : state
      parts[part !== 'live' && inMaintenance(stream) ? 'maintenance' : part]++
    } else if (state === 'ended') counts.ended++
    else if (state === 'waiting' || (state === 'unknown' && onDemand)) counts.onDemand++
  }
  return { ...counts, states, parts }
}

/** The counts as they are among the totals of a server. Pure. */
export function countedTotals({ streams, states, expected, parts }: StreamCounts) {
  return {
    streams,
    ...states,
    expected,
    expectedLive: parts.live,
    expectedSlate: parts.slate,
    expectedStalled: parts.stalled,
    expectedGone: parts.gone,
    expectedWaiting: parts.waiting,
    expectedUnknown: parts.unknown,
    expectedMaintenance: parts.maintenance,
  } satisfies Partial<ServerTotals>
}
