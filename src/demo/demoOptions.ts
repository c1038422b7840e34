import type { Protocol } from '../shared/servers.ts'

/** MediaMTX versions that the demo speaks field by field, as recorded; 1.21 is 1.20 with the names announced for it beside the old ones. */
export type DemoVersion = '1.3' | '1.5' | '1.9' | '1.15' | '1.17' | '1.20' | '1.21'

/** Who may use the API. Up to 1.5 MediaMTX lets everybody in, whatever stands here. */
export type DemoAuth =
  | { readonly kind: 'none' }
  /** An internal user; real servers take the pair as Basic and as `Bearer user:pass`. `bearer` only says what the console is given. */
  | { readonly kind: 'basic' | 'bearer'; readonly user: string; readonly password: string }
  /** Any string stands for a token: nothing is verified but its equality. */
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
  /** Whether a publisher is there at the start; default true except for onDemand and dead. */
  readonly live?: boolean
  /** How long it has been live when the fleet starts, ms. */
  readonly liveForMs?: number
  /** SRT latency asked for by the publisher, ms. */
  readonly latencyMs?: number
  /** Round trip of its SRT sessions without trouble, ms. */
  readonly rttMs?: number
  readonly record?: boolean
  /** What its server says of a pulled source that fails (1.21 and later). */
  readonly sourceError?: string
  /** Destinations it is forwarded to (1.20 and later). */
  readonly forward?: readonly string[]
}

/** What befalls the process of a server. */
export type ProcessTrouble =
  /** The process ends: its port refuses. With `forMs` it is started again then. */
  | { readonly kind: 'die'; readonly forMs?: number }
  /** Ends and starts again after `downMs` (default 500): counters and sessions are new, publishers return within seconds. */
  | { readonly kind: 'restart'; readonly downMs?: number }
  /** As restart, with another version afterwards. */
  | { readonly kind: 'upgrade'; readonly version: DemoVersion; readonly downMs?: number }
  /** The server's credentials were changed: those that everybody knows are wrong. */
  | { readonly kind: 'wrongPassword'; readonly forMs?: number }
  /** The process stands still for a while (SIGSTOP), its media with it. What was asked meanwhile is answered when it goes on. */
  | { readonly kind: 'freeze'; readonly forMs: number }

/** What befalls every answer of a server. */
export type AnswerTrouble =
  /** Connections are taken and never answered. */
  | { readonly kind: 'noAnswer'; readonly forMs?: number }
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

/** What befalls the streams of a server. `clear` calls all troubles off. */
export type StreamTrouble =
  /** Its configuration is changed: paths are added, others are closed and taken out. */
  | { readonly kind: 'configure'; readonly add?: readonly DemoPathOptions[]; readonly remove?: readonly string[] }
  | { readonly kind: 'publisherGone'; readonly path: string; readonly forMs?: number }
  /** Leaves and returns `times` times, `everyMs` apart. */
  | { readonly kind: 'flap'; readonly path: string; readonly everyMs?: number; readonly times?: number }
  /** No bytes come. A pushed stream is closed by the server after its readTimeout (10 s); a pulled one stays (`keep` for both). */
  | { readonly kind: 'stall'; readonly path: string; readonly forMs?: number; readonly keep?: boolean }
  /** Loss on the way of every SRT session of the path (or of all): 20 s at 3 %, 16 s at 15 % with twice the round trip, then clean. */
  | { readonly kind: 'srtLoss'; readonly path?: string; readonly forMs?: number }
  | { readonly kind: 'readerFlood'; readonly path: string; readonly readers: number; readonly forMs?: number }
  /** An always-available path loses its publisher: the slate is on air. */
  | { readonly kind: 'slate'; readonly path: string; readonly forMs?: number }
  /** The publisher comes back with another codec or size. */
  | { readonly kind: 'tracks'; readonly path: string; readonly tracks: DemoTracks; readonly width?: number; readonly height?: number }
  /** Its first destination, or `dest`, can't be forwarded to. */
  | { readonly kind: 'forwardFails'; readonly path: string; readonly dest?: string; readonly said?: string; readonly forMs?: number }
  | { readonly kind: 'bitrate'; readonly path: string; readonly factor: number; readonly forMs?: number }
  | { readonly kind: 'clear' }

/** Something that goes wrong on command. Where `forMs` is left out it stays until `{ kind: 'clear' }`. */
export type DemoTrouble = ProcessTrouble | AnswerTrouble | StreamTrouble

/** What happens by itself, `atMs` after the server's start. */
export interface DemoScriptEntry {
  readonly atMs: number
  readonly trouble: DemoTrouble
  /** Again this often. */
  readonly everyMs?: number
}

export interface DemoServerOptions {
  readonly name: string
  /** Default 1.20. */
  readonly version?: DemoVersion
  /** Paths, or how many ordinary ones. Default: one of every kind. */
  readonly paths?: readonly DemoPathOptions[] | number
  readonly auth?: DemoAuth
  /** HTTPS with a self-signed certificate of its own. */
  readonly tls?: boolean
  /** The HLS door too. */
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
  /** Answers are kept as bytes and only their numbers are rewritten: for load benches. */
  readonly bench?: boolean
  readonly intervalSeconds?: number
}
