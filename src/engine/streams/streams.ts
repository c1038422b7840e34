import { crc32 } from 'node:zlib'
import type { Database } from 'better-sqlite3'
import type { Clock } from '../../clock/clock.ts'
import { notBefore } from '../../clock/notBefore.ts'
import type { Slice } from '../../clock/slices.ts'
import { wallAt } from '../../clock/wallAt.ts'
import { countStreams } from '../../shared/countStreams.ts'
import type { NewEvent } from '../../shared/events.ts'
import { createFigureColumns, type FigureColumns } from '../../shared/fleet.ts'
import { type Server, type ServerTotals, unknownTotals } from '../../shared/servers.ts'
import {
  defaultStreamSettings,
  type Session,
  type Stream,
  type StreamFacts,
  type StreamFigures,
  type StreamReport,
  type StreamSettings,
  streamSettingsSchema,
} from '../../shared/streams.ts'
import { severityOfStream, severityRank } from '../../shared/troubles.ts'
import type { Language } from '../../shared/words/languages.ts'
import type { SampleBatch } from '../history/history.ts'
import type { KeptStream, StreamsStanding } from '../past/keptFacts.ts'
import type { Log } from '../ports.ts'
import type { Wanted } from '../servers/pollServer.ts'
import type { ConfiguredPath, PathReading, PollRound } from '../servers/readings.ts'
import { isLearned, learningKeptMs } from './learning.ts'
import { orNull } from './pathSamples.ts'
import { readRound } from './readRound.ts'
import type { RoundDeps } from './roundContext.ts'
import { compareRound, wasOn } from './roundQuestions.ts'
import { createSeenStreams, type SeenStream } from './seenStreams.ts'
import {
  addStream,
  applyConfiguration,
  createServerStreams,
  type LostWhy,
  lostReasons,
  type RoundReading,
  removeStream,
  type ServerName,
  type ServerStreams,
  type Steps,
  takeLearning,
} from './serverStreams.ts'
import { sessionOf } from './sessions.ts'
import {
  factsOf,
  figuresOf,
  keptOf,
  markFiguresUnknown,
  outageSinceOf,
  pushFigures,
  readersOf,
  reportOf,
  type ShownStream,
  type StreamRecord,
  show,
  streamOf,
  updateExpected,
} from './streamRecord.ts'
import { rememberedMs } from './streamState.ts'

export interface StreamsDeps {
  readonly clock: Clock
  readonly log: Log
  /** main.db: remembers which paths were seen live. */
  readonly db: Database
  readonly record: (events: readonly NewEvent[]) => void
  /** One row of samples for each stream of a server. `paths` is the same array until the streams change. */
  readonly append: (batch: SampleBatch) => void
  /** Nothing is known of this server's streams at this moment. */
  readonly gap: (serverId: string, at: number) => void
  /** What samples can't say of some of a server's streams, from a moment on; null: it is not listed any more. */
  readonly describe: (serverId: string, at: number, entries: readonly KeptEntry[], whole: boolean) => void
  /** HLS pictures of a path that this console has open: their sessions are known as ours before a list names them. */
  readonly openPictures?: (serverId: string, path: string) => number
  /** What the operator set; the only reader and writer of its key. */
  readonly settings: { readonly read: (key: string) => string | null; readonly write: (key: string, value: string) => void }
}

interface KeptEntry {
  /** Its path. */
  readonly part: string
  readonly facts: KeptStream | null
  /** History was not told of it in this launch. */
  readonly isNew?: boolean
}

/** What changed since a revision, of all servers. */
export interface StreamChanges {
  readonly facts: readonly StreamFacts[]
  readonly figures: FigureColumns
  readonly removedSlots: readonly number[]
  /** Last revision included. */
  readonly revision: number
  /** There is more, newer than `revision`. */
  readonly more: boolean
}

/** A stream of which `troubleOfStream` has something to say. */
export interface TroubledStream {
  readonly serverName: string
  readonly facts: StreamFacts
  readonly figures: StreamFigures
}

