import type { Protocol } from '../shared/servers.ts'

/** MediaMTX versions whose recorded answers the demo reproduces field by field; 1.21 is 1.20 with the newly announced names beside the old ones. */
export type DemoVersion = '1.3' | '1.5' | '1.9' | '1.15' | '1.17' | '1.20' | '1.21'

/** Who may use the API. Up to 1.5 MediaMTX admits everyone regardless of this. */
export type DemoAuth =
  | { readonly kind: 'none' }
  /** An internal user; real servers accept the pair as Basic and as `Bearer user:pass`. `bearer` only decides which one the console gets. */
  | { readonly kind: 'basic' | 'bearer'; readonly user: string; readonly password: string }
  /** Any string can be the token; only its equality is verified. */
  | { readonly kind: 'jwt'; readonly token: string }

/** Where a path's media comes from. */
export type DemoSource =
  | 'rtspSession'
  | 'rtspsSession'
  | 'rtmpConn'
  | 'rtmpsConn'
  | 'srtConn'
  | 'webRTCSession'
  | 'moqSession'
  | 'rtspSource'
  | 'rtmpSource'
  | 'hlsSource'
  | 'srtSource'
  | 'webRTCSource'
  | 'mpegtsSource'
  | 'rtpSource'
  | 'rpiCameraSource'

export type DemoReader = 'rtspSession' | 'rtspsSession' | 'rtmpConn' | 'rtmpsConn' | 'srtConn' | 'webRTCSession' | 'hlsSession' | 'moqSession'

export type DemoTracks = 'h264Aac' | 'h264' | 'h264Opus' | 'h265Opus' | 'h265Aac' | 'opusAv1' | 'h264G711' | 'vp8Opus' | 'mjpeg' | 'mpegTwo' | 'flac' | 'lpcm'

/** SRT sessions of a path that says nothing else: a latency of far more than four round trips, which leaves time to send packets again. */
export const usualSrt = { latencyMs: 200, rttMs: 12 } as const

export interface DemoPathOptions {
  readonly name: string
  /** Default: its own entry (`name`) for configured paths, `all_others` for dynamic ones. */
  readonly confName?: string
  /**
   * publisher: it is pushed; configured: stays in the list without its publisher. dynamic: the same, but it vanishes with its publisher.
   * pulled: the server fetches it. onDemand: fetched only while it has readers. dead: pulled from an address that does not answer.
   * alwaysAvailable: a slate is on air without a publisher (1.17 and later; an ordinary publisher before).
   */
  readonly mode?: 'publisher' | 'dynamic' | 'pulled' | 'onDemand' | 'dead' | 'alwaysAvailable'
  readonly source?: DemoSource
  readonly tracks?: DemoTracks
  readonly width?: number
  readonly height?: number
  readonly bitrateBps?: number
  /** Readers at the start. */
  readonly readers?: readonly DemoReader[]
  /** Where its publisher is, an IPv4 address; default: somewhere in 10.0.0.0/13. */
  readonly from?: string
  /** Whether a publisher is there at the start; default true except for onDemand and dead. */
  readonly live?: boolean
  /** How long it has been live when the fleet starts, ms. */
  readonly liveForMs?: number
  /** SRT latency asked for by the publisher, ms; default `usualSrt`. */
  readonly latencyMs?: number
  /** Round trip of its SRT sessions without trouble, ms; default `usualSrt`. */
  readonly rttMs?: number
  readonly record?: boolean
  /** Where its server says to pull it from; default: some camera. */
  readonly pullsFrom?: string
  /** What its server says of a pulled source that fails (1.21 and later). */
  readonly sourceError?: string
  /** Destinations it is forwarded to (1.20 and later). */
  readonly forward?: readonly string[]
}

