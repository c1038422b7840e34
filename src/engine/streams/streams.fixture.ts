import BetterSqlite3 from 'better-sqlite3'
import { createTestClock, type TestClock } from '../../clock/testClock.ts'
import { type ReadEvent, readEvent } from '../../shared/events.fixture.ts'
import type { MetricId } from '../../shared/metrics.ts'
import type { PreviewFigures } from '../../shared/previews.ts'
import { err, ok } from '../../shared/result.ts'
import type { Track } from '../../shared/streams.ts'
import type { SampleBatch } from '../history/history.ts'
import type { KeptStream } from '../past/keptFacts.ts'
import type { PathReading, PollRound, SessionListName, SessionReading } from '../servers/readings.ts'
import { mainMigrations } from '../storage/mainMigrations.ts'
import { migrate } from '../storage/migrate.ts'
import { createTestLog } from '../testLog.ts'
import type { StreamsDeps, Verdicts } from './roundContext.ts'
import { Streams } from './streams.ts'

/** For tests: streams on a clock moved by hand, with a real database, and all that they said. */
export interface StreamsFixture {
  readonly clock: TestClock
  readonly db: BetterSqlite3.Database
  readonly streams: Streams
  readonly server: { readonly id: string; readonly name: string }
  readonly events: ReadEvent[]
  readonly batches: SampleBatch[]
  readonly gaps: { readonly serverId: string; readonly at: number }[]
  readonly errors: string[]
  /** What was described of streams to history. */
  readonly described: {
    readonly serverId: string
    readonly at: number
    readonly entries: readonly { readonly part: string; readonly facts: KeptStream | null }[]
    readonly whole: boolean
  }[]
  /** What a round of polls would bring now. */
  readonly roundOf: (...answers: Answers) => PollRound
  /** A round of polls now. */
  readonly poll: (...answers: Answers) => void
  readonly pollFails: () => void
  /** Moves time by one interval of 2 s, then polls. */
  readonly next: (paths: readonly PathReading[], sessions?: readonly SessionReading[], lists?: readonly SessionListName[]) => Promise<void>
  /** The sample of the newest batch; undefined: no row for this path. */
  readonly sample: (path: string, metric: MetricId) => number | undefined
  readonly texts: () => readonly string[]
}

type Answers = [
  paths: readonly PathReading[],
  sessions?: readonly SessionReading[],
  lists?: readonly SessionListName[],
  /** `configurationDue`: it was not read since something went. */
  more?: Pick<PollRound, 'restarted'> & { readonly tookMs?: number; readonly configurationDue?: boolean },
]

const intervalMs = 2_000
export const startAt = Date.UTC(2026, 10, 14, 3, 0, 0)

