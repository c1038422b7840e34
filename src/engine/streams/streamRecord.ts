import type { GrowingFigures } from '../../shared/fleet.ts'
import type { Reason } from '../../shared/reasons.ts'
import type { Stream, StreamFacts, StreamFigures, StreamReport, StreamState, Track } from '../../shared/streams.ts'
import { isoOrNull } from '../../shared/time.ts'
import type { Language } from '../../shared/words/languages.ts'
import { reasonTextOrNull } from '../../shared/words/reasonText.ts'
import type { KeptStream } from '../past/keptFacts.ts'
import type { PathReading } from '../servers/readings.ts'
import { sessionListOf } from '../servers/sessionLists.ts'
import type { DiscardTally } from './discardTallies.ts'
import type { LossWindow } from './lossWindow.ts'
import { orNull } from './pathSamples.ts'
import { lostForGood, repaired, type SessionRecord, type ShownSession, sessionOf, srtOf } from './sessions.ts'
import type { Lasted, Sender, Unseen } from './streamSentences.ts'
import { isExpected, type Known } from './streamState.ts'

/**
 * What is kept of one stream. Made once and changed in place, against the habit: 50,000 are read a second, and
 * a new object for each would be all the work. Unknown numbers are NaN here.
 */
export interface StreamRecord {
  readonly slot: number
  readonly serverId: string
  readonly path: string
  /** Its place among the server's streams: row of samples and of anchors. */
  row: number
  /** What others see of it; null: not shown yet. */
  shown: ShownStream | null
  /** What changed since it was shown: its figures, more than that, and what history has not yet. */
  figuresChanged: boolean
  factsChanged: boolean
  isUntold: boolean
  /** Checksum of its last description to history; NaN: none in this launch. */
  describedHash: number

  state: StreamState
  stateSince: number
  why: Reason | null
  /** What it was before its server could not be asked; null: never judged in this launch. */
  knownState: Known | null
  knownSince: number
  knownWhy: Reason | null
  lastLiveAt: number
  /** Arrival of the last answer that showed new data of it, wall time; NaN: none did, or it ended as it should. */
  goodAt: number
  /** What is learned of it: days (UTC) on which it was live, and ms on air in all. */
  liveDays: number
  liveMs: number
  /** The answer before that one: the data came after it. */
  goodAfter: number
  /** Its outage began between these, wall time: what two answers leave open. NaN: it is on, or never was. */
  wentAfter: number
  wentBefore: number
  /** Number of the last answer that showed it live, or its slate. */
  onAirRound: number
  /** As its server tells, by our clock; where a publisher came to a slate, when we saw it. NaN: not up. */
  upSince: number
  /** When it came on, by our clock; what durations in sentences are made of. */
  onSince: number

  /** Arrival (monotonic) of the first answer without it, while it is not judged; NaN: it is. */
  heldFrom: number
  /**
   * It left, and was judged by a configuration older than that: what was said of it. One no older than `from` (monotonic) confirms or
   * corrects it. null: there is nothing to confirm.
   */
  provisional: { readonly from: number; readonly sender: Sender; readonly up: Lasted | null } | null
  /** Missing since this answer, and not judged yet; NaN: it is judged. */
  missedSince: number
  /** When it was last in an answer, before. */
  missedAfter: number
  /** Why its end was not seen; null: only the configuration is waited for. */
  missedUnseen: Unseen | null
  /** Who sent it until then. */
  missedSender: Sender | null
  /** Readers that it had when it went, without our own; NaN: not known. */
  readersLost: number

  /** In the server's newest answer. */
  present: boolean
  /** Number of that answer. */
  readRound: number
  available: boolean
  slate: boolean
  availableAt: number | null
  confName: string | null
  /** Configured under this very name. */
  named: boolean
  /** A configuration that was never read: its entry has its very name. */
  seemsNamed: boolean
  onDemand: boolean
  /** Its server stops it so long after its last reader left. */
  closeAfterMs: number
  /** Its source on demand failed while it was read. */
  onDemandFailed: boolean
  expected: boolean
  sourceType: string | null
  sourceId: string
  tracks: readonly Track[]
  /** The last there were, to compare the next publisher's with. */
  lastCodecs: string
  width: number | null
  height: number | null
  lastSize: string
  readersRead: PathReading['readers']
  /** Session lists that its source and readers stand in, as bits. */
  lists: number

  inbound: number
  outbound: number
  framesInError: number
  /** For how long answers showed no new data, ms. Time in which the server did not answer is not counted. */
  quietMs: number
  /** First anchor (sequence number) whose counters belong to this stream object. */
  firstAnchor: number
  /** First anchor since which its readers are the same: what they take is a mean over no others. */
  firstOutAnchor: number

