import type { Reason } from '../../shared/reasons.ts'
import type { ServerTotals } from '../../shared/servers.ts'
import type { ConfiguredPath, PathReading, PollRound } from '../servers/readings.ts'
import { applySettings, type ExpectationSettings, type Said, say, setPlan } from './expectation.ts'
import { type ForwardIndex, noForwards } from './feeds.ts'
import { createForwards, type Forwards } from './forwards.ts'
import type { BeforeReturn, LostTogether } from './lostTogether.ts'
import type { Planned } from './onAirPlan.ts'
import { orNull } from './pathSamples.ts'
import type { KeptSource } from './pulledSources.ts'
import { createReaderEvents, type ReaderEvents } from './readerEvents.ts'
import type { RoundChanges } from './roundQuestions.ts'
import type { SeenStream } from './seenStreams.ts'
import { createServerSessions, type ServerSessions } from './sessions.ts'
import { configurationOf, createStreamRecord, defaultCloseAfterMs, type StreamRecord } from './streamRecord.ts'
import type { Unseen } from './streamSentences.ts'
import { defaultReadTimeoutMs } from './streamState.ts'
import type { UnreadSource } from './unreadSources.ts'

/** The identity of a server, for its streams. */
export interface ServerName {
  readonly id: string
  readonly name: string
  /** Default: nothing is set. */
  readonly settings?: ExpectationSettings
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

/** The published state of a server's streams together, as of the last round that was read completely. */
export interface ShownServer {
  readonly readAt: number
  readonly lostWhy: LostWhy | null
  readonly lostSince: number
  readonly returnedAt: number
  readonly awaited: number
  readonly lostTogether: LostTogether | null
  readonly unread: readonly UnreadSource[]
}

/** Work in steps, so that other work can run between them. */
export type Steps<Result> = Generator<void, Result>
/** No other work waits: all steps are done in one turn. */
export function never(): boolean {
  return false
}

/** A round being read, from its first step until its caller has the outcome. */
export interface RoundReading {
  readonly round: PollRound
  /** The resulting function publishes everything that was read, all at once. */
  readonly steps: Steps<() => void>
  show: (() => void) | null
  /** It was published, or never will be. */
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
  /** Their paths in the same order. The array stays the same object until the rows change, so that history can recognise it. */
  paths: readonly string[] | null
  /** Streams in the order of the last answer; the next one has mostly the same. */
  readonly order: StreamRecord[]
  readonly sessions: ServerSessions
  readonly readers: ReaderEvents
  configured: ReadonlyMap<string, ConfiguredPath> | null
  /** What is planned for a stream now. */
  readonly planOf: (path: string) => Planned | null
  /** Its configuration forwards streams elsewhere. */
  anyForwards: boolean
  forwardIndex: ForwardIndex
  readonly forwards: Forwards
  /** Pulled sources by path. */
  readonly sources: Map<string, KeptSource>
  settings: ExpectationSettings
  /** Whether a pattern of the configuration file expects a path, and the names that the file expects without a pattern. */
  isInFile: (path: string) => boolean
  namesInFile: ReadonlySet<string>
  /** What operators say of paths, and since when the configuration file or the server's own expects others. */
  readonly said: Map<string, Said>
  /** Paths of which that is not in `expected_streams` yet. */
  readonly unwrittenSaid: Set<string>
  /** Its first answer with a live stream in this launch: what was live before it is not learned from. NaN: none yet. */
  learnsFrom: number
  /** Paths that were seen and are not listed now, the oldest first. */
  readonly seenBefore: Map<string, SeenStream>
  /** Number of answers so far. 0: no state is known yet, so nothing makes an event. */
  round: number
  lostWhy: LostWhy | null
  /** Slot since which its streams are unknown, while they are. */
  lostSince: number
  failures: number
  /** Monotonic arrival of the newest answer; NaN: the next one can't be compared with it. */
  arrivedAt: number
  /** Slot of the newest answer, and its arrival in wall time; NaN: none yet. */
  at: number
  readAt: number
  /** Wall time minus monotonic time at the last round. */
  wallOffsetMs: number
  justRestarted: boolean
  /** Comparison of the next answer with the last one, kept until that answer is read. */
  compared: { readonly items: readonly PathReading[]; readonly changes: RoundChanges } | null
  /** Number of its first answer after it was away, or restarted. */
  returnRound: number
  /** Why it was away then. */
  returnedFrom: Unseen
  /** After this long without data the server closes a stream, ms. */
  readTimeoutMs: number
  /** When the known configuration was asked for, or the last attempt that failed (monotonic); -Infinity: not asked for yet. */
  configurationAskedAt: number
  /** Monotonic time of a change that only a configuration read since then can explain. */
  configurationWantedFrom: number
  /** Monotonic; after a return, its publishers are waited for until then. */
  waitsUntil: number
  /** Monotonic; after a return, joining readers make no events until then, because they are only reconnecting. */
  quietUntil: number
  /** Wall time of its last return, and the number of streams that are still waited for. */
  returnedAt: number
  awaited: number
  /** What it has to bring back; null: it did not return within the last minute. */
  beforeReturn: BeforeReturn | null
  lostTogether: LostTogether | null
  /** Sources on demand that nobody uses, by path: since when, and the bytes received by then. */
  readonly unread: Map<string, { readonly since: number; readonly inbound: number }>
  /** The most streams that it ever listed at once. */
  mostListed: number
  readonly anchors: Anchors
  shown: ShownServer
  /** The round being read. Nothing else may change the streams before it is done. */
  reading: RoundReading | null
  revision: number
  totals: ServerTotals | null
  /** Changes that are not yet in `seen_streams`. */
  readonly unwritten: Set<StreamRecord>
  readonly unwrittenGone: Set<string>
  checkedAt: number
  /** Whether its streams were described to history in this launch. */
  isDescribed: boolean
  describedAt: number
  /** Streams that are no longer listed; not yet reported to history. */
  readonly pendingRemovals: Set<string>
}

const noSettings: ExpectationSettings = {}

export function createServerStreams(
  { id, name, settings = noSettings }: ServerName,
  openPictures: (path: string) => number,
  planOf: ServerStreams['planOf'] = () => null,
): ServerStreams {
  const byPath = new Map<string, StreamRecord>()
  const sessions = createServerSessions((path) => byPath.get(path)?.path ?? path)
  const server: ServerStreams = {
    id,
    name,
    byPath,
    rows: [],
    paths: null,
    order: [],
    sessions,
    readers: createReaderEvents(sessions, openPictures),
    configured: null,
    planOf,
    anyForwards: false,
    forwardIndex: noForwards,
    forwards: createForwards(),
    sources: new Map(),
    settings: noSettings,
    isInFile: () => false,
    namesInFile: new Set(),
    said: new Map(),
    unwrittenSaid: new Set(),
    learnsFrom: Number.NaN,
    seenBefore: new Map(),
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
    readTimeoutMs: defaultReadTimeoutMs,
    configurationAskedAt: Number.NEGATIVE_INFINITY,
    configurationWantedFrom: Number.NEGATIVE_INFINITY,
    waitsUntil: Number.NEGATIVE_INFINITY,
    quietUntil: Number.NEGATIVE_INFINITY,
    returnedAt: Number.NaN,
    awaited: 0,
    beforeReturn: null,
    lostTogether: null,
    unread: new Map(),
    mostListed: 0,
    anchors: createAnchors(),
    shown: { readAt: Number.NaN, lostWhy: null, lostSince: Number.NaN, returnedAt: Number.NaN, awaited: 0, lostTogether: null, unread: [] },
    reading: null,
    revision: 0,
    totals: null,
    unwritten: new Set(),
    unwrittenGone: new Set(),
    checkedAt: Number.NEGATIVE_INFINITY,
    isDescribed: false,
    describedAt: Number.NEGATIVE_INFINITY,
    pendingRemovals: new Set(),
  }
  applySettings(server, settings)
  return server
}

/** Adds a stream whose state is still unknown. */
export function addStream(server: ServerStreams, path: string, slot: number, at: number): StreamRecord {
  const record = createStreamRecord(slot, server.id, path, server.rows.length, at, lostReasons[server.lostWhy ?? 'notAsked'])
  server.byPath.set(path, record)
  server.rows.push(record)
  server.paths = null
  server.unwrittenGone.delete(path)
  server.pendingRemovals.delete(path)
  const seen = server.seenBefore.get(path)
  if (seen !== undefined) {
    server.seenBefore.delete(path)
    if (at - seen.lastLiveAt < seenKeptMs) restoreSeen(record, seen)
  }
  applyConfiguration(server, record)
  record.inFile = server.isInFile(path)
  setPlan(server, record, server.planOf(path), at)
  return record
}

/** Removes a stream; the last row moves into its place. What was seen of it is kept. */
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
  server.seenBefore.set(record.path, {
    path: record.path,
    lastLiveAt: record.lastLiveAt,
    learnedAt: orNull(record.learnedAt),
    live: false,
    wentBefore: orNull(record.wentBefore),
  })
  if (server.seenBefore.size <= mostSeenBefore) return
  const [oldest = record.path] = server.seenBefore.keys()
  server.seenBefore.delete(oldest)
  if (server.said.has(oldest)) say(server, oldest, null)
  server.unwritten.delete(record)
  server.unwrittenGone.add(oldest)
}

