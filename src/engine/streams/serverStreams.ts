import type { Reason } from '../../shared/reasons.ts'
import type { ServerTotals } from '../../shared/servers.ts'
import type { ConfiguredPath, PathReading, PollRound } from '../servers/readings.ts'
import { learningKeptMs } from './learning.ts'
import { orNull } from './pathSamples.ts'
import { createReaderEvents, type ReaderEvents } from './readerEvents.ts'
import type { RoundChanges } from './roundQuestions.ts'
import type { SeenStream } from './seenStreams.ts'
import { createServerSessions, type ServerSessions } from './sessions.ts'
import { createStreamRecord, type StreamRecord, updateExpected, usualCloseAfterMs } from './streamRecord.ts'
import type { Unseen } from './streamSentences.ts'

/** A server as its streams need it. */
export interface ServerName {
  readonly id: string
  readonly name: string
}

/** Why a server can't be asked. */
export type LostWhy = 'down' | 'halted' | 'paused' | 'console'

/** Why streams are unknown. */
export const lostReasons: Readonly<Record<LostWhy | 'notAsked', Reason>> = {
  down: { kind: 'serverDown' },
  halted: { kind: 'serverHalted' },
  paused: { kind: 'serverPaused' },
  console: { kind: 'consoleAway' },
  notAsked: { kind: 'notAsked' },
}

/** What others see of a server's streams together: as of the end of the last round that was read whole. */
export interface ShownServer {
  readonly readAt: number
  readonly lostWhy: LostWhy | null
  readonly lostSince: number
  readonly returnedAt: number
  readonly awaited: number
}

/** Work in steps: after each one other work may come between. */
export type Steps<Result> = Generator<void, Result>

/** A round that is read, from its first step until whoever handed it over knows how that went. */
export interface RoundReading {
  readonly round: PollRound
  /** The result shows to others what was read, all at once. */
  readonly steps: Steps<() => void>
  show: (() => void) | null
  /** It was shown, or never will be. */
  isDone: boolean
  /** The bug that ended it; null: none. */
  bug: { readonly error: unknown } | null
}

/** The streams of one server, changed in place. */
export interface ServerStreams {
  readonly id: string
  name: string
  readonly byPath: Map<string, StreamRecord>
  /** All streams; `rows[record.row] === record`. */
  readonly rows: StreamRecord[]
  /** Their paths in the same order: the same array until the rows change, so that history may know it again. */
  paths: readonly string[] | null
  /** Streams in the order of the last answer; the next one has mostly the same. */
  readonly order: StreamRecord[]
  readonly sessions: ServerSessions
  readonly readers: ReaderEvents
  configured: ReadonlyMap<string, ConfiguredPath> | null
  /** What is learned of paths that are not listed now, the longest ago first. */
  readonly learned: Map<string, SeenStream>
  /** Answers so far. 0: nothing is known, so nothing is news. */
  round: number
  lostWhy: LostWhy | null
  /** Slot since which its streams are unknown, while they are. */
  lostSince: number
  failures: number
  /** Monotonic arrival of the newest answer; NaN where the next one can't be compared with it. */
  arrivedAt: number
  /** Slot of the newest answer, and its arrival in wall time; NaN: none yet. */
  at: number
  readAt: number
  /** Wall time minus monotonic time when last looked. */
  wallOffsetMs: number
  justRestarted: boolean
  /** The next answer is compared with the last one; the comparison is kept for that answer. */
  compared: { readonly items: readonly PathReading[]; readonly changes: RoundChanges } | null
  /** Number of its first answer after it was away, or restarted. */
  returnRound: number
  /** What it came back from then. */
  returnedFrom: Unseen
  /** The configuration that is known, or could not be read, is no older than this (monotonic); -Infinity: it was not asked for yet. */
  configurationAskedAt: number
  /** Something happened then that one no older has to explain. */
  configurationWantedFrom: number
  /** It came back: until then (monotonic) its publishers are waited for. */
  waitsUntil: number
  /** And until then that readers join is not news: they do so again. */
  quietUntil: number
  /** When it came back last, wall time, and how many streams are still waited for. */
  returnedAt: number
  awaited: number
  /** Most streams that it listed at once. */
  mostListed: number
  readonly anchors: Anchors
  shown: ShownServer
  /** Streams are not to be changed by others before it is done. */
  reading: RoundReading | null
  revision: number
  totals: ServerTotals | null
  /** What `seen_streams` does not say yet. */
  readonly unwritten: Set<StreamRecord>
  readonly unwrittenGone: Set<string>
  lookedAt: number
  /** Its streams were described to history in this launch. */
  isTold: boolean
  toldAt: number
  /** Streams that are not listed any more, which history does not know yet. */
  readonly pendingRemovals: Set<string>
}

