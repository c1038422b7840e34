import type { DiagnosisEndpoint, DiagnosisFinding } from './diagnosis.ts'
import type { ServerError } from './errors.ts'
import { type PlayabilityClient, type PlayabilityReason, type PlayabilityRow, playabilityClients } from './playability.ts'
import { evaluatedVersion, isAtLeast, isBefore } from './serverVersions.ts'
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

interface ClientRow {
  /** The listener of its protocol. */
  readonly endpoint: DiagnosisEndpoint
  /**
   * Codecs that the server serves over this protocol (source: `from_stream.go` of each protocol in v1.9.3 to v1.20.1, and "supported codecs" of the
   * documentation), those since a version after 1.9 with that version: `KLV since 1.16.0`. null: all.
   */
  readonly carried: ReadonlyMap<string, string | null> | null
  /** Codecs that few players of this kind decode. */
  readonly scarce: ReadonlySet<string>
  readonly why: 'fewPlayers' | 'playerLacks'
}
const set = (...names: readonly string[]): ReadonlySet<string> => new Set(names)
const codecs = (...names: readonly string[]): ReadonlyMap<string, string | null> =>
  new Map(names.map((name) => name.split(' since ')).map(([codec = '', since = null]) => [codec, since]))
const latm = 'MPEG-4 Audio LATM since 1.13.1'
const enhanced = ['AV1', 'VP9', 'H265', 'Opus', 'AC3', 'G711', 'LPCM'].map((codec) => `${codec} since 1.15.0`)

/** For each kind of player: which codecs it receives, and which of these it may be unable to play. */
const rows: Readonly<Record<PlayabilityClient, ClientRow>> = {
  browserWebrtc: {
    endpoint: 'webrtc',
    carried: codecs('AV1', 'VP9', 'VP8', 'H264', 'H265 since 1.10.0', 'Opus', 'G722', 'G711', 'LPCM', 'KLV since 1.16.0'),
    // "Lots of browsers do not support reading H265 tracks with WebRTC": docs/2-features/25-webrtc-specific-features.md.
    scarce: set('H265'),
    why: 'fewPlayers',
  },
  browserHls: {
    endpoint: 'hls',
    carried: codecs('AV1', 'VP9', 'H265', 'H264', 'Opus', 'MPEG-4 Audio', latm, 'FLAC since 1.19.0'),
    // Media Source Extensions: decoders for these depend on browser, system and hardware.
    scarce: set('H265', 'AV1'),
    why: 'fewPlayers',
  },
  vlcRtsp: {
    endpoint: 'rtsp',
    carried: null,
    // VLC 3 has no payload formats for these in its RTSP input (modules/access/live555.cpp).
    scarce: set('AV1', 'VP9', 'G722', 'FLAC', 'KLV'),
    why: 'playerLacks',
  },
  srt: {
    endpoint: 'srt',
    carried: codecs(
      ...['H265', 'H264', 'MPEG-4 Video', 'MPEG-1/2 Video', 'MPEG-1 Video', 'Opus', 'MPEG-4 Audio', latm],
      ...['MPEG-1/2 Audio', 'MPEG-1 Audio', 'AC3', 'KLV since 1.13.0'],
    ),
    scarce: set(),
    why: 'playerLacks',
  },
  rtmp: {
    endpoint: 'rtmp',
    carried: codecs('H264', 'MPEG-4 Audio', latm, 'MPEG-1/2 Audio', 'MPEG-1 Audio', ...enhanced, 'FLAC since 1.19.0'),
    // RTMP itself supports H264, AAC and MP3; these codecs need Enhanced RTMP, which few players support.
    scarce: set('AV1', 'VP9', 'H265', 'Opus', 'AC3', 'FLAC'),
    why: 'fewPlayers',
  },
}

/** Whether this server carries a codec. `since`: null: always; undefined: never. */
function isCarried(since: string | null | undefined, { version, global }: PlayabilityCase): boolean {
  if (since == null) return since === null
  if (version === null) return isBefore('v1.14.99', since) === false
  // A build that reports no version of its own has those of 1.15.2, which brought the report, and is judged by its settings for newer ones.
  if (!isAtLeast(version, 1, 0) && (!isBefore('v1.15.99', since) || !global)) return true
  return !isBefore(global ? evaluatedVersion(version, { global, pathDefaults: {} }) : version, since)
}