/** The most unlisted paths of a server of which something is kept: a server that gives each stream a new name must not fill the memory. */
const mostSeenBefore = 5_000
/** After this long without being live, a path that is not listed counts as never seen. */
export const seenKeptMs = 30 * 86_400_000

export function restoreSeen(record: StreamRecord, { lastLiveAt, learnedAt }: SeenStream): void {
  record.lastLiveAt = lastLiveAt
  record.learnedAt = learnedAt ?? Number.NaN
}

/** Sets whether the configuration names the stream and whether its source starts on demand. */
export function applyConfiguration(server: ServerStreams, record: StreamRecord): void {
  const own = server.configured?.get(record.path)
  const from = configurationOf(server.configured, record)
  // One that redirects never has media of its own.
  record.named = own !== undefined && !own.pattern && own.source !== 'redirect'
  record.seemsNamed = server.configured === null && record.confName === record.path
  record.onDemand = from?.onDemand ?? false
  record.closeAfterMs = from?.closeAfterMs ?? defaultCloseAfterMs
}

/** Bit rates are means over about this long. */
const meanOverMs = 5_500
/** Counters are kept for that mean at least this far apart, this many times. */
const anchorEveryMs = 1_200
const anchorCount = 5
const anchorStride = anchorCount * 2

/**
 * Byte counters of all streams of a server at some recent answers, for means over a few seconds.
 * Anchors are numbered; a stream whose counters restarted may only use later ones.
 */
export interface Anchors {
  /** Number of the newest; -1: none. */
  readonly newest: () => number
  /** The oldest anchor within the averaging time of rates, or the newest one where polls are rarer. */
  readonly oldestFor: (arrivedAt: number) => number
  readonly arrivedAt: (anchor: number) => number
  readonly inbound: (anchor: number, row: number) => number
  readonly outbound: (anchor: number, row: number) => number
  /** Keeps the counters of this answer, unless the last anchor is too recent. */
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
      for (let anchor = Math.max(0, newest - anchorCount + 1); anchor < newest; anchor++) if (arrivedAt - arrivalOf(anchor) <= meanOverMs) return anchor
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
