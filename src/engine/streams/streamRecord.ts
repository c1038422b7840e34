import type { Language } from '../../i18n/languages.ts'
import { reasonTextOrNull } from '../../i18n/reasonText.ts'
import type { Kick } from '../../shared/acts.ts'
import type { GrowingFigures } from '../../shared/fleet.ts'
import type { Reason } from '../../shared/reasons.ts'
import type { NewStreams } from '../../shared/servers.ts'
import {
  type Expectation,
  isRecorded,
  type Session,
  type Stream,
  type StreamFacts,
  type StreamFigures,
  type StreamReport,
  type Track,
} from '../../shared/streams.ts'
import { isoOrNull } from '../../shared/time.ts'
import type { StreamState } from '../../shared/watchedStates.ts'
import type { KeptStream } from '../past/keptFacts.ts'
import { type ConfiguredPath, type PathReading, sessionListOf } from '../servers/readings.ts'
import type { LossWindow } from './losses.ts'
import { orNull } from './pathSamples.ts'
import { type DiscardTally, lostForGood, repaired, type SessionRecord, srtOf } from './sessions.ts'
import { isOn, type Known, type Lasted, type Sender, type Unseen } from './streamState.ts'

/** Shared by all streams that have no sessions of ours. */
export const noSessions: readonly SessionRecord[] = []
/** MediaMTX's default where the configuration does not set it. */
export const defaultCloseAfterMs = 10_000
/**
 * The state of one stream. Created once and changed in place, unlike the rest of the code: 50,000 are read a second, and
 * creating a new object for each would dominate the work. Unknown numbers are NaN here.
 */
export class StreamRecord {
  readonly slot: number
  readonly serverId: string
  readonly path: string
  /** Its index among the server's streams: the row in samples and anchors. */
  row: number
  /** Its published state; null: not published yet. */
  shown: ShownStream | null = null
  /** Changes since it was last published: its figures, its facts, and facts not yet sent to history. */
  figuresChanged = true
  factsChanged = true
  needsDescription = true
  /** Checksum of the last description sent to history; NaN: none in this launch. */
  describedHash = Number.NaN

  state: StreamState = 'unknown'
  stateSince: number
  why: Reason | null
  /** Its state before its server's outage; null: never judged in this launch. */
  knownState: Known | null = null
  knownSince = Number.NaN
  knownWhy: Reason | null = null
  lastLiveAt = Number.NaN
  /** Arrival of the last answer that showed new data, wall time; NaN: none did, or the stream ended as it should. */
  goodAt = Number.NaN
  /** Since when it is expected because it stayed live; NaN: it is not. */
  learnedAt = Number.NaN
  /** Arrival of the answer before `goodAt`: the data arrived between the two. */
  goodAfter = Number.NaN
  /** How long its last outage lasted at most, ms; NaN: unknown, or it is not live. */
  awayMs = Number.NaN
  /** Its outage began between these two answers, wall time. NaN: it is on air, or never was. */
  wentAfter = Number.NaN
  wentBefore = Number.NaN
  /** Nobody expects it, but its data stopped before it left the list: it is missed until data flows. */
  stoppedFirst = false
  /** Number of the last answer that showed it, or its slate, live. */
  onAirRound = -1
  /** Start of the stream as its server reports it, by our clock; where a publisher replaced a slate, when we observed that. NaN: not up. */
  upSince = Number.NaN
  /** When it came on air, by our clock; durations in events are computed from it. */
  onSince = Number.NaN

