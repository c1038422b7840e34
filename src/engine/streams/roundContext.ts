import { aboutServer, type NewEvent, newEvent } from '../../shared/events.ts'
import type { Answer, PathReading, PollRound } from '../servers/readings.ts'
import { compareRound, fewestForRestart, type RoundChanges } from './roundQuestions.ts'
import type { ServerStreams } from './serverStreams.ts'
import type { StreamRecord } from './streamRecord.ts'
import type { Sender } from './streamSentences.ts'
import { stallAfterMs } from './streamState.ts'

/** What reading a round needs beside the server's streams. */
export interface RoundDeps {
  readonly nextSlot: () => number
  /** A stream came on or went off, or is not listed any more. */
  readonly onCameOrWent: (server: ServerStreams, record: StreamRecord) => void
  /** How long a stream that ended stays in the list, ms. */
  readonly endedShownMs: () => number
  /** HLS pictures of a path that this console has open. */
  readonly openPictures: (serverId: string, path: string) => number
}

/** What all streams of one round share. Made for each round. */
export interface RoundContext {
  readonly deps: RoundDeps
  readonly server: ServerStreams
  /** Whether other work waits, so that the next step has to. */
  readonly isOver: () => boolean
  /** Arrival of the answer, wall time: what it shows was seen then. Events and states have this time. */
  readonly at: number
  readonly arrivedAt: number
  /** Arrival of the answer before, wall time: what changed did so between the two. NaN: there was none. */
  readonly before: number
  /** The server's clock minus ours, ms. */
  readonly skewMs: number
  /** First answer of this launch: it says how things are, and nothing of it is news. */
  readonly first: boolean
  /** First answer after the server could not be asked: what changed did so unseen. */
  readonly returned: boolean
  /** Publishers that were not seen since it returned are waited for. */
  readonly waits: boolean
  /** Since the answer before, ms; NaN: there was none that can be compared. */
  readonly elapsedMs: number
  /** So much of that the server vouches for: time in which it did not answer is no silence of its publishers. */
  readonly vouchedMs: number
  readonly stallAfter: number
  /** That readers join is not news: they do so again. */
  readonly quietReaders: boolean
  /** What is equal is taken over from the answer now and then: the client keeps its texts and lists, and two of each would be twice the memory. */
  readonly adopts: boolean
  /** Anchor that shown bit rates are means since. */
  readonly anchor: number
  readonly events: NewEvent[]
  readonly takeovers: { readonly record: StreamRecord; readonly sender: Sender }[]
}

const adoptEveryRounds = 64
/** Longer than this for an answer: the server may have stood still. */
const lateAnswerMs = 1_000
/** Publishers of a server that came back are waited for this long before they are missed. */
export const waitForPublishersMs = 15_000

/** Begins to read a round: what it says of the server as a whole. */
export function beginRound(
  deps: RoundDeps,
  server: ServerStreams,
  round: PollRound,
  answer: Answer<PathReading>,
  at: number,
  isOver: () => boolean,
): RoundContext {
  const { arrivedAt, items } = answer
  const changes = server.compared?.items === items ? server.compared.changes : compareRound(server, items)
  server.compared = null
  const first = server.round === 0
  const returned = server.lostWhy !== null
  const events: NewEvent[] = []
  const allAtOnce = isAllAtOnce(server, changes, arrivedAt)
  if (allAtOnce && !first && !returned && (round.restarted ?? null) === null && !server.justRestarted) {
    server.justRestarted = true
    events.push(newEvent('serverRestarted', at, { publishers: changes.went + changes.replaced }, aboutServer(server)))
  }
  noteReturn(server, allAtOnce, at, arrivedAt)
  const elapsedMs = arrivedAt - server.arrivedAt
  if (changes.unexplained || changes.went > 0) server.configurationWantedFrom = arrivedAt
  const context: RoundContext = {
    deps,
    server,
    isOver,
    at,
    arrivedAt,
    before: server.readAt,
    skewMs: round.skewMs ?? 0,
    first,
    returned,
    waits: arrivedAt < server.waitsUntil,
    elapsedMs,
    // Late, or after failures, an answer speaks for one interval.
    vouchedMs: server.failures > 0 || answer.tookMs > lateAnswerMs ? Math.min(elapsedMs, round.intervalMs) : elapsedMs,
    stallAfter: stallAfterMs(round.intervalMs),
    quietReaders: first || returned || arrivedAt < server.quietUntil,
    adopts: (server.round + 1) % adoptEveryRounds === 2,
    anchor: server.anchors.oldestFor(arrivedAt),
    events,
    takeovers: [],
  }
  server.round++
  server.failures = 0
  server.lostWhy = null
  server.at = round.at
  server.awaited = 0
  server.readAt = at
  return context
}

/** Everything went or changed in one answer. A server that tells its start was asked whether it is another one; of any other, this is what can be known. */
function isAllAtOnce(server: ServerStreams, { went, replaced, stayed, goesOn, cameNew }: RoundChanges, arrivedAt: number): boolean {
  return stayed === 0 && !goesOn && !server.sessions.goOnSince(arrivedAt) && cameNew === 0 && went + replaced >= fewestForRestart
}

/** Whether the server comes back with this answer, and for how long its publishers and readers are given time. */
function noteReturn(server: ServerStreams, allAtOnce: boolean, at: number, arrivedAt: number): void {
  const wasSilent = server.lostWhy === 'down' || server.failures > 0
  if (server.round > 0 && (wasSilent || server.justRestarted)) {
    server.waitsUntil = arrivedAt + waitForPublishersMs
    server.returnedAt = at
    server.returnRound = server.round + 1
    server.returnedFrom = wasSilent ? 'silence' : allAtOnce ? 'allAtOnce' : 'restart'
  }
  if (server.lostWhy === 'down' || server.justRestarted) server.quietUntil = arrivedAt + waitForPublishersMs
}
