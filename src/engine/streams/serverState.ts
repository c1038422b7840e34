import type { Steps } from '../../clock/slices.ts'
import type { ServerError } from '../../shared/errors.ts'
import type { ServerTotals } from '../../shared/servers.ts'
import type { ConfiguredPath, ForwardReading, PathReading, PollRound, PulledSourceReading } from '../servers/readings.ts'
import type { StreamAddress } from '../servers/streamAddress.ts'
import type { ReaderEvents } from './readerEvents.ts'
import type { ServerSessions } from './sessions.ts'
import type { ExpectationSettings, Planned, Said, StreamRecord } from './streamRecord.ts'
import type { Unseen } from './streamState.ts'

/** Why a server can't be asked. */
export type LostWhy = 'down' | 'halted' | 'paused' | 'console'
/** The published state of a server's streams together, as of the last round that was read completely. */
interface ShownServer {
  readonly readAt: number
  readonly lostWhy: LostWhy | null
  readonly lostSince: number
  readonly lostTogether: LostTogether | null
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
  /** Wall time of its last return. */
  returnedAt: number
  /** What it has to bring back; null: it did not return within the last minute. */
  beforeReturn: BeforeReturn | null
  lostTogether: LostTogether | null
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
/** Streams of a server that left together and are not back. */
export interface LostTogether {
  readonly paths: readonly string[]
  /** Number of streams that were on air before. */
  readonly of: number
  /** They did not come back with their server; false: they left it, within a minute. */
  readonly isReturn: boolean
  readonly since: number
  /** Number of readers they had; null: unknown. */
  readonly readers: number | null
}
/** The streams that were on air when their server restarted or fell silent. */
interface BeforeReturn {
  readonly paths: ReadonlySet<string>
  readonly since: number
  /** Monotonic; when those that are not back have not returned. */
  readonly until: number
}
/** The latest reading of a pulled source. */
interface KeptSource extends PulledSourceReading {
  readonly readAt: number
}
/** How an answer differs from the last one in the streams that were on air then. */
export interface RoundChanges {
  /** Streams that are no longer available, or not listed. */
  readonly went: number
  /** Available streams with another stream object or source. */
  readonly replaced: number
  /** Streams that are available for the first time ever. A restarted server only brings back known ones. */
  readonly newlySeen: number
  /** Streams with the same stream object and source, which prove that the server's process has continued. */
  readonly stayed: number
  /** An earlier stream object still exists, whatever its source: another process would not have it. */
  readonly hasContinued: boolean
  /** A path is not explained by the last configuration that was read. */
  readonly unexplained: boolean
}
/** A stream of this server that is forwarded, and where to. */
export interface ForwardedStream {
  readonly path: string
  readonly to: StreamAddress
}
export interface ForwardsTo {
  /** By path at the destination. */
  readonly byPath: Map<string, ForwardedStream[]>
  /** Patterns, whose streams are derived from the path at the destination. */
  readonly patterns: { readonly entry: string; readonly to: StreamAddress }[]
}
/** The forwarded streams of a server by destination host, '' for its own machine. */
export type ForwardIndex = ReadonlyMap<string, ForwardsTo>
/** A forward destination as last read. */
export interface Destination extends ForwardReading {
  /** Monotonic. */
  readonly arrivedAt: number
  readonly readAt: number
  readonly failingSince: number | null
  readonly bitrateBps: number
}
/** A destination that has started or stopped failing. */
export interface Turn {
  readonly path: string
  readonly kind: 'forwardFailing' | 'forwardRecovered'
  readonly destination: Destination
  /** The destination was removed: nothing is forwarded to it any more. */
  readonly removed: boolean
}
/** Forward destinations of one server. */
export interface Forwards {
  /** By path. */
  readonly byPath: Map<string, readonly Destination[]>
  /** Whether everything was read once: only changes after that produce events. */
  isRead: boolean
  error: ServerError | null
  turns: Turn[]
}
/** A path that was seen live. */
export interface SeenStream {
  readonly path: string
  /** Epoch ms. */
  readonly lastLiveAt: number
  /** Since when it is expected because it stayed live; null: it is not. */
  readonly learnedAt: number | null
  /** It was live at the last poll. */
  readonly live: boolean
  /** Arrival of the first answer that no longer showed it live; null: still live, or not recorded. */
  readonly wentBefore: number | null
}
