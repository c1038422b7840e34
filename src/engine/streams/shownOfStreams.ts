import type { Language } from '../../i18n/languages.ts'
import type { StreamOrigin } from '../../shared/alarms.ts'
import { outageEnd } from '../../shared/availability.ts'
import { countedTotals, countStreams } from '../../shared/countStreams.ts'
import { forwardName, type ServerForwards } from '../../shared/forwards.ts'
import type { ListedReaders } from '../../shared/pathEdits.ts'
import { type ServerTotals, unknownTotals } from '../../shared/servers.ts'
import { type Session, type Stream, type StreamFacts, type StreamFigures, type StreamReport, wellnessOf } from '../../shared/streams.ts'
import { isStreamTroubled } from '../../shared/troubles.ts'
import type { StreamsStatus } from '../past/keptFacts.ts'
import type { ConfiguredPath } from '../servers/readings.ts'
import type { StreamAddress } from '../servers/streamAddress.ts'
import { forwardedInto, forwardsOf, noForwards, pulledFrom, serverForwardsOf } from './forwards.ts'
import { audienceOf } from './linkSessions.ts'
import { orNull } from './pathSamples.ts'
import { pulledSourceOf } from './pulledSources.ts'
import type { StreamsDeps, Verdicts } from './roundContext.ts'
import type { ForwardedStream, ForwardIndex, LostTogether, ServerStreams } from './serverState.ts'
import { lostReasons } from './serverStreams.ts'
import { type SessionRecord, type ShownSession, sessionOf } from './sessions.ts'
import { configurationOf, factsOf, figuresOf, readersOf, reportOf, type ServerName, type ShownStream, type StreamRecord, streamOf } from './streamRecord.ts'

export interface SessionsOfServer {
  readonly server: ServerName
  /** The server can't be queried, or was not queried yet. */
  readonly isUnknown: boolean
  /** Number of its streams whose HLS viewers the server does not list. */
  readonly hlsUncounted: number
  readonly sessions: Iterable<ShownSession>
}

/** The published sessions of a server, without those of vanished paths, which may still be in session lists: these are read less often. */
function* shownSessions(server: ServerStreams): Iterable<ShownSession> {
  for (const session of server.sessions.shown) {
    const { path } = session.reading
    if (path === '' || server.byPath.get(path)?.shown?.present) yield session
  }
}

function* eachReport(servers: readonly ServerStreams[], { severityOf }: Verdicts, language: Language = 'en'): Iterable<StreamReport> {
  for (const server of servers)
    for (const stream of shownStreams(server).sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)))
      yield { ...reportOf(stream, server.name, language), severity: severityOf(server.id, stream.path) }
}

function originOf(server: ServerStreams, record: StreamRecord, into: StreamOrigin): StreamOrigin {
  const source = configurationOf(server.configured, record)?.sourceHost ?? null
  // A pulled stream has no publisher: one from before a configuration change is not its sender.
  into.address = source === null ? record.senderHost : null
  into.agent = source === null ? record.senderAgent : null
  into.source = source
  return into
}

/** Configuration entry of a stream that is not listed; undefined if a pattern may match it: only the server reports which one does. */
function entryOfUnlisted(configured: ServerStreams['configured'], path: string): ConfiguredPath | undefined {
  const own = configured?.get(path)
  if (own !== undefined || configured === null) return own
  for (const { name, pattern } of configured.values()) if (pattern && name.startsWith('~')) return undefined
  return configured.get('all_others') ?? configured.get('all')
}

/** Maximum number of failures in the text; the stream's page shows the others. */
const mostFailuresSaid = 3
const notListed = { state: 'ended', expected: false, bitrateInBps: Number.NaN } as const

type ShownDeps = Required<Pick<StreamsDeps, 'clock' | 'verdicts' | 'inMaintenance' | 'isServerHost'>>
export class ShownStreams {
  protected readonly servers = new Map<string, ServerStreams>()
  readonly #deps: ShownDeps
  readonly #launchedAt: number

