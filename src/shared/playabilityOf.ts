import type { DiagnosisFinding } from './diagnosis.ts'
import { type DiagnosisDoor, longSegmentSeconds } from './diagnosisVerdict.ts'
import { isAtLeast } from './isAtLeast.ts'
import { judgedVersion } from './judgedVersion.ts'
import { type PlayabilityClient, type PlayabilityReason, type PlayabilityRow, playabilityClients } from './playability.ts'
import { isOffAir, type Stream, type Track } from './streams.ts'

/** The facts from which playability is judged. */
export interface PlayabilityCase {
  readonly stream: Pick<Stream, 'state' | 'onDemand'> & { readonly tracks: readonly Track[] }
  /** Version of the server; null: it reports none, which means before 1.15.2. */
  readonly version: string | null
  /** Global settings of the server. null: never read. undefined: settings are not judged, as for past moments. */
  readonly global: Readonly<Record<string, unknown>> | null | undefined
  /** Findings of a diagnosis; empty: none was run. */
  readonly findings: readonly DiagnosisFinding[]
}

type Version = readonly [major: number, minor: number, patch: number]
const always: Version = [0, 0, 0]
const sinceLatm: Version = [1, 13, 1]
const sinceFlac: Version = [1, 19, 0]
const sinceEnhanced: Version = [1, 15, 0]

interface ClientRow {
  /** The listener of its protocol. */
  readonly door: DiagnosisDoor
  /**
   * Codecs that the server serves over this protocol, each with the first version that does (source: `from_stream.go` of each protocol in v1.9.3 to
   * v1.20.1, and "supported codecs" of the documentation). null: all.
   */
  readonly carried: Readonly<Record<string, Version>> | null
  /** Codecs that few players of this kind decode. */
  readonly scarce: ReadonlySet<string>
  readonly why: 'someBrowsers' | 'enhancedRtmp' | 'playerLacks'
}
const set = (...names: readonly string[]): ReadonlySet<string> => new Set(names)

/** For each kind of player: which codecs it receives, and which of these it may be unable to play. */
const rows: Readonly<Record<PlayabilityClient, ClientRow>> = {
  browserWebrtc: {
    door: 'webrtc',
    carried: { AV1: always, VP9: always, VP8: always, H264: always, H265: [1, 10, 0], Opus: always, G722: always, G711: always, LPCM: always, KLV: [1, 16, 0] },
    // "Lots of browsers do not support reading H265 tracks with WebRTC": docs/2-features/25-webrtc-specific-features.md.
    scarce: set('H265'),
    why: 'someBrowsers',
  },
  browserHls: {
    door: 'hls',
    carried: {
      ...{ AV1: always, VP9: always, H265: always, H264: always, Opus: always },
      ...{ 'MPEG-4 Audio': always, 'MPEG-4 Audio LATM': sinceLatm, FLAC: sinceFlac },
    },
    // Media Source Extensions: decoders for these depend on browser, system and hardware.
    scarce: set('H265', 'AV1'),
    why: 'someBrowsers',
  },
  vlcRtsp: {
    door: 'rtsp',
    carried: null,
    // VLC 3 has no payload formats for these in its RTSP input (modules/access/live555.cpp).
    scarce: set('AV1', 'VP9', 'G722', 'FLAC', 'KLV'),
    why: 'playerLacks',
  },
  srt: {
    door: 'srt',
    carried: {
      ...{ H265: always, H264: always, 'MPEG-4 Video': always, 'MPEG-1/2 Video': always, 'MPEG-1 Video': always },
      ...{
        Opus: always,
        'MPEG-4 Audio': always,
        'MPEG-4 Audio LATM': sinceLatm,
        'MPEG-1/2 Audio': always,
        'MPEG-1 Audio': always,
        AC3: always,
        KLV: [1, 13, 0],
      },
    },
    scarce: set(),
    why: 'playerLacks',
  },
  rtmp: {
    door: 'rtmp',
    carried: {
      ...{ H264: always, 'MPEG-4 Audio': always, 'MPEG-4 Audio LATM': sinceLatm, 'MPEG-1/2 Audio': always, 'MPEG-1 Audio': always },
      ...{ AV1: sinceEnhanced, VP9: sinceEnhanced, H265: sinceEnhanced, Opus: sinceEnhanced, AC3: sinceEnhanced, G711: sinceEnhanced, LPCM: sinceEnhanced },
      FLAC: sinceFlac,
    },
    // RTMP itself supports H264, AAC and MP3; these codecs need Enhanced RTMP, which few players support.
    scarce: set('AV1', 'VP9', 'H265', 'Opus', 'AC3', 'FLAC'),
    why: 'enhancedRtmp',
  },
}