  bitrateInBps: number
  bitrateOutBps: number
  ownReaders: number
  /** Those of them that a list names. */
  ownSessions: readonly SessionRecord[]
  /** Readers that stand for any number of HLS viewers, ours among them (before 1.18). */
  hlsMuxers: number
  hlsUncounted: boolean
  outIncludesOurs: boolean
  /** Version of the sessions that `ownReaders` comes from. */
  sessionsVersion: number

  publisher: SessionRecord | null
  publisherHost: string | null
  /** Round of the session list that losses were booked from. */
  lossRound: number
  lost: number
  repaired: number
  lossWindow: LossWindow | null
  lostLastMinute: number
  /** Slot time; NaN: nothing is being lost. */
  lossSince: number
  rttMs: number
  discards: DiscardTally | null
  framesDiscarded: number
}

/** Those that change with nearly each round, or are taken over from an answer though they are equal. */
type FigureField =
  | 'tracks'
  | 'sourceId'
  | 'sourceType'
  | 'present'
  | 'lastLiveAt'
  | 'goodAt'
  | 'readersRead'
  | 'ownReaders'
  | 'hlsMuxers'
  | 'inbound'
  | 'outbound'
  | 'framesInError'
  | 'bitrateInBps'
  | 'bitrateOutBps'
  | 'lostLastMinute'
  | 'lossSince'
  | 'rttMs'
  | 'publisher'
  | 'framesDiscarded'
type ShownField =
  | FigureField
  | 'slot'
  | 'serverId'
  | 'path'
  | 'state'
  | 'stateSince'
  | 'why'
  | 'width'
  | 'height'
  | 'upSince'
  | 'onDemand'
  | 'onDemandFailed'
  | 'expected'
  | 'publisherHost'
  | 'readersLost'
  | 'hlsUncounted'
  | 'outIncludesOurs'
type Shown = Pick<StreamRecord, ShownField>

/**
 * What others see of a stream. The answer of a large server is read in slices, with other work in between: until it is read whole, all of
 * its streams are shown as they were at the end of the last one.
 */
export type ShownStream = Readonly<Omit<Shown, FigureField>> & Pick<Shown, FigureField> & { factsRevision: number; figuresRevision: number }

/** Shows a stream as it is now. */
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

