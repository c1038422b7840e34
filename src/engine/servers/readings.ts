import type { ServerError } from '../../shared/errors.ts'
import type { PathChangeKind } from '../../shared/pathChanges.ts'
import type { RecordingPlan } from '../../shared/recordings.ts'
import type { Result } from '../../shared/result.ts'
import type { Protocol } from '../../shared/servers.ts'
import type { Session, Track } from '../../shared/streams.ts'
import type { ShownCertificate } from '../http/serverTls.ts'
import type { pathCounters } from './apiFields.ts'
import type { FieldFault } from './fieldFaults.ts'
import type { StreamAddress } from './streamAddress.ts'

/**
 * The answer of a media server, in one form for all versions from 1.3 to 1.21. Made by
 * `mediaServerClient.ts`, which hides the field names, missing fields and traps of each version; secrets in
 * addresses are already removed. Counters are the server's; rates are computed elsewhere.
 */
export interface PathReading extends Readonly<Record<keyof typeof pathCounters, number | null>> {
  readonly name: string
  /** Name of the configuration entry it comes from, e.g. `all_others`; null where the server does not say. */
  readonly confName: string | null
  /** Media can be read: `available ?? ready`. True for a slate too. */
  readonly available: boolean
  /** Only for always-available paths: there is no publisher, and the holding picture is on air. */
  readonly slate: boolean
  /** Start of this stream object; its counters start at 0 then. null while not available, or where the server does not say. */
  readonly availableAt: number | null
  /** MediaMTX's word with its own case, e.g. `rtspSession`, `webRTCSession` (1.3, ≥ 1.12) or `webrtcSession`: compare without case. */
  readonly sourceType: string | null
  readonly sourceId: string
  readonly tracks: readonly Track[]
  readonly readers: readonly { readonly type: string; readonly id: string }[]
}

/** An answer and what it cost. `arrivedAt` is monotonic and belongs to the last byte: rates are made from it. */
export interface Answer<T> {
  readonly items: readonly T[]
  readonly arrivedAt: number
  readonly tookMs: number
  readonly bytes: number
  /** Server's Date header, epoch ms, and our wall time when it came. */
  readonly serverDate: number | null
}

/** The session lists, one endpoint each. `hlsMuxers` has no clients, only discards and bytes. */
export type SessionListName =
  | 'rtspSessions'
  | 'rtspsSessions'
  | 'rtmpConns'
  | 'rtmpsConns'
  | 'srtConns'
  | 'webrtcSessions'
  | 'hlsSessions'
  | 'hlsMuxers'
  | 'moqSessions'

/** A session without the figures that need two readings. `isRead` comes from the server's `state`. */
export interface SessionReading extends Omit<Session, 'bitrateInBps' | 'bitrateOutBps' | 'readAt' | 'srt'> {
  readonly list: SessionListName
  /** Of a publisher on a server before 1.20.1, what was lost is null: it counts gaps twice, and nothing as belated. */
  readonly srt: Omit<NonNullable<Session['srt']>, 'packetsUnrecovered'> | null
}

/** What a server says of one forward destination; null is not told. Metrics tell id, protocol, state and bytes. */
export interface ForwardReading {
  readonly id: string
  /** Its place in the configuration, from 1 on. */
  readonly position: number | null
  readonly protocol: string | null
  /** Its secrets removed. */
  readonly address: string | null
  /** MediaMTX's word, an open list: `idle`, `forwarding` (connecting too, up to 1.20.1 at least), `error`. */
  readonly state: string | null
  /** Its secrets removed. */
  readonly lastError: string | null
  /** Of all its connections together. */
  readonly outboundBytes: number | null
}
/** What a server says of a source that it pulls; null is not told. */
export interface PulledSourceReading {
  readonly path: string
  /** Monotonic. */
  readonly arrivedAt: number
  /** MediaMTX's word, an open list: `idle`, `running`, `error`. */
  readonly state: string | null
  /** Its secrets removed. */
  readonly lastError: string | null
}

/** The segments that a server has of one stream. */
export interface RecordingReading {
  readonly path: string
  /** When each begins, epoch ms by the server's clock, oldest first. */
  readonly starts: Float64Array
  /** It has more, older ones. */
  readonly cut: boolean
}