function isCarried(since: Version | undefined, { version, global }: PlayabilityCase): boolean {
  if (since === undefined) return false
  if (version === null) return since[1] < 15
  // A build that reports no version of its own has those of 1.15.2, which brought the report, and is judged by its settings for newer ones.
  if (!isAtLeast(version, 1, 0) && (since[1] <= 15 || !global)) return true
  return isAtLeast(global ? judgedVersion(version, { global, pathDefaults: {} }) : version, ...since)
}

/** Reasons found for one kind of player: `stops` prevent playing, `open` leave it unknown, `limits` restrict it. */
interface Judged {
  readonly stops: readonly PlayabilityReason[]
  readonly open: readonly PlayabilityReason[]
  readonly limits: readonly PlayabilityReason[]
}
const nothing: Judged = { stops: [], open: [], limits: [] }
const stop = (...stops: readonly PlayabilityReason[]): Judged => ({ ...nothing, stops })
const open = (...reasons: readonly PlayabilityReason[]): Judged => ({ ...nothing, open: reasons })
const limits = (...reasons: readonly (PlayabilityReason | false)[]): Judged => ({ ...nothing, limits: reasons.filter((reason) => reason !== false) })

function judgeState({ stream: { state, onDemand } }: PlayabilityCase): Judged {
  if (state === 'unknown') return open({ kind: 'serverUnknown' })
  if (state === 'waiting' && onDemand) return open({ kind: 'startsWhenRead' })
  return isOffAir(state) ? stop({ kind: 'notOnAir' }) : nothing
}

// "encryption" was the name of "rtspEncryption" up to 1.11.
const settings: Readonly<Record<PlayabilityClient, readonly [on: string, encryptions: readonly string[]]>> = {
  browserWebrtc: ['webrtc', []],
  browserHls: ['hls', []],
  vlcRtsp: ['rtsp', ['rtspEncryption', 'encryption']],
  srt: ['srt', []],
  rtmp: ['rtmp', ['rtmpEncryption']],
}
function judgeSettings(client: PlayabilityClient, { global, findings }: PlayabilityCase): Judged {
  if (global === undefined) return nothing
  const [setting, encryptions] = settings[client]
  if (global === null || !(setting in global)) {
    // A listener that answered is enabled, even if its settings are unknown.
    const { door } = rows[client]
    const answered = findings.some(({ step, door: of, outcome }) => of === door && outcome === 'ok' && (step === 'port' || step === 'srtHandshake'))
    return answered ? nothing : open({ kind: 'settingsUnknown' })
  }
  if (global[setting] !== true) return stop({ kind: 'switchedOff', setting })
  const isStrict = encryptions.some((name) => global[name] === 'strict')
  // Some players support RTMPS, but VLC does not support RTSPS: docs/4-read/10-vlc.md.
  return isStrict && client === 'vlcRtsp' ? stop({ kind: 'encryptedOnly' }) : nothing
}

function judgeVariant(client: PlayabilityClient, { global, stream: { tracks } }: PlayabilityCase): Judged {
  if (client !== 'browserHls' || !global) return nothing
  const { hlsVariant, hlsEncryption } = global
  if (hlsVariant === 'lowLatency') return limits(hlsEncryption !== true && { kind: 'appleNeedsTls' })
  if (hlsVariant !== 'mpegts') return nothing
  // For other codecs gohlslib closes the whole muxer: "the MPEG-TS variant of HLS supports H264 video only", and MPEG-4 Audio only.
  const carried = rows.browserHls.carried ?? {}
  const strange = tracks.map(({ codec }) => codec).filter((codec) => codec in carried && codec !== 'H264' && !codec.startsWith('MPEG-4 Audio'))
  return strange.length > 0 ? stop({ kind: 'variantCannot', codecs: unique(strange) }) : nothing
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)]
const byText = ([major, minor, patch]: Version): string => `${major}.${minor}.${patch}`
const later = (a: Version, b: Version): Version => (a[0] - b[0] || a[1] - b[1] || a[2] - b[2] ? (isAtLeast(byText(a), ...b) ? a : b) : a)

/** Tracks that are neither picture nor sound, and what is known of them: MPEG-TS within RTP, data about a flight, and any other payload of RTP. */
const otherTracks = set('MPEG-TS', 'KLV', 'Generic')

