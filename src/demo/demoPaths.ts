import type { Flow, Meter } from './demoFlow.ts'
import { type DemoPathOptions, type DemoReader, type DemoSource, noTracks, type TracksText } from './demoOptions.ts'

/** Losses in transit, in packets. To readers, packets are sent again and frames discarded. */
export const noLosses = { lost: 0, dropped: 0, belated: 0, sentAgain: 0, naks: 0, discarded: 0 }
/** Losses for each packet, modelled on recordings of an SRT stream at 3 % and 15 % loss. */
export type LossPhase = Readonly<typeof noLosses> & { readonly rttFactor: number }
export const clean: LossPhase = { ...noLosses, rttFactor: 1 }

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
  /** Bytes that the path had received when the session began; it carries those that came later. A real HLS viewer fetches fewer, which `served` counts. */
  readonly from: number
  readonly seed: number
  /** For viewers of our own HLS port: bytes actually sent, and time of the last request (monotonic). */
  served: number
  lastRequest: number | null
  loss: LossPhase
  /** What was lost before this phase of losses, which began after so many packets. */
  lostBefore: typeof noLosses
  lossFromPackets: number
}

export class DemoPath {
  readonly options: DemoPathOptions
  readonly name: string
  readonly confName: string
  readonly mode: NonNullable<DemoPathOptions['mode']>
  readonly sourceType: DemoSource
  readonly flow: Flow
  /** Bytes received since the stream object began. */
  meter: Meter
  /** Media comes from its own source (a publisher or a pulled one). */
  live = false
  since: number | null = null
  availableText = ''
  onlineText: string | null
  wanted: boolean
  /** Since when no bytes come, by the wall clock of this machine; null: they do. */
  stalledAt: number | null = null
  pictureFrozen = false
  tracks: TracksText = noTracks
  /** What its publisher sends, also after it returns. */
  sends: Pick<DemoPathOptions, 'tracks' | 'width' | 'height'>
  source: DemoSession | null = null
  /** Who publishes; the same after it returns. */
  publisher: { readonly host: string; readonly userAgent: string; readonly transport: 'TCP' | 'UDP' } | null = null
  readonly readers = new Set<DemoSession>()
  /** Those of them that came with a flood of readers. */
  readonly flood: DemoSession[] = []
  /** Bytes sent to readers who have left. */
  sentBefore = 0
  loss = clean
  /** Failing forward destinations: the error reported for each, and the bytes sent before. */
  readonly forwardErrors = new Map<string, { readonly said: string; readonly bytes: number; readonly untried?: boolean | undefined }>()
  readonly recordings: { readonly from: number; to: number | null }[] = []
  /** Starts of segments that were deleted. */
  readonly removedSegments = new Set<number>()
  /** Its recorded files can't be deleted. */
  keepsRecordings = false
  muxer: { readonly created: string; lastRequest: number; served: number } | null = null

  constructor(options: DemoPathOptions, flow: Flow, meter: Meter) {
    this.options = options
    this.name = options.name
    this.mode = options.mode ?? 'publisher'
    const isPulledMode = this.mode === 'pulled' || this.mode === 'onDemand' || this.mode === 'dead'
    this.confName = options.confName ?? (this.mode === 'dynamic' ? 'all_others' : options.name)
    this.sourceType = options.source ?? (isPulledMode ? 'rtspSource' : 'rtspSession')
    this.onlineText = this.isPulled ? '0001-01-01T00:00:00Z' : null
    this.wanted = this.wantedAtFirst
    this.sends = options
    this.flow = flow
    this.meter = meter
  }

  get wantedAtFirst(): boolean {
    return this.options.live ?? (this.mode !== 'onDemand' && this.mode !== 'dead')
  }
  /** Whether the server pulls it: such a source has no session and no id. */
  get isPulled(): boolean {
    return this.sourceType.endsWith('Source')
  }
  get sessions(): readonly DemoSession[] {
    return this.source === null ? [...this.readers] : [this.source, ...this.readers]
  }

  /** Bytes received and sent since the path became available. */
  bytes(t: number, minor: number): readonly [number, number] {
    if (this.since === null) return [0, 0]
    const received = this.meter.read(t)
    let sent = this.sentBefore
    let hlsCounted = false
    for (const reader of this.readers) {
      // One muxer serves all HLS viewers: before 1.18, the path counts its bytes only once, not per viewer.
      if (reader.type === 'hlsSession' && minor < 18) {
        if (hlsCounted) continue
        hlsCounted = true
      }
      // While listed, an HLS viewer counts as if it fetched the whole stream.
      sent += received - reader.from
    }
    return [received, sent]
  }

  /** From now on it is recorded, unless it is already, or is not to be. Files are named by whole milliseconds. */
  beginRecording(at: number): void {
    if (this.options.record && this.recordings.at(-1)?.to !== null) this.recordings.push({ from: Math.floor(at), to: null })
  }
  endRecording(at: number): void {
    const last = this.recordings.at(-1)
    if (last?.to === null) last.to = at
  }
  /** Starts of the segments that are there, oldest first. */
  segmentStarts(now: number): readonly number[] {
    const starts: number[] = []
    for (const { from, to } of this.recordings) {
      const oldest = Math.max(0, Math.ceil((now - deletedAfterMs - from) / segmentMs))
      for (let start = from + oldest * segmentMs; start < (to ?? now); start += segmentMs) starts.push(start)
    }
    return starts.filter((start) => !this.removedSegments.has(start))
  }
}

/** As the configuration says: an hour each, deleted after a day. */
const segmentMs = 3_600_000
const deletedAfterMs = 24 * segmentMs

/** Bytes of the whole stream since the session began. */
export function streamedOf({ path, from }: DemoSession, t: number): number {
  return path.meter.read(t) - from
}
/** Bytes carried by a session; for a real HLS viewer, those it fetched. */
export function mediaOf(session: DemoSession, t: number): number {
  return session.lastRequest === null ? streamedOf(session, t) : session.served
}

/** Number of media packets for `bytes`: 1,316 bytes of payload each over SRT, about as many over RTP. */
export function packetsOf(bytes: number): number {
  return Math.floor(bytes / 1180)
}

export function lossOf(session: DemoSession, t: number): typeof noLosses {
  const { loss, lostBefore, lossFromPackets } = session
  const since = packetsOf(streamedOf(session, t)) - lossFromPackets
  return {
    lost: lostBefore.lost + since * loss.lost,
    dropped: lostBefore.dropped + since * loss.dropped,
    belated: lostBefore.belated + since * loss.belated,
    sentAgain: lostBefore.sentAgain + since * loss.sentAgain,
    naks: lostBefore.naks + since * loss.naks,
    discarded: lostBefore.discarded + since * loss.discarded,
  }
}
