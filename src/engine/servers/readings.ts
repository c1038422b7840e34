import type { SameEndpoint, ServerError } from '../../shared/errors.ts'
import type { RecordingPlan } from '../../shared/recordings.ts'
import type { Result } from '../../shared/result.ts'
import type { Protocol } from '../../shared/servers.ts'
import type { Session, Track } from '../../shared/streams.ts'
import type { Gate } from '../http/gate.ts'
import type { pathCounters } from './apiFields.ts'
import type { StreamAddress } from './streamAddress.ts'

/**
 * A path as answered by a media server, in one form for all versions from 1.3 to 1.21. Created by
 * `mediaServerClient.ts`, which hides the field names, missing fields and quirks of each version; secrets in
 * addresses are already removed. Counters are the server's; rates are computed elsewhere.
 */
export interface PathReading extends Readonly<Record<keyof typeof pathCounters, number | null>> {
  readonly name: string
  /** Name of its configuration entry, e.g. `all_others`; null if the server does not report it. */
  readonly confName: string | null
  /** Media can be read: `available ?? ready`. True for a slate too. */
  readonly available: boolean
  /** Only for always-available paths: there is no publisher, and the placeholder picture is sent instead. */
  readonly slate: boolean
  /** Start of this stream object, at which its counters start at 0. null: not available, or not reported. */
  readonly availableAt: number | null
  /** As MediaMTX writes it, e.g. `rtspSession`, `webRTCSession` (1.3, ≥ 1.12) or `webrtcSession`: compare case-insensitively. */
  readonly sourceType: string | null
  readonly sourceId: string
  readonly tracks: readonly Track[]
  readonly readers: readonly { readonly type: string; readonly id: string }[]
}

/** An answer and its cost. `arrivedAt` is the monotonic arrival time of the last byte; rates are calculated with it. */
export interface Answer<T> {
  readonly items: readonly T[]
  readonly arrivedAt: number
  readonly tookMs: number
  readonly bytes: number
  /** Server's Date header, epoch ms, and our wall time when it came. */
  readonly serverDate: number | null
}

/** The session lists, one endpoint each. `hlsMuxers` lists no clients, only discards and bytes. */
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

/** A session without the figures that require two readings. `isRead` is derived from the server's `state`. */
export interface SessionReading extends Omit<Session, 'audience' | 'bitrateInBps' | 'bitrateOutBps' | 'readAt' | 'srt'> {
  readonly list: SessionListName
  /** Its server knows it for a CDN, by the secret of `hlsCDNSecret`. */
  readonly isCdn?: boolean
  /** No connection belongs to it any more: its client has hung up, and its server waits for it to time out. RTSP only; before 1.17 not reported. */
  readonly hasHungUp?: boolean
  /** What of ours reads it by SRT, as `markedAddress` wrote it. */
  readonly mark?: string | null
  /** For publishers, losses are null before MediaMTX 1.20.1, which counts gaps twice and reports no belated packets. */
  readonly srt: (Omit<NonNullable<Session['srt']>, 'packetsUnrecovered'> & { readonly packetsSent?: number | null }) | null
}

/**
 * A reading that the next one overwrites. A new object for each would survive until the next answer: V8 would promote a whole list
 * to the old generation every few seconds, the most expensive kind of garbage (docs/adr/0013).
 */
export type MutableSession = { -readonly [K in keyof SessionReading]: SessionReading[K] }

export function copyOfSession(reading: SessionReading): MutableSession {
  return { ...reading, rtp: reading.rtp && { ...reading.rtp }, srt: reading.srt && { ...reading.srt } }
}

