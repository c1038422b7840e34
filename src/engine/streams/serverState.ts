import type { Steps } from '../../clock/slices.ts'
import type { ServerError } from '../../shared/errors.ts'
import type { ServerTotals } from '../../shared/servers.ts'
import type { ConfiguredPath, ForwardReading, PathReading, PollRound, PulledSourceReading } from '../servers/readings.ts'
import type { StreamAddress } from '../servers/streamAddress.ts'
import { ServerSessions } from './sessions.ts'
import type { ExpectationSettings, Planned, Said, ServerName, StreamRecord } from './streamRecord.ts'
import { defaultReadTimeoutMs, type Unseen } from './streamState.ts'

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
export interface Forwards {
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
class Anchors {
  readonly #arrivals = new Float64Array(anchorCount).fill(Number.NaN)
  #counters = new Float64Array(0)
  /** Number of the newest; -1: none. */
  newest = -1

  arrivedAt(anchor: number): number {
    return this.#arrivals[anchor % anchorCount] ?? Number.NaN
  }
  inbound(anchor: number, row: number): number {
    return this.#counters[row * anchorStride + (anchor % anchorCount) * 2] ?? Number.NaN
  }
  outbound(anchor: number, row: number): number {
    return this.#counters[row * anchorStride + (anchor % anchorCount) * 2 + 1] ?? Number.NaN
  }
  /** The oldest anchor within the averaging time of rates, or the newest one where polls are rarer. */
  oldestFor(arrivedAt: number): number {
    for (let anchor = Math.max(0, this.newest - anchorCount + 1); anchor < this.newest; anchor++)
      if (arrivedAt - this.arrivedAt(anchor) <= meanOverMs) return anchor
    return this.newest
  }
  /** Keeps the counters of this answer, unless the last anchor is too recent. */
  drop(arrivedAt: number, rows: readonly StreamRecord[]): void {
    if (this.newest >= 0 && arrivedAt - this.arrivedAt(this.newest) < anchorEveryMs) return
    this.newest++
    const place = this.newest % anchorCount
    this.#arrivals[place] = arrivedAt
    if (this.#counters.length < rows.length * anchorStride) {
      const grown = new Float64Array(Math.ceil(rows.length * 1.25) * anchorStride).fill(Number.NaN)
      grown.set(this.#counters)
      this.#counters = grown
    }
    const counters = this.#counters
    for (let row = 0; row < rows.length; row++) {
      const record = rows[row] as StreamRecord
      counters[row * anchorStride + place * 2] = record.inbound
      counters[row * anchorStride + place * 2 + 1] = record.outbound
    }
  }
  move(fromRow: number, toRow: number): void {
    this.#counters.copyWithin(toRow * anchorStride, fromRow * anchorStride, (fromRow + 1) * anchorStride)
  }
}

/** The streams of one server, changed in place. */
export class ServerStreams {
  readonly id: string
  name: string
  readonly byPath = new Map<string, StreamRecord>()
  /** All streams; `rows[record.row] === record`. */
  readonly rows: StreamRecord[] = []
  /** Their paths in the same order. The array stays the same object until the rows change, so that history can recognise it. */
  paths: readonly string[] | null = null
  /** Streams in the order of the last answer; the next one has mostly the same. */
  readonly order: StreamRecord[] = []
  readonly sessions = new ServerSessions((path) => this.byPath.get(path)?.path ?? path)
  configured: ReadonlyMap<string, ConfiguredPath> | null = null
  /** What is planned for a stream now. */
  readonly planOf: (path: string) => Planned | null
  /** Its configuration forwards streams elsewhere. */
  anyForwards = false
  forwardIndex: ForwardIndex = new Map()
  readonly forwards: Forwards = { byPath: new Map(), isRead: false, error: null, turns: [] }
  readonly sources = new Map<string, KeptSource>()
  settings: ExpectationSettings = {}
  /** Whether a pattern of the configuration file expects a path, and the names that the file expects without a pattern. */
  isInFile: (path: string) => boolean = () => false
  namesInFile: ReadonlySet<string> = new Set()
  /** What operators say of paths, and since when the configuration file or the server's own expects others. */
  readonly said = new Map<string, Said>()
  /** Paths of which that is not in `expected_streams` yet. */
  readonly unwrittenSaid = new Set<string>()
  /** Its first answer with a live stream in this launch: what was live before it is not learned from. NaN: none yet. */
  learnsFrom = Number.NaN
  /** Paths that were seen and are not listed now, the oldest first. */
  readonly seenBefore = new Map<string, SeenStream>()
  /** Number of answers so far. 0: no state is known yet, so nothing makes an event. */
  round = 0
  lostWhy: LostWhy | null = null
  /** Slot since which its streams are unknown, while they are. */
  lostSince = Number.NaN
  failures = 0
  /** Monotonic arrival of the newest answer; NaN: the next one can't be compared with it. */
  arrivedAt = Number.NaN
  /** Slot of the newest answer, and its arrival in wall time; NaN: none yet. */
  at = Number.NaN
  readAt = Number.NaN
  /** Wall time minus monotonic time at the last round. */
  wallOffsetMs = Number.NaN
  justRestarted = false
  /** Comparison of the next answer with the last one, kept until that answer is read. */
  compared: { readonly items: readonly PathReading[]; readonly changes: RoundChanges } | null = null
  /** Number of its first answer after it was away, or restarted. */
  returnRound = 0
  returnedFrom: Unseen = 'silence'
  /** After this long without data the server closes a stream, ms. */
  readTimeoutMs = defaultReadTimeoutMs
  /** When the known configuration was asked for, or the last attempt that failed (monotonic); -Infinity: not asked for yet. */
  configurationAskedAt = Number.NEGATIVE_INFINITY
  /** Monotonic time of a change that only a configuration read since then can explain. */
  configurationWantedFrom = Number.NEGATIVE_INFINITY
  /** Monotonic; after a return, its publishers are waited for until then. */
  waitsUntil = Number.NEGATIVE_INFINITY
  /** Monotonic; after a return, publishers that change until then were disconnected by the server itself. */
  quietUntil = Number.NEGATIVE_INFINITY
  /** Wall time of its last return. */
  returnedAt = Number.NaN
  /** What it has to bring back; null: it did not return within the last minute. */
  beforeReturn: BeforeReturn | null = null
  lostTogether: LostTogether | null = null
  /** The most streams that it ever listed at once. */
  mostListed = 0
  readonly anchors = new Anchors()
  shown: ShownServer = { readAt: Number.NaN, lostWhy: null, lostSince: Number.NaN, lostTogether: null }
  /** The round being read. Nothing else may change the streams before it is done. */
  reading: RoundReading | null = null
  revision = 0
  totals: ServerTotals | null = null
  /** Changes that are not yet in `seen_streams`. */
  readonly unwritten = new Set<StreamRecord>()
  readonly unwrittenGone = new Set<string>()
  checkedAt = Number.NEGATIVE_INFINITY
  /** Whether its streams were described to history in this launch. */
  isDescribed = false
  describedAt = Number.NEGATIVE_INFINITY
  /** Streams that are no longer listed; not yet reported to history. */
  readonly pendingRemovals = new Set<string>()

  constructor({ id, name }: ServerName, planOf: ServerStreams['planOf']) {
    this.id = id
    this.name = name
    this.planOf = planOf
  }
}
