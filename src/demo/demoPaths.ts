import { type Flow, type Meter, readMeter } from './demoFlow.ts'
import type { DemoPathOptions, DemoReader, DemoSource, DemoVersion } from './demoOptions.ts'
import type { TracksText } from './demoTracks.ts'

/** Losses in transit, as fractions of packets; modelled on recordings of an SRT stream at 3 % and 15 % loss. */
export interface LossPhase {
  readonly lost: number
  readonly dropped: number
  readonly belated: number
  /** For readers: retransmitted packets. */
  readonly sentAgain: number
  readonly nakPerLoss: number
  readonly rttFactor: number
  /** For readers: discarded frames per packet. */
  readonly discarded: number
}
export const clean: LossPhase = { lost: 0, dropped: 0, belated: 0, sentAgain: 0, nakPerLoss: 0, rttFactor: 1, discarded: 0 }

/** An HLS session stays in the lists this long after its last request. */
export const hlsSessionMs = 36_000

export interface DemoSession {
  readonly type: DemoSource | DemoReader
  readonly id: string
  readonly created: string
  readonly state: 'publish' | 'read'
  readonly path: DemoPath
  readonly remoteAddr: string
  readonly query: string
  readonly userAgent: string
  readonly transport: 'TCP' | 'UDP'
  readonly connId: string
  readonly connCreated: string
  /** Media bytes of the whole stream since the session began; a real HLS viewer fetches fewer, which `served` counts. */
  readonly meter: Meter
  readonly seed: number
  /** For viewers of our own HLS port: bytes actually sent, and time of the last request (monotonic). */
  served: number
  lastRequest: number | null
  loss: LossPhase
  lossFromPackets: number
  lost: number
  dropped: number
  belated: number
  sentAgain: number
  naks: number
  discarded: number
}

/** A time that is recorded, by the wall clock of this machine; `to` null: it goes on. */
export interface DemoRecording {
  readonly from: number
  to: number | null
}

export interface DemoPath {
  readonly options: DemoPathOptions
  readonly name: string
  readonly confName: string
  readonly mode: NonNullable<DemoPathOptions['mode']>
  readonly sourceType: DemoSource
  /** Media comes from its own source (a publisher or a pulled one). */
  live: boolean
  /** Monotonic start of the listed stream object; null while not available. */
  since: number | null
  availableText: string
  onlineText: string | null
  /** A publisher wants to publish: it returns after a restart. */
  wanted: boolean
  stalled: boolean
  /** Its picture is frozen. */
  pictureFrozen: boolean
  tracks: TracksText
  /** What its publisher sends, also after it returns. */
  sends: { readonly [Sent in 'tracks' | 'width' | 'height']?: DemoPathOptions[Sent] | undefined }
  flow: Flow
  meter: Meter
  source: DemoSession | null
  /** Host, user agent and transport of its publisher, also after it returns; null: it has not published yet. */
  publisher: (Pick<DemoSession, 'userAgent' | 'transport'> & { readonly host: string }) | null
  readonly readers: Set<DemoSession>
  /** Bytes sent to readers who have left. */
  sentBefore: number
  loss: LossPhase
  /** Failing forward destinations: the error reported for each, and the bytes sent before. */
  readonly forwardErrors: Map<string, { readonly said: string; readonly bytes: number; readonly untried?: boolean | undefined }>
  /** Recorded periods, oldest first. */
  readonly recordings: DemoRecording[]
  /** Starts of segments that were deleted. */
  readonly removedSegments: Set<number>
  /** Its recorded files can't be deleted. */
  keepsRecordings: boolean
  /** Its HLS muxer, with its start and last request; null: none runs. */
  muxer: { readonly created: string; lastRequest: number; served: number } | null
}

/** Numeric form of a version: 1.15 → 15. */
export function minorOf(version: DemoVersion): number {
  return Number(version.slice(2))
}

/** Bytes carried by a session; for a real HLS viewer, those it fetched. */
export function mediaOf(session: DemoSession, t: number): number {
  return session.lastRequest === null ? readMeter(session.meter, t) : session.served
}

/** Bytes received and sent since the path became available. */
export function pathBytes(path: DemoPath, t: number, minor: number): readonly [number, number] {
  if (path.since === null) return [0, 0]
  let sent = path.sentBefore
  let hlsCounted = false
  for (const reader of path.readers) {
    // One muxer serves all HLS viewers: before 1.18, the path counts its bytes only once, not per viewer.
    if (reader.type === 'hlsSession' && minor < 18) {
      if (hlsCounted) continue
      hlsCounted = true
    }
    // While listed, an HLS viewer counts as if it fetched the whole stream.
    sent += readMeter(reader.meter, t)
  }
  return [readMeter(path.meter, t), sent]
}

/** Number of media packets for `bytes`: 1,316 bytes of payload each over SRT, about as many over RTP. */
export function packetsOf(bytes: number): number {
  return Math.floor(bytes / 1180)
}

const pulledTypes = new Set<DemoSource>(['rtspSource', 'rtmpSource', 'hlsSource', 'srtSource', 'webRTCSource', 'mpegtsSource', 'rtpSource', 'rpiCameraSource'])

/** True for sources that the server pulls: they have no session and no id. */
export function isPulled(type: DemoSource): boolean {
  return pulledTypes.has(type)
}

/** Packets lost and repaired in a session until `t`. */
export function lossOf(session: DemoSession, t: number) {
  const since = packetsOf(readMeter(session.meter, t)) - session.lossFromPackets
  const lost = session.lost + since * session.loss.lost
  return {
    lost,
    dropped: session.dropped + since * session.loss.dropped,
    belated: session.belated + since * session.loss.belated,
    sentAgain: session.sentAgain + since * session.loss.sentAgain,
    naks: session.naks + since * session.loss.lost * session.loss.nakPerLoss,
    discarded: session.discarded + since * session.loss.discarded,
  }
}

/** As the configuration says: an hour each, deleted after a day. */
const segmentMs = 3_600_000
const deletedAfterMs = 24 * segmentMs

/** From now on it is recorded, unless it is already, or is not to be. Files are named by whole milliseconds. */
export function beginRecording({ options, recordings }: DemoPath, at: number): void {
  if (options.record && recordings.at(-1)?.to !== null) recordings.push({ from: Math.floor(at), to: null })
}

export function endRecording({ recordings }: DemoPath, at: number): void {
  const last = recordings.at(-1)
  if (last?.to === null) last.to = at
}

/** Starts of the segments that are there, oldest first. */
export function segmentStarts({ recordings, removedSegments }: DemoPath, now: number): number[] {
  const starts: number[] = []
  for (const { from, to } of recordings) {
    const oldest = Math.max(0, Math.ceil((now - deletedAfterMs - from) / segmentMs))
    for (let start = from + oldest * segmentMs; start < (to ?? now); start += segmentMs) starts.push(start)
  }
  return starts.filter((start) => !removedSegments.has(start))
}

/** Returns whether there was a segment that begins then. */
export function removeSegment(path: DemoPath, start: number, now: number): boolean {
  if (!segmentStarts(path, now).includes(start)) return false
  path.removedSegments.add(start)
  return true
}
