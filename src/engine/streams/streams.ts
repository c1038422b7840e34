import { crc32 } from 'node:zlib'
import type { Database } from 'better-sqlite3'
import type { Clock } from '../../clock/clock.ts'
import type { NewEvent } from '../../shared/events.ts'
import { createFigureColumns, type FigureColumns } from '../../shared/fleet.ts'
import type { Server, ServerTotals } from '../../shared/servers.ts'
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
import type { SampleBatch } from '../history/history.ts'
import type { KeptStream, StreamsStanding } from '../past/keptFacts.ts'
import type { Log } from '../ports.ts'
import type { Wanted } from '../servers/pollServer.ts'
import type { ConfiguredPath, PathReading, PollRound } from '../servers/readings.ts'
import { isLearned, learningKeptMs } from './learning.ts'
import { createRoundReader } from './readRound.ts'
import { compareRound, wasOn } from './roundQuestions.ts'
import { createSeenStreams, type SeenStream } from './seenStreams.ts'
import {
  addStream,
  applyConfiguration,
  createServerStreams,
  type LostWhy,
  lostWords,
  type ServerName,
  type ServerStreams,
  takeLearning,
} from './serverStreams.ts'
import { sessionOf } from './sessions.ts'
import {
  countStates,
  factsOf,
  figuresOf,
  keptOf,
  markFiguresUnknown,
  outageSinceOf,
  pushFigures,
  readersOf,
  reportOf,
  type StreamRecord,
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
  readonly path: string
  readonly facts: KeptStream | null
}

/** What changed since a revision, of all servers. */
export interface StreamChanges {
  readonly facts: readonly StreamFacts[]
  readonly figures: FigureColumns
  readonly removedSlots: readonly number[]
  /** Up to here it is told. */
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
   * The server can't be asked: its streams are unknown, not down. When it answers again they are what they were,
   * or what became of them meanwhile.
   */
  readonly lost: (server: ServerName, at: number, why: LostWhy) => void
  /** What its configuration names; null: it could not be read, and what was known of it holds. */
  readonly configured: (server: ServerName, paths: readonly ConfiguredPath[] | null) => void
  /** What else is to be read of a server before this answer is judged. */
  readonly wanted: (serverId: string, paths: readonly PathReading[]) => Wanted
  /** The server was restarted: that its publishers and readers connect anew is not news of each. */
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
  /** All streams for scripts, by server and path. */
  readonly reports: () => readonly StreamReport[]
  /** The same, each made when it is asked for: 100,000 at once would hold everything up. */
  readonly eachReport: () => Iterable<StreamReport>

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
  /** Told after each change, with the server it belongs to. Returns the way out. */
  readonly onChange: (listener: (serverId: string) => void) => () => void
  /** Writes what is pending. */
  readonly close: () => void
}

/** Removed slots are remembered up to here; who asks for older changes gets everything anew. */
const mostTombstones = 20_000
/** Wall time that the monotonic clock did not see: the machine slept, and rates over that would be spikes. */
const sleptMs = 10_000
/** Failures in a row after which streams are unknown even if nobody said so. */
const failuresUntilUnknown = 3
/** What is told with a slot that lies a little before the last one comes behind it; a clock that was set back is followed. */
const longestDisorderMs = 60_000
const notBefore = (last: number, at: number): number => (at < last && last - at < longestDisorderMs ? last : at)
/** One row a server a minute keeps the time of its live streams. */
const lookedEveryMs = 60_000
/** A write of this many rows takes about 2 ms. */
const mostSeenWrites = 500

