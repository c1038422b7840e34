import type { Slice } from '../../clock/slices.ts'
import type { Kick } from '../../shared/acts.ts'
import { isCanaryPath } from '../../shared/canaries.ts'
import type { ServerError } from '../../shared/errors.ts'
import type { ConfiguredPath, ForwardsReading, PathReading, PollRound, PulledSourceReading, Wanted } from '../servers/readings.ts'
import { applySettings, say, sayAsOperator, setPlan, updateExpected } from './expectation.ts'
import { forwardedPaths, forwardsRead, indexForwards, noForwards, takeForwards, unexplainedPaths } from './forwards.ts'
import { Publishing, type StreamChanges } from './publishing.ts'
import { hasUnexplainedSource, pulledPaths, takePulledSource } from './pulledSources.ts'
import { allWell, alsoWanted, type RoundDeps, type StreamsDeps, type Verdicts } from './roundContext.ts'
import { finishRound, loseServer, observeRound, prepareRound, type RoundsDeps } from './rounds.ts'
import { SeenStreams } from './seenStreams.ts'
import { type LostWhy, ServerStreams } from './serverState.ts'
import { applyConfiguration, listExpected, listStream, recallDue, recallSeen, seenKeptMs } from './serverStreams.ts'
import { ShownStreams } from './shownOfStreams.ts'
import type { OnAirOf, ServerName } from './streamRecord.ts'

/** Streams: from readings to states, rates, samples and events. */
export class Streams extends ShownStreams {
  readonly #deps: StreamsDeps
  readonly #seen: SeenStreams
  readonly #publishing: Publishing
  readonly #rounds: RoundsDeps
  readonly #onAir: OnAirOf
  readonly #isMissed: Verdicts['isMissed']
  #lastSlot = 0

  constructor(deps: StreamsDeps) {
    const { clock, onAir = { of: () => null }, verdicts = allWell, inMaintenance = () => null } = deps
    const {
      openPictures = () => 0,
      pictureReads = { count: () => 0, readMs: () => 0 },
      previewFigures = () => null,
      recordingFigures = () => null,
      isServerHost = () => false,
    } = deps
    super({ clock, verdicts, inMaintenance, isServerHost })
    const { isMissed } = verdicts
    this.#deps = deps
    this.#onAir = onAir
    this.#isMissed = isMissed
    this.#seen = new SeenStreams(deps.db, deps.log)
    this.#publishing = new Publishing(this.servers, { ...deps, severityOf: verdicts.severityOf })
    const reading: RoundDeps = {
      nextSlot: this.#nextSlot,
      onCameOrWent: (server, record) => server.unwritten.add(record),
      ...{ openPictures, pictureReads, previewFigures, recordingFigures, isServerHost, isMissed },
    }
    this.#rounds = { ...deps, reading, seen: this.#seen, publishing: this.#publishing }
  }