/** A segment, with its start as its server wrote it, and the same in epoch ms by the server's clock. */
export interface RecordingSegment {
  readonly start: string
  readonly at: number
}

/** What one answer told of the forward destinations of some paths. `arrivedAt` is monotonic. */
export interface ForwardsReading {
  readonly arrivedAt: number
  readonly paths: ReadonlyMap<string, readonly ForwardReading[]>
}

/** A configured path, secrets removed. */
export interface ConfiguredPath {
  readonly name: string
  /** A regular expression (`~…`) or `all_others` / `all`: says nothing about which streams exist. */
  readonly pattern: boolean
  /** Its source or command starts when someone reads it. */
  readonly onDemand: boolean
  /** Its source or command is stopped this long after the last reader left, ms. Left out where the server does not report it. */
  readonly closeAfterMs?: number
  /** `publisher`, or the scheme of a pulled source (`rtsp`, `srt`, …): never the address. */
  readonly source: string
  /** The host of a pulled source, without anything else of its address. Left out: it has none, or each path of a pattern has its own. */
  readonly sourceHost?: string
  readonly alwaysAvailable: boolean
  /** Where it is pulled from, as far as that may be a stream of another server. Left out: it is not. Its path may be a secret of somebody else's: it is not shown. */
  readonly pulledFrom?: StreamAddress
  /** It is forwarded elsewhere. Left out: it is not. */
  readonly forwards?: boolean
  /** The same of where it is forwarded to. */
  readonly forwardedTo?: readonly StreamAddress[]
  /** It is recorded like this, its slate too where `slates` says so. Left out: it is not. */
  readonly recording?: RecordingPlan & {
    readonly slates: boolean
    /** The folder that all its recordings lie in, as far as it is written without variables; null: not told. */
    readonly folder: string | null
  }
}

/** The parts of a server's configuration that the engine acts on; `shown` is the whole, redacted, for people. */
export interface ConfigurationReading {
  readonly paths: readonly ConfiguredPath[]
  /** As `serverAddressesSchema`: full addresses with the API's host filled in; null where switched off. */
  readonly addresses: {
    readonly hls: string | null
    readonly webrtc: string | null
    readonly rtsp: string | null
    readonly srt: string | null
    readonly playback: string | null
    readonly metrics: string | null
    readonly pprof: string | null
  }
  readonly off: readonly Protocol[]
  readonly shown: {
    readonly global: Record<string, unknown>
    readonly pathDefaults: Record<string, unknown>
    readonly paths: readonly Record<string, unknown>[]
  }
}

/** `/v3/info`; `null` values on servers before 1.15.2, which have no such endpoint. */
export interface ServerInfoReading {
  readonly version: string | null
  readonly startedAt: number | null
}

/** Makes one request with its own time limit. */
export type Ask = <T>(request: (limited: AbortSignal) => Promise<T>) => Promise<T>

/** Work that takes several requests. Each step makes one, so that others can run in between. */
export type Requests<T> = AsyncGenerator<undefined, T, undefined>

/** Makes all requests, one right after the other. */
export async function allRequests<T>(requests: Requests<T>): Promise<T> {
  for (;;) {
    const step = await requests.next()
    if (step.done) return step.value
  }
}

