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
  /** Of those whose state is unknown the ones that were on air when their server answered last. */
  readonly unknownOnAir: number
}

/** Whether the state of every stream that has not ended is unknown. Pure. */
export function isAllUnknown({ streams, states, ended }: StreamCounts): boolean {
  return states.unknown > 0 && states.unknown === streams - ended
}

type Counted = Pick<StreamFacts, 'state' | 'expected' | 'onDemand' | 'lastLiveAt'>

/** A last poll may show its streams this far apart, ms. */
const lastPollMs = 10_000

/**
 * Counts streams. Every stream count on screen and in reports comes from here, so that they agree. A state counts all listed
 * streams in it, expected or not; `parts` only the expected ones. `answeredAt`: when their server answered last; NaN: the newest of them says so. Pure.
 */
export function countStreams<S extends Counted>(
  streams: Iterable<S>,
  inMaintenance: (stream: S) => boolean = () => false,
  answeredAt = Number.NaN,
): StreamCounts {
  const states = Object.fromEntries(streamStates.map((state) => [state, 0])) as Record<StreamState, number>
  const parts = Object.fromEntries(expectedParts.map((part) => [part, 0])) as Record<ExpectedPart, number>
  const counts = { streams: 0, expected: 0, onDemand: 0, ended: 0 }
  let lastSeen = Number.isNaN(answeredAt) ? Number.NEGATIVE_INFINITY : answeredAt
  const unknown: number[] = []
  for (const stream of streams) {
    const { state, expected, onDemand, lastLiveAt } = stream
    const seen = lastLiveAt ?? Number.NaN
    if (seen > lastSeen) lastSeen = seen
    if (state === 'unknown') unknown.push(seen)
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
  return { ...counts, states, parts, unknownOnAir: unknown.filter((seen) => seen >= lastSeen - lastPollMs).length }
}

/** The counts as they are among the totals of a server. Pure. */
export function countedTotals({ streams, states, expected, parts, unknownOnAir }: StreamCounts) {
  return {
    streams,
    ...states,
    unknownOnAir,
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
