import type { Database } from 'better-sqlite3'
import type { Clock } from '../../clock/clock.ts'
import { isCanaryPath } from '../../shared/canaries.ts'
import { aboutServer, type NewEvent, newEvent } from '../../shared/events.ts'
import type { PreviewFigures } from '../../shared/previews.ts'
import type { Severity } from '../../shared/severities.ts'
import { missedTogetherMs } from '../../shared/streams.ts'
import type { SampleBatch } from '../history/history.ts'
import type { KeptStream } from '../past/keptFacts.ts'
import type { Log } from '../ports.ts'
import type { Answer, PathReading, PollRound, Wanted } from '../servers/readings.ts'
import type { PathMoment } from './pathSamples.ts'
import type { LostTogether, RoundChanges, ServerStreams } from './serverState.ts'
import type { SessionChanges } from './sessions.ts'
import { type OnAirOf, type ServerName, type StreamRecord, wasOn } from './streamRecord.ts'
import { isOn, type Sender, stallAfterMs } from './streamState.ts'

/** What alarms say of streams. */
export interface Verdicts {
  /** The worst severity of its alarms that last and that nobody has put away; null: it has none. */
  readonly severityOf: (serverId: string, path: string) => Severity | null
  /** Whether an alarm says that its data is missing, and that lasts. */
  readonly isMissed: (serverId: string, path: string) => boolean
  /** Number of a server's streams that have one. */
  readonly inTroubleOf: (serverId: string) => number
}
export const allWell: Verdicts = { severityOf: () => null, isMissed: () => false, inTroubleOf: () => 0 }
/** Which streams of a server are within a maintenance window now; null: none are. */
type InMaintenance = (serverId: string) => ((path: string) => boolean) | null
export interface KeptEntry {
  readonly part: string
  readonly facts: KeptStream | null
}

/** Sends history what samples can't hold about some of a server's streams, valid from `at` on; null: no longer listed. `whole`: `entries` are all streams of the server. */
export type Describe = (serverId: string, at: number, entries: readonly KeptEntry[], whole: boolean) => void
export interface StreamsDeps {
  readonly clock: Clock
  readonly log: Log
  /** main.db: remembers which paths were seen live. */
  readonly db: Database
  /** When servers answered last before this launch, by id, where it is known better than main.db has it. */
  readonly lastAnswers?: ReadonlyMap<string, number>
  readonly record: (events: readonly NewEvent[]) => void
  /** One row of samples for each stream of a server. `paths` is the same array until the streams change. */
  readonly append: (batch: SampleBatch) => void
  /** Records that this server's streams are unknown from `at` on. */
  readonly gap: (serverId: string, at: number) => void
  readonly describe: Describe
  /** HLS pictures of a path that this console has open: their sessions are known as ours before a list names them. */
  readonly openPictures?: (serverId: string, path: string) => number
  /** RTSP and SRT readers that read a picture for this console. */
  readonly pictureReads?: PictureReads
  /** Whether it is the host of a watched server, whose readers are machines. */
  readonly isServerHost?: (host: string) => boolean
  /** Returns what players of open pictures reported since the last call; null: nothing. */
  readonly previewFigures?: (serverId: string, path: string) => PreviewFigures | null
  /** Recording status of a stream that has been live since that time; null: it is not to be recorded, or that is unknown. */
  readonly recordingFigures?: (serverId: string, path: string, liveSince: number) => PathMoment['recording']
  /** Called with the changes of a server's sessions whenever a round is published; left out: they are not stored. */
  readonly sessionsChanged?: (server: ServerName, changes: SessionChanges) => void
  readonly onAir?: OnAirOf
  /** Default: nothing is in maintenance. */
  readonly inMaintenance?: InMaintenance
  /** Severities of the alarms of streams. Default: none. */
  readonly verdicts?: Verdicts
}

interface PictureReads {
  /** How many read a path now, or did so in the last `withinMs`. Default: as long as a server may list them. */
  readonly count: (serverId: string, path: string, withinMs?: number) => number
  /** How long those that got their picture read a path in the last `withinMs`, ms in total. */
  readonly readMs: (serverId: string, path: string, withinMs: number) => number
}
type ReadersOfStreams = Pick<StreamsDeps, 'openPictures' | 'pictureReads' | 'isServerHost' | 'previewFigures' | 'recordingFigures'>
/** Dependencies for reading a round, beside the server's streams. */
export interface RoundDeps extends Required<ReadersOfStreams>, Pick<Verdicts, 'isMissed'> {
  readonly nextSlot: () => number
  /** Called when a stream goes on or off air, or is no longer listed. */
  readonly onCameOrWent: (server: ServerStreams, record: StreamRecord) => void
}

