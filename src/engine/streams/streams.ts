import type { Database } from 'better-sqlite3'
import type { Clock } from '../../clock/clock.ts'
import type { Slice } from '../../clock/slices.ts'
import { wallAt } from '../../clock/wallAt.ts'
import { isCanaryPath } from '../../shared/canaries.ts'
import type { ServerError } from '../../shared/errors.ts'
import type { NewEvent } from '../../shared/events.ts'
import { defaultStreamSettings, type StreamSettings, streamSettingsSchema } from '../../shared/streams.ts'
import type { SampleBatch } from '../history/history.ts'
import type { Log } from '../ports.ts'
import type { Wanted } from '../servers/pollServer.ts'
import type { ConfiguredPath, ForwardsReading, PathReading, PollRound, PulledSourceReading } from '../servers/readings.ts'
import { type Describe, keptEntries, sendDescriptions } from './describeStreams.ts'
import { forwardedPaths, forwardsRead, takeForwards, unexplainedPaths } from './forwards.ts'
import { isLearned } from './learning.ts'
import { loseServer } from './loseServer.ts'
import type { OnAirOf } from './onAirPlan.ts'
import { pulledPaths, pulledUrgently, takePulledSource } from './pulledSources.ts'
import { readRound } from './readRound.ts'
import type { RoundDeps } from './roundContext.ts'
import { compareRound } from './roundQuestions.ts'
import { finishRound, stepRound, throwBug } from './roundReading.ts'
import { createSeenStreams, type SeenStream } from './seenStreams.ts'
import {
  addStream,
  createServerStreams,
  type LostWhy,
  type RoundReading,
  removeStream,
  restoreLearning,
  type ServerName,
  type ServerStreams,
  type Steps,
} from './serverStreams.ts'
import type { SessionChanges } from './sessions.ts'
import { createShownStreams, type ShownStreams } from './shownOfStreams.ts'
import { type StreamRecord, setPlan, show, updateExpected } from './streamRecord.ts'
import { allWell, createStreamRevisions, type StreamChanges, type Verdicts } from './streamRevisions.ts'
import { rememberedMs } from './streamState.ts'
import { updateConfiguration } from './updateConfiguration.ts'
import { writeSeen } from './writeSeen.ts'

export interface StreamsDeps {
  readonly clock: Clock
  readonly log: Log
  /** main.db: remembers which paths were seen live. */
  readonly db: Database
  readonly record: (events: readonly NewEvent[]) => void
  /** One row of samples for each stream of a server. `paths` is the same array until the streams change. */
  readonly append: (batch: SampleBatch) => void
  /** This server's streams are unknown at this moment. */
  readonly gap: (serverId: string, at: number) => void
  readonly describe: Describe
  /** HLS pictures of a path that this console has open: their sessions are known as ours before a list names them. */
  readonly openPictures?: (serverId: string, path: string) => number
  /** How many RTSP and SRT readers of a path read a picture for this console now. */
  readonly pictureReads?: (serverId: string, path: string) => number
  /** Takes what players of open pictures have reported since it was last taken. Default: nothing. */
  readonly previewFigures?: RoundDeps['previewFigures']
  readonly recordingFigures?: RoundDeps['recordingFigures']
  /** What happened to a server's sessions, each time that it is published; left out: nobody keeps it. */
  readonly sessionsChanged?: (server: ServerName, changes: SessionChanges) => void
  /** When streams are expected to be on air. */
  readonly onAir?: OnAirOf
  /** What alarms say of streams. Default: nothing is wrong. */
  readonly verdicts?: Verdicts
  /** The operator's settings for streams. Only this module reads and writes their key. */
  readonly settings: { readonly read: (key: string) => string | null; readonly write: (key: string, value: string) => void }
}

