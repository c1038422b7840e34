import { aboutServer, type NewEvent, newEvent } from '../../shared/events.ts'
import type { PreviewFigures } from '../../shared/previews.ts'
import type { Answer, PathReading, PollRound } from '../servers/readings.ts'
import { expectBack } from './lostTogether.ts'
import type { PathMoment } from './pathSamples.ts'
import { compareRound, fewestForRestart } from './roundQuestions.ts'
import type { RoundChanges, ServerStreams } from './serverState.ts'
import type { StreamRecord } from './streamRecord.ts'
import type { Sender } from './streamSentences.ts'
import { stallAfterMs } from './streamState.ts'

/** Dependencies for reading a round, beside the server's streams. */
export interface RoundDeps {
  readonly nextSlot: () => number
  /** Called when a stream goes on or off air, or is no longer listed. */
  readonly onCameOrWent: (server: ServerStreams, record: StreamRecord) => void
  /** How long a stream that ended stays in the list, ms. */
  readonly endedShownMs: () => number
  /** Whether an alarm says that its data is missing: it stays in the list for as long. */
  readonly isMissed: (serverId: string, path: string) => boolean
  /** HLS pictures of a path that this console has open. */
  readonly openPictures: (serverId: string, path: string) => number
  readonly pictureReads: (serverId: string, path: string) => number
  /** Whether it is the host of a watched server, whose readers are machines. */
  readonly isServerHost: (host: string) => boolean
  /** What players of open pictures have reported since the last poll; null: nothing. */
  readonly previewFigures: (serverId: string, path: string) => PreviewFigures | null
  /** Recording status of a stream that has been live since that time; null: it is not to be recorded, or that is unknown. */
  readonly recordingFigures: (serverId: string, path: string, liveSince: number) => PathMoment['recording']
}

/** A stream with a different publisher or source than before. */
export interface Takeover {
  readonly record: StreamRecord
  /** Who sent it before. */
  readonly sender: Sender
  /** An answer in between did not list it: somebody at the same address has come back. */
  readonly wasAway: boolean
}

/** Shared by all streams of one round, and created for each round. */
export interface RoundContext {
  readonly deps: RoundDeps
  readonly server: ServerStreams
  /** Whether other work is waiting, so that reading should yield. */
  readonly isOver: () => boolean
  /** Arrival of the answer, wall time. Events and states get this time. */
  readonly at: number
  readonly arrivedAt: number
  /** Arrival of the previous answer, wall time; changes happened between the two. NaN: there was none. */
  readonly before: number
  /** The server's clock minus ours, ms. */
  readonly skewMs: number
  /** First answer of this launch: it sets the initial states and makes no events. */
  readonly first: boolean
  /** First answer after an outage of the server: changes were not observed. */
  readonly returned: boolean
  /** Whether publishers that have not been seen since the server returned are still waited for. */
  readonly waits: boolean
  /** Time since the previous answer, ms; NaN: none that can be compared. */
  readonly elapsedMs: number
  /** The part of `elapsedMs` in which the server answered. Time in which it did not answer does not count as silence of its publishers. */
  readonly vouchedMs: number
  readonly intervalMs: number
  readonly stallAfter: number
  /** Whether joining readers make no events, because they are only reconnecting. */
  readonly quietReaders: boolean
  /** Whether equal texts and lists are replaced by those of this answer. Done now and then: the client keeps its own, and two copies would double the memory. */
  readonly adopts: boolean
  /** Anchor at which the means of shown bit rates begin. */
  readonly anchor: number
  readonly events: NewEvent[]
  readonly takeovers: Takeover[]
}

const adoptEveryRounds = 64
/** If an answer took longer than this, the server may have been hanging. */
const lateAnswerMs = 1_000
/** After a server comes back, its publishers get this long to reconnect before they are missed. */
const waitForPublishersMs = 15_000

/** Creates the context of a round: what concerns the server as a whole. */
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
  recordReturn(server, allAtOnce, at, arrivedAt)
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
    // An answer that is late, or comes after failures, covers one interval at most.
    vouchedMs: server.failures > 0 || answer.tookMs > lateAnswerMs ? Math.min(elapsedMs, round.intervalMs) : elapsedMs,
    intervalMs: round.intervalMs,
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
  server.readAt = at
  return context
}

/** Whether everything went or changed in one answer. It reveals a restart of servers that do not report their start time. */
function isAllAtOnce(server: ServerStreams, { went, replaced, stayed, hasContinued, newlySeen }: RoundChanges, arrivedAt: number): boolean {
  return stayed === 0 && !hasContinued && !server.sessions.goOnSince(arrivedAt) && newlySeen === 0 && went + replaced >= fewestForRestart
}

/** If the server comes back with this answer, sets how long its publishers and readers get to reconnect. */
function recordReturn(server: ServerStreams, allAtOnce: boolean, at: number, arrivedAt: number): void {
  const wasSilent = server.lostWhy === 'down' || server.failures > 0
  if (server.round > 0 && (wasSilent || server.justRestarted)) {
    server.waitsUntil = arrivedAt + waitForPublishersMs
    server.returnedAt = at
    server.returnRound = server.round + 1
    server.returnedFrom = wasSilent ? 'silence' : allAtOnce ? 'allAtOnce' : 'restart'
  }
  if (server.lostWhy !== 'down' && !server.justRestarted) return
  server.quietUntil = arrivedAt + waitForPublishersMs
  if (server.round > 0) expectBack(server, arrivedAt)
}