  /** A round of polls: paths and some session lists, or a failure. */
  readonly observe = (name: ServerName, round: PollRound): void => observeRound(this.#rounds, this.#serverOf(name), round)
  /**
   * Does most of the work of `observe` beforehand and in slices, because a large answer would block everything else: `observe` then only publishes the round.
   * Until then nothing of the round is visible, unless a caller that can't wait needs the server's streams.
   * Exception: if more than 1,000 streams changed, history gets their descriptions a moment before their samples.
   */
  readonly prepare = async (name: ServerName, round: PollRound, slice: Slice, signal: AbortSignal): Promise<void> =>
    prepareRound(this.#rounds, this.#serverOf(name), round, slice, signal)
  /**
   * Marks the streams of a server that can't be asked as unknown, not down. When it answers again they have their previous state,
   * or the one that they changed to meanwhile.
   */
  readonly lost = (name: ServerName, at: number, why: LostWhy): void => {
    const server = this.#ready(name)
    this.#publishing.revision++
    this.#deps.gap(server.id, at)
    loseServer(server, at, why)
    this.#publishing.announce(server, at)
  }
  /**
   * Applies the paths of its configuration; null: it could not be read, and the last one stays valid. `askedAt`, monotonic: when it was asked for,
   * by default now. `readTimeoutMs`: after which time without data it closes a stream; left out or null: unknown.
   */
  readonly configured = (
    name: ServerName,
    paths: readonly ConfiguredPath[] | null,
    askedAt = this.#deps.clock.monotonic(),
    readTimeoutMs: number | null = null,
  ): void => {
    const server = this.#ready(name)
    const at = this.#deps.clock.now()
    server.configurationAskedAt = askedAt
    if (readTimeoutMs !== null && readTimeoutMs > 0) server.readTimeoutMs = readTimeoutMs
    if (paths === null) return
    this.#publishing.revision++
    // A path for test signals is never expected.
    const streamed = paths.filter(({ name: path }) => !isCanaryPath(path))
    updateConfiguration(server, streamed, at, askedAt, this.#nextSlot)
    this.#publishing.announce(server, at)
  }
  /** What else has to be read from a server before this answer is judged. */
  readonly wanted = (serverId: string, paths: readonly PathReading[]): Wanted => alsoWanted(this.servers.get(serverId), paths)
  /** Pulled paths in the order in which to read their sources, those in trouble first. */
  readonly pulledPaths = (serverId: string): readonly string[] => {
    const server = this.servers.get(serverId)
    return server === undefined ? [] : pulledPaths(server, this.#deps.clock.monotonic())
  }
  /** Whether one of them is in trouble and its last reading does not explain it. */
  readonly hasUnexplainedSource = (serverId: string): boolean => {
    const server = this.servers.get(serverId)
    return server !== undefined && hasUnexplainedSource(server)
  }
  readonly pulledSource = (name: ServerName, reading: PulledSourceReading): void => takePulledSource(this.#ready(name), reading, this.#deps.clock)
  /** Listed paths whose forward destinations should be read, the one read longest ago first. */
  readonly forwardedPaths = (serverId: string): readonly string[] => {
    const server = this.servers.get(serverId)
    return server === undefined ? [] : forwardedPaths(server)
  }
  /** Those of them for which the API provides more than the metrics do. */
  readonly unexplainedForwards = (serverId: string): readonly string[] => {
    const server = this.servers.get(serverId)
    return server === undefined ? [] : unexplainedPaths(server)
  }
  readonly forwarded = (name: ServerName, reading: ForwardsReading): void => takeForwards(this.#serverOf(name), reading, this.#deps.clock)
  /** Call when a turn of reading them has ended: destinations that began or stopped failing become events. `error`: why it was cut short. */
  readonly forwardsRead = (name: ServerName, error: ServerError | null): void => {
    const events = forwardsRead(this.#serverOf(name), error, this.#deps.clock.now())
    if (events.length > 0) this.#deps.record(events)
  }
  /** The server was restarted: reconnecting publishers and readers make no events of their own. */
  readonly restarted = (name: ServerName): void => {
    this.#ready(name).justRestarted = true
  }
  /** The server disconnected the publisher of a stream for an operator or a remedy. */
  readonly kicked = (serverId: string, path: string, id: string, { by, reason }: Kick): void => {
    const record = this.servers.get(serverId)?.byPath.get(path)
    // The next publisher may have been read before the server's answer.
    if (record !== undefined && (record.sourceId === id || record.sourceId === '')) record.kicked = { id, by, reason }
  }
  readonly forget = (serverId: string): void => {
    const server = this.servers.get(serverId)
    this.servers.delete(serverId)
    this.#seen.forget(serverId)
    if (!server) return
    if (server.reading !== null) server.reading.isDone = true
    this.#publishing.revision++
    for (const record of server.rows) {
      this.#publishing.addTombstone(record.slot)
      server.pendingRemovals.add(record.path)
    }
    server.rows.length = 0
    this.#publishing.announce(server, this.#deps.clock.now())
  }

  /** One number for all changes of this launch; grows. */
  readonly revision = (): number => this.#publishing.revision
  /** For changes that are not of streams, such as a server's status. */
  readonly nextRevision = (): number => ++this.#publishing.revision
  /** See `Publishing`. */
  readonly changedSince = (since: number, most?: number): StreamChanges | null => this.#publishing.changedSince(since, most)
  /** Call when the alarms of these streams have changed. */
  readonly alarmsChanged = (streams: Iterable<{ readonly serverId: string; readonly path: string }>): void => this.#publishing.alarmsChanged(streams)
  /** Called after each change with the server that it belongs to. Returns the unsubscribe function. */
  readonly onChange = (listener: (serverId: string) => void): (() => void) => this.#publishing.onChange(listener)
  /** What an operator says of listed streams: see `sayAsOperator`. Returns false, and does nothing, if one of them is not listed. */
  readonly expect = (wanted: readonly { readonly serverId: string; readonly path: string }[], expects: boolean | null, operator: string): boolean => {
    if (!wanted.every(({ serverId, path }) => this.isListed(serverId, path))) return false
    const at = this.#deps.clock.now()
    for (const serverId of new Set(wanted.map((one) => one.serverId))) {
      const server = this.servers.get(serverId) as ServerStreams
      finishRound(server)
      this.#publishing.revision++
      const records = wanted.flatMap(({ path, ...one }) => (one.serverId === serverId ? (server.byPath.get(path) ?? []) : []))
      for (const record of records) sayAsOperator(server, record, expects, operator, at)
      this.#seen.writeSaid(
        serverId,
        server.said,
        records.map(({ path }) => path),
      )
      this.#publishing.announce(server, at)
    }
    return true
  }
  /** Call when plans for streams have changed. */
  readonly planChanged = (): void => {
    const at = this.#deps.clock.now()
    for (const server of this.servers.values()) {
      finishRound(server)
      this.#publishing.revision++
      recallDue(server, this.#onAir.named?.(server.id) ?? [], this.#nextSlot, at)
      for (const record of server.rows) setPlan(server, record, this.#onAir.of(server.id, record.path), at)
      this.#publishing.announce(server, at)
    }
  }
  /** Writes what is pending. */
  readonly close = (): void => {
    for (const server of this.servers.values()) {
      finishRound(server)
      if (server.round > 0) this.#seen.write(server, Number.POSITIVE_INFINITY)
    }
  }

  readonly #nextSlot = (): number => ++this.#lastSlot

  #serverOf(name: ServerName): ServerStreams {
    const { id, settings } = name
    const now = this.#deps.clock.now()
    const known = this.servers.get(id)
    if (known) {
      known.name = name.name
      if (settings !== undefined && settings !== known.settings) {
        finishRound(known)
        applySettings(known, settings)
        listExpected(known, this.#nextSlot, now)
      }
      return known
    }
    const server = new ServerStreams(name, (path) => this.#onAir.of(id, path))
    applySettings(server, settings ?? {})
    if (this.#deps.sessionsChanged) server.sessions.takeChanges()
    this.servers.set(id, server)
    for (const [path, said] of this.#seen.saidOf(id)) server.said.set(path, said)
    recallSeen(server, this.#seen.seenOf(id, this.#deps.lastAnswers?.get(id)), this.#nextSlot, now, (path) => this.#isMissed(id, path))
    recallDue(server, this.#onAir.named?.(id) ?? [], this.#nextSlot, now)
    listExpected(server, this.#nextSlot, now)
    return server
  }
  /** Returns a server whose streams may be changed, finishing any round that is being read. */
  #ready(name: ServerName): ServerStreams {
    const server = this.#serverOf(name)
    finishRound(server)
    return server
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
