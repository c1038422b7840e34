import type { Slice } from '../../clock/slices.ts'
import type { Kick } from '../../shared/actReasons.ts'
import { isCanaryPath } from '../../shared/canaries.ts'
import type { ServerError } from '../../shared/errors.ts'
import { defaultStreamSettings, type StreamSettings, streamSettingsSchema } from '../../shared/streams.ts'
import type { Wanted } from '../servers/pollServer.ts'
import type { ConfiguredPath, ForwardsReading, PathReading, PollRound, PulledSourceReading } from '../servers/readings.ts'
import { applySettings, say, sayAsOperator, setPlan, updateExpected } from './expectation.ts'
import { forwardedPaths, forwardsRead, indexForwards, noForwards, takeForwards, unexplainedPaths } from './forwards.ts'
import { createPublishing, createStreamRevisions, type StreamChanges } from './publishing.ts'
import { hasUnexplainedSource, pulledPaths, takePulledSource } from './pulledSources.ts'
import { allWell, alsoWanted, type RoundDeps, type StreamsDeps } from './roundContext.ts'
import { finishRound, loseServer, observeRound, prepareRound, type RoundsDeps } from './rounds.ts'
import { createExpectationRows, createSeenStreams, writeSeen } from './seenStreams.ts'
import type { LostWhy, ServerStreams } from './serverState.ts'
import { applyConfiguration, createServerStreams, listExpected, listStream, recallDue, recallSeen, seenKeptMs } from './serverStreams.ts'
import { createShownStreams, type ShownStreams } from './shownOfStreams.ts'
import type { ServerName } from './streamRecord.ts'

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
   * by default now. `readTimeoutMs`: after which time without data it closes a stream; left out or null: unknown.
   */
  readonly configured: (server: ServerName, paths: readonly ConfiguredPath[] | null, askedAt?: number, readTimeoutMs?: number | null) => void
  /** What else has to be read from a server before this answer is judged. */
  readonly wanted: (serverId: string, paths: readonly PathReading[]) => Wanted
  /** Pulled paths in the order in which to read their sources, those in trouble first. */
  readonly pulledPaths: (serverId: string) => readonly string[]
  /** Whether one of them is in trouble and its last reading does not explain it. */
  readonly hasUnexplainedSource: (serverId: string) => boolean
  readonly pulledSource: (server: ServerName, reading: PulledSourceReading) => void
  /** Listed paths whose forward destinations should be read, the one read longest ago first. */
  readonly forwardedPaths: (serverId: string) => readonly string[]
  /** Those of them for which the API provides more than the metrics do. */
  readonly unexplainedForwards: (serverId: string) => readonly string[]
  readonly forwarded: (server: ServerName, reading: ForwardsReading) => void
  /** Call when a turn of reading them has ended: destinations that began or stopped failing become events. `error`: why it was cut short. */
  readonly forwardsRead: (server: ServerName, error: ServerError | null) => void
  /** The server was restarted: reconnecting publishers and readers make no events of their own. */
  readonly restarted: (server: ServerName, at: number) => void
  /** The server disconnected the publisher of a stream for an operator or a remedy. */
  readonly kicked: (serverId: string, path: string, sessionId: string, kick: Kick) => void
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
  /** Call when the alarms of these streams have changed. */
  readonly alarmsChanged: (streams: Iterable<{ readonly serverId: string; readonly path: string }>) => void
  /** What an operator says of listed streams: see `sayAsOperator`. Returns false, and does nothing, if one of them is not listed. */
  readonly expect: (streams: readonly { readonly serverId: string; readonly path: string }[], expects: boolean | null, operator: string) => boolean
  /** Call when plans for streams have changed. */
  readonly planChanged: () => void
  readonly settings: () => StreamSettings
  readonly keepSettings: (settings: StreamSettings) => StreamSettings
  /** Called after each change with the server that it belongs to. Returns the unsubscribe function. */
  readonly onChange: (listener: (serverId: string) => void) => () => void
  /** Writes what is pending. */
  readonly close: () => void
}