export function createServerStreams({ id, name }: ServerName, openPictures: (path: string) => number): ServerStreams {
  const byPath = new Map<string, StreamRecord>()
  const sessions = createServerSessions((path) => byPath.get(path)?.path ?? path)
  return {
    id,
    name,
    byPath,
    rows: [],
    paths: null,
    order: [],
    sessions,
    readers: createReaderEvents(sessions, openPictures),
    configured: null,
    learned: new Map(),
    round: 0,
    lostWhy: null,
    lostSince: Number.NaN,
    failures: 0,
    arrivedAt: Number.NaN,
    at: Number.NaN,
    readAt: Number.NaN,
    wallOffsetMs: Number.NaN,
    justRestarted: false,
    compared: null,
    returnRound: 0,
    returnedFrom: 'silence',
    configurationAskedAt: Number.NEGATIVE_INFINITY,
    configurationWantedFrom: Number.NEGATIVE_INFINITY,
    waitsUntil: Number.NEGATIVE_INFINITY,
    quietUntil: Number.NEGATIVE_INFINITY,
    returnedAt: Number.NaN,
    awaited: 0,
    mostListed: 0,
    anchors: createAnchors(),
    shown: { readAt: Number.NaN, lostWhy: null, lostSince: Number.NaN, returnedAt: Number.NaN, awaited: 0 },
    reading: null,
    revision: 0,
    totals: null,
    unwritten: new Set(),
    unwrittenGone: new Set(),
    lookedAt: Number.NEGATIVE_INFINITY,
    isTold: false,
    toldAt: Number.NEGATIVE_INFINITY,
    pendingRemovals: new Set(),
  }
}

/** Adds a stream whose state is still unknown. */
export function addStream(server: ServerStreams, path: string, slot: number, at: number): StreamRecord {
  const record = createStreamRecord(slot, server.id, path, server.rows.length, at, lostReasons[server.lostWhy ?? 'notAsked'])
  server.byPath.set(path, record)
  server.rows.push(record)
  server.paths = null
  server.unwrittenGone.delete(path)
  server.pendingRemovals.delete(path)
  const learned = server.learned.get(path)
  if (learned !== undefined) {
    server.learned.delete(path)
    if (at - learned.lastLiveAt < learningKeptMs) takeLearning(record, learned)
  }
  applyConfiguration(server, record)
  updateExpected(record)
  return record
}

/** The last row takes the free place. What was learned of the path is kept. */
export function removeStream(server: ServerStreams, record: StreamRecord): void {
  const last = server.rows.pop()
  if (last !== undefined && last !== record) {
    server.rows[record.row] = last
    server.anchors.move(last.row, record.row)
    last.row = record.row
  }
  server.byPath.delete(record.path)
  server.paths = null
  server.pendingRemovals.add(record.path)
  if (Number.isNaN(record.lastLiveAt)) return
  server.learned.set(record.path, {
    path: record.path,
    lastLiveAt: record.lastLiveAt,
    liveDays: record.liveDays,
    liveMs: record.liveMs,
    live: false,
    wentBefore: orNull(record.wentBefore),
  })
  if (server.learned.size <= mostLearned) return
  const [oldest = record.path] = server.learned.keys()
  server.learned.delete(oldest)
  server.unwritten.delete(record)
  server.unwrittenGone.add(oldest)
}

