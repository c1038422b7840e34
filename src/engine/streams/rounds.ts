import type { Slice } from '../../clock/slices.ts'
import { never, type Steps } from '../../clock/slices.ts'
import { wallAt } from '../../clock/wallAt.ts'
import type { PollRound } from '../servers/readings.ts'
import { keptEntries } from './describeStreams.ts'
import type { ExpectationRows } from './expectationRows.ts'
import { loseServer } from './loseServer.ts'
import type { Publishing, StreamsDeps } from './publishing.ts'
import { readRound } from './readRound.ts'
import type { RoundDeps } from './roundContext.ts'
import { finishRound, stepRound, throwBug } from './roundReading.ts'
import type { SeenStreams } from './seenStreams.ts'
import type { RoundReading, ServerStreams } from './serverState.ts'
import { removeStream } from './serverStreams.ts'
import type { StreamRevisions } from './streamRevisions.ts'
import { writeSeen } from './writeSeen.ts'

/** What rounds are read with, and where what was read goes. */
export interface RoundsDeps extends Pick<StreamsDeps, 'clock' | 'log' | 'append' | 'record' | 'gap' | 'describe'> {
  readonly reading: RoundDeps
  readonly seen: SeenStreams
  readonly expectations: ExpectationRows
  readonly revisions: StreamRevisions
  readonly announce: Publishing['announce']
}

/** If wall time runs ahead of the monotonic clock by this much, the machine slept, and rates over that time would be spikes. */
const sleptMs = 10_000
/** Failures in a row after which streams are unknown even without `lost`. */
const failuresUntilUnknown = 3
/** Whether the slice is over is checked once per this many paths, sessions or readers. */
const askEvery = 32
/** A write of this many rows takes about 2 ms. */
const mostSeenWrites = 500

/** As `Streams.prepare`. */
export async function prepareRound(deps: RoundsDeps, server: ServerStreams, round: PollRound, slice: Slice, signal: AbortSignal): Promise<void> {
  let asked = 0
  // Reading one reader takes a tenth of a microsecond, and checking the clock half as much.
  const isOver = () => ++asked % askEvery === 0 && slice.isOver()
  const reading = begin(deps, server, round, isOver)
  while (!reading.isDone && reading.show === null && stepRound(reading)) await slice.next(signal)
  // Publishing has a turn of its own.
  if (slice.isOver()) await slice.next(signal)
  throwBug(reading)
}

/** As `Streams.observe`. */
export function observeRound(deps: RoundsDeps, server: ServerStreams, round: PollRound): void {
  const reading = server.reading?.round === round ? server.reading : begin(deps, server, round, never)
  finishRound(server)
  // Releases it: it holds the whole answer.
  server.reading = null
  throwBug(reading)
}

function begin(deps: RoundsDeps, server: ServerStreams, round: PollRound, isOver: () => boolean): RoundReading {
  finishRound(server)
  const reading: RoundReading = { round, steps: readInSteps(deps, server, round, isOver), show: null, isDone: false, bug: null }
  server.reading = reading
  return reading
}

/** Reads a round in steps without publishing it. The resulting function publishes it. */
function* readInSteps(deps: RoundsDeps, server: ServerStreams, round: PollRound, isOver: () => boolean): Steps<() => void> {
  const { clock, revisions } = deps
  const { paths } = round
  const wallOffsetMs = clock.now() - clock.monotonic()
  // The wall clock runs ahead of the monotonic clock while the machine sleeps (or when someone sets it).
  if (wallOffsetMs - server.wallOffsetMs > sleptMs) server.arrivedAt = Number.NaN
  server.wallOffsetMs = wallOffsetMs
  for (const { list, answer } of round.sessions) yield* server.sessions.merge(list, answer, wallAt(clock, answer.arrivedAt), isOver)
  if (!paths.ok)
    return () => {
      revisions.next()
      deps.gap(server.id, round.at)
      server.failures++
      if (server.failures >= failuresUntilUnknown && server.lostWhy === null) loseServer(server, round.at, 'down')
      deps.announce(server, round.at)
    }
  const { batch, events, leaving } = yield* readRound(deps.reading, server, round, paths.value, wallAt(clock, paths.value.arrivedAt), isOver)
  const entries = yield* keptEntries(deps.describe, server, round.at, leaving, isOver)
  return () => {
    revisions.next()
    deps.append(batch)
    for (const record of leaving) {
      removeStream(server, record)
      revisions.addTombstone(record.slot)
    }
    if (events.length > 0) deps.record(events)
    writeSeen(server, deps, deps.log, mostSeenWrites)
    deps.announce(server, round.at, entries)
  }
}