  /** Monotonic arrival of the first answer without it, while judging it is postponed; NaN: it is judged. */
  heldFrom = Number.NaN
  /**
   * Facts of the event created when it left, if it was judged by a configuration read before that. A configuration read at `from` (monotonic) or later
   * confirms or corrects the event. null: there is nothing to confirm.
   */
  provisional: { readonly from: number; readonly sender: Sender; readonly up: Lasted | null } | null = null
  /** Arrival of the first answer without it, while it is not judged yet; NaN: it is judged. */
  missedSince = Number.NaN
  /** Arrival of the answer before `missedSince`, the last that listed it. */
  missedAfter = Number.NaN
  /** Why its end was not observed; null: it was, and only the configuration is awaited. */
  missedUnseen: Unseen | null = null
  /** Its sender before it went missing. */
  missedSender: Sender | null = null
  /** Number of readers when it left, excluding our own; NaN: unknown. */
  readersLost = Number.NaN
  /** Those of them whom its end hits, and those that were people or CDNs; NaN: unknown. */
  somebodyLost = Number.NaN
  peopleLost = Number.NaN
  /** The server's error for its pulled source; null: none. */
  sourceError: string | null = null

  /** Whether the server's newest answer lists it. */
  present = false
  readRound = -1
  available = false
  slate = false
  availableAt: number | null = null
  confName: string | null = null
  /** Configured under exactly this name. */
  named = false
  /** No configuration was read yet, but the name of its entry is exactly its path. */
  seemsNamed = false
  onDemand = false
  /** How it is to be recorded; null: not at all. undefined: no configuration says. */
  recordingPlan: ConfiguredPath['recording'] | null = undefined
  recording: StreamFacts['recording']
  /** Its server stops it this long after its last reader left. */
  closeAfterMs = defaultCloseAfterMs
  /** Its on-demand source failed while there were readers. */
  onDemandFailed = false
  /** A pattern of the configuration file expects it. */
  inFile = false
  /** Who says whether it is expected; null: nobody. */
  because: Said | null = null
  expected = false
  /** Expected by its very name, so it is missed even if it was never seen. */
  isClaimed = false
  /** Its on-air plan at present; null: none. */
  plan: Planned | null = null
  /** It has a plan, and should not be on air now. */
  offPlan = false
  /** It was already recorded that it is on air outside its plan. */
  beyondNoted = false
  sourceType: string | null = null
  sourceId = ''
  tracks: readonly Track[] = []
  /** The last known codecs, to compare with those of the next publisher. */
  lastCodecs = ''
  width: number | null = null
  height: number | null = null
  lastSize = ''
  readersRead: PathReading['readers'] = []
  /** Session lists that contain its source and readers, as bits. */
  lists = 0

  inbound = Number.NaN
  outbound = Number.NaN
  framesInError = Number.NaN
  /** For how long answers have shown no new data, ms. Excludes time in which the server did not answer. */
  quietMs = Number.NaN
  /** Usual time between answers that show new data, ms; NaN: not known yet. */
  gapMs = Number.NaN
  /** An answer has shown new data since, so that the next one shows a whole gap. */
  hasGrown = false
  /** First anchor (sequence number) whose counters belong to this stream object. */
  firstAnchor = 0
  /** First anchor since which its readers are the same, so that the mean of the outbound rate covers only them. */
  firstOutAnchor = 0

  bitrateInBps = Number.NaN
  bitrateOutBps = Number.NaN
  ownReaders = 0
  /** Our own sessions found in session lists. */
  ownSessions: readonly SessionRecord[] = noSessions
  /** Readers that each represent any number of HLS viewers, possibly including ours (MediaMTX before 1.18). */
  hlsMuxers = 0
  /** Readers that are machines, those that are CDNs, those that are internal, and those of which no list says who they are. */
  machines = 0
  cdns = 0
  internal = 0
  unlisted = 0
  hlsUncounted = false
  outIncludesOurs = false
  /** Version of the sessions that `ownReaders` comes from. */
  sessionsVersion = -1

  publisher: SessionRecord | null = null
  publisherHost: string | null = null
  /** The last publisher that was disconnected on purpose: its session, by whom and why. null: none, or another one came since. */
  kicked: ({ readonly id: string } & Kick) | null = null
  /** Address and user agent of its last publisher found in a session list; kept after the publisher left. */
  senderHost: string | null = null
  senderAgent: string | null = null
  /** Round of the session list from which losses were last counted. */
  lossRound = 0
  lost = Number.NaN
  repaired = Number.NaN
  lossWindow: LossWindow | null = null
  lostLastMinute = Number.NaN
  /** Slot time at which packet loss began; NaN: no loss. */
  lossSince = Number.NaN
  rttMs = Number.NaN
  discards: DiscardTally | null = null
  framesDiscarded = Number.NaN

