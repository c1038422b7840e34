import type { Protocol } from '../shared/servers.ts'

/** MediaMTX versions whose recorded answers the demo reproduces field by field; 1.21 is 1.20 with the newly announced names beside the old ones. */
export type DemoVersion = '1.3' | '1.5' | '1.9' | '1.15' | '1.17' | '1.20' | '1.21'

export function minorOf(version: DemoVersion): number {
  return Number(version.slice(2))
}

/** Who may use the API. Up to 1.5 MediaMTX admits everyone regardless of this. */
export type DemoAuth =
  | { readonly kind: 'none' }
  /** An internal user; real servers accept the pair as Basic and as `Bearer user:pass`. `bearer` only decides which one the console gets. */
  | { readonly kind: 'basic' | 'bearer'; readonly user: string; readonly password: string }
  /** Any string can be the token; only its equality is verified. */
  | { readonly kind: 'jwt'; readonly token: string }

type DemoSessionType = 'rtspSession' | 'rtspsSession' | 'rtmpConn' | 'rtmpsConn' | 'srtConn' | 'webRTCSession' | 'moqSession'
type DemoPulled = 'rtspSource' | 'rtmpSource' | 'hlsSource' | 'srtSource' | 'webRTCSource' | 'rpiCameraSource'
export type DemoSource = DemoSessionType | DemoPulled
export type DemoReader = DemoSessionType | 'hlsSession'

/** Default SRT settings of a path: the latency is far more than four round trips, which leaves time for retransmissions. */
export const defaultSrt = { latencyMs: 200, rttMs: 12 } as const

export interface DemoPathOptions {
  readonly name: string
  /** Default: its own entry (`name`) for configured paths, `all_others` for dynamic ones. */
  readonly confName?: string
  /**
   * publisher: pushed to a configured path, which stays listed without its publisher. dynamic: pushed, and disappears with its publisher.
   * pulled: the server pulls it. onDemand: pulled only while it has readers. dead: pulled from an address that does not answer.
   * alwaysAvailable: a slate is on air without a publisher (1.17 and later; an ordinary publisher before).
   */
  readonly mode?: 'publisher' | 'dynamic' | 'pulled' | 'onDemand' | 'dead' | 'alwaysAvailable'
  readonly source?: DemoSource
  readonly tracks?: TracksName
  readonly width?: number
  readonly height?: number
  readonly bitrateBps?: number
  /** Readers at the start. */
  readonly readers?: readonly DemoReader[]
  /** IPv4 address of its publisher; default: a random one in 10.0.0.0/13. */
  readonly from?: string
  /** Whether it is live at the start; default true except for onDemand and dead. */
  readonly live?: boolean
  /** How long it has been live when the fleet starts, ms. */
  readonly liveForMs?: number
  /** SRT latency that the publisher requests, ms; default `defaultSrt`. */
  readonly latencyMs?: number
  /** Round-trip time of its SRT sessions without troubles, ms; default `defaultSrt`. */
  readonly rttMs?: number
  readonly record?: boolean
  /** Source address that its server reports; default: an invented camera. */
  readonly pullsFrom?: string
  /** Error that its server reports for a failing pulled source (1.21 and later). */
  readonly sourceError?: string
  /** Destinations it is forwarded to (1.20 and later). */
  readonly forward?: readonly string[]
}

/** What goes wrong on a server of the demo. Without `forMs` it lasts. */
export type DemoTrouble =
  /**
   * The process ends, and its port refuses connections. With `forMs` it is restarted after that time, as another `version` if given: counters and
   * sessions are new, and publishers return within seconds.
   */
  { readonly kind: 'die'; readonly forMs?: number; readonly version?: DemoVersion } | StreamTrouble