/** Streams: from readings to states, rates, samples and events. */
export interface Streams extends ShownStreams {
  /** A round of polls: paths and some session lists, or a failure. */
  readonly observe: (server: ServerName, round: PollRound) => void
  /**
   * Does most of the work of `observe` beforehand and in slices, because a large answer would block everything else: `observe` then only publishes the round.
   * Until then nothing of the round is visible, unless a caller that can't wait needs the server's streams.
   * Exception: if more than 1,000 streams changed, history gets their descriptions a moment before their samples.
   */
  readonly prepare: (server: ServerName, round: PollRound, slice: Slice, signal: AbortSignal) => Promise<void>
  /**
   * Marks the streams of a server that can't be asked as unknown, not down. When it answers again they have their previous state,
   * or the one that they changed to meanwhile.
   */
  readonly lost: (server: ServerName, at: number, why: LostWhy) => void
  /**
   * Applies the paths of its configuration; null: it could not be read, and the last one stays valid. `askedAt`, monotonic: when it was asked for,
   * by default now.
   */
  readonly configured: (server: ServerName, paths: readonly ConfiguredPath[] | null, askedAt?: number) => void
  /** What else has to be read from a server before this answer is judged. */
  readonly wanted: (serverId: string, paths: readonly PathReading[]) => Wanted
  /** Pulled paths whose turn to be asked for it is, those in trouble first. */
  readonly pulledPaths: (serverId: string) => readonly string[]
  /** One of them is in trouble, and its server was not asked why. */
  readonly pulledUrgently: (serverId: string) => boolean
  readonly pulledSource: (server: ServerName, reading: PulledSourceReading) => void
  /** Listed paths whose forward destinations are to be read, the one read longest ago first; none where its configuration forwards nothing. */
  readonly forwardedPaths: (serverId: string) => readonly string[]
  /** Of them those of which the API has to say more than metrics do. */
  readonly unexplainedForwards: (serverId: string) => readonly string[]
  readonly forwarded: (server: ServerName, reading: ForwardsReading) => void
  /** A turn of reading them ended: what fails since the last one, or does so no more, is an event. `error`: why it broke off. */
  readonly forwardsRead: (server: ServerName, error: ServerError | null) => void
  /** The server was restarted: reconnecting publishers and readers make no events of their own. */
  readonly restarted: (server: ServerName, at: number) => void
  readonly forget: (serverId: string) => void

  /** One number for all changes of this launch; grows. */
  readonly revision: () => number
  /** For changes that are not of streams, such as a server's status. */
  readonly nextRevision: () => number
  /**
   * Changes since revision `since`; -1: everything. null: `since` is too old, and removals since then are no longer known. Returns about `most` streams
   * at most, oldest changes first; if `more` is set, ask for the rest with `revision`.
   */
  readonly changedSince: (since: number, most?: number) => StreamChanges | null
  /** What alarms say of these streams changed. */
  readonly judged: (streams: Iterable<{ readonly serverId: string; readonly path: string }>) => void
  /** What is planned for streams changed. */
  readonly planChanged: () => void
  readonly settings: () => StreamSettings
  readonly keepSettings: (settings: StreamSettings) => StreamSettings
  /** Called after each change with the server that it belongs to. Returns the unsubscribe function. */
  readonly onChange: (listener: (serverId: string) => void) => () => void
  /** Writes what is pending. */
  readonly close: () => void
}

/** If wall time runs ahead of the monotonic clock by this much, the machine slept, and rates over that time would be spikes. */
const sleptMs = 10_000
/** Failures in a row after which streams are unknown even without `lost`. */
const failuresUntilUnknown = 3
/** The most streams that one revision marks. */
const mostInRevision = 1_000
/** Whether the slice is over is checked once per this many paths, sessions or readers. */
const askEvery = 32
/** A write of this many rows takes about 2 ms. */
const mostSeenWrites = 500