export const createStreams = (deps: StreamsDeps): Streams => {
  const { clock, log, gap } = deps
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
  const factsChanged = (record: StreamRecord) => {
    record.factsRevision = lastRevision
  }
  /**
   * Tells history what changed, but what changes with each poll.
   *
   * 1. The first telling of a launch is of all streams: whatever history knew of others does not hold any more.
   * 2. While the server can't be asked, that is told once, of the server (`standing`), and of no stream.
   */
  const tell = (server: ServerStreams, at: number) => {
    const first = server.toldRevision < 0
    const entries: KeptEntry[] = []
    for (const path of server.untoldGone) entries.push({ path, facts: null })
    server.untoldGone.clear()
    for (const record of server.rows) {
      if (record.factsRevision <= server.toldRevision && !first) continue
      if (server.lostWhy !== null && !Number.isNaN(record.toldMark)) continue
      const facts = keptOf(record)
      const mark = crc32(JSON.stringify(facts))
      if (mark === record.toldMark) continue
      record.toldMark = mark
      entries.push({ path: record.path, facts })
    }
    // What changed meanwhile is told when it answers again.
    if (server.lostWhy === null || first) server.toldRevision = lastRevision
    server.toldAt = notBefore(server.toldAt, at)
    if (entries.length > 0 || first) deps.describe(server.id, server.toldAt, entries, first)
  }
  const announce = (server: ServerStreams, at: number) => {
    server.totals = null
    server.revision = lastRevision
    tell(server, at)
    for (const listener of listeners) listener(server.id)
  }
  /** The last revision of a piece of at most `most` streams; a revision is never cut, and holds 1,000 streams at most. */
  const pieceEnd = (since: number, most: number): number => {
    if (most === Number.POSITIVE_INFINITY) return lastRevision
    const counts = new Map<number, number>()
    let all = 0
    for (const server of servers.values()) {
      if (server.revision <= since) continue
      for (const { factsRevision, figuresRevision } of server.rows) {
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
  const readRound = createRoundReader({
    append: deps.append,
    record: deps.record,
    nextSlot,
    revision: () => lastRevision,
    nextRevision,
    onCameOrWent: (server, record) => server.unwritten.add(record),
    onRemoved: bury,
    openPictures: deps.openPictures ?? (() => 0),
    endedShownMs: () => settings.endedShownMinutes * 60_000,
  })

  /** A stream of an earlier launch: unknown until its server answers. */
  const recall = (server: ServerStreams, stream: SeenStream, at: number) => {
    const record = server.byPath.get(stream.path) ?? addStream(server, stream.path, nextSlot(), at)
    takeLearning(record, stream)
    record.knownSince = stream.lastLiveAt
    if (stream.live) record.goodAt = stream.lastLiveAt
    record.knownReason = stream.live ? 'Gone since before this console started.' : null
    updateExpected(record)
    factsChanged(record)
    return record
  }
  const serverOf = (name: ServerName): ServerStreams => {
    const known = servers.get(name.id)
    if (known) {
      known.name = name.name
      return known
    }
    const server = createServerStreams(name)
    servers.set(name.id, server)
    nextRevision()
    const now = clock.now()
    for (const stream of [...seen.ofServer(name.id)].sort((one, other) => one.lastLiveAt - other.lastLiveAt)) {
      const awayMs = now - stream.lastLiveAt
      // One that was live when we last looked may be so now, expected or not.
      if (awayMs < (isLearned(stream) || stream.live ? rememberedMs : settings.endedShownMinutes * 60_000)) recall(server, stream, now)
      else server.learned.set(stream.path, stream)
    }
    return server
  }

  const becomeUnknown = (server: ServerStreams, at: number, why: LostWhy) => {
    if (server.lostWhy === why) return
    if (server.lostWhy === null) server.lostSince = at
    server.lostWhy = why
    server.arrivedAt = Number.NaN
    server.sessions.clear()
    server.awaited = 0
    server.held = 0
    for (const record of server.rows) {
      // It ended, and that stays so: what nobody expects is not missed.
      if (record.state === 'ended') continue
      if (wasOn(record) && Number.isNaN(record.wentAfter)) record.wentAfter = server.readAt
      if (record.state !== 'unknown') {
        record.knownState = record.state
        record.knownSince = record.stateSince
        record.knownReason = record.reason
        record.state = 'unknown'
        record.stateSince = at
      }
      record.reason = lostWords[why]
      if (record.present) record.readersLost = readersOf(record)
      record.present = false
      record.publisher = null
      record.discards = null
      markFiguresUnknown(record)
      record.figuresRevision = lastRevision
      factsChanged(record)
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
    let readers = 0
    let ownReaders = 0
    let inbound = 0
    let outbound = 0
    let live = 0
    let ratesKnown = 0
    for (const record of server.rows) {
      if (!record.present) continue
      readers += readersOf(record)
      ownReaders += record.ownReaders
      if (record.state === 'live' || record.state === 'stalled') live++
      if (!Number.isNaN(record.bitrateInBps)) inbound += record.bitrateInBps
      if (!Number.isNaN(record.bitrateOutBps)) {
        outbound += record.bitrateOutBps
        ratesKnown++
      }
    }
    const isKnown = server.round > 0 && server.lostWhy === null
    // With no stream on, nothing flows; with some on and no rate yet, it is not known how much.
    const flowKnown = isKnown && (live === 0 || ratesKnown > 0)
    return {
      streams: server.rows.length,
      ...countStates(server.rows),
      readers: isKnown ? readers : null,
      ownReaders,
      bitrateInBps: flowKnown ? inbound : null,
      bitrateOutBps: flowKnown ? outbound : null,
    }
  }

  function* eachTroubled(): Iterable<TroubledStream> {
    const troubled: { readonly record: StreamRecord; readonly server: ServerStreams; readonly rank: number }[] = []
    for (const server of servers.values())
      for (const record of server.rows) {
        const severity = severityOfStream(record, record)
        if (severity !== null) troubled.push({ record, server, rank: severityRank[severity] })
      }
    troubled.sort((a, b) => a.rank - b.rank || b.record.stateSince - a.record.stateSince)
    for (const { record, server } of troubled) yield { serverName: server.name, facts: factsOf(record), figures: figuresOf(record, server.readAt) }
  }

  function* eachReport(): Iterable<StreamReport> {
    for (const server of [...servers.values()])
      for (const record of [...server.rows].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))) yield reportOf(record, server.name)
  }

  return {
    observe: (name, round) => {
      const server = serverOf(name)
      nextRevision()
      const wallOffsetMs = clock.now() - clock.monotonic()
      // The wall runs ahead of the monotonic clock while the machine sleeps (or when somebody sets it).
      if (wallOffsetMs - server.wallOffsetMs > sleptMs) server.arrivedAt = Number.NaN
      server.wallOffsetMs = wallOffsetMs
      for (const { list, answer } of round.sessions) server.sessions.merge(list, answer, wallOffsetMs + answer.arrivedAt)
      if (round.paths.ok) {
        readRound(server, round, round.paths.value, wallOffsetMs + round.paths.value.arrivedAt)
        writeSeen(server, mostSeenWrites)
      } else {
        gap(server.id, round.at)
        server.failures++
        if (server.failures >= failuresUntilUnknown && server.lostWhy === null) becomeUnknown(server, round.at, 'down')
      }
      announce(server, round.at)
    },
    lost: (name, at, why) => {
      const server = serverOf(name)
      nextRevision()
      gap(server.id, at)
      becomeUnknown(server, at, why)
      announce(server, at)
    },
    configured: (name, paths) => {
      const server = serverOf(name)
      const at = clock.now()
      server.configurationAsked = true
      if (paths === null) return
      nextRevision()
      server.configured = new Map(paths.map((path) => [path.name, path]))
      for (const path of paths) {
        if (path.pattern || server.byPath.has(path.name)) continue
        const old = server.learned.get(path.name)
        if (old) recall(server, old, at)
        else factsChanged(addStream(server, path.name, nextSlot(), at))
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
        if (updateExpected(record) || named !== record.named || onDemand !== record.onDemand) factsChanged(record)
      }
      announce(server, at)
    },
    wanted: (serverId, items) => {
      const server = servers.get(serverId)
      if (server === undefined || server.round === 0) return { info: false, configuration: false }
      const changes = compareRound(server, items)
      server.compared = { items, changes }
      const { went, replaced, stayed, unexplained } = changes
      return { info: stayed === 0 && went + replaced > 0, configuration: unexplained || went > 0 || server.held > 0 }
    },
    restarted: (name) => {
      serverOf(name).justRestarted = true
    },
    forget: (serverId) => {
      const server = servers.get(serverId)
      servers.delete(serverId)
      seen.forget(serverId)
      if (!server) return
      nextRevision()
      for (const record of server.rows) {
        bury(record)
        server.untoldGone.add(record.path)
      }
      server.rows.length = 0
      announce(server, clock.now())
    },

    totals: (serverId) => {
      const server = servers.get(serverId)
      if (!server) return noTotals
      server.totals ??= totalsOf(server)
      return server.totals
    },
    standing: (serverId) => {
      const server = servers.get(serverId)
      if (!server || server.toldRevision < 0) return { told: false, lost: { reason: lostWords.notAsked, since: launchedAt, seenAt: null } }
      const seenAt = Number.isNaN(server.readAt) ? null : server.readAt
      return { told: true, lost: server.lostWhy === null ? null : { reason: lostWords[server.lostWhy], since: server.lostSince, seenAt } }
    },
    notBackYet: (serverId) => {
      const server = servers.get(serverId)
      return server === undefined || server.awaited === 0 ? null : { streams: server.awaited, since: server.returnedAt }
    },
    sessionsReadAt: (serverId) => servers.get(serverId)?.sessions.oldestReadAt() ?? null,
    get: (serverId, path) => {
      const server = servers.get(serverId)
      const record = server?.byPath.get(path)
      if (!server || !record) return null
      return streamOf(record, server.name, server.readAt, server.sessions.ofPath(path), server.sessions.isOwn)
    },
    sessionsOf: (serverId) => {
      const server = servers.get(serverId)
      if (!server) return []
      // Of a path that vanished its sessions may still stand in a list that is read less often.
      return server.sessions
        .all()
        .filter(({ reading }) => reading.path === '' || server.byPath.get(reading.path)?.present)
        .map(sessionOf)
    },
    reports: () => [...eachReport()],
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
        for (const record of server.rows) {
          const factsToo = isIn(record.factsRevision)
          if (factsToo) facts.push(factsOf(record))
          if (factsToo || isIn(record.figuresRevision)) pushFigures(figures, record, server.readAt)
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
      const worst: { readonly record: StreamRecord; readonly server: ServerStreams; readonly rank: number }[] = []
      for (const server of servers.values())
        for (const record of server.rows) {
          const severity = severityOfStream(record, record)
          if (severity === null) continue
          total++
          const rank = severityRank[severity]
          const since = troubledSince(record)
          const isBefore = (other: (typeof worst)[number]) => rank < other.rank || (rank === other.rank && since > troubledSince(other.record))
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
          worst.splice(from, 0, { record, server, rank })
          if (worst.length > most) worst.pop()
        }
      return {
        total,
        worst: worst.map(({ record, server }) => ({ serverName: server.name, facts: factsOf(record), figures: figuresOf(record, server.readAt) })),
      }
    },
    eachTroubled,
    troubledOf: (serverId) => {
      let count = 0
      for (const record of servers.get(serverId)?.rows ?? []) if (severityOfStream(record, record) !== null) count++
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
      for (const server of servers.values()) if (server.round > 0) writeSeen(server, Number.POSITIVE_INFINITY)
    },
  }
}

/** As `troubleOfStream` has it, but for losses, which are rare. */
const troubledSince = (record: StreamRecord): number => {
  const outageSince = outageSinceOf(record)
  return Number.isNaN(outageSince) ? record.stateSince : outageSince
}

const settingsKey = 'streams'
const readSettings = (text: string | null): StreamSettings => {
  if (text === null) return defaultStreamSettings
  try {
    return streamSettingsSchema.parse(JSON.parse(text))
  } catch {
    return defaultStreamSettings
  }
}

const noTotals: ServerTotals = {
  streams: 0,
  live: 0,
  slate: 0,
  waiting: 0,
  stalled: 0,
  gone: 0,
  unknown: 0,
  ended: 0,
  readers: null,
  ownReaders: 0,
  bitrateInBps: null,
  bitrateOutBps: null,
}