/** Overwrites a reading with another one of the same list. Equal texts keep their string object. */
export function overwriteSession(mine: MutableSession, reading: SessionReading): void {
  if (mine.id !== reading.id) mine.id = reading.id
  if (mine.path !== reading.path) mine.path = reading.path
  if (mine.role !== reading.role) mine.role = reading.role
  if (mine.remoteAddr !== reading.remoteAddr) mine.remoteAddr = reading.remoteAddr
  if (mine.user !== reading.user) mine.user = reading.user
  if (mine.userAgent !== reading.userAgent) mine.userAgent = reading.userAgent
  if (mine.transport !== reading.transport) mine.transport = reading.transport
  mine.own = reading.own
  mine.isCdn = reading.isCdn === true
  mine.hasHungUp = reading.hasHungUp === true
  mine.mark = reading.mark ?? null
  mine.createdAt = reading.createdAt
  mine.inboundBytes = reading.inboundBytes
  mine.outboundBytes = reading.outboundBytes
  mine.framesDiscarded = reading.framesDiscarded
  if (mine.rtp !== null && reading.rtp !== null) Object.assign(mine.rtp, reading.rtp)
  else mine.rtp = reading.rtp && { ...reading.rtp }
  if (mine.srt !== null && reading.srt !== null) Object.assign(mine.srt, reading.srt)
  else mine.srt = reading.srt && { ...reading.srt }
}

/** A forward destination as reported by a server; null: not reported. Metrics contain id, protocol, state and bytes only. */
export interface ForwardReading {
  readonly id: string
  /** Its position in the configuration, starting at 1. */
  readonly position: number | null
  readonly protocol: string | null
  /** Without secrets. */
  readonly address: string | null
  /** As MediaMTX reports it; other values are possible: `idle`, `forwarding` (also while connecting, at least up to 1.20.1), `error`. */
  readonly state: string | null
  /** Without secrets. */
  readonly lastError: string | null
  /** Sum over all its connections. */
  readonly outboundBytes: number | null
}
/** A pulled source as reported by its server; null: not reported. */
export interface PulledSourceReading {
  readonly path: string
  /** Monotonic. */
  readonly arrivedAt: number
  /** As MediaMTX reports it; other values are possible: `idle`, `running`, `error`. */
  readonly state: string | null
  /** Without secrets. */
  readonly lastError: string | null
}

/** The recorded segments of one stream on a server. */
export interface RecordingReading {
  readonly path: string
  /** Start of each segment, epoch ms by the server's clock, oldest first. */
  readonly starts: Float64Array
  /** Older segments exist but are not included. */
  readonly cut: boolean
}

/** A segment: its start as written by the server, and as epoch ms by the server's clock. */
export interface RecordingSegment {
  readonly start: string
  readonly at: number
}

/** Forward destinations by path from one answer. `arrivedAt` is monotonic. */
export interface ForwardsReading {
  readonly arrivedAt: number
  readonly paths: ReadonlyMap<string, readonly ForwardReading[]>
}

export interface ConfiguredPath {
  readonly name: string
  /** A regular expression (`~…`) or `all_others` / `all`: does not tell which streams exist. */
  readonly pattern: boolean
  /** Its source or command starts when someone reads it. */
  readonly onDemand: boolean
  /** Time from the last reader leaving until its source or command is stopped, ms. Omitted if the server does not report it. */
  readonly closeAfterMs?: number
  /** How many may read it at once. Omitted: any number. */
  readonly maxReaders?: number
  /** `publisher`, or the scheme of a pulled source (`rtsp`, `srt`, …): never the address. */
  readonly source: string
  /** The host of a pulled source, without the rest of its address. Omitted: none, or each path of a pattern has its own. */
  readonly sourceHost?: string
  readonly alwaysAvailable: boolean
  /** The address it is pulled from, if that may be a stream of another server; otherwise omitted. Not shown, as its path may be a third party's secret. */
  readonly pulledFrom?: StreamAddress
  /** Whether it has forward destinations. Omitted: it has none. */
  readonly forwards?: boolean
  /** Like `pulledFrom`, for its forward destinations. */
  readonly forwardedTo?: readonly StreamAddress[]
  /** How it is recorded; `slates`: its slate is recorded too. Omitted: it is not recorded. */
  readonly recording?: Omit<RecordingPlan, 'unrecordable'> & {
    readonly slates: boolean
  }
}