/** Streams: from readings to states, rates, samples and events. */
export interface Streams {
  /** A round of polls: paths and some session lists, or a failure. */
  readonly observe: (server: ServerName, round: PollRound) => void
  /**
   * Does most of that beforehand and in slices, as a large answer would hold up everything else: `observe` then only shows the round.
   * Until it does nobody sees anything of it, unless something that can't wait needs the server's streams.
   * Only history is given what more than 1,000 streams became a moment earlier than their samples.
   */
  readonly prepare: (server: ServerName, round: PollRound, slice: Slice, signal: AbortSignal) => Promise<void>
  /**
   * The server can't be asked: its streams are unknown, not down. When it answers again they are what they were,
   * or what became of them meanwhile.
   */
  readonly lost: (server: ServerName, at: number, why: LostWhy) => void
  /**
   * What its configuration names; null: it could not be read, and what was known of it holds. `askedAt`, monotonic: it is no older than
   * this; left out: now.
   */
  readonly configured: (server: ServerName, paths: readonly ConfiguredPath[] | null, askedAt?: number) => void
  /** What else is to be read of a server before this answer is judged. */
  readonly wanted: (serverId: string, paths: readonly PathReading[]) => Wanted
  /** The server was restarted: that its publishers and readers reconnect is not news of each. */
  readonly restarted: (server: ServerName, at: number) => void
  readonly forget: (serverId: string) => void

  readonly totals: (serverId: string) => ServerTotals
  /** Streams whose publishers are waited for since the server came back; null: none. */
  readonly notBackYet: (serverId: string) => Server['notBackYet']
  /** When the oldest of the session lists in use was read, epoch ms; null: none was. */
  readonly sessionsReadAt: (serverId: string) => number | null
  /** What history is told of a server's streams together: in an outage not a word of each. */
  readonly standing: (serverId: string) => StreamsStanding
  readonly get: (serverId: string, path: string) => Stream | null
  readonly sessionsOf: (serverId: string) => readonly Session[]
  /** All streams for scripts, by server and path, their reasons in a language; in English where none is asked for. */
  readonly reports: (language?: Language) => readonly StreamReport[]
  /** The same, each made when it is asked for: 100,000 at once would hold everything up. */
  readonly eachReport: (language?: Language) => Iterable<StreamReport>

  /** One number for all changes of this launch; grows. */
  readonly revision: () => number
  /** For changes that are not of streams, such as a server's status. */
  readonly nextRevision: () => number
  /**
   * null: `since` is too old, what was removed since then is not known any more. -1: everything. About `most` streams
   * at most, oldest changes first; `more` says that the rest is to be asked for with `revision`.
   */
  readonly changedSince: (since: number, most?: number) => StreamChanges | null
  /** Streams in trouble: how many, and up to `most` of them, the worst kinds first and the newest of a kind. */
  readonly troubled: (most: number) => { readonly total: number; readonly worst: readonly TroubledStream[] }
  /** All of them, worst first; each is made when it is asked for. */
  readonly eachTroubled: () => Iterable<TroubledStream>
  /** How many streams of one server are in trouble, judged as `troubled` does. */
  readonly troubledOf: (serverId: string) => number
  readonly settings: () => StreamSettings
  readonly keepSettings: (settings: StreamSettings) => StreamSettings
  /** Told after each change, with the server it belongs to. Returns unsubscribe. */
  readonly onChange: (listener: (serverId: string) => void) => () => void
  /** Writes what is pending. */
  readonly close: () => void
}

/** Removed slots are remembered up to here; who asks for older changes gets everything again. */
const mostTombstones = 20_000
/** Wall time that the monotonic clock did not see: the machine slept, and rates over that would be spikes. */
const sleptMs = 10_000
/** Failures in a row after which streams are unknown even if nobody said so. */
const failuresUntilUnknown = 3
/** One row a server a minute keeps the time of its live streams. */
const lookedEveryMs = 60_000
/** Streams that one revision marks at most. */
const mostInRevision = 1_000
/** Facts of so many streams are handed to history's thread in 1 to 2 ms. */
const mostToldAtOnce = 1_000
/** Of so many paths, sessions or readers one asks whether the slice is over. */
const askEvery = 32
/** A write of this many rows takes about 2 ms. */
const mostSeenWrites = 500