  /** Its state is unknown at first, because of `why`. */
  constructor(slot: number, serverId: string, path: string, row: number, at: number, why: Reason | null) {
    this.slot = slot
    this.serverId = serverId
    this.path = path
    this.row = row
    this.stateSince = at
    this.why = why
  }
}

/**
 * The published state of a stream. The answer of a large server is read in slices, with other work in between: until it is read completely, all of
 * its streams are shown as they were at the end of the last one.
 */
export type ShownStream = ReturnType<typeof shownOf>
type Shown = Omit<ShownStream, 'factsRevision' | 'figuresRevision'>

/** Publishes the current state of a stream. What changes in nearly every round is overwritten; a new object is made only when a fact changed. */
export function show(record: StreamRecord, revision: number): void {
  const { shown } = record
  record.figuresChanged = false
  if (shown === null || record.factsChanged) {
    record.shown = shownOf(record, revision)
    record.factsChanged = false
    return
  }
  shown.figuresRevision = revision
  shown.present = record.present
  shown.sourceType = record.sourceType
  shown.sourceId = record.sourceId
  shown.tracks = record.tracks
  shown.lastLiveAt = record.lastLiveAt
  shown.goodAt = record.goodAt
  shown.readersRead = record.readersRead
  shown.ownReaders = record.ownReaders
  shown.hlsMuxers = record.hlsMuxers
  shown.inbound = record.inbound
  shown.outbound = record.outbound
  shown.framesInError = record.framesInError
  shown.bitrateInBps = record.bitrateInBps
  shown.bitrateOutBps = record.bitrateOutBps
  shown.lostLastMinute = record.lostLastMinute
  shown.lossSince = record.lossSince
  shown.rttMs = record.rttMs
  shown.publisher = record.publisher
  shown.framesDiscarded = record.framesDiscarded
}

const shownOf = (record: StreamRecord, revision: number) => ({
  factsRevision: revision,
  figuresRevision: revision,
  slot: record.slot,
  serverId: record.serverId,
  path: record.path,
  state: record.state,
  stateSince: record.stateSince,
  awayMs: record.awayMs,
  why: record.why,
  lastLiveAt: record.lastLiveAt,
  goodAt: record.goodAt,
  present: record.present,
  sourceType: record.sourceType,
  sourceId: record.sourceId,
  tracks: record.tracks,
  width: record.width,
  height: record.height,
  upSince: record.upSince,
  onDemand: record.onDemand,
  onDemandFailed: record.onDemandFailed,
  because: record.because,
  expected: record.expected,
  offPlan: record.offPlan,
  recording: record.recording,
  publisherHost: record.publisherHost,
  readersLost: record.readersLost,
  sourceError: record.sourceError,
  readersRead: record.readersRead,
  ownReaders: record.ownReaders,
  hlsMuxers: record.hlsMuxers,
  hlsUncounted: record.hlsUncounted,
  outIncludesOurs: record.outIncludesOurs,
  inbound: record.inbound,
  outbound: record.outbound,
  framesInError: record.framesInError,
  bitrateInBps: record.bitrateInBps,
  bitrateOutBps: record.bitrateOutBps,
  lostLastMinute: record.lostLastMinute,
  lossSince: record.lossSince,
  rttMs: record.rttMs,
  publisher: record.publisher,
  framesDiscarded: record.framesDiscarded,
})