/** All HTTP to a media server's API goes through here. The caller must keep to one request in flight at a time. */
export interface MediaServerClient {
  /** Reads all paths, over several pages where one is not enough, without duplicates. The result is valid until the next call, because readings are reused. */
  readonly readPaths: (signal: AbortSignal) => Promise<Result<Answer<PathReading>, ServerError>>
  /** `notEnabled` where the protocol is off or this version has no such list. */
  readonly readSessions: (list: SessionListName, signal: AbortSignal) => Promise<Result<Answer<SessionReading>, ServerError>>
  /** Disconnects a session. `gone`: the server has none of this id any more. `notEnabled` where this version can't disconnect those of the list. */
  readonly kick: (list: SessionListName, id: string, signal: AbortSignal) => Promise<Result<'kicked' | 'gone', ServerError>>
  /** One entry of the configuration with all of its settings, as the server tells them: with their secrets. null: there is none of this name. */
  readonly readConfiguredPath: (name: string, signal: AbortSignal) => Promise<Result<Readonly<Record<string, unknown>> | null, ServerError>>
  /** The settings of all paths that do not say otherwise, with their secrets; null: this version does not tell. */
  readonly readPathDefaults: (signal: AbortSignal) => Promise<Result<Readonly<Record<string, unknown>> | null, ServerError>>
  /** Changes some settings of an entry, adds one, or removes it. `gone`: there is none of this name. The answer may be lost, and it be done. */
  readonly changeConfiguredPath: (
    change: PathChangeKind,
    name: string,
    settings: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ) => Promise<Result<'done' | 'gone', ServerError>>
  readonly readInfo: (signal: AbortSignal) => Promise<Result<ServerInfoReading, ServerError>>
  readonly readConfiguration: (ask: Ask) => Requests<Result<ConfigurationReading, ServerError>>
  /** Forward destinations of all paths, as the metrics at that address tell them. */
  readonly readForwardMetrics: (address: string, signal: AbortSignal) => Promise<Result<ForwardsReading, ServerError>>
  /** Those of one path, with addresses and errors. */
  readonly readForwards: (path: string, signal: AbortSignal) => Promise<Result<ForwardsReading, ServerError>>
  /** `noApiHere` before 1.21, and where the path has no pulled source. */
  readonly readPulledSource: (path: string, signal: AbortSignal) => Promise<Result<PulledSourceReading, ServerError>>
  /** Segments of all streams. Walks the server's disk. `noApiHere` before 1.5. */
  readonly readRecordings: (signal: AbortSignal) => Promise<Result<Answer<RecordingReading>, ServerError>>
  /** The segments of one stream that begin within `from` and `to`, by the server's clock. */
  readonly readSegments: (path: string, from: number, to: number, signal: AbortSignal) => Promise<Result<readonly RecordingSegment[], ServerError>>
  /** Deletes a segment, named as `readSegments` names it. `gone`: there is no such file any more. `noApiHere` before 1.5. */
  readonly deleteSegment: (path: string, start: string, signal: AbortSignal) => Promise<Result<'deleted' | 'gone', ServerError>>
  /** Whether the API also answers without our credentials (up to 1.5 it asks for none). Asked once, after the first success. */
  readonly readOpenness: (signal: AbortSignal) => Promise<boolean | null>
  /** The certificate that the API showed last; null: it has none, or was not reached. */
  readonly certificate: () => ShownCertificate | null
  /** Sees which certificate it shows now; a connection that lasts shows that of its beginning. */
  readonly lookAtCertificate: (signal: AbortSignal) => Promise<void>
  /** Fields that recently had impossible values. */
  readonly faults: () => readonly FieldFault[]
  /** Bytes of all bodies so far, including unusable, incomplete and abandoned ones, because they cost the server as much. */
  readonly bytesRead: () => number
  /** How many times a path was left out so far because the server has too many new names. */
  readonly refusedNames: () => number
  readonly close: () => Promise<void>
}

/** Everything read from one server in one slot, for `streams.observe`. */
export interface PollRound {
  readonly serverId: string
  /** Time of every sample of this round: the slot's, or the arrival if the answer came more than a second late. */
  readonly at: number
  readonly paths: Result<Answer<PathReading>, ServerError>
  /** Complete session lists that were read in this round, including empty ones. */
  readonly sessions: readonly { readonly list: SessionListName; readonly answer: Answer<SessionReading> }[]
  /** Polling interval in use, ms; needed to judge stalls. */
  readonly intervalMs: number
  /** Whether the server's process is a new one, asked before this round was handed over. null or left out: not asked, or not reported. */
  readonly restarted?: boolean | null
  /** The server's clock minus ours, smoothed, ms; corrects times that the server reports. Left out: 0. */
  readonly skewMs?: number
}

/** Everything needed to access a server, including secrets. Kept only in the engine's memory. */
export interface ServerAccess {
  readonly serverId: string
  /** API address with an optional path prefix, no trailing slash. */
  readonly url: string
  /** Value of the Authorization header, or null. */
  readonly authorization: string | null
  /** Pinned SHA-256 (AB:CD:…) of the certificate, or null for the system's trust. */
  readonly fingerprint: string | null
}