/** Paths of a server that are not listed, of which it is kept how much they were live: one that gives each stream a new name must not fill the memory. */
const mostLearned = 5_000

export function takeLearning(record: StreamRecord, { lastLiveAt, liveDays, liveMs }: SeenStream): void {
  record.lastLiveAt = lastLiveAt
  record.liveDays = liveDays
  record.liveMs = liveMs
}

/** Whether its configuration names it, and whether reading starts its source: own entry first, then the pattern it comes from. */
export function applyConfiguration(server: ServerStreams, record: StreamRecord): void {
  const own = server.configured?.get(record.path)
  const from = own ?? (record.confName === null ? undefined : server.configured?.get(record.confName))
  record.named = own !== undefined && !own.pattern
  record.seemsNamed = server.configured === null && record.confName === record.path
  record.onDemand = from?.onDemand ?? false
  record.closeAfterMs = from?.closeAfterMs ?? usualCloseAfterMs
}

/** Shown bit rates are means over about this long; samples hold each poll's own rate. */
const shownOverMs = 5_500
/** Counters are kept for that mean this far apart at least, this many times. */
const anchorEveryMs = 1_200
const anchorCount = 5
const anchorStride = anchorCount * 2

/**
 * Byte counters of all streams of a server at some of its last answers, for means over a few seconds.
 * Anchors are numbered; a stream whose counters restarted may use later ones only.
 */
export interface Anchors {
  /** Number of the newest; -1: none. */
  readonly newest: () => number
  /** The oldest within the time that shown rates are means of, or the newest where polls are rarer. */
  readonly oldestFor: (arrivedAt: number) => number
  readonly arrivedAt: (anchor: number) => number
  readonly inbound: (anchor: number, row: number) => number
  readonly outbound: (anchor: number, row: number) => number
  /** Keeps the counters of this answer, unless the last anchor is too near. */
  readonly drop: (arrivedAt: number, rows: readonly StreamRecord[]) => void
  readonly move: (fromRow: number, toRow: number) => void
}

function createAnchors(): Anchors {
  const arrivals = new Float64Array(anchorCount).fill(Number.NaN)
  let counters = new Float64Array(0)
  let newest = -1
  const arrivalOf = (anchor: number) => arrivals[anchor % anchorCount] ?? Number.NaN
  return {
    newest: () => newest,
    oldestFor: (arrivedAt) => {
      for (let anchor = Math.max(0, newest - anchorCount + 1); anchor < newest; anchor++) if (arrivedAt - arrivalOf(anchor) <= shownOverMs) return anchor
      return newest
    },
    arrivedAt: arrivalOf,
    inbound: (anchor, row) => counters[row * anchorStride + (anchor % anchorCount) * 2] ?? Number.NaN,
    outbound: (anchor, row) => counters[row * anchorStride + (anchor % anchorCount) * 2 + 1] ?? Number.NaN,
    drop: (arrivedAt, rows) => {
      if (newest >= 0 && arrivedAt - arrivalOf(newest) < anchorEveryMs) return
      newest++
      const place = newest % anchorCount
      arrivals[place] = arrivedAt
      if (counters.length < rows.length * anchorStride) {
        const grown = new Float64Array(Math.ceil(rows.length * 1.25) * anchorStride).fill(Number.NaN)
        grown.set(counters)
        counters = grown
      }
      for (let row = 0; row < rows.length; row++) {
        const record = rows[row] as StreamRecord
        counters[row * anchorStride + place * 2] = record.inbound
        counters[row * anchorStride + place * 2 + 1] = record.outbound
      }
    },
    move: (fromRow, toRow) => {
      counters.copyWithin(toRow * anchorStride, fromRow * anchorStride, (fromRow + 1) * anchorStride)
    },
  }
}