  /** Servers that were not polled yet are unknown since this call. */
  constructor(deps: ShownDeps) {
    this.#deps = deps
    this.#launchedAt = deps.clock.now()
    this.inTroubleOf = deps.verdicts.inTroubleOf
  }

  readonly totals = (serverId: string): ServerTotals => {
    const server = this.servers.get(serverId)
    if (!server) return unknownTotals
    if (server.totals === null) {
      // Who says what is in maintenance asks for the server, and that for these.
      server.totals = totalsOf(server)
      const maintained = this.#deps.inMaintenance(serverId)
      if (maintained !== null) server.totals = totalsOf(server, maintained)
    }
    return server.totals
  }
  /** Streams that left together and are not back; null: none. */
  readonly lostTogether = (serverId: string): LostTogether | null => this.servers.get(serverId)?.shown.lostTogether ?? null
  readonly forwardsOf = (serverId: string): ServerForwards | null => {
    const server = this.servers.get(serverId)
    return server === undefined ? null : serverForwardsOf(server, this.#deps.clock)
  }
  /** Forward destinations of a stream that fail, or did when it left, with the server's error messages, without secrets; null: none. */
  readonly forwardFailure = (serverId: string, path: string): string | null => {
    const failing =
      this.servers
        .get(serverId)
        ?.forwards.byPath.get(path)
        ?.filter(({ failingSince }) => failingSince !== null) ?? []
    const words = failing.slice(0, mostFailuresSaid).map((one) => (one.lastError === null ? forwardName(one) : `${forwardName(one)}: ${one.lastError}`))
    return words.length === 0 ? null : words.join('; ')
  }
  /** Common state of a server's streams for the history: recorded once per server during an outage, not per stream. */
  readonly statusOf = (serverId: string): StreamsStatus => {
    const server = this.servers.get(serverId)
    if (!server?.isDescribed) return { told: false, lost: { why: lostReasons.notAsked, since: this.#launchedAt, seenAt: null } }
    const { readAt, lostWhy, lostSince } = server.shown
    return { told: true, lost: lostWhy === null ? null : { why: lostReasons[lostWhy], since: lostSince, seenAt: orNull(readAt) } }
  }
  readonly get = (serverId: string, path: string): Stream | null => {
    const server = this.servers.get(serverId)
    const record = server?.byPath.get(path)
    const shown = record?.shown
    if (!server || !record || !shown) return null
    const sessions = server.sessions.shown.filter(({ reading }) => reading.path === path).map(this.sessionOf)
    return {
      ...streamOf(shown, server.name, server.shown.readAt, sessions, server.sessions.isShownOwn),
      forwards: forwardsOf(server, record, this.#deps.clock),
      pulled: pulledSourceOf(server, record, this.#deps.clock),
    }
  }
  /** Facts and figures of a stream, without its sessions; null: it is not listed. Cheaper than `get`. */
  readonly brief = (serverId: string, path: string): TroubledStream | null => {
    const server = this.servers.get(serverId)
    const shown = server?.byPath.get(path)?.shown
    return server && shown ? { facts: factsOf(shown), figures: figuresOf(shown, server.shown.readAt) } : null
  }
  /** Calls `visit` for each stream that is listed. */
  readonly eachListed = (visit: (serverId: string, path: string, state: StreamFacts['state']) => void): void => {
    for (const server of this.servers.values()) for (const { shown, path } of server.rows) if (shown !== null) visit(server.id, path, shown.state)
  }
  /** Whether this console has ever seen the stream live, as far as it remembers. */
  readonly wasSeen = (serverId: string, path: string): boolean => {
    const server = this.servers.get(serverId)
    const record = server?.byPath.get(path)
    return (record !== undefined && !Number.isNaN(record.lastLiveAt)) || server?.seenBefore.has(path) === true
  }
  readonly sessionsOf = (serverId: string): readonly Session[] => {
    const server = this.servers.get(serverId)
    return server ? Array.from(shownSessions(server), this.sessionOf) : []
  }
  /** The newest connection by which what has this mark reads the stream by SRT; null: none is listed. */
  readonly ownSrt = (serverId: string, path: string, mark: string): SessionRecord | null =>
    (this.#record(serverId, path)?.ownSessions ?? [])
      .filter(({ reading }) => reading.mark === mark && reading.srt !== null)
      .reduce<SessionRecord | null>((newest, one) => ((one.reading.createdAt ?? 0) >= (newest?.reading.createdAt ?? 0) ? one : newest), null)
  /** The sessions of each server, with what is unknown about them. */
  readonly eachSessions = (): Iterable<SessionsOfServer> =>
    Array.from(this.servers.values(), (server) => ({
      server: { id: server.id, name: server.name },
      isUnknown: !server.isDescribed || server.shown.lostWhy !== null,
      hlsUncounted: server.rows.reduce((sum, { shown }) => sum + (shown?.present && shown.hlsUncounted ? 1 : 0), 0),
      sessions: shownSessions(server),
    }))
  readonly audienceOf = (session: Parameters<typeof audienceOf>[0]): Session['audience'] => audienceOf(session, this.#deps.isServerHost)
  readonly sessionOf = (session: ShownSession): Session => sessionOf(session, this.audienceOf(session.reading))
  /** Reports of all streams for scripts, sorted by server and path, with reasons in `language` (default: English). */
  readonly reports = (language?: Language): readonly StreamReport[] => [...this.eachReport(language)]
  /** The same, generated lazily: creating 100,000 at once would block everything else. */
  readonly eachReport = (language?: Language): Iterable<StreamReport> => eachReport([...this.servers.values()], this.#deps.verdicts, language)
  /** Reports of the streams of this name, in the order of their servers. */
  readonly reportsNamed = (path: string): StreamReport[] =>
    [...this.servers.values()].flatMap((server) => {
      const shown = server.byPath.get(path)?.shown
      return shown ? [{ ...reportOf(shown, server.name, 'en'), severity: this.#deps.verdicts.severityOf(server.id, path) }] : []
    })
  /** The streams of a server whose state is a trouble, regardless of rules; generated lazily, in no particular order. */
  readonly eachTroubledOf = (serverId: string): Iterable<TroubledStream> => {
    const server = this.servers.get(serverId)
    return server === undefined ? [] : eachTroubledOf(server)
  }
  /** Since when a stream is on air, as its server tells it where it does; null: it is not live. */
  readonly liveSince = (serverId: string, path: string): number | null => {
    const record = this.#record(serverId, path)
    return record?.shown?.state === 'live' ? orNull(record.onSince) : null
  }
  /** When it last came on air, also if it has left since; null: unknown. */
  readonly lastOnAt = (serverId: string, path: string): number | null => orNull(this.#record(serverId, path)?.onSince ?? Number.NaN)
  /** Name of the configuration entry that a stream last belonged to: its own, or a pattern. */
  readonly entryOf = (serverId: string, path: string): string => this.#record(serverId, path)?.confName ?? path
  /** See `wellnessOf`. A stream that is not listed is not expected. */
  readonly wellness = (serverId: string, path: string): ReturnType<typeof wellnessOf> => {
    const shown = this.#record(serverId, path)?.shown ?? notListed
    return wellnessOf(shown, shown)
  }
  /** When a live stream was back from its last outage, which began at `since`; undefined: unknown. */
  readonly backAt = (serverId: string, path: string, since: number): number | undefined => {
    const shown = this.#record(serverId, path)?.shown
    return shown?.state === 'live' && shown.stateSince >= since && !Number.isNaN(shown.awayMs) ? outageEnd(since, shown.awayMs, shown.stateSince) : undefined
  }
  /** Last known origin of a stream; null: unknown. */
  readonly originOf = (serverId: string, path: string): StreamOrigin | null => {
    const server = this.servers.get(serverId)
    const record = server?.byPath.get(path)
    if (server === undefined || record === undefined) return null
    const origin = originOf(server, record, { address: null, agent: null, source: null })
    return origin.address === null && origin.agent === null && origin.source === null ? null : origin
  }
  /** Calls `visit` with the origin, in an object that is reused, the path, and until when it was live (`Infinity`: it still is) of each stream that was. */
  readonly eachLive = (visit: (origin: StreamOrigin, path: string, liveUntil: number) => void): void => {
    const origin: StreamOrigin = { address: null, agent: null, source: null }
    for (const server of this.servers.values())
      for (const record of server.rows) {
        const until = record.shown?.state === 'live' ? Number.POSITIVE_INFINITY : record.lastLiveAt
        if (!Number.isNaN(until)) visit(originOf(server, record, origin), record.path, until)
      }
  }
  /**
   * Calls `visit` for each stream that may be read for a picture: it or its slate is live, it is not known to lack video, and if it is on demand,
   * others are reading it, too. Our reader must not take the last place of a path with `maxReaders`.
   */
  readonly eachPictured = (visit: (serverId: string, path: string) => void): void => {
    for (const { id, configured, rows } of this.servers.values())
      for (const record of rows) {
        const { shown, path } = record
        if (shown === null || !hasPicture(shown)) continue
        const places = configurationOf(configured, record)?.maxReaders ?? Number.POSITIVE_INFINITY
        if (shown.readersRead.length + 1 < places) visit(id, path)
      }
  }
  /** Calls `visit` for each stream that is on air, is expected to be, or is on demand, and that is not known to lack video. */
  readonly eachCamera = (visit: (serverId: string, path: string) => void): void => {
    for (const { id, rows } of this.servers.values()) for (const { shown, path } of rows) if (shown !== null && isCamera(shown)) visit(id, path)
  }
  /** Streams that a server lists, with their configuration entry and the server's own reader count; null: the server does not answer. */
  readonly listedReaders = (serverId: string): readonly ListedReaders[] | null => {
    const server = this.servers.get(serverId)
    if (server === undefined || !server.isDescribed || server.shown.lostWhy !== null) return null
    return server.rows.flatMap(({ path, confName, shown }) =>
      shown?.present ? [{ path, entry: confName, live: shown.state === 'live', readers: shown.readersRead.length }] : [],
    )
  }
  /** Whether a server has or had a stream of this name. */
  readonly isListed = (serverId: string, path: string): boolean => this.#record(serverId, path) !== undefined
  /** Address and path that a stream is pulled from, by the configuration; null: not pulled, or unknown. */
  readonly pulledFrom = (serverId: string, path: string): StreamAddress | null => {
    const server = this.servers.get(serverId)
    const record = server?.byPath.get(path)
    return server === undefined || record === undefined ? null : pulledFrom(server, record)
  }
  /** How a stream is recorded, by its server's configuration; null: not recorded, or unknown. */
  readonly recordingOf = (serverId: string, path: string): ConfiguredPath['recording'] | null => {
    const server = this.servers.get(serverId)
    const record = server?.byPath.get(path)
    if (server === undefined) return null
    return (record === undefined ? entryOfUnlisted(server.configured, path) : configurationOf(server.configured, record))?.recording ?? null
  }
  /** Names of a server's streams that are configured to be recorded. */
  readonly eachRecorded = (serverId: string): Iterable<string> => {
    const server = this.servers.get(serverId)
    return server === undefined ? [] : eachRecordedOf(server)
  }
  /** Index of the configured forward destinations of a server; a new object after each change of the configuration. */
  readonly forwardIndexOf = (serverId: string): ForwardIndex => this.servers.get(serverId)?.forwardIndex ?? noForwards
  readonly forwardedInto = (serverId: string, host: string, path: string): readonly ForwardedStream[] => {
    const server = this.servers.get(serverId)
    return server === undefined ? [] : forwardedInto(server, host, path)
  }
  /** Whether the stream has planned times on air and is outside them now. */
  readonly isOffPlan = (serverId: string, path: string): boolean => this.#record(serverId, path)?.shown?.offPlan ?? false
  /** Whether the stream is known to have a video track. */
  readonly hasVideo = (serverId: string, path: string): boolean => this.#record(serverId, path)?.shown?.tracks.some(({ kind }) => kind === 'video') ?? false
  /** Whether packets of its publisher were lost on their way since it began, sent again or not; also if its server does not say. */
  readonly losesPackets = (serverId: string, path: string): boolean => {
    const record = this.#record(serverId, path)
    return record !== undefined && (record.lost > 0 || record.repaired !== 0)
  }
  /** Number of streams of a server with ongoing alarms that are not shelved. */
  readonly inTroubleOf: Verdicts['inTroubleOf']

  #record(serverId: string, path: string): StreamRecord | undefined {
    return this.servers.get(serverId)?.byPath.get(path)
  }
}

function* eachRecordedOf(server: ServerStreams): Iterable<string> {
  for (const record of server.rows) if (configurationOf(server.configured, record)?.recording !== undefined) yield record.path
  for (const { name, pattern, recording } of server.configured?.values() ?? []) if (recording !== undefined && !pattern && !server.byPath.has(name)) yield name
}

function hasPicture(shown: ShownStream): boolean {
  const { state, tracks, onDemand } = shown
  if (state !== 'live' && state !== 'slate') return false
  if (onDemand && !(readersOf(shown) > 0)) return false
  return tracks.length === 0 || tracks.some(({ kind }) => kind === 'video')
}

function isCamera({ state, tracks, onDemand, expected }: ShownStream): boolean {
  if (tracks.length > 0 && tracks.every(({ kind }) => kind === 'audio')) return false
  return expected || onDemand || state === 'live' || state === 'slate' || state === 'stalled'
}

function shownStreams(server: ServerStreams): ShownStream[] {
  const shown: ShownStream[] = []
  for (const stream of server.rows) if (stream.shown !== null) shown.push(stream.shown)
  return shown
}

export function totalsOf(server: ServerStreams, inMaintenance?: (path: string) => boolean): ServerTotals {
  const streams = shownStreams(server)
  // The server never answered, and no streams are remembered: even their number is unknown.
  if (Number.isNaN(server.shown.readAt) && streams.length === 0) return unknownTotals
  let readers = 0
  let ownReaders = 0
  let inbound = 0
  let outbound = 0
  let live = 0
  let [inKnown, outKnown] = [0, 0]
  for (const stream of streams) {
    if (!stream.present) continue
    readers += readersOf(stream)
    ownReaders += stream.ownReaders
    if (stream.state === 'live' || stream.state === 'stalled') live++
    if (!Number.isNaN(stream.bitrateInBps)) {
      inbound += stream.bitrateInBps
      inKnown++
    }
    if (!Number.isNaN(stream.bitrateOutBps)) {
      outbound += stream.bitrateOutBps
      outKnown++
    }
  }
  const isKnown = !Number.isNaN(server.shown.readAt) && server.shown.lostWhy === null
  // With no stream on air the flow is 0; with some on air but no rate yet, it is unknown.
  const flowKnown = (known: number) => isKnown && (live === 0 || known > 0)
  return {
    ...countedTotals(countStreams(streams, inMaintenance && (({ path }) => inMaintenance(path)), server.shown.readAt)),
    readers: isKnown ? readers : null,
    ownReaders: isKnown ? ownReaders : null,
    bitrateInBps: flowKnown(inKnown) ? inbound : null,
    bitrateOutBps: flowKnown(outKnown) ? outbound : null,
  }
}

/** A stream without its sessions, such as one for which `troubleOfStream` finds a trouble. */
export interface TroubledStream {
  readonly facts: StreamFacts
  readonly figures: StreamFigures
}

/** The streams of one server whose state is a trouble, created one by one, in no order. */
export function* eachTroubledOf({ rows, shown: { readAt } }: ServerStreams): Iterable<TroubledStream> {
  for (const { shown } of rows) if (shown !== null && isStreamTroubled(shown, shown)) yield { facts: factsOf(shown), figures: figuresOf(shown, readAt) }
}