export function createStreams(deps: StreamsDeps): Streams {
  const {
    clock,
    log,
    gap,
    openPictures = () => 0,
    pictureReads = () => 0,
    previewFigures = () => null,
    recordingFigures = () => null,
    onAir = { of: () => null, duePaths: () => [] },
    verdicts = allWell,
  } = deps
  const seen = createSeenStreams(deps.db)
  const servers = new Map<string, ServerStreams>()
  const listeners = new Set<(serverId: string) => void>()
  let lastSlot = 0
  const revisions = createStreamRevisions(servers, verdicts)
  let settings = readSettings(deps.settings.read(settingsKey))

  const nextSlot = () => ++lastSlot
  /** Publishes the current state of a server's streams, to history and to all listeners. */
  const announce = (server: ServerStreams, at: number, entries = atOnce(keptEntries(deps.describe, server, at, noStreams, never))) => {
    // A revision is never split when changes are sent in pieces, so its size must not grow with the server.
    let marked = 0
    for (const record of server.rows) {
      if (!record.figuresChanged && !record.factsChanged) continue
      if (++marked % mostInRevision === 0) revisions.next()
      show(record, revisions.last())
    }
    const { readAt, lostWhy, lostSince, returnedAt, awaited } = server
    server.sessions.show()
    deps.sessionsChanged?.(server, server.sessions.takeChanges())
    server.shown = { readAt, lostWhy, lostSince, returnedAt, awaited }
    server.totals = null
    server.revision = revisions.last()
    sendDescriptions(deps.describe, server, at, [...Array.from(server.pendingRemovals, (part) => ({ part, facts: null })), ...entries])
    server.pendingRemovals.clear()
    for (const listener of listeners) listener(server.id)
  }

  /** Reads a round in steps without publishing it. The resulting function publishes it. */
  function* readInSteps(server: ServerStreams, round: PollRound, isOver: () => boolean): Steps<() => void> {
    const { paths } = round
    const wallOffsetMs = clock.now() - clock.monotonic()
    // The wall clock runs ahead of the monotonic clock while the machine sleeps (or when someone sets it).
    if (wallOffsetMs - server.wallOffsetMs > sleptMs) server.arrivedAt = Number.NaN
    server.wallOffsetMs = wallOffsetMs
    for (const { list, answer } of round.sessions) yield* server.sessions.merge(list, answer, wallAt(clock, answer.arrivedAt), isOver)
    if (!paths.ok)
      return () => {
        revisions.next()
        gap(server.id, round.at)
        server.failures++
        if (server.failures >= failuresUntilUnknown && server.lostWhy === null) loseServer(server, round.at, 'down')
        announce(server, round.at)
      }
    const { batch, events, leaving } = yield* readRound(roundDeps, server, round, paths.value, wallAt(clock, paths.value.arrivedAt), isOver)
    const entries = yield* keptEntries(deps.describe, server, round.at, leaving, isOver)
    return () => {
      revisions.next()
      deps.append(batch)
      for (const record of leaving) {
        removeStream(server, record)
        revisions.addTombstone(record.slot)
      }
      if (events.length > 0) deps.record(events)
      writeSeen(server, seen, log, mostSeenWrites)
      announce(server, round.at, entries)
    }
  }
  const begin = (server: ServerStreams, round: PollRound, isOver: () => boolean): RoundReading => {
    finishRound(server)
    const reading: RoundReading = { round, steps: readInSteps(server, round, isOver), show: null, isDone: false, bug: null }
    server.reading = reading
    return reading
  }
  const roundDeps: RoundDeps = {
    nextSlot,
    onCameOrWent: (server, record) => server.unwritten.add(record),
    openPictures,
    pictureReads,
    previewFigures,
    recordingFigures,
    endedShownMs: () => settings.endedShownMinutes * 60_000,
  }

  /** Lists a stream of an earlier launch, unknown until its server answers. */
  const recall = (server: ServerStreams, stream: SeenStream, at: number) => {
    const record = server.byPath.get(stream.path) ?? addStream(server, stream.path, nextSlot(), at)
    restoreLearning(record, stream)
    record.knownSince = stream.lastLiveAt
    // A stream that was live at the last poll went at some time before the first answer of this launch.
    record.wentBefore = stream.live ? Number.NaN : (stream.wentBefore ?? stream.lastLiveAt)
    record.wentAfter = stream.live ? stream.lastLiveAt : Math.min(stream.lastLiveAt, record.wentBefore)
    if (stream.live) record.goodAt = stream.lastLiveAt
    record.knownWhy = stream.live ? { kind: 'goneBefore' } : null
    updateExpected(record)
    return record
  }
  /** Lists streams that are due and were last seen so long ago that they are not listed. */
  const listDue = (server: ServerStreams, at: number) => {
    for (const path of onAir.duePaths(server.id)) {
      const learned = server.byPath.has(path) ? undefined : server.learned.get(path)
      if (learned === undefined) continue
      server.learned.delete(path)
      recall(server, learned, at)
    }
  }
  const serverOf = (name: ServerName): ServerStreams => {
    const known = servers.get(name.id)
    if (known) {
      known.name = name.name
      return known
    }
    const server = createServerStreams(
      name,
      (path) => openPictures(name.id, path),
      (path) => onAir.of(name.id, path),
    )
    if (deps.sessionsChanged) server.sessions.takeChanges()
    servers.set(name.id, server)
    const now = clock.now()
    const earlier = seen.ofServer(name.id)
    server.mostListed = earlier.filter(({ live }) => live).length
    for (const stream of [...earlier].sort((one, other) => one.lastLiveAt - other.lastLiveAt)) {
      const awayMs = now - stream.lastLiveAt
      // A stream that was live at the last poll may still be live, expected or not.
      if (awayMs < (isLearned(stream) || stream.live ? rememberedMs : settings.endedShownMinutes * 60_000)) recall(server, stream, now)
      else server.learned.set(stream.path, stream)
    }
    listDue(server, now)
    return server
  }

  /** Returns a server whose streams may be changed, finishing any round that is being read. */
  const ready = (name: ServerName): ServerStreams => {
    const server = serverOf(name)
    finishRound(server)
    return server
  }

  return {
    ...createShownStreams(servers, clock, verdicts),
    prepare: async (name, round, slice, signal) => {
      const server = serverOf(name)
      let asked = 0
      // Reading one reader takes a tenth of a microsecond, and checking the clock half as much.
      const isOver = () => ++asked % askEvery === 0 && slice.isOver()
      const reading = begin(server, round, isOver)
      while (!reading.isDone && reading.show === null && stepRound(reading)) await slice.next(signal)
      // Publishing has a turn of its own.
      if (slice.isOver()) await slice.next(signal)
      throwBug(reading)
    },
    observe: (name, round) => {
      const server = serverOf(name)
      const reading = server.reading?.round === round ? server.reading : begin(server, round, never)
      finishRound(server)
      // Releases it: it holds the whole answer.
      server.reading = null
      throwBug(reading)
    },
    lost: (name, at, why) => {
      const server = ready(name)
      revisions.next()
      gap(server.id, at)
      loseServer(server, at, why)
      announce(server, at)
    },
    configured: (name, paths, askedAt = clock.monotonic()) => {
      const server = ready(name)
      const at = clock.now()
      server.configurationAskedAt = askedAt
      if (paths === null) return
      revisions.next()
      // A path that is there for test signals is no stream that is missed.
      const streamed = paths.filter(({ name: path }) => !isCanaryPath(path))
      updateConfiguration(server, streamed, at, askedAt, { recall, nextSlot })
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
    pulledPaths: (serverId) => {
      const server = servers.get(serverId)
      return server === undefined ? [] : pulledPaths(server, clock.monotonic())
    },
    pulledUrgently: (serverId) => {
      const server = servers.get(serverId)
      return server !== undefined && pulledUrgently(server)
    },
    pulledSource: (name, reading) => takePulledSource(ready(name), reading, clock),
    forwardedPaths: (serverId) => {
      const server = servers.get(serverId)
      return server === undefined ? [] : forwardedPaths(server)
    },
    unexplainedForwards: (serverId) => {
      const server = servers.get(serverId)
      return server === undefined ? [] : unexplainedPaths(server)
    },
    forwarded: (name, reading) => takeForwards(serverOf(name), reading, clock),
    forwardsRead: (name, error) => {
      const events = forwardsRead(serverOf(name), error, clock.now())
      if (events.length > 0) deps.record(events)
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
      revisions.next()
      for (const record of server.rows) {
        revisions.addTombstone(record.slot)
        server.pendingRemovals.add(record.path)
      }
      server.rows.length = 0
      announce(server, clock.now())
    },

    revision: revisions.last,
    nextRevision: revisions.next,
    changedSince: revisions.changedSince,
    judged: (changed) => {
      let marked = 0
      for (const { serverId, path } of changed) {
        const server = servers.get(serverId)
        const shown = server?.byPath.get(path)?.shown
        if (server === undefined || shown == null) continue
        if (marked++ % mostInRevision === 0) revisions.next()
        shown.factsRevision = revisions.last()
        server.revision = revisions.last()
      }
    },
    planChanged: () => {
      const at = clock.now()
      for (const server of servers.values()) {
        finishRound(server)
        revisions.next()
        listDue(server, at)
        for (const record of server.rows) setPlan(record, onAir.of(server.id, record.path))
        announce(server, at)
      }
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
        finishRound(server)
        if (server.round > 0) writeSeen(server, seen, log, Number.POSITIVE_INFINITY)
      }
    },
  }
}

/** Runs all steps in one turn. */
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