export function createStreamsFixture(
  options: {
    readonly db?: BetterSqlite3.Database
    readonly clock?: TestClock
    readonly openPictures?: () => number
    readonly pictureReads?: StreamsDeps['pictureReads']
    readonly isServerHost?: StreamsDeps['isServerHost']
    readonly previewFigures?: () => PreviewFigures | null
    readonly severityOf?: Verdicts['severityOf']
    readonly onAir?: StreamsDeps['onAir']
    readonly sessionsChanged?: StreamsDeps['sessionsChanged']
    readonly configurationAsked?: boolean
    /** Default: so short that streams are stalled as steady ones are before their usual gap is known. */
    readonly readTimeoutMs?: number
    /** Called with what would be described to history. */
    readonly describe?: StreamsDeps['describe']
    /** Called with events as they are recorded. */
    readonly record?: StreamsDeps['record']
  } = {},
): StreamsFixture {
  const clock = options.clock ?? createTestClock(startAt)
  const db = options.db ?? new BetterSqlite3(':memory:')
  migrate(db, mainMigrations)
  const events: ReadEvent[] = []
  const batches: SampleBatch[] = []
  const gaps: { serverId: string; at: number }[] = []
  const errors: string[] = []
  const described: StreamsFixture['described'] = []
  const log = createTestLog((_, text) => void errors.push(text))
  const streams = new Streams({
    clock,
    log,
    db,
    record: (more) => {
      options.record?.(more)
      events.push(...more.map(readEvent))
    },
    append: (batch) => void batches.push(batch),
    gap: (serverId, at) => void gaps.push({ serverId, at }),
    describe: (serverId, at, entries, whole) => {
      described.push({ serverId, at, entries, whole })
      options.describe?.(serverId, at, entries, whole)
    },
    ...(options.openPictures && { openPictures: options.openPictures }),
    ...(options.previewFigures && { previewFigures: options.previewFigures }),
    ...(options.pictureReads && { pictureReads: options.pictureReads }),
    ...(options.isServerHost && { isServerHost: options.isServerHost }),
    ...(options.onAir && { onAir: options.onAir }),
    ...(options.sessionsChanged && { sessionsChanged: options.sessionsChanged }),
    ...(options.severityOf && { verdicts: { severityOf: options.severityOf, isMissed: () => false, inTroubleOf: () => 0 } }),
  })
  const server = { id: 'a', name: 'berlin' }
  streams.configured(server, null, Number.NEGATIVE_INFINITY, options.readTimeoutMs ?? 1_000)
  // Streams are judged once the configuration was asked for: here it has nothing to say.
  if (options.configurationAsked !== false) streams.configured(server, null)
  const roundOf: StreamsFixture['roundOf'] = (
    paths,
    sessions = [],
    lists = [...new Set(sessions.map(({ list }) => list))],
    { tookMs = 3, restarted = null, configurationDue = false } = {},
  ) => {
    if (options.configurationAsked !== false && !configurationDue) streams.configured(server, null)
    const arrivedAt = clock.monotonic()
    return {
      serverId: server.id,
      at: clock.now(),
      intervalMs,
      restarted,
      paths: ok({ items: paths, arrivedAt, tookMs, bytes: 1000, serverDate: clock.now() }),
      sessions: lists.map((list) => ({
        list,
        answer: { items: sessions.filter((session) => session.list === list), arrivedAt: arrivedAt + 1, tookMs: 1, bytes: 100, serverDate: null },
      })),
    }
  }
  const poll: StreamsFixture['poll'] = (...answers) => streams.observe(server, roundOf(...answers))
  return {
    clock,
    db,
    streams,
    server,
    events,
    batches,
    gaps,
    errors,
    described,
    roundOf,
    poll,
    pollFails: () =>
      streams.observe(server, { serverId: server.id, at: clock.now(), intervalMs, paths: err({ kind: 'timedOut', limitMs: 5000 }), sessions: [] }),
    next: async (paths, sessions, lists) => {
      await clock.advance(intervalMs)
      poll(paths, sessions, lists)
    },
    sample: (path, metric) => {
      const batch = batches.at(-1)
      const row = batch?.parts?.indexOf(path) ?? -1
      return row < 0 ? undefined : batch?.values[row * batch.metrics.length + batch.metrics.indexOf(metric)]
    },
    texts: () => events.map(({ path, text }) => `${path}: ${text}`),
  }
}

export const h264: Track = {
  codec: 'H264',
  kind: 'video',
  width: 640,
  height: 360,
  profile: 'Main',
  level: '3',
  sampleRate: null,
  channels: null,
}

/** A path named in the configuration that an RTSP publisher feeds since the start of the clock. */
export function livePath(name: string, inboundBytes: number, changes: Partial<PathReading> = {}): PathReading {
  return {
    name,
    confName: name,
    available: true,
    slate: false,
    availableAt: startAt - 60_000,
    sourceType: 'rtspSession',
    sourceId: `publisher-of-${name}`,
    tracks: [h264],
    readers: [],
    inboundBytes,
    outboundBytes: 0,
    framesInError: 0,
    ...changes,
  }
}

/** A path that no configuration names, with a publisher. */
export function wildPath(name: string, inboundBytes: number, changes: Partial<PathReading> = {}): PathReading {
  return livePath(name, inboundBytes, { confName: 'all_others', ...changes })
}

/** A configured path that nobody publishes to. */
export function idlePath(name: string, changes: Partial<PathReading> = {}): PathReading {
  return livePath(name, 0, { confName: name, available: false, availableAt: null, sourceType: null, sourceId: '', tracks: [], ...changes })
}

/** Its publisher's session. */
export function publisherSession(path: string, changes: Partial<SessionReading> = {}): SessionReading {
  return {
    list: 'rtspSessions',
    id: `publisher-of-${path}`,
    protocol: 'rtsp',
    role: 'publisher',
    path,
    remoteAddr: '10.4.1.7:52114',
    user: null,
    userAgent: 'Lavf59',
    transport: 'UDP',
    own: false,
    createdAt: startAt - 60_000,
    inboundBytes: 0,
    outboundBytes: 0,
    framesDiscarded: null,
    rtp: { packets: 0, lost: 0, inError: 0, jitter: 800, reportedLost: null, discarded: null },
    srt: null,
    ...changes,
  }
}

/** A reader's session. */
export function readerSession(path: string, id: string, changes: Partial<SessionReading> = {}): SessionReading {
  return publisherSession(path, { id, role: 'reader', remoteAddr: '10.9.0.5:40000', rtp: null, ...changes })
}