/** Reasons found for one kind of player: `stops` prevent playing, `open` leave it unknown, `limits` restrict it. */
interface Evaluated {
  readonly stops: readonly PlayabilityReason[]
  readonly open: readonly PlayabilityReason[]
  readonly limits: readonly PlayabilityReason[]
}
const nothing: Evaluated = { stops: [], open: [], limits: [] }
const stop = (...stops: readonly PlayabilityReason[]): Evaluated => ({ ...nothing, stops })
const open = (...reasons: readonly PlayabilityReason[]): Evaluated => ({ ...nothing, open: reasons })
const limits = (...reasons: readonly (PlayabilityReason | false)[]): Evaluated => ({ ...nothing, limits: reasons.filter((reason) => reason !== false) })

function evaluateState({ stream: { state, onDemand } }: PlayabilityCase): Evaluated {
  if (state === 'unknown') return open({ kind: 'notKnown' })
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
function evaluateSettings(client: PlayabilityClient, { global, findings }: PlayabilityCase): Evaluated {
  if (global === undefined) return nothing
  const [setting, encryptions] = settings[client]
  if (global === null || !(setting in global)) {
    // A listener that answered is enabled, even if its settings are unknown.
    const { endpoint } = rows[client]
    const answered = findings.some(({ step, endpoint: of, outcome }) => of === endpoint && outcome === 'ok' && (step === 'port' || step === 'srtHandshake'))
    return answered ? nothing : open({ kind: 'notKnown' })
  }
  if (global[setting] !== true) return stop({ kind: 'switchedOff', setting })
  const isStrict = encryptions.some((name) => global[name] === 'strict')
  // Some players support RTMPS, but VLC does not support RTSPS: docs/4-read/10-vlc.md.
  return isStrict && client === 'vlcRtsp' ? stop({ kind: 'encryptedOnly' }) : nothing
}

function evaluateVariant(client: PlayabilityClient, { global, stream: { tracks } }: PlayabilityCase): Evaluated {
  if (client !== 'browserHls' || !global) return nothing
  const { hlsVariant, hlsEncryption } = global
  if (hlsVariant === 'lowLatency') return limits(hlsEncryption !== true && { kind: 'appleNeedsTls' })
  if (hlsVariant !== 'mpegts') return nothing
  // For other codecs gohlslib closes the whole muxer: "the MPEG-TS variant of HLS supports H264 video only", and MPEG-4 Audio only.
  const strange = tracks
    .map(({ codec }) => codec)
    .filter((codec) => rows.browserHls.carried?.has(codec) && codec !== 'H264' && !codec.startsWith('MPEG-4 Audio'))
  return strange.length > 0 ? stop({ kind: 'variantCannot', codecs: unique(strange) }) : nothing
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)]
/** Tracks that are neither picture nor sound, and what is known of them: MPEG-TS within RTP, data about a flight, and any other payload of RTP. */
const otherTracks = set('MPEG-TS', 'KLV', 'Generic')