const shownOf = (record: StreamRecord, revision: number): ShownStream => ({
  factsRevision: revision,
  figuresRevision: revision,
  slot: record.slot,
  serverId: record.serverId,
  path: record.path,
  state: record.state,
  stateSince: record.stateSince,
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
  expected: record.expected,
  publisherHost: record.publisherHost,
  readersLost: record.readersLost,
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

/** The same for all streams that have none of ours. */
export const noSessions: readonly SessionRecord[] = []

/** MediaMTX's own, where the configuration does not say. */
export const usualCloseAfterMs = 10_000

export const createStreamRecord = (slot: number, serverId: string, path: string, row: number, at: number, why: Reason | null): StreamRecord => ({
  slot,
  serverId,
  path,
  row,
  shown: null,
  figuresChanged: true,
  factsChanged: true,
  isUntold: true,
  describedHash: Number.NaN,
  state: 'unknown',
  stateSince: at,
  why,
  knownState: null,
  knownSince: Number.NaN,
  knownWhy: null,
  lastLiveAt: Number.NaN,
  goodAt: Number.NaN,
  liveDays: 0,
  liveMs: 0,
  goodAfter: Number.NaN,
  wentAfter: Number.NaN,
  wentBefore: Number.NaN,
  onAirRound: -1,
  upSince: Number.NaN,
  onSince: Number.NaN,
  heldFrom: Number.NaN,
  provisional: null,
  missedSince: Number.NaN,
  missedAfter: Number.NaN,
  missedUnseen: null,
  missedSender: null,
  readersLost: Number.NaN,
  present: false,
  readRound: -1,
  available: false,
  slate: false,
  availableAt: null,
  confName: null,
  named: false,
  seemsNamed: false,
  onDemand: false,
  closeAfterMs: usualCloseAfterMs,
  onDemandFailed: false,
  expected: false,
  sourceType: null,
  sourceId: '',
  tracks: [],
  lastCodecs: '',
  width: null,
  height: null,
  lastSize: '',
  readersRead: [],
  lists: 0,
  inbound: Number.NaN,
  outbound: Number.NaN,
  framesInError: Number.NaN,
  quietMs: Number.NaN,
  firstAnchor: 0,
  firstOutAnchor: 0,
  bitrateInBps: Number.NaN,
  bitrateOutBps: Number.NaN,
  ownReaders: 0,
  ownSessions: noSessions,
  hlsMuxers: 0,
  hlsUncounted: false,
  outIncludesOurs: false,
  sessionsVersion: -1,
  publisher: null,
  publisherHost: null,
  lossRound: 0,
  lost: Number.NaN,
  repaired: Number.NaN,
  lossWindow: null,
  lostLastMinute: Number.NaN,
  lossSince: Number.NaN,
  rttMs: Number.NaN,
  discards: null,
  framesDiscarded: Number.NaN,
})

/** Its server answered, and does not list it. */
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

/** Its figures could not be asked for. */
export function markFiguresUnknown(record: StreamRecord): void {
  record.inbound = Number.NaN
  record.outbound = Number.NaN
  record.framesInError = Number.NaN
  record.bitrateInBps = Number.NaN
  record.bitrateOutBps = Number.NaN
  record.ownReaders = 0
  record.ownSessions = noSessions
  record.hlsMuxers = 0
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

/** What it was when its server answered last; null: never judged in this launch. */
export const knownStateOf = ({ state, knownState }: StreamRecord): Known | null => (state === 'unknown' ? knownState : state)

/** Readers that can be counted, without our own; or NaN. */
export const readersOf = (record: Pick<Shown, 'present' | 'readersRead' | 'ownReaders' | 'hlsMuxers'>): number =>
  record.present ? record.readersRead.length - record.ownReaders - record.hlsMuxers : Number.NaN

/** Since when its outage lasts; NaN: there is none. */
export const outageSinceOf = (record: Pick<Shown, 'state' | 'goodAt'>): number => (record.state === 'live' ? Number.NaN : record.goodAt)

export const factsOf = (record: Shown): StreamFacts => ({
  slot: record.slot,
  serverId: record.serverId,
  path: record.path,
  state: record.state,
  stateSince: record.stateSince,
  why: record.why,
  sourceType: record.sourceType,
  // Never written to: the contract's types only don't say so.
  tracks: record.tracks as Track[],
  width: record.width,
  height: record.height,
  upSince: orNull(record.upSince),
  lastLiveAt: orNull(record.lastLiveAt),
  outageSince: orNull(outageSinceOf(record)),
  onDemand: record.onDemand,
  expected: record.expected,
  publisher: record.publisherHost,
  ...((record.state === 'gone' || record.onDemandFailed) && !Number.isNaN(record.readersLost) && { readersLost: record.readersLost }),
  ...(record.onDemandFailed && { onDemandFailed: true }),
  ...(record.hlsUncounted && { hlsViewersUnknown: true }),
  ...(record.outIncludesOurs && { outIncludesOurs: true }),
})

/** Its description to history. */
export function keptOf(record: Shown): KeptStream {
  const { slot: _, serverId: _id, path: _path, ...facts } = factsOf(record)
  // That changes with each poll, and samples tell it.
  return record.state === 'live' ? { ...facts, lastLiveAt: null } : facts
}

/** `readAt`: arrival of the server's newest answer, wall time; NaN: none yet. */
export const figuresOf = (record: Shown, readAt: number): StreamFigures => ({
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
})

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
  // Nothing is inherited: types come from servers.
  const byType: Record<string, number> = Object.create(null)
  for (const reader of record.readersRead) if (counts(reader)) byType[reader.type] = (byType[reader.type] ?? 0) + 1
  return byType
}

/** Readers by type, without our own. Those of our pictures that no session list names yet read by HLS. */
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

/** Everything about one stream; `sessions` are those on its path. */
export function streamOf(record: Shown, serverName: string, readAt: number, sessions: readonly ShownSession[], isOwn: (id: string) => boolean): Stream {
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
    sessions: sessions.map(sessionOf),
    sessionsReadAt: Number.isFinite(sessionsReadAt) ? sessionsReadAt : null,
  }
}

/** One stream for scripts. `readers` and `readersByType` are the server's own figures and include ours. */
export function reportOf(record: Shown, serverName: string, language: Language): StreamReport {
  const session = record.publisher?.shown ?? null
  const publisher = session?.reading ?? null
  const srt = publisher?.srt ?? null
  return {
    name: record.path,
    server: serverName,
    serverId: record.serverId,
    state: record.state,
    reason: reasonTextOrNull(record.why, language),
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

/** Judges again whether it is expected; true when that changed. */
export function updateExpected(record: StreamRecord): boolean {
  // One that never was on may be on demand for all that is known without the configuration.
  const named = record.named || (record.seemsNamed && !Number.isNaN(record.lastLiveAt))
  const expected = isExpected(named, record.onDemand, record)
  if (expected === record.expected) return false
  record.expected = expected
  return true
}