/** The parts of a server's configuration used by the engine; `shown` is all of it, redacted, for display. */
export interface ConfigurationReading {
  readonly paths: readonly ConfiguredPath[]
  /** As in `serverAddressesSchema`: full addresses with the API's host filled in; null: switched off. */
  readonly addresses: {
    readonly hls: string | null
    readonly webrtc: string | null
    readonly rtsp: string | null
    readonly rtsps: string | null
    readonly rtmp: string | null
    readonly rtmps: string | null
    readonly srt: string | null
    readonly playback: string | null
    readonly metrics: string | null
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

/** Makes one request with its own timeout. */
export type Ask = <T>(request: (limited: AbortSignal) => Promise<T>) => Promise<T>

/** Work that takes several requests. Each step makes one, so that others can run in between. */
export type Requests<T> = AsyncGenerator<undefined, T, undefined>

/** Makes all requests in immediate succession. */
export async function allRequests<T>(requests: Requests<T>): Promise<T> {
  for (;;) {
    const step = await requests.next()
    if (step.done) return step.value
  }
}

/** What else to read before a list of paths is judged, so that it is judged by current data. */
export interface Wanted {
  /** Read the server's info, to see whether its process is still the same. */
  readonly info: boolean
  /** Read the configuration again: a path appeared or went that only a newer one can explain. */
  readonly configuration: boolean
}

export interface ReadSessionList {
  readonly list: SessionListName
  readonly answer: Answer<SessionReading>
}

/** Everything read from one server in one polling slot, for `streams.observe`. */
export interface PollRound {
  readonly serverId: string
  /** Time of all samples of this round: the slot's, or the arrival if the answer was more than a second late. */
  readonly at: number
  readonly paths: Result<Answer<PathReading>, ServerError>
  /** Complete session lists that were read in this round, including empty ones. */
  readonly sessions: readonly ReadSessionList[]
  /** Polling interval in use, ms; needed to judge stalls. */
  readonly intervalMs: number
  /** Whether the server's process was restarted, as determined before this round was passed on. null or omitted: not checked, or not reported. */
  readonly restarted?: boolean | null
  /** The server's clock minus ours, smoothed, ms; corrects times that the server reports. Omitted: 0. */
  readonly skewMs?: number
}

/** The address of an endpoint; null: it is switched off. An error: the address is another server's as well, so nothing is asked there. */
export type KnownEndpoint = string | SameEndpoint | null

/** Everything needed to access a server, including secrets. Kept only in the engine's memory. */
export interface ServerAccess {
  readonly serverId: string
  /** API address with an optional path prefix, no trailing slash. */
  readonly url: string
  /** Value of the Authorization header, or null. */
  readonly authorization: string | null
  /** Pinned SHA-256 (AB:CD:…) of the certificate, or null for the system's trust. */
  readonly fingerprint: string | null
  /** What a gate before it wants; left out or null: there is none. */
  readonly gate?: Gate | null
}

/** Protocol of each list, by the name that sessions and operators use. */
export const protocolByList: Readonly<Record<SessionListName, Protocol>> = {
  rtspSessions: 'rtsp',
  rtspsSessions: 'rtsps',
  rtmpConns: 'rtmp',
  rtmpsConns: 'rtmps',
  srtConns: 'srt',
  webrtcSessions: 'webrtc',
  hlsSessions: 'hls',
  hlsMuxers: 'hls',
  moqSessions: 'moq',
}

// A map, because types come from servers, and "constructor" would be found in an object.
const listByType: ReadonlyMap<string, SessionListName> = new Map(
  Object.entries({
    rtspsession: 'rtspSessions',
    rtspssession: 'rtspsSessions',
    rtmpconn: 'rtmpConns',
    rtmpsconn: 'rtmpsConns',
    srtconn: 'srtConns',
    webrtcsession: 'webrtcSessions',
    hlssession: 'hlsSessions',
    hlsmuxer: 'hlsMuxers',
    moqsession: 'moqSessions',
  } as const),
)
// Each spelling is cached as it comes, because lower-casing 100,000 types a second is not free.
const listBySpelling = new Map<string, SessionListName | null>()
const mostSpellings = 100

/** The list that contains sessions of this type, or null. Spellings differ between versions (trap 18). */
export function sessionListOf(type: string): SessionListName | null {
  const known = listBySpelling.get(type)
  if (known !== undefined) return known
  const list = listByType.get(type.toLowerCase()) ?? null
  if (listBySpelling.size < mostSpellings) listBySpelling.set(type, list)
  return list
}