export function createStreams(deps: StreamsDeps): Streams {
  const { clock, log, gap, onAir = { of: () => null }, verdicts = allWell, inMaintenance = () => null } = deps
  const { openPictures = () => 0, pictureReads = () => 0, previewFigures = () => null, recordingFigures = () => null, isServerHost = () => false } = deps
  const seen = createSeenStreams(deps.db)
  const expectations = createExpectationRows(deps.db)
  const servers = new Map<string, ServerStreams>()
  const revisions = createStreamRevisions(servers, verdicts)
  const { announce, alarmsChanged, onChange } = createPublishing(servers, revisions, deps)
  let settings = readSettings(deps.settings.read(settingsKey))
  const endedShownMs = () => settings.endedShownMinutes * 60_000
  let lastSlot = 0
  const nextSlot = () => ++lastSlot
  const onCameOrWent: RoundDeps['onCameOrWent'] = (server, record) => server.unwritten.add(record)
  const { isMissed } = verdicts
  const reading: RoundDeps = { nextSlot, onCameOrWent, openPictures, pictureReads, previewFigures, recordingFigures, isServerHost, endedShownMs, isMissed }
  const rounds: RoundsDeps = { ...deps, reading, seen, expectations, revisions, announce }

  const serverOf = (name: ServerName): ServerStreams => {
    const known = servers.get(name.id)
    if (known) {
      known.name = name.name
      if (name.settings !== undefined && name.settings !== known.settings) {
        finishRound(known)
        applySettings(known, name.settings)
        listExpected(known, nextSlot, clock.now())
      }
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
    for (const [path, said] of expectations.ofServer(name.id)) server.said.set(path, said)
    recallSeen(server, seen.ofServer(name.id), nextSlot, now, endedShownMs(), (path) => isMissed(name.id, path))
    recallDue(server, nextSlot, now)
    listExpected(server, nextSlot, now)
    return server
  }
  /** Returns a server whose streams may be changed, finishing any round that is being read. */
  const ready = (name: ServerName): ServerStreams => {
    const server = serverOf(name)
    finishRound(server)
    return server
  }

  return {
    ...createShownStreams(servers, { clock, verdicts, inMaintenance, isServerHost }),
    prepare: async (name, round, slice, signal) => prepareRound(rounds, serverOf(name), round, slice, signal),
    observe: (name, round) => observeRound(rounds, serverOf(name), round),
    lost: (name, at, why) => {
      const server = ready(name)
      revisions.next()
      gap(server.id, at)
      loseServer(server, at, why)
      announce(server, at)
    },
    configured: (name, paths, askedAt = clock.monotonic(), readTimeoutMs = null) => {
      const server = ready(name)
      const at = clock.now()
      server.configurationAskedAt = askedAt
      if (readTimeoutMs !== null && readTimeoutMs > 0) server.readTimeoutMs = readTimeoutMs
      if (paths === null) return
      revisions.next()
      // A path for test signals is never expected.
      const streamed = paths.filter(({ name: path }) => !isCanaryPath(path))
      updateConfiguration(server, streamed, at, askedAt, nextSlot)
      announce(server, at)
    },
    wanted: (serverId, items) => alsoWanted(servers.get(serverId), items),
    pulledPaths: (serverId) => {
      const server = servers.get(serverId)
      return server === undefined ? [] : pulledPaths(server, clock.monotonic())
    },
    hasUnexplainedSource: (serverId) => {
      const server = servers.get(serverId)
      return server !== undefined && hasUnexplainedSource(server)
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
    kicked: (serverId, path, id, { by, reason }) => {
      const record = servers.get(serverId)?.byPath.get(path)
      // The next publisher may have been read before the server's answer.
      if (record !== undefined && (record.sourceId === id || record.sourceId === '')) record.kicked = { id, by, reason }
    },
    forget: (serverId) => {
      const server = servers.get(serverId)
      servers.delete(serverId)
      seen.forget(serverId)
      expectations.forget(serverId)
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
    alarmsChanged,
    expect: (wanted, expects, operator) => {
      if (!wanted.every(({ serverId, path }) => servers.get(serverId)?.byPath.has(path))) return false
      const at = clock.now()
      for (const serverId of new Set(wanted.map((one) => one.serverId))) {
        const server = servers.get(serverId) as ServerStreams
        finishRound(server)
        revisions.next()
        const records = wanted.flatMap(({ path, ...one }) => (one.serverId === serverId ? (server.byPath.get(path) ?? []) : []))
        for (const record of records) sayAsOperator(server, record, expects, operator, at)
        expectations.write(
          serverId,
          server.said,
          records.map(({ path }) => path),
        )
        announce(server, at)
      }
      return true
    },
    planChanged: () => {
      const at = clock.now()
      for (const server of servers.values()) {
        finishRound(server)
        revisions.next()
        recallDue(server, nextSlot, at)
        for (const record of server.rows) setPlan(server, record, onAir.of(server.id, record.path), at)
        announce(server, at)
      }
    },
    settings: () => settings,
    keepSettings: (changed) => {
      deps.settings.write(settingsKey, JSON.stringify(changed))
      settings = changed
      return settings
    },
    onChange,
    close: () => {
      for (const server of servers.values()) {
        finishRound(server)
        if (server.round > 0) writeSeen(server, { seen, expectations }, log, Number.POSITIVE_INFINITY)
      }
    },
  }
}

const settingsKey = 'streams'
function readSettings(text: string | null): StreamSettings {
  if (text === null) return defaultStreamSettings
  try {
    return streamSettingsSchema.parse(JSON.parse(text))
  } catch {
    return defaultStreamSettings
  }
}
/** Applies the paths that a server's configuration names, asked for at `askedAt` (monotonic): they decide which streams are expected. */
function updateConfiguration(server: ServerStreams, paths: readonly ConfiguredPath[], at: number, askedAt: number, nextSlot: () => number): void {
  server.configured = new Map(paths.map((path) => [path.name, path]))
  server.anyForwards = paths.some((path) => path.forwards === true)
  server.forwardIndex = server.anyForwards ? indexForwards(paths) : noForwards
  for (const path of paths) if (!path.pattern) listStream(server, path.name, nextSlot, at)
  for (const { path, lastLiveAt } of server.seenBefore.values()) {
    if (at - lastLiveAt < seenKeptMs) continue
    server.seenBefore.delete(path)
    server.unwrittenGone.add(path)
    if (server.said.has(path)) say(server, path, null)
  }
  for (const record of server.rows) {
    const { named, onDemand } = record
    applyConfiguration(server, record)
    if (named && !record.named) {
      // It was removed from the configuration: earlier learning must not make it expected again.
      record.learnedAt = Number.NaN
      server.unwritten.add(record)
    }
    if (updateExpected(server, record, at) || named !== record.named || onDemand !== record.onDemand) record.factsChanged = true
    // A newer configuration confirms the judgement by the older one.
    else if (record.provisional !== null && askedAt >= record.provisional.from) record.provisional = null
  }
}