function evaluateTracks(client: PlayabilityClient, one: PlayabilityCase): Evaluated {
  const { endpoint, carried, scarce, why } = rows[client]
  const all = one.stream.tracks.filter(({ codec, kind }) => kind !== 'other' || otherTracks.has(codec))
  // Beside others, a track of unknown codec is nearly always what a camera says of its picture (ONVIF), which no player shows.
  const tracks = all.some(({ codec }) => codec !== 'Generic') ? all.filter(({ codec }) => codec !== 'Generic') : all
  // What the server passes on without knowing it may be known to a player.
  if (tracks.length === 0 || (carried === null && tracks.every(({ codec }) => codec === 'Generic'))) return open({ kind: 'notKnown' })
  if (tracks.every(({ codec }) => codec === 'KLV')) return stop({ kind: 'noTrack', codecs: ['KLV'] })
  const codecsOf = tracks.map(({ codec }) => codec)
  const given = codecsOf.filter((codec) => carried === null || isCarried(carried.get(codec), one))
  if (given.length === 0) return stop({ kind: 'noTrack', codecs: unique(codecsOf) })
  const left = unique(codecsOf.filter((codec) => !given.includes(codec)))
  const sinces = left.map((codec) => carried?.get(codec))
  // The version from which none is left out.
  const since = sinces.every((one) => typeof one === 'string') ? sinces.reduce((newest, one) => (isBefore(`v${newest}`, one) ? one : newest), '0.0.0') : null
  const few = unique(given.filter((codec) => scarce.has(codec)))
  if (why === 'playerLacks' && few.length > 0 && given.every((codec) => scarce.has(codec))) return stop({ kind: 'playerLacks', codecs: few })
  const h264 = endpoint === 'webrtc' ? tracks.find(({ codec }) => codec === 'H264') : undefined
  return limits(
    left.length > 0 && { kind: 'leftOut', codecs: left, since },
    few.length > 0 && { kind: why, codecs: few },
    // Only the Baseline profiles exclude B-frames.
    h264 !== undefined && !/baseline/i.test(h264.profile ?? '') && { kind: 'mayHaveBFrames' },
  )
}

/** Judges what a diagnosis from this console found at the listener of the protocol. */
function evaluateTry(client: PlayabilityClient, { findings }: PlayabilityCase): Evaluated {
  const { endpoint } = rows[client]
  const own = findings.filter((finding) => finding.endpoint === endpoint)
  if (own.some(({ found }) => found.kind === 'maybeOff')) return open({ kind: 'notKnown' })
  const found = own.find(({ outcome }) => outcome === 'failed')?.found
  // Others may be let in where this console is refused.
  if (found?.kind === 'refused') return limits({ kind: 'tried', endpoint, found })
  if (found !== undefined) return stop(found.kind === 'failed' && isNotFound(found.error) ? { kind: 'notOnAir' } : { kind: 'tried', endpoint, found })
  const late = own.find((one) => one.step === 'hlsPlaylist' && one.outcome === 'warning')?.found
  return late === undefined ? nothing : limits({ kind: 'tried', endpoint, found: late })
}
const isNotFound = (error: ServerError): boolean => error.kind === 'httpStatus' && error.status === 404

function rowOf(client: PlayabilityClient, one: PlayabilityCase): PlayabilityRow {
  const evaluated = [evaluateSettings(client, one), evaluateTry(client, one), evaluateState(one)]
  // Tracks are only judged if nothing stops playing or leaves it unknown: those of the last time on air may not be those of the next.
  if (!evaluated.some(({ stops, open: unknowns }) => stops.length + unknowns.length > 0))
    evaluated.push(evaluateTracks(client, one), evaluateVariant(client, one))
  const stops = evaluated.flatMap((each) => each.stops)
  const unknowns = evaluated.flatMap((each) => each.open)
  const wanting = evaluated.flatMap((each) => each.limits)
  const kinds = new Set<string>()
  const first = (reasons: readonly PlayabilityReason[]) => reasons.filter(({ kind }) => !kinds.has(kind) && kinds.add(kind))
  if (stops.length > 0) return { client, verdict: 'cannot', reasons: first(stops) }
  if (unknowns.length > 0) return { client, verdict: 'unknown', reasons: first(unknowns) }
  return wanting.length > 0 ? { client, verdict: 'limited', reasons: first(wanting) } : { client, verdict: 'plays', reasons: [] }
}

/** The codecs of a stream of which this kind of player gets none, by its tracks alone; null: it gets some, or they are not known. */
export function uncarriedBy(client: PlayabilityClient, one: PlayabilityCase): readonly string[] | null {
  const { reasons } = rowOf(client, one)
  const found = reasons.find((reason) => reason.kind === 'noTrack' || reason.kind === 'variantCannot')
  return found && 'codecs' in found ? found.codecs : null
}

/** Judges which kinds of players can play a stream, and why not, from its tracks, its server's configuration and a diagnosis. */
export function playabilityOf(one: PlayabilityCase): readonly PlayabilityRow[] {
  return playabilityClients.map((client) => rowOf(client, one))
}