/** Troubles of a server's process. */
export type ProcessTrouble =
  /** The process ends, and its port refuses connections. With `forMs` it is restarted after that time. */
  | { readonly kind: 'die'; readonly forMs?: number }
  /** Ends and starts again after `downMs` (default 500): counters and sessions are new, publishers return within seconds. */
  | { readonly kind: 'restart'; readonly downMs?: number }
  /** As restart, with another version afterwards. */
  | { readonly kind: 'upgrade'; readonly version: DemoVersion; readonly downMs?: number }
  /** The server's credentials are changed, so the known ones are wrong. */
  | { readonly kind: 'wrongPassword'; readonly forMs?: number }
  /** Its port refuses connections, and its streams go on. */
  | { readonly kind: 'unplugged'; readonly forMs?: number }
  /** Its API shows another certificate to new connections, valid for so long; those that last are closed. */
  | { readonly kind: 'certificate'; readonly validForMs: number }
  /** Its clock is set, so that it differs from ours by so much. */
  | { readonly kind: 'clock'; readonly skewMs: number; readonly forMs?: number }
  /** The process and its media are frozen for a while (SIGSTOP). Requests in that time are answered when it continues. */
  | { readonly kind: 'freeze'; readonly forMs: number }

/** Troubles of every answer of a server. */
export type AnswerTrouble =
  /** Connections are accepted but never answered. */
  | { readonly kind: 'noAnswer'; readonly forMs?: number }
  /** Connections are accepted and cut at the first request. */
  | { readonly kind: 'reset'; readonly forMs?: number }
  /** Headers and half of the body come, then nothing. */
  | { readonly kind: 'hang'; readonly forMs?: number }
  | { readonly kind: 'slow'; readonly delayMs: number; readonly forMs?: number }
  /** Half of the body, then the connection is cut. */
  | { readonly kind: 'cut'; readonly forMs?: number }
  | { readonly kind: 'garbage'; readonly forMs?: number }
  | { readonly kind: 'html'; readonly forMs?: number }
  | { readonly kind: 'status'; readonly status: number; readonly forMs?: number }
  /** A body of this size (default 100 MB), streamed with backpressure. */
  | { readonly kind: 'huge'; readonly bytes?: number; readonly forMs?: number }

/** Troubles of a server's streams. `clear` ends all troubles. */
export type StreamTrouble =
  /** Its configuration is changed: paths are added, others are closed and taken out, and it says other settings. */
  | {
      readonly kind: 'configure'
      readonly add?: readonly DemoPathOptions[]
      readonly remove?: readonly string[]
      readonly global?: Readonly<Record<string, unknown>>
      readonly pathDefaults?: Readonly<Record<string, unknown>>
    }
  | { readonly kind: 'publisherGone'; readonly path: string; readonly forMs?: number }
  /** Leaves and returns `times` times, `everyMs` apart. */
  | { readonly kind: 'flap'; readonly path: string; readonly everyMs?: number; readonly times?: number }
  /** No bytes come. A pushed stream is closed by the server after its readTimeout (10 s); a pulled one stays (`keep` for both). */
  | { readonly kind: 'stall'; readonly path: string; readonly forMs?: number; readonly keep?: boolean }
  /** Loss on the way of every SRT session of the path (or of all): 20 s at 3 %, 16 s at 15 % with twice the round trip, then clean. */
  | { readonly kind: 'srtLoss'; readonly path?: string; readonly forMs?: number }
  | { readonly kind: 'readerFlood'; readonly path: string; readonly readers: number; readonly forMs?: number }
  /** All of its readers leave. */
  | { readonly kind: 'readersGone'; readonly path: string; readonly forMs?: number }
  /** Its readers can't take all that they are sent (1.17 and later; not those over RTSP or HLS). */
  | { readonly kind: 'readersSlow'; readonly path: string; readonly forMs?: number }
  /** The round trip of its SRT sessions is so many times as long. */
  | { readonly kind: 'roundTrip'; readonly path: string; readonly factor: number; readonly forMs?: number }
  /** Its publisher leaves, and another one from elsewhere takes its place. */
  | { readonly kind: 'otherPublisher'; readonly path: string }
  /** Its picture stands still, while all else goes on. */
  | { readonly kind: 'pictureFrozen'; readonly path: string; readonly forMs?: number }
  /** An always-available path loses its publisher: the slate is on air. */
  | { readonly kind: 'slate'; readonly path: string; readonly forMs?: number }
  /** The publisher comes back with another codec or size. */
  | { readonly kind: 'tracks'; readonly path: string; readonly tracks: DemoTracks; readonly width?: number; readonly height?: number }
  /** Its first destination, or `dest`, can't be forwarded to. */
  | {
      readonly kind: 'forwardFails'
      readonly path: string
      readonly dest?: string
      readonly said?: string
      /** It is not tried again, so that each answer says that it fails. */
      readonly untried?: boolean
      readonly forMs?: number
    }
  | { readonly kind: 'bitrate'; readonly path: string; readonly factor: number; readonly forMs?: number }
  /** It is recorded no more, though it goes on: its disk is full, say. */
  | { readonly kind: 'recordingStops'; readonly path: string; readonly forMs?: number }
  /** Its recordings can't be deleted: their disk is read-only. */
  | { readonly kind: 'recordingsKept'; readonly path: string }
  | { readonly kind: 'clear' }