function judgeTracks(client: PlayabilityClient, one: PlayabilityCase): Judged {
  const { door, carried, scarce, why } = rows[client]
  const all = one.stream.tracks.filter(({ codec, kind }) => kind !== 'other' || otherTracks.has(codec))
  // Beside others, a track of unknown codec is nearly always what a camera says of its picture (ONVIF), which no player shows.
  const tracks = all.some(({ codec }) => codec !== 'Generic') ? all.filter(({ codec }) => codec !== 'Generic') : all
  if (tracks.length === 0) return open({ kind: 'tracksUnknown' })
  if (tracks.every(({ codec }) => codec === 'KLV')) return stop({ kind: 'onlyData', codecs: ['KLV'] })
  if (carried === null && tracks.every(({ codec }) => codec === 'Generic')) return open({ kind: 'unknownCodec' })
  const codecsOf = tracks.map(({ codec }) => codec)
  const given = codecsOf.filter((codec) => carried === null || isCarried(carried[codec], one))
  if (given.length === 0) return stop({ kind: 'noTrack', codecs: unique(codecsOf) })
  const left = unique(codecsOf.filter((codec) => !given.includes(codec)))
  const sinces = left.map((codec) => carried?.[codec])
  const since = sinces.every((one) => one !== undefined) ? sinces.reduce<Version>((newest, one) => later(newest, one), always) : null
  const few = unique(given.filter((codec) => scarce.has(codec)))
  if (why === 'playerLacks' && few.length > 0 && given.every((codec) => scarce.has(codec))) return stop({ kind: 'playerLacks', codecs: few })
  const h264 = door === 'webrtc' ? tracks.find(({ codec }) => codec === 'H264') : undefined
  return limits(
    left.length > 0 && { kind: 'leftOut', codecs: left, since: since === null ? null : byText(since) },
    few.length > 0 && { kind: why, codecs: few },
    // Only the Baseline profiles exclude B-frames.
    h264 !== undefined && !/baseline/i.test(h264.profile ?? '') && { kind: 'mayHaveBFrames', profile: h264.profile },
  )
}

/** Judges what a diagnosis from this console found at the listener of the protocol. */
function judgeTry(client: PlayabilityClient, { findings }: PlayabilityCase): Judged {
  const { door } = rows[client]
  for (const { door: of, found, outcome } of findings) {
    if (of !== door) continue
    if (found.kind === 'maybeOff') return open({ kind: 'settingsUnknown' })
    if (outcome !== 'failed') continue
    switch (found.kind) {
      case 'failed':
        return stop({ kind: 'doorFails', error: found.error })
      case 'noDatagram':
        return stop({ kind: 'noAnswer' })
      case 'loopbackOnly':
        return stop({ kind: 'loopbackOnly', bound: found.bound })
      case 'otherProgram':
        return stop({ kind: 'otherProgram' })
      case 'rtspRefused':
      case 'webRefused': {
        const { status, message } = found
        if (status === 401 || status === 403) return limits({ kind: 'refusedHere', status })
        return stop(status === 404 ? { kind: 'notOnAir' } : { kind: 'readFails', status, message })
      }
    }
  }
  const late = client === 'browserHls' ? findings.find(({ found }) => found.kind === 'noSegment')?.found : undefined
  if (late?.kind === 'noSegment') return limits(late)
  const playlist = client === 'browserHls' ? findings.find(({ found }) => found.kind === 'playlist')?.found : undefined
  if (playlist?.kind !== 'playlist') return nothing
  const { longestSegmentSeconds, lowLatency } = playlist
  const seconds = (longestSegmentSeconds ?? 0) > longSegmentSeconds ? longestSegmentSeconds : null
  return limits((seconds !== null || !lowLatency) && { kind: 'late', seconds, lowLatency })
}

function rowOf(client: PlayabilityClient, one: PlayabilityCase): PlayabilityRow {
  const judged = [judgeSettings(client, one), judgeTry(client, one), judgeState(one)]
  // Tracks are only judged if nothing stops playing or leaves it unknown: those of the last time on air may not be those of the next.
  if (!judged.some(({ stops, open: unknowns }) => stops.length + unknowns.length > 0)) judged.push(judgeTracks(client, one), judgeVariant(client, one))
  const stops = judged.flatMap((each) => each.stops)
  const unknowns = judged.flatMap((each) => each.open)
  const wanting = judged.flatMap((each) => each.limits)
  const kinds = new Set<string>()
  const first = (reasons: readonly PlayabilityReason[]) => reasons.filter(({ kind }) => !kinds.has(kind) && kinds.add(kind))
  if (stops.length > 0) return { client, verdict: 'cannot', reasons: first(stops) }
  if (unknowns.length > 0) return { client, verdict: 'unknown', reasons: first(unknowns) }
  return wanting.length > 0 ? { client, verdict: 'limited', reasons: first(wanting) } : { client, verdict: 'plays', reasons: [] }
}

/** The codecs of a stream of which this kind of player gets none, by its tracks alone; null: it gets some, or they are not known. */
export function uncarriedBy(client: PlayabilityClient, one: PlayabilityCase): readonly string[] | null {
  const { reasons } = rowOf(client, one)
  const found = reasons.find((reason) => reason.kind === 'noTrack' || reason.kind === 'onlyData' || reason.kind === 'variantCannot')
  return found && 'codecs' in found ? found.codecs : null
}

/** Judges which kinds of players can play a stream, and why not, from its tracks, its server's configuration and a diagnosis. */
export function playabilityOf(one: PlayabilityCase): readonly PlayabilityRow[] {
  return playabilityClients.map((client) => rowOf(client, one))
}