export type StreamTrouble =
  /**
   * publisherGone: an always-available path shows its slate meanwhile. pictureFrozen: everything else continues. recordingStops: although the stream
   * continues, for instance because the disk is full.
   */
  | { readonly kind: 'publisherGone' | 'pictureFrozen' | 'recordingStops'; readonly path: string; readonly forMs?: number }
  /** The publisher leaves and returns `times` times, `everyMs` apart. */
  | { readonly kind: 'flap'; readonly path: string; readonly everyMs?: number; readonly times?: number }
  /** No bytes arrive. The server closes a pushed stream after its readTimeout (10 s), unless `keep` is set; a pulled one stays open. */
  | { readonly kind: 'stall'; readonly path: string; readonly forMs?: number; readonly keep?: boolean }
  /** Packet loss on every SRT session of the path: 20 s at 3 %, 16 s at 15 % with twice the round-trip time, then none. */
  | { readonly kind: 'srtLoss'; readonly path: string; readonly forMs?: number }
  | { readonly kind: 'readerFlood'; readonly path: string; readonly readers: number; readonly forMs?: number }
  /** Its bit rate is multiplied by `factor`. */
  | { readonly kind: 'bitrate'; readonly path: string; readonly factor: number; readonly forMs?: number }
  /** Forwarding to `dest` (default: its first destination) fails. `untried`: the server does not retry, so that every response reports the failure. */
  | {
      readonly kind: 'forwardFails'
      readonly path: string
      readonly dest?: string
      readonly said?: string
      readonly untried?: boolean
      readonly forMs?: number
    }

/** A scripted trouble, `atMs` after the server's start. */
export interface DemoScriptEntry {
  readonly atMs: number
  readonly trouble: DemoTrouble
  /** Repeats at this interval. */
  readonly everyMs?: number
}

export interface DemoCertificate {
  readonly cert: string
  readonly key: string
  readonly fingerprint: string
}

export interface DemoServerOptions {
  readonly name: string
  /** Default 1.20. */
  readonly version?: DemoVersion
  /** Paths, or the number of ordinary ones. Default: one of every kind. */
  readonly paths?: readonly DemoPathOptions[] | number
  readonly auth?: DemoAuth
  /** Its API is served over HTTPS. */
  readonly tls?: DemoCertificate
  /** RTSP port that it reports, on which nothing listens; default: that of the version. */
  readonly rtspPort?: number
  /** RTSP, RTMP and SRT each listen on their own port and respond as far as possible without media. */
  readonly listens?: boolean
  readonly tags?: readonly string[]
  /** Disabled protocols, whose endpoints return a plain 404. Default: rtsps, rtmps and moq, where `paths` are given. */
  readonly off?: readonly Protocol[]
  /** Whether it serves metrics to the console (default `open`), refuses them, or has none. */
  readonly metrics?: 'open' | 'refused' | 'none'
  /** The process started this long before the fleet, ms; default 60,000. */
  readonly upForMs?: number
  /** Server's clock minus ours, ms. */
  readonly clockSkewMs?: number
  /** Approximate interval at which readers come and go, ms; 0: never (default). */
  readonly churnEveryMs?: number
  readonly script?: readonly DemoScriptEntry[]
  readonly intervalSeconds?: number
}

const codecsOf = {
  h264Aac: ['H264', 'MPEG-4 Audio'],
  h264: ['H264'],
  h264Opus: ['H264', 'Opus'],
  h265Opus: ['H265', 'Opus'],
  h265Aac: ['H265', 'MPEG-4 Audio'],
  opusAv1: ['Opus', 'AV1'],
  h264G711: ['H264', 'G711'],
} as const
export type TracksName = keyof typeof codecsOf
type Codec = (typeof codecsOf)[TracksName][number]

/** A codec's figures as 1.17 and later report them. */
function propsOf(codec: Codec, width: number, height: number): Record<string, string | number | boolean> {
  switch (codec) {
    case 'H264':
      return { width, height, profile: height > 720 ? 'High' : 'Main', level: height > 720 ? '4' : height > 360 ? '3.1' : '3' }
    case 'H265':
      return { width, height, profile: 'Main', level: height > 720 ? '4' : '3.1' }
    case 'AV1':
      // Its size is always 0 in real answers.
      return { width: 0, height: 0, profile: 0, level: 0, tier: 0 }
    case 'MPEG-4 Audio':
      return { sampleRate: 48000, channelCount: 2 }
    case 'Opus':
      return { channelCount: 2 }
    case 'G711':
      return { muLaw: false, sampleRate: 8000, channelCount: 1 }
  }
}

/** A path's tracks as JSON: `tracks` (labels) and `tracks2` (with figures). */
export interface TracksText {
  readonly labels: string
  readonly figures: string
}

export const noTracks: TracksText = { labels: '[]', figures: '[]' }

export function tracksToText(name: TracksName, width: number, height: number): TracksText {
  const codecs = codecsOf[name]
  return { labels: JSON.stringify(codecs), figures: JSON.stringify(codecs.map((codec) => ({ codec, codecProps: propsOf(codec, width, height) }))) }
}