/** Clears the figures of a stream that the server's answer does not list. */
export function markAbsent(record: StreamRecord): void {
  record.present = false
  record.available = false
  record.slate = false
  record.availableAt = null
  record.upSince = Number.NaN
  record.sourceType = null
  record.sourceId = ''
  record.tracks = []
  record.width = null
  record.height = null
  record.readersRead = []
  record.lists = 0
  record.publisher = null
  record.publisherHost = null
  record.discards = null
  markFiguresUnknown(record)
}

/** Sets its figures to unknown, because the server could not be asked. */
export function markFiguresUnknown(record: StreamRecord): void {
  record.inbound = Number.NaN
  record.outbound = Number.NaN
  record.framesInError = Number.NaN
  record.bitrateInBps = Number.NaN
  record.bitrateOutBps = Number.NaN
  record.ownReaders = 0
  record.ownSessions = noSessions
  record.hlsMuxers = 0
  record.machines = 0
  record.cdns = 0
  record.internal = 0
  record.unlisted = 0
  record.hlsUncounted = false
  record.outIncludesOurs = false
  record.sessionsVersion = -1
  record.lost = Number.NaN
  record.repaired = Number.NaN
  record.lostLastMinute = Number.NaN
  record.lossSince = Number.NaN
  record.rttMs = Number.NaN
  record.framesDiscarded = Number.NaN
}

/** Its state at the server's last answer; null: never judged in this launch. */
export function knownStateOf({ state, knownState }: StreamRecord): Known | null {
  return state === 'unknown' ? knownState : state
}

export function wasOn(record: StreamRecord): boolean {
  return isOn(knownStateOf(record))
}

/** Number of readers without our own; NaN: can't be counted. */
export function readersOf(record: Pick<Shown, 'present' | 'readersRead' | 'ownReaders' | 'hlsMuxers'>): number {
  return record.present ? record.readersRead.length - record.ownReaders - record.hlsMuxers : Number.NaN
}
/** Those of them that are people or CDNs; NaN: can't be counted, as where the viewers of HLS alone may be some. */
export function peopleOf(record: StreamRecord): number {
  return without(record, record.machines)
}
/** Those of them that are people. */
export function viewersOf(record: StreamRecord): number {
  return without(record, record.machines + record.cdns)
}
/** Those of them whom its end would hit: all but internal ones. */
export function somebodyOf(record: StreamRecord): number {
  return without(record, record.internal)
}
function without(record: StreamRecord, leftOut: number): number {
  const count = readersOf(record) - leftOut
  return count <= 0 && record.hlsMuxers > 0 ? Number.NaN : count
}

/** Notes who loses a stream that is not listed any more. */
export function noteReadersLost(record: StreamRecord): void {
  if (!record.present) return
  record.readersLost = readersOf(record)
  record.somebodyLost = somebodyOf(record)
  record.peopleLost = peopleOf(record)
}

/** Start of its current outage; NaN: there is none. */
export function outageSinceOf(record: Pick<Shown, 'state' | 'goodAt'>): number {
  return record.state === 'live' ? Number.NaN : record.goodAt
}

/** What the configuration says of a stream: its own entry, otherwise the pattern that matches it. */
export function configurationOf(configured: ReadonlyMap<string, ConfiguredPath> | null, { path, confName }: StreamRecord): ConfiguredPath | undefined {
  return configured?.get(path) ?? (confName === null ? undefined : configured?.get(confName))
}

export function factsOf(record: Shown): StreamFacts {
  return {
    slot: record.slot,
    serverId: record.serverId,
    path: record.path,
    state: record.state,
    stateSince: record.stateSince,
    why: record.why,
    sourceType: record.sourceType,
    // Never modified; the contract's type just isn't readonly.
    tracks: record.tracks as Track[],
    width: record.width,
    height: record.height,
    upSince: orNull(record.upSince),
    lastLiveAt: orNull(record.lastLiveAt),
    outageSince: orNull(outageSinceOf(record)),
    onDemand: record.onDemand,
    expected: record.expected,
    ...(record.because !== null && { expectedBy: expectedBy(record.because) }),
    ...(record.offPlan && { offPlan: true }),
    ...(record.recording !== undefined && { recording: record.recording }),
    publisher: record.publisherHost,
    ...((record.state === 'gone' || record.state === 'ended' || record.onDemandFailed) &&
      !Number.isNaN(record.readersLost) && { readersLost: record.readersLost }),
    ...(record.onDemandFailed && { onDemandFailed: true }),
    ...(record.sourceError !== null && { sourceError: record.sourceError }),
    ...(record.hlsUncounted && { hlsViewersUnknown: true }),
    ...(record.outIncludesOurs && { outIncludesOurs: true }),
  }
}

