import { wallAt } from '../../clock/clock.ts'
import { never, type Slice, type Steps } from '../../clock/slices.ts'
import type { PollRound } from '../servers/readings.ts'
import { keptEntries, type Publishing } from './publishing.ts'
import { readRound } from './readRound.ts'
import type { RoundDeps, StreamsDeps } from './roundContext.ts'
import type { SeenStreams } from './seenStreams.ts'
import type { LostWhy, RoundReading, ServerStreams } from './serverState.ts'
import { lostReasons, removeStream } from './serverStreams.ts'
import { markFiguresUnknown, noteReadersLost, wasOn } from './streamRecord.ts'

/** What rounds are read with, and where what was read goes. */
export interface RoundsDeps extends Pick<StreamsDeps, 'clock' | 'append' | 'record' | 'gap' | 'describe'> {
  readonly reading: RoundDeps
  readonly seen: SeenStreams
  readonly publishing: Publishing
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
  const { clock, publishing } = deps
  const { paths } = round
  const wallOffsetMs = clock.now() - clock.monotonic()
  // The wall clock runs ahead of the monotonic clock while the machine sleeps (or when someone sets it).
  if (wallOffsetMs - server.wallOffsetMs > sleptMs) server.arrivedAt = Number.NaN
  server.wallOffsetMs = wallOffsetMs
  for (const { list, answer } of round.sessions) yield* server.sessions.merge(list, answer, wallAt(clock, answer.arrivedAt), isOver)
  if (!paths.ok)
    return () => {
      publishing.revision++
      deps.gap(server.id, round.at)
      server.failures++
      if (server.failures >= failuresUntilUnknown && server.lostWhy === null) loseServer(server, round.at, 'down')
      publishing.announce(server, round.at)
    }
  const { batch, events, leaving } = yield* readRound(deps.reading, server, round, paths.value, wallAt(clock, paths.value.arrivedAt), isOver)
  const entries = yield* keptEntries(deps.describe, server, round.at, leaving, isOver)
  return () => {
    publishing.revision++
    deps.append(batch)
    for (const record of leaving) {
      removeStream(server, record)
      publishing.addTombstone(record.slot)
    }
    if (events.length > 0) deps.record(events)
    deps.seen.write(server, mostSeenWrites)
    publishing.announce(server, round.at, entries)
  }
}

/** Reads one step. Returns false when the round is read and only has to be shown, or when a bug has ended it. */
function stepRound(reading: RoundReading): boolean {
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
function throwBug({ bug }: RoundReading): void {
  if (bug !== null) throw bug.error
}

/** Marks the streams of a server that can't be asked as unknown, except those that ended. */
export function loseServer(server: ServerStreams, at: number, why: LostWhy): void {
  if (server.lostWhy === why) return
  if (server.lostWhy === null) server.lostSince = at
  server.lostWhy = why
  server.arrivedAt = Number.NaN
  server.sessions.clear()
  for (const record of server.rows) {
    // An ended stream stays ended: it was unexpected, so it is not missed.
    if (record.state === 'ended') continue
    if (wasOn(record) && Number.isNaN(record.wentAfter)) record.wentAfter = server.readAt
    if (record.state !== 'unknown') {
      record.knownState = record.state
      record.knownSince = record.stateSince
      record.knownWhy = record.why
      record.state = 'unknown'
      record.stateSince = at
    }
    record.why = lostReasons[why]
    noteReadersLost(record)
    record.present = false
    record.publisher = null
    record.discards = null
    record.recording = undefined
    markFiguresUnknown(record)
    record.figuresChanged = true
    record.factsChanged = true
  }
}