/** A trouble on command. Without `forMs` it lasts until `{ kind: 'clear' }`. */
export type DemoTrouble = ProcessTrouble | AnswerTrouble | StreamTrouble

/** Troubles of the machine under a server. The streams go on. */
export type MachineTrouble =
  /** Its figures, where given, are at least these: shares in percent (of the network: of its link, inbound), and datagrams that its UDP buffers lose each second. */
  | {
      readonly kind: 'load'
      readonly cpuPercent?: number
      readonly memoryPercent?: number
      readonly diskPercent?: number
      readonly celsius?: number
      readonly networkPercent?: number
      readonly udpErrorsPerSecond?: number
      readonly goroutines?: number
      readonly forMs?: number
    }
  /** From now on its disk fills by so many percent of its size an hour. */
  | { readonly kind: 'fills'; readonly percentPerHour: number }
  /** Its clock is set, so that it differs from ours by so much. */
  | { readonly kind: 'clock'; readonly skewMs: number; readonly forMs?: number }
  /** It shows another key to new connections; those that last are cut. */
  | { readonly kind: 'otherKey' }
  /** It refuses the known password; connections that last are cut. */
  | { readonly kind: 'wrongPassword'; readonly forMs?: number }
  /** SSH connections are cut and refused. */
  | { readonly kind: 'unreachable'; readonly forMs?: number }
  /** It starts anew; its SSH port is closed for `downMs` (default 20,000). */
  | { readonly kind: 'reboot'; readonly downMs?: number }

/** A scripted trouble, `atMs` after the server's start. */
export interface DemoScriptEntry {
  readonly atMs: number
  readonly trouble: DemoTrouble
  /** Repeats at this interval. */
  readonly everyMs?: number
}

export interface DemoServerOptions {
  readonly name: string
  /** Default 1.20. */
  readonly version?: DemoVersion
  /** Paths, or the number of ordinary ones. Default: one of every kind. */
  readonly paths?: readonly DemoPathOptions[] | number
  readonly auth?: DemoAuth
  /** HTTPS with its own self-signed certificate. */
  readonly tls?: boolean
  /** How long its certificate is valid, ms; default a year. */
  readonly certificateForMs?: number
  /** Where it says that its RTSP listener is, at which nothing listens; default: as the version has it. */
  readonly rtspPort?: number
  /** RTSP, RTMP and SRT listen, each at a port of its own, and answer as far as that goes without media. */
  readonly listens?: boolean
  /** HTTPS for the HLS port, too. */
  readonly hlsTls?: boolean
  readonly tags?: readonly string[]
  /** Protocols that are switched off: their endpoints answer a plain 404. Default: rtsps, rtmps and moq. */
  readonly off?: readonly Protocol[]
  /** Whether it has metrics (default), and lets the console read them. */
  readonly metrics?: 'open' | 'refused' | 'none'
  /** The process started this long before the fleet, ms; default 60,000. */
  readonly upForMs?: number
  /** Server's clock minus ours, ms. */
  readonly clockSkewMs?: number
  /** Readers come and go about this often, ms; 0: never (default). */
  readonly churnEveryMs?: number
  readonly script?: readonly DemoScriptEntry[]
  /** Keeps answers as bytes and rewrites only their numbers, for load benchmarks. */
  readonly bench?: boolean
  readonly intervalSeconds?: number
}