const expectedBy = ({ by, since, operator }: Said): Expectation => ({ by, since, ...(operator !== undefined && { operator }) })

export function keptOf(record: Shown): KeptStream {
  const { slot: _, serverId: _id, path: _path, ...facts } = factsOf(record)
  // `lastLiveAt` of a live stream changes with each poll, and samples contain it already.
  return record.state === 'live' ? { ...facts, lastLiveAt: null } : facts
}

/** `readAt`: arrival of the server's newest answer, wall time; NaN: none yet. */
export function figuresOf(record: Shown, readAt: number): StreamFigures {
  return {
    bytesReceived: orNull(record.inbound),
    bytesSent: orNull(record.outbound),
    bitrateInBps: orNull(record.bitrateInBps),
    bitrateOutBps: orNull(record.bitrateOutBps),
    readers: orNull(readersOf(record)),
    ownReaders: record.ownReaders,
    lostLastMinute: orNull(record.lostLastMinute),
    lossSince: orNull(record.lossSince),
    rttMs: orNull(record.rttMs),
    readAt: orNull(readAt),
  }
}

export function pushFigures(columns: GrowingFigures, record: Shown, readAt: number): void {
  columns.slot.push(record.slot)
  columns.bitrateInBps.push(orNull(record.bitrateInBps))
  columns.bitrateOutBps.push(orNull(record.bitrateOutBps))
  columns.readers.push(orNull(readersOf(record)))
  columns.ownReaders.push(record.ownReaders)
  columns.lostLastMinute.push(orNull(record.lostLastMinute))
  columns.rttMs.push(orNull(record.rttMs))
  columns.readAt.push(orNull(readAt))
}

function countByType(record: Shown, counts: (reader: { readonly type: string; readonly id: string }) => boolean): Record<string, number> {
  // No prototype: type names come from servers.
  const byType: Record<string, number> = Object.create(null)
  for (const reader of record.readersRead) if (counts(reader)) byType[reader.type] = (byType[reader.type] ?? 0) + 1
  return byType
}

/** Readers by type, without our own. Our pictures that no session list names yet count as HLS readers. */
function viewersByType(record: Shown, isOwn: (id: string) => boolean): Record<string, number> {
  const byType = countByType(record, (reader) => !isOwn(reader.id))
  let unlisted = record.ownReaders - record.readersRead.filter((reader) => isOwn(reader.id)).length
  for (const [type, count] of Object.entries(byType)) {
    if (unlisted <= 0) break
    if (sessionListOf(type) !== 'hlsSessions') continue
    const ours = Math.min(unlisted, count)
    unlisted -= ours
    if (ours === count) delete byType[type]
    else byType[type] = count - ours
  }
  return byType
}