/** A stream with a different publisher or source than before. */
export interface Takeover {
  readonly record: StreamRecord
  readonly sender: Sender
  /** An answer in between did not list it: somebody at the same address has come back. */
  readonly wasAway: boolean
}

/** Shared by all streams of one round, and created for each round. */
export type RoundContext = ReturnType<typeof beginRound>

const adoptEveryRounds = 64
/** If an answer took longer than this, the server may have been hanging. */
const lateAnswerMs = 1_000
/** After a server comes back, its publishers get this long to reconnect before they are missed. */
const waitForPublishersMs = 15_000

/** Creates the context of a round: what concerns the server as a whole. */
export function beginRound(deps: RoundDeps, server: ServerStreams, round: PollRound, answer: Answer<PathReading>, at: number, isOver: () => boolean) {
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
  const context = {
    deps,
    server,
    /** Whether other work is waiting, so that reading should yield. */
    isOver,
    /** Arrival of the answer, wall time. Events and states get this time. */
    at,
    arrivedAt,
    /** Arrival of the previous answer, wall time; changes happened between the two. NaN: there was none. */
    before: server.readAt,
    /** The server's clock minus ours, ms. */
    skewMs: round.skewMs ?? 0,
    /** First answer of this launch: it sets the initial states and makes no events. */
    first,
    /** First answer after an outage of the server: changes were not observed. */
    returned,
    /** Whether publishers that have not been seen since the server returned are still waited for. */
    waits: arrivedAt < server.waitsUntil,
    /** Time since the previous answer, ms; NaN: none that can be compared. */
    elapsedMs,
    /** The part of `elapsedMs` in which the server answered. Time in which it did not answer does not count as silence of its publishers. An answer that is late, or comes after failures, covers one interval at most. */
    vouchedMs: server.failures > 0 || answer.tookMs > lateAnswerMs ? Math.min(elapsedMs, round.intervalMs) : elapsedMs,
    intervalMs: round.intervalMs,
    stallAfter: stallAfterMs(round.intervalMs),
    /** Whether equal texts and lists are replaced by those of this answer. Done now and then: the client keeps its own, and two copies would double the memory. */
    adopts: (server.round + 1) % adoptEveryRounds === 2,
    /** Anchor at which the means of shown bit rates begin. */
    anchor: server.anchors.oldestFor(arrivedAt),
    events,
    takeovers: [] as Takeover[],
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

/** If at least this many publishers go or change in one answer and none stays, the server was restarted. */
const fewestForRestart = 2

/** It was on air in the last answer, and is not already missed. */
const isComparable = (record: StreamRecord): boolean => record.present && wasOn(record) && Number.isNaN(record.missedSince)

/** Compares an answer with the last one, before it is read into the streams. */
function compareRound(server: ServerStreams, items: readonly PathReading[]): RoundChanges {
  const { order, configured } = server
  let went = 0
  let replaced = 0
  let newlySeen = 0
  let stayed = 0
  let hasContinued = false
  let unexplained = false
  let inOrder = items.length === order.length
  for (let i = 0; i < items.length; i++) {
    const reading = items[i] as PathReading
    let record: StreamRecord | undefined = order[i]
    if (record?.path !== reading.name) {
      inOrder = false
      record = server.byPath.get(reading.name)
    }
    if (record?.confName !== reading.confName && reading.confName !== null && configured?.has(reading.confName) === false) unexplained = true
    if (reading.available && !reading.slate && (record === undefined || Number.isNaN(record.lastLiveAt))) newlySeen++
    if (record?.present && reading.available && reading.availableAt !== null && reading.availableAt === record.availableAt) hasContinued = true
    if (record === undefined || !isComparable(record)) continue
    if (!reading.available) went++
    else if (reading.availableAt !== record.availableAt || reading.sourceId !== record.sourceId || reading.sourceType !== record.sourceType) replaced++
    else stayed++
  }
  if (!inOrder) {
    const listed = new Set(items.map(({ name }) => name))
    for (const record of order) if (isComparable(record) && !listed.has(record.path)) went++
  }
  return { went, replaced, newlySeen, stayed, hasContinued, unexplained }
}

/** What else has to be read from a server before this answer is judged; undefined: it is not known yet. Keeps the comparison for when the answer is read. */
export function alsoWanted(server: ServerStreams | undefined, items: readonly PathReading[]): Wanted {
  if (server === undefined || server.round === 0) return { info: false, configuration: false }
  const changes = compareRound(server, items)
  server.compared = { items, changes }
  const { went, replaced, stayed, unexplained } = changes
  return {
    info: stayed === 0 && went + replaced > 0,
    configuration: unexplained || went > 0 || server.configurationAskedAt < server.configurationWantedFrom,
  }
}

const togetherMs = 60_000

/** Streams that come and go as they should, and our own test signals, are not missed. */
const counts = ({ path, onDemand, because }: StreamRecord) => !onDemand && because?.expects !== false && !isCanaryPath(path)

/** Notes which streams a server has to bring back; called before its first answer is read. */
function expectBack(server: ServerStreams, arrivedAt: number): void {
  const earlier = server.beforeReturn
  const paths = new Set(earlier?.paths)
  for (const record of server.rows) if (wasOn(record) && counts(record)) paths.add(record.path)
  if (paths.size > 0) server.beforeReturn = { paths, since: earlier?.since ?? server.readAt, until: arrivedAt + togetherMs }
}

/** Finds streams that left together, at the end of a round. Expected ones have alarms of their own: at least one must be nobody's. */
export function noteLost(
  { server, at, arrivedAt, first, waits }: { server: ServerStreams; at: number; arrivedAt: number; first: boolean; waits: boolean },
  items: readonly PathReading[],
): void {
  const { beforeReturn, lostTogether } = server
  if (lostTogether !== null) {
    const paths = lostTogether.paths.filter((path) => !isBack(server.byPath.get(path)))
    if (paths.length === 0 || at - lostTogether.since >= missedTogetherMs) server.lostTogether = null
    else if (paths.length < lostTogether.paths.length) server.lostTogether = { ...lostTogether, paths }
  }
  if (beforeReturn !== null && arrivedAt >= beforeReturn.until) {
    server.beforeReturn = null
    const paths = [...beforeReturn.paths].filter((path) => (server.byPath.get(path)?.onAirRound ?? -1) < server.returnRound)
    lose(server, { paths, of: beforeReturn.paths.size, isReturn: true, since: beforeReturn.since, readers: null })
    return
  }
  // Where streams are events, all of them leave when it is over; those that an operator, a plan or a file expects have alarms of their own.
  if (server.settings.newStreams === 'events') return
  if (first || waits || server.beforeReturn !== null || items.some(({ available }) => available)) return
  // One that is not judged yet may have left at the same time.
  const left = server.rows.filter((record) => counts(record) && (hasLeft(record) ? at - record.stateSince < togetherMs : record.state === 'unknown'))
  if (left.length < fewestForRestart || left.some(({ state }) => state === 'unknown')) return
  const readers = left.reduce((sum, { readersLost }) => sum + (readersLost || 0), 0)
  const since = Math.min(...left.map(({ stateSince }) => stateSince))
  lose(server, { paths: left.map(({ path }) => path), of: left.length, isReturn: false, since, readers })
}

function lose(server: ServerStreams, lost: LostTogether): void {
  const records = lost.paths.map((path) => server.byPath.get(path))
  if (!records.some((record) => record?.state === 'ended')) return
  const paths = new Set([...(server.lostTogether?.paths ?? []), ...lost.paths])
  if (paths.size === server.lostTogether?.paths.length) return
  server.lostTogether = { ...lost, paths: [...paths], of: Math.max(lost.of, paths.size) }
  // It is said of the server.
  for (const record of records) if (record?.state === 'ended') record.readersLost = Number.NaN
}

const hasLeft = ({ state }: StreamRecord) => state === 'ended' || state === 'gone'
const isBack = (record: StreamRecord | undefined) => record !== undefined && record.state !== 'unknown' && (isOn(record.state) || record.state === 'slate')