export function createStreams(deps: StreamsDeps): Streams {
  const { clock, log, gap, openPictures = () => 0 } = deps
  const seen = createSeenStreams(deps.db)
  const servers = new Map<string, ServerStreams>()
  const listeners = new Set<(serverId: string) => void>()
  let tombstones: { readonly revision: number; readonly slot: number }[] = []
  let tombstonesFrom = 0
  let lastSlot = 0
  let lastRevision = 0
  const launchedAt = clock.now()
  let settings = readSettings(deps.settings.read(settingsKey))

  const nextRevision = () => ++lastRevision
  const nextSlot = () => ++lastSlot
  /**
   * What history is to be told of streams that changed, but for what changes with each poll.
   *
   * 1. The first telling of a launch is of all streams: whatever history knew of others does not hold any more.
   * 2. While the server can't be asked, that is told once, of the server (`standing`), and of no stream.
   */
  function* keptEntries(server: ServerStreams, at: number, leaving: ReadonlySet<StreamRecord>, isOver: () => boolean): Steps<readonly KeptEntry[]> {
    const first = !server.isTold
    const entries: KeptEntry[] = []
    for (const record of server.rows) {
      if (record.factsChanged) record.isUntold = true
      if (!record.isUntold && !first) continue
      // What changes while it can't be asked is told when it answers again.
      if ((server.lostWhy !== null && !Number.isNaN(record.describedHash)) || leaving.has(record)) continue
      record.isUntold = false
      const facts = keptOf(record)
      const mark = crc32(JSON.stringify(facts))
      if (mark !== record.describedHash) entries.push({ part: record.path, facts, ...(!first && Number.isNaN(record.describedHash) && { isNew: true }) })
      record.describedHash = mark
      if (isOver()) yield
    }
    if (entries.length <= mostToldAtOnce) return entries
    // Handing over so many takes a turn of its own. Those of the first telling go together: what it does not name was there no more.
    const most = server.isTold ? mostToldAtOnce : entries.length
    for (let from = 0; from < entries.length; from += most) {
      yield
      tell(server, at, entries.slice(from, from + most))
    }
    yield
    return []
  }
  const tell = (server: ServerStreams, at: number, entries: readonly KeptEntry[]) => {
    server.toldAt = notBefore(server.toldAt, at)
    if (entries.length > 0 || !server.isTold) deps.describe(server.id, server.toldAt, entries, !server.isTold)
    server.isTold = true
  }
  /** Shows a server's streams as they are now, to history and to everybody else. */
  const announce = (server: ServerStreams, at: number, entries = atOnce(keptEntries(server, at, noStreams, never))) => {
    // A revision is never cut when changes are told in pieces: it must not grow with the server.
    let marked = 0
    for (const record of server.rows) {
      if (!record.figuresChanged && !record.factsChanged) continue
      if (++marked % mostInRevision === 0) nextRevision()
      show(record, lastRevision)
    }
    const { readAt, lostWhy, lostSince, returnedAt, awaited } = server
    server.sessions.show()
    server.shown = { readAt, lostWhy, lostSince, returnedAt, awaited }
    server.totals = null
    server.revision = lastRevision
    tell(server, at, [...Array.from(server.pendingRemovals, (part) => ({ part, facts: null })), ...entries])
    server.pendingRemovals.clear()
    for (const listener of listeners) listener(server.id)
  }

  /** Begins to read a round: everything but the showing of it, which is the result. */
  function* readInSteps(server: ServerStreams, round: PollRound, isOver: () => boolean): Steps<() => void> {
    const { paths } = round
    const wallOffsetMs = clock.now() - clock.monotonic()
    // The wall runs ahead of the monotonic clock while the machine sleeps (or when somebody sets it).
    if (wallOffsetMs - server.wallOffsetMs > sleptMs) server.arrivedAt = Number.NaN
    server.wallOffsetMs = wallOffsetMs
    for (const { list, answer } of round.sessions) yield* server.sessions.merge(list, answer, wallAt(clock, answer.arrivedAt), isOver)
    if (!paths.ok)
      return () => {
        nextRevision()
        gap(server.id, round.at)
        server.failures++
        if (server.failures >= failuresUntilUnknown && server.lostWhy === null) becomeUnknown(server, round.at, 'down')
        announce(server, round.at)
      }
    const { batch, events, leaving } = yield* readRound(roundDeps, server, round, paths.value, wallAt(clock, paths.value.arrivedAt), isOver)
    const entries = yield* keptEntries(server, round.at, leaving, isOver)
    return () => {
      nextRevision()
      deps.append(batch)
      for (const record of leaving) {
        removeStream(server, record)
        bury(record)
      }
      if (events.length > 0) deps.record(events)
      writeSeen(server, mostSeenWrites)
      announce(server, round.at, entries)
    }
  }
  /** False once the round is read, and only to be shown, or a bug has ended it. */
  const step = (reading: RoundReading): boolean => {
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
  const begin = (server: ServerStreams, round: PollRound, isOver: () => boolean): RoundReading => {
    finish(server)
    const reading: RoundReading = { round, steps: readInSteps(server, round, isOver), show: null, isDone: false, bug: null }
    server.reading = reading
    return reading
  }
  /**
   * Reads what is left of a round at once, and shows it: its streams are needed by something that can't wait, and has nothing to do with
   * a bug in that round.
   */
  const finish = ({ reading }: ServerStreams) => {
    if (reading === null || reading.isDone) return
    while (reading.show === null && step(reading));
    if (reading.isDone) return
    reading.isDone = true
    try {
      reading.show?.()
    } catch (error) {
      reading.bug = { error }
    }
  }
  /** For whoever handed the round over: a round that a bug has ended has failed. */
  const throwBug = ({ bug }: RoundReading) => {
    if (bug !== null) throw bug.error
  }
  /** The last revision of a piece of at most `most` streams; a revision is never cut, and holds 1,000 streams at most. */
  const pieceEnd = (since: number, most: number): number => {
    if (most === Number.POSITIVE_INFINITY) return lastRevision
    const counts = new Map<number, number>()
    let all = 0
    for (const server of servers.values()) {
      if (server.revision <= since) continue
      for (const { shown } of server.rows) {
        if (shown === null) continue
        const { factsRevision, figuresRevision } = shown
        // What has both in two pieces comes twice; counted where it comes first.
        const first = factsRevision > since && (factsRevision < figuresRevision || figuresRevision <= since) ? factsRevision : figuresRevision
        if (first <= since) continue
        counts.set(first, (counts.get(first) ?? 0) + 1)
        all++
      }
    }
    if (all <= most) return lastRevision
    let taken = 0
    let end = since
    for (const [revision, count] of [...counts].sort(([a], [b]) => a - b)) {
      if (taken > 0 && taken + count > most) break
      taken += count
      end = revision
    }
    return end
  }
  const bury = (record: StreamRecord) => {
    tombstones.push({ revision: lastRevision, slot: record.slot })
    if (tombstones.length <= mostTombstones) return
    const kept = tombstones.slice(mostTombstones / 2)
    tombstonesFrom = tombstones[mostTombstones / 2 - 1]?.revision ?? tombstonesFrom
    tombstones = kept
  }
  const roundDeps: RoundDeps = {
    nextSlot,
    onCameOrWent: (server, record) => server.unwritten.add(record),
    openPictures,
    endedShownMs: () => settings.endedShownMinutes * 60_000,
  }

  /** A stream of an earlier launch: unknown until its server answers. */
  const recall = (server: ServerStreams, stream: SeenStream, at: number) => {
    const record = server.byPath.get(stream.path) ?? addStream(server, stream.path, nextSlot(), at)
    takeLearning(record, stream)
    record.knownSince = stream.lastLiveAt
    // One that was live when we last looked went until the first answer of this launch.
    record.wentBefore = stream.live ? Number.NaN : (stream.wentBefore ?? stream.lastLiveAt)
    record.wentAfter = stream.live ? stream.lastLiveAt : Math.min(stream.lastLiveAt, record.wentBefore)
    if (stream.live) record.goodAt = stream.lastLiveAt
    record.knownWhy = stream.live ? { kind: 'goneBefore' } : null
    updateExpected(record)
    return record
  }
  const serverOf = (name: ServerName): ServerStreams => {
    const known = servers.get(name.id)
    if (known) {
      known.name = name.name
      return known
    }
    const server = createServerStreams(name, (path) => openPictures(name.id, path))
    servers.set(name.id, server)
    const now = clock.now()
    const earlier = seen.ofServer(name.id)
    server.mostListed = earlier.filter(({ live }) => live).length
    for (const stream of [...earlier].sort((one, other) => one.lastLiveAt - other.lastLiveAt)) {
      const awayMs = now - stream.lastLiveAt
      // One that was live when we last looked may be so now, expected or not.
      if (awayMs < (isLearned(stream) || stream.live ? rememberedMs : settings.endedShownMinutes * 60_000)) recall(server, stream, now)
      else server.learned.set(stream.path, stream)
    }
    return server
  }

  /** A server whose streams may be changed: no round of it is being read. */
  const ready = (name: ServerName): ServerStreams => {
    const server = serverOf(name)
    finish(server)
    return server
  }

  const becomeUnknown = (server: ServerStreams, at: number, why: LostWhy) => {
    if (server.lostWhy === why) return
    if (server.lostWhy === null) server.lostSince = at
    server.lostWhy = why
    server.arrivedAt = Number.NaN
    server.sessions.clear()
    server.awaited = 0
    for (const record of server.rows) {
      // It ended, and that stays so: what nobody expects is not missed.
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
      if (record.present) record.readersLost = readersOf(record)
      record.present = false
      record.publisher = null
      record.discards = null
      markFiguresUnknown(record)
      record.figuresChanged = true
      record.factsChanged = true
    }
  }

  /** Keeps what a restart must remember: at most `most` rows at once, a server's look once a minute. */
  const writeSeen = (server: ServerStreams, most: number) => {
    const due = server.at - server.lookedAt >= lookedEveryMs
    if (server.unwritten.size === 0 && server.unwrittenGone.size === 0 && !due) return
    const changes: SeenStream[] = []
    for (const record of server.unwritten) {
      if (changes.length >= most) break
      server.unwritten.delete(record)
      if (!Number.isNaN(record.lastLiveAt))
        changes.push({
          path: record.path,
          lastLiveAt: record.lastLiveAt,
          liveDays: record.liveDays,
          liveMs: record.liveMs,
          live: record.state === 'live' || record.state === 'stalled',
          wentBefore: orNull(record.wentBefore),
        })
    }
    const gone = [...server.unwrittenGone].slice(0, most)
    for (const path of gone) server.unwrittenGone.delete(path)
    if (changes.length === 0 && gone.length === 0 && !due) return
    server.lookedAt = server.at
    try {
      seen.write(server.id, changes, gone, server.at)
    } catch (error) {
      // Watching goes on; what is lost is that a restart would not miss these streams.
      log.error({ serverId: server.id, err: error }, 'seen streams could not be stored')
    }
  }

  const totalsOf = (server: ServerStreams): ServerTotals => {
    const streams = shownStreams(server)
    // Neither answered for nor remembered: not even how many there are is known.
    if (Number.isNaN(server.shown.readAt) && streams.length === 0) return unknownTotals
    let readers = 0
    let ownReaders = 0
    let inbound = 0
    let outbound = 0
    let live = 0
    let ratesKnown = 0
    for (const stream of streams) {
      if (!stream.present) continue
      readers += readersOf(stream)
      ownReaders += stream.ownReaders
      if (stream.state === 'live' || stream.state === 'stalled') live++
      if (!Number.isNaN(stream.bitrateInBps)) inbound += stream.bitrateInBps
      if (!Number.isNaN(stream.bitrateOutBps)) {
        outbound += stream.bitrateOutBps
        ratesKnown++
      }
    }
    const isKnown = !Number.isNaN(server.shown.readAt) && server.shown.lostWhy === null
    // With no stream on, nothing flows; with some on and no rate yet, it is not known how much.
    const flowKnown = isKnown && (live === 0 || ratesKnown > 0)
    const counts = countStreams(streams)
    return {
      streams: counts.streams,
      ...counts.states,
      readers: isKnown ? readers : null,
      ownReaders: isKnown ? ownReaders : null,
      bitrateInBps: flowKnown ? inbound : null,
      bitrateOutBps: flowKnown ? outbound : null,
    }
  }

  function* eachTroubled(): Iterable<TroubledStream> {
    const troubled: Ranked[] = []
    for (const server of servers.values())
      for (const stream of shownStreams(server)) {
        const severity = severityOfStream(stream, stream)
        if (severity !== null) troubled.push({ stream, server, rank: severityRank[severity] })
      }
    troubled.sort((a, b) => a.rank - b.rank || b.stream.stateSince - a.stream.stateSince)
    for (const ranked of troubled) yield troubledStream(ranked)
  }

  function* eachReport(language: Language = 'en'): Iterable<StreamReport> {
    for (const server of [...servers.values()])
      for (const stream of shownStreams(server).sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))) yield reportOf(stream, server.name, language)
  }

  return {
    prepare: async (name, round, slice, signal) => {
      const server = serverOf(name)
      let asked = 0
      // A reader takes a tenth of a microsecond, and looking at the clock half as much.
      const isOver = () => ++asked % askEvery === 0 && slice.isOver()
      const reading = begin(server, round, isOver)
      while (!reading.isDone && reading.show === null && step(reading)) await slice.next(signal)
      // What shows it has a turn of its own.
      if (slice.isOver()) await slice.next(signal)
      throwBug(reading)
    },
    observe: (name, round) => {
      const server = serverOf(name)
      const reading = server.reading?.round === round ? server.reading : begin(server, round, never)
      finish(server)
      // It holds all that was answered.
      server.reading = null
      throwBug(reading)
    },
    lost: (name, at, why) => {
      const server = ready(name)
      nextRevision()
      gap(server.id, at)
      becomeUnknown(server, at, why)
      announce(server, at)
    },
    configured: (name, paths, askedAt = clock.monotonic()) => {
      const server = ready(name)
      const at = clock.now()
      server.configurationAskedAt = askedAt
      if (paths === null) return
      nextRevision()
      server.configured = new Map(paths.map((path) => [path.name, path]))
      for (const path of paths) {
        if (path.pattern || server.byPath.has(path.name)) continue
        const old = server.learned.get(path.name)
        if (old) recall(server, old, at)
        else addStream(server, path.name, nextSlot(), at)
      }
      for (const { path, lastLiveAt } of server.learned.values()) {
        if (at - lastLiveAt < learningKeptMs) continue
        server.learned.delete(path)
        server.unwrittenGone.add(path)
      }
      for (const record of server.rows) {
        const { named, onDemand } = record
        applyConfiguration(server, record)
        if (named && !record.named && record.liveDays > 0) {
          // Somebody took it out of the configuration: what it was learned by does not make it expected again.
          record.liveDays = 1
          record.liveMs = 0
          server.unwritten.add(record)
        }
        if (updateExpected(record) || named !== record.named || onDemand !== record.onDemand) record.factsChanged = true
        // A newer one says the same: what was said by the older one stands.
        else if (record.provisional !== null && askedAt >= record.provisional.from) record.provisional = null
      }
      announce(server, at)
    },
    wanted: (serverId, items) => {
      const server = servers.get(serverId)
      if (server === undefined || server.round === 0) return { info: false, configuration: false }
      const changes = compareRound(server, items)
      server.compared = { items, changes }
      const { went, replaced, stayed, unexplained } = changes
      return {
        info: stayed === 0 && went + replaced > 0,
        configuration: unexplained || went > 0 || server.configurationAskedAt < server.configurationWantedFrom,
      }
    },
    restarted: (name) => {
      ready(name).justRestarted = true
    },
    forget: (serverId) => {
      const server = servers.get(serverId)
      servers.delete(serverId)
      seen.forget(serverId)
      if (!server) return
      if (server.reading !== null) server.reading.isDone = true
      nextRevision()
      for (const record of server.rows) {
        bury(record)
        server.pendingRemovals.add(record.path)
      }
      server.rows.length = 0
      announce(server, clock.now())
    },

    totals: (serverId) => {
      const server = servers.get(serverId)
      if (!server) return unknownTotals
      server.totals ??= totalsOf(server)
      return server.totals
    },
    standing: (serverId) => {
      const server = servers.get(serverId)
      if (!server?.isTold) return { told: false, lost: { why: lostReasons.notAsked, since: launchedAt, seenAt: null } }
      const { readAt, lostWhy, lostSince } = server.shown
      return { told: true, lost: lostWhy === null ? null : { why: lostReasons[lostWhy], since: lostSince, seenAt: orNull(readAt) } }
    },
    notBackYet: (serverId) => {
      const { awaited = 0, returnedAt = Number.NaN } = servers.get(serverId)?.shown ?? {}
      return awaited === 0 ? null : { streams: awaited, since: returnedAt }
    },
    sessionsReadAt: (serverId) => servers.get(serverId)?.sessions.oldestShownReadAt() ?? null,
    get: (serverId, path) => {
      const server = servers.get(serverId)
      const shown = server?.byPath.get(path)?.shown
      if (!server || !shown) return null
      const sessions = server.sessions.shown().filter(({ reading }) => reading.path === path)
      return streamOf(shown, server.name, server.shown.readAt, sessions, server.sessions.isShownOwn)
    },
    sessionsOf: (serverId) => {
      const server = servers.get(serverId)
      if (!server) return []
      // Of a path that vanished its sessions may still stand in a list that is read less often.
      return server.sessions
        .shown()
        .filter(({ reading }) => reading.path === '' || server.byPath.get(reading.path)?.shown?.present)
        .map(sessionOf)
    },
    reports: (language) => [...eachReport(language)],
    eachReport,

    revision: () => lastRevision,
    nextRevision,
    changedSince: (since, most = Number.POSITIVE_INFINITY) => {
      if (since >= 0 && since < tombstonesFrom) return null
      const revision = pieceEnd(since, most)
      const isIn = (changed: number) => changed > since && changed <= revision
      const facts: StreamFacts[] = []
      const figures = createFigureColumns()
      for (const server of servers.values()) {
        if (server.revision <= since) continue
        for (const { shown } of server.rows) {
          if (shown === null) continue
          const factsToo = isIn(shown.factsRevision)
          if (factsToo) facts.push(factsOf(shown))
          if (factsToo || isIn(shown.figuresRevision)) pushFigures(figures, shown, server.shown.readAt)
        }
      }
      return {
        facts,
        figures,
        removedSlots: tombstones.filter((tombstone) => isIn(tombstone.revision)).map(({ slot }) => slot),
        revision,
        more: revision < lastRevision,
      }
    },
    troubled: (most) => {
      let total = 0
      // Worst first, and never longer than `most`: after a great failure there may be 100,000.
      const worst: Ranked[] = []
      for (const server of servers.values())
        for (const { shown: stream } of server.rows) {
          const severity = stream && severityOfStream(stream, stream)
          if (stream === null || severity === null) continue
          total++
          const rank = severityRank[severity]
          const since = troubledSince(stream)
          const isBefore = (other: Ranked) => rank < other.rank || (rank === other.rank && since > troubledSince(other.stream))
          const last = worst.at(-1)
          if (worst.length >= most && last && !isBefore(last)) continue
          let from = 0
          let to = worst.length
          while (from < to) {
            const middle = (from + to) >> 1
            const other = worst[middle]
            if (other && isBefore(other)) to = middle
            else from = middle + 1
          }
          worst.splice(from, 0, { stream, server, rank })
          if (worst.length > most) worst.pop()
        }
      return {
        total,
        worst: worst.map(troubledStream),
      }
    },
    eachTroubled,
    troubledOf: (serverId) => {
      let count = 0
      for (const { shown } of servers.get(serverId)?.rows ?? []) if (shown !== null && severityOfStream(shown, shown) !== null) count++
      return count
    },
    settings: () => settings,
    keepSettings: (changed) => {
      deps.settings.write(settingsKey, JSON.stringify(changed))
      settings = changed
      return settings
    },
    onChange: (listener) => {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
    close: () => {
      for (const server of servers.values()) {
        finish(server)
        if (server.round > 0) writeSeen(server, Number.POSITIVE_INFINITY)
      }
    },
  }
}

/** As `troubleOfStream` has it, but for losses, which are rare. */
function troubledSince(stream: ShownStream): number {
  const outageSince = outageSinceOf(stream)
  return Number.isNaN(outageSince) ? stream.stateSince : outageSince
}

interface Ranked {
  readonly stream: ShownStream
  readonly server: ServerStreams
  readonly rank: number
}
const troubledStream = ({ stream, server }: Ranked): TroubledStream => ({
  serverName: server.name,
  facts: factsOf(stream),
  figures: figuresOf(stream, server.shown.readAt),
})

function shownStreams(server: ServerStreams): ShownStream[] {
  const shown: ShownStream[] = []
  for (const stream of server.rows) if (stream.shown !== null) shown.push(stream.shown)
  return shown
}

/** All steps in one turn. */
function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}
const never = () => false
const noStreams: ReadonlySet<StreamRecord> = new Set()

const settingsKey = 'streams'
function readSettings(text: string | null): StreamSettings {
  if (text === null) return defaultStreamSettings
  try {
    return streamSettingsSchema.parse(JSON.parse(text))
  } catch {
    return defaultStreamSettings
  }
}