/** All details of one stream; `sessions` are those on its path. */
export function streamOf(
  record: Shown,
  serverName: string,
  readAt: number,
  sessions: Session[],
  isOwn: (id: string) => boolean,
): Omit<Stream, 'forwards' | 'pulled'> {
  const session = record.publisher?.shown ?? null
  const publisher = session?.reading ?? null
  let sessionsReadAt = Number.POSITIVE_INFINITY
  for (const { readAt } of sessions) sessionsReadAt = Math.min(sessionsReadAt, readAt)
  return {
    ...factsOf(record),
    serverName,
    figures: figuresOf(record, readAt),
    readersByType: viewersByType(record, isOwn),
    source:
      record.sourceType === null
        ? null
        : { type: record.sourceType, id: record.sourceId, remoteAddr: publisher?.remoteAddr ?? null, userAgent: publisher?.userAgent ?? null },
    packetsLost: session && orNull(lostForGood(session.reading, session.unrecovered)),
    packetsLostEstimated: publisher?.srt != null,
    packetsRepaired: publisher && orNull(repaired(publisher)),
    framesInError: orNull(record.framesInError),
    framesDiscarded: orNull(record.framesDiscarded),
    jitter: publisher?.rtp?.jitter ?? null,
    srt: session && srtOf(session),
    rtp: publisher?.rtp ? { ...publisher.rtp } : null,
    sessions,
    sessionsReadAt: Number.isFinite(sessionsReadAt) ? sessionsReadAt : null,
  }
}

/** One stream for scripts. `readers` and `readersByType` are the server's own figures and include ours. */
export function reportOf(record: Shown, serverName: string, language: Language): Omit<StreamReport, 'severity'> {
  const session = record.publisher?.shown ?? null
  const publisher = session?.reading ?? null
  const srt = publisher?.srt ?? null
  return {
    name: record.path,
    server: serverName,
    serverId: record.serverId,
    state: record.state,
    reason: reasonTextOrNull(record.why, language),
    expected: record.expected,
    source: record.sourceType === null ? null : { type: record.sourceType },
    sourceType: record.sourceType,
    tracks: record.tracks.map((track) => track.codec),
    width: record.width,
    height: record.height,
    bytesReceived: orNull(record.inbound),
    bytesSent: orNull(record.outbound),
    bitrateInBps: orNull(record.bitrateInBps),
    bitrateOutBps: orNull(record.bitrateOutBps),
    readers: record.present ? record.readersRead.length : null,
    readersByType: countByType(record, () => true),
    ownReaders: record.ownReaders,
    clients: orNull(readersOf(record)),
    recording: isRecorded(record),
    upSince: isoOrNull(orNull(record.upSince)),
    outageSince: isoOrNull(orNull(outageSinceOf(record))),
    rtt: srt?.rttMs ?? null,
    recvRateMbps: srt?.rateMbps ?? null,
    linkCapacityMbps: srt?.linkCapacityMbps ?? null,
    latencyMs: srt?.latencyMs ?? null,
    packetsLost: session && orNull(lostForGood(session.reading, session.unrecovered)),
    packetsLostEstimated: srt !== null,
    packetsRepaired: publisher && orNull(repaired(publisher)),
    packetsDropped: srt?.packetsDropped ?? null,
    packetsBelated: srt?.packetsBelated ?? null,
    packetsRetransmitted: srt?.packetsRetransmitted ?? null,
    jitter: publisher?.rtp?.jitter ?? null,
    framesInError: orNull(record.framesInError),
    framesDiscarded: orNull(record.framesDiscarded),
  }
}
/** Who says that a stream is expected, or is not: an operator may say so, and a plan says so outside its times. */
export interface Said extends Expectation {
  readonly expects: boolean
}
/** The settings of a server that say which of its streams are expected. */
export interface ExpectationSettings {
  /** Patterns of the configuration file. */
  readonly expected?: readonly string[] | undefined
  readonly newStreams?: NewStreams | undefined
}
export interface ServerName {
  readonly id: string
  readonly name: string
  /** Default: nothing is set. */
  readonly settings?: ExpectationSettings
}

/** The plan of a stream at a moment. */
export interface Planned {
  readonly name: string
  /** Whether it should be on air. */
  readonly isDue: boolean
  readonly since: number
  /** The plan names this very path, so it is expected even if it was never seen. */
  readonly isNamed?: boolean
  /** The camera of the stream says so. */
  readonly byCamera?: boolean
}

export interface OnAirOf {
  readonly of: (serverId: string, path: string) => Planned | null
  /** Paths of a server that are listed when they are due, even if they were never seen. */
  readonly named?: (serverId: string) => readonly string[]
}
