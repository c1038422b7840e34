import { z } from 'zod'
import { contentWatchSchema } from './probeContent.ts'
import { probeReadingSchema } from './probeReadings.ts'

// Messages to and from the media process: the whole boundary between native code and the rest.

/** Schemes that may be opened; anything else (files, pipes, concatenations) is refused before FFmpeg sees it. */
export const mediaSchemes = ['rtsp', 'rtsps', 'rtmp', 'rtmps', 'srt', 'http', 'https', 'whep', 'wheps', 'udp'] as const

/** Path of the machine's own ffmpeg, as entered by the operator; empty: the one on the PATH. */
export const ffmpegPathSchema = z.string().trim().max(4096)

/** Programs that can make pictures: node-av (FFmpeg as a library in the media process), or the machine's own `ffmpeg`. */
export const mediaBackends = ['node-av', 'ffmpeg'] as const
export type MediaBackend = (typeof mediaBackends)[number]
/** Environment variable that restricts picture making to one backend, for tests and support. */
export const mediaBackendVariable = 'MTXDECK_MEDIA'

/**
 * How a media process is isolated from the files and processes of this machine: in a Linux sandbox made by bubblewrap (`bwrap`); or not at all, because that
 * is not installed (`missing`), this machine does not allow it namespaces (`refused`), the system is not Linux (`otherSystem`), or it was switched `off`.
 */
export const mediaSandboxes = ['bwrap', 'missing', 'refused', 'otherSystem', 'off'] as const
export type MediaSandbox = (typeof mediaSandboxes)[number]
/** Values that `MTXDECK_SANDBOX` accepts. */
export const wantedSandboxes = ['bwrap', 'off'] as const
export type WantedSandbox = (typeof wantedSandboxes)[number]
/** Environment variable: for the console, the requested sandbox; for a media process, the sandbox that it runs in. */
export const mediaSandboxVariable = 'MTXDECK_SANDBOX'

export const snapshotRequestSchema = z.object({
  /** A stream's address; checked again before it is opened. */
  url: z.string().min(1).max(4096),
  /** Width of the picture; the height follows, and nothing is enlarged. */
  widthPx: z.number().int().min(16).max(3840),
  /** Total time for queueing, connecting, the first key frame and the picture. */
  timeoutMs: z.number().int().min(1).max(60_000),
  /** A source that accepts no connection or sends nothing for this long is unreachable; left out: `timeoutMs`. */
  answerMs: z.number().int().min(1).max(60_000).optional(),
  /** How mtxdeck identifies itself, so that its own readers can be recognised in a server's lists. */
  userAgent: z
    .string()
    .max(200)
    .regex(/^[\x20-\x7e]*$/)
    .default('mtxdeck'),
  ffmpeg: ffmpegPathSchema.default(''),
})
export type SnapshotRequest = z.input<typeof snapshotRequestSchema>
/** With its defaults filled in. */
export type WholeSnapshotRequest = z.output<typeof snapshotRequestSchema>

/** What a gate before a media server wants of requests over HTTP. Secret: sent to the origin of the address only, and by TLS only where its certificate is trusted. */
const mediaGateSchema = z.object({
  headers: z.record(z.string(), z.string()),
  /** With its key, PEM. */
  certificate: z.object({ chain: z.string(), key: z.string() }).nullable(),
  /** Pinned SHA-256 of the certificate of the server; null: the trust of the system counts. */
  fingerprint: z.string().nullable(),
})
export type MediaGate = z.infer<typeof mediaGateSchema>
const gate = mediaGateSchema.nullable().default(null)

export const probeRequestSchema = snapshotRequestSchema.pick({ url: true, userAgent: true, ffmpeg: true }).extend({
  /** Timeout until packets arrive. */
  answerMs: z.number().int().min(100).max(60_000),
  /** Length of one look in stream time, ms; a look takes at most twice as long in real time. */
  checkMs: z.number().int().min(1_000).max(60_000),
  /** Keeps reading, with a reading after each look, until the probe is cancelled or the stream breaks off. */
  isContinuous: z.boolean(),
  /** Whether a look lasts longer where the stream's key frames are further apart than it, to measure by how much; see `awaitedGroupMs`. */
  awaitsGroup: z.boolean().default(false),
  /** What to look for in pictures and sound; null: nothing is decoded. */
  content: contentWatchSchema.nullable().default(null),
  /** Whether to measure the stream's MPEG-TS; over HTTP this reads the stream a second time. */
  transport: z.boolean().default(false),
  /** The stream is our own test signal: measure the age of its pictures by the timestamps drawn in them. */
  canary: z.boolean().default(false),
  /** Returns the last picture with each reading, even if nothing was found in it. Requires a picture check in `content`. */
  wantsPicture: z.boolean().default(false),
  gate,
})
export type ProbeRequest = z.input<typeof probeRequestSchema>
export type WholeProbeRequest = z.output<typeof probeRequestSchema>

export const publishProtocols = ['rtsp', 'rtmp', 'srt', 'whip'] as const
export type PublishProtocol = (typeof publishProtocols)[number]

export const publishRequestSchema = z.object({
  url: z.string().min(1).max(4096),
  protocol: z.enum(publishProtocols),
  /** Value of the Authorization header of WHIP; null: none. Other protocols carry credentials in the address. */
  bearer: z.string().max(4_096).nullable().default(null),
  /** Timeout until the server accepts the signal, and between two `published` messages. */
  answerMs: z.number().int().min(100).max(60_000),
})
export type PublishRequest = z.input<typeof publishRequestSchema>
export type WholePublishRequest = z.output<typeof publishRequestSchema>

const publishedSchema = z.object({
  pictures: z.number().int().min(0).max(1e6),
  /** Pictures dropped because this machine or the network was too slow. */
  skipped: z.number().int().min(0).max(1e6),
})
export type Published = z.infer<typeof publishedSchema>

/** Why an address is refused. */
export const addressFaults = [
  'characters',
  'notAnAddress',
  'scheme',
  /** `rtsp:/x`. */
  'notInFull',
  'noHost',
  /** SRT parameters that readers may not set. */
  'parameters',
  'notCaller',
  /** It waits for a sender to call, which closing it would end: it is read continuously only. */
  'awaitsCaller',
  'linkLocal',
  /** The address, or a playlist or redirect that it returns, leads to a more internal network than its own. */
  'leadsInside',
  'otherForm',
] as const
export type AddressFault = (typeof addressFaults)[number]

/** What FFmpeg was doing when it failed. */
const mediaSteps = ['opening', 'inspecting', 'reading', 'decoding', 'publishing'] as const
export type MediaStep = (typeof mediaSteps)[number]

/** Why an ffmpeg cannot be used. `path` is where it was found, or as entered. `noFfprobe`: streams are measured with the ffprobe beside it. */
const toolProblemSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('notOnPath') }),
  z.object({ kind: z.enum(['notAbsolute', 'notFfmpeg', 'notRunnable', 'noVersion', 'notInSandbox', 'noAnswer', 'noFfprobe']), path: z.string() }),
  z.object({ kind: z.literal('tooOld'), path: z.string(), version: z.string() }),
  /** `part` is missing from the build, such as `demuxer rtsp`. */
  z.object({ kind: z.literal('lacks'), path: z.string(), part: z.string() }),
])
export type ToolProblem = z.infer<typeof toolProblemSchema>

/** Faults that this console itself detects when it reads a stream without FFmpeg or in parallel with it. */
export const readFaults = ['nameNotFound', 'noConnection', 'ended', 'noWebrtcAddress', 'noWebrtcConnection'] as const
const readFaultSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(readFaults) }),
  /** The server returned this HTTP status. */
  z.object({ kind: z.literal('status'), status: z.number() }),
])
export type ReadFault = z.infer<typeof readFaultSchema>

/** Why a request to the media process failed. `said`: the message of FFmpeg or the system, without secrets. */
export const mediaErrorSchema = z.discriminatedUnion('kind', [
  /** The address may not be opened. */
  z.object({ kind: z.literal('refusedAddress'), because: z.enum(addressFaults) }),
  z.object({ kind: z.literal('timedOut'), limitMs: z.number() }),
  /** No connection, or it was lost. */
  z.object({ kind: z.literal('unreachable'), doing: z.enum(mediaSteps), said: z.union([z.string(), readFaultSchema]) }),
  /** The server wants credentials, or other ones. */
  z.object({ kind: z.literal('unauthorized') }),
  /** The server ended the opening without saying why: there is no such stream, or it wants other credentials. */
  z.object({ kind: z.literal('refused') }),
  /** The stored address can't be decrypted. */
  z.object({ kind: z.literal('addressUnreadable') }),
  /** There is no such stream, or nothing is published to it. */
  z.object({ kind: z.literal('notFound') }),
  /** Audio only, or data without pictures. */
  z.object({ kind: z.literal('noVideo') }),
  /** The received data could not be decoded into pictures. */
  z.object({ kind: z.literal('undecodable'), because: z.enum(['notMedia', 'noDecoder', 'endedEarly', 'noWholePicture', 'playlistTooLarge', 'webPage']) }),
  z.object({ kind: z.literal('decoderFailed'), said: z.string() }),
  /** The media process died while working on this request. */
  z.object({ kind: z.literal('crashed') }),
  /** The media process died repeatedly on this address, which is not opened again until `untilMs`. */
  z.object({ kind: z.literal('setAside'), untilMs: z.number() }),
  /** Neither node-av nor an ffmpeg can be used here; `install` is a command that installs one. */
  z.object({ kind: z.literal('noFfmpeg'), problem: toolProblemSchema, install: z.string() }),
  /**
   * The media process is unavailable. `noProcess`: this console runs none; `keepsEnding`: it was restarted too often; `onlyNodeAv`: node-av does not
   * load and is the only backend allowed; `needsNodeAv`: node-av does not load, and nothing else here can publish.
   */
  z.object({ kind: z.literal('unavailable'), because: z.enum(['noProcess', 'keepsEnding', 'onlyNodeAv', 'needsNodeAv']) }),
  z.object({ kind: z.literal('cancelled') }),
])
export type MediaError = z.infer<typeof mediaErrorSchema>

export const pictureProblemSchema = z.discriminatedUnion('kind', [...toolProblemSchema.options, ...mediaErrorSchema.options])
export type PictureProblem = z.infer<typeof pictureProblemSchema>

export const toMediaSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('snapshot'), id: z.number().int(), request: snapshotRequestSchema }),
  z.object({ kind: z.literal('probe'), id: z.number().int(), request: probeRequestSchema }),
  z.object({ kind: z.literal('publish'), id: z.number().int(), request: publishRequestSchema }),
  z.object({ kind: z.literal('tools'), id: z.number().int(), ffmpeg: ffmpegPathSchema }),
  z.object({ kind: z.literal('cancel'), id: z.number().int() }),
])
export type ToMedia = z.input<typeof toMediaSchema>

const snapshotSchema = z.object({
  jpeg: z.instanceof(Uint8Array),
  widthPx: z.number().int(),
  heightPx: z.number().int(),
  /** FFmpeg's short name, such as h264. */
  codec: z.string(),
  /**
   * Bytes read from the network: the media packets of all tracks up to the picture. Not included are headers of RTP, RTSP, HTTP and lower layers,
   * retransmissions, and data that had arrived but was not read when the picture was complete; over RTSP, neither are packets that were only inspected.
   * null: ffmpeg did not report it.
   */
  bytesRead: z.number().nullable(),
  tookMs: z.number(),
})
export type Snapshot = z.infer<typeof snapshotSchema>

export const mediaToolsSchema = z.object({
  /** null: no backend works. */
  uses: z.enum(mediaBackends).nullable(),
  /** The machine's ffmpeg, even if another backend is used; null: none is usable. */
  ffmpeg: z
    .object({
      path: z.string(),
      version: z.string(),
      /** Missing parts that some streams need, such as `decoder hevc`. */
      lacks: z.array(z.string()),
    })
    .nullable(),
  /** Why `ffmpeg` is null. */
  problem: toolProblemSchema.nullable(),
  /** Command that installs it on this system. */
  install: z.string(),
  sandbox: z.enum(mediaSandboxes),
})
export type MediaTools = z.infer<typeof mediaToolsSchema>

/** The last picture of a look that found something in pictures or sound, or whose request set `wantsPicture`: a small JPEG. */
const evidenceSchema = z.object({
  jpeg: z.instanceof(Uint8Array).refine(({ length }) => length <= 2_000_000),
  widthPx: z.number().int().min(1).max(100_000),
  heightPx: z.number().int().min(1).max(100_000),
})
export type Evidence = z.infer<typeof evidenceSchema>

/**
 * Messages from the media process: `ready` once, then one per request. A continuous probe sends any number of readings, a test signal any number of
 * `published`; both end with `failed`. A probe whose first attempt to read the stream failed sends `startedOver` before the second one, at most once:
 * its timeouts begin again.
 */
export const fromMediaSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('snapshot'), id: z.number().int(), snapshot: snapshotSchema }),
  z.object({ kind: z.literal('startedOver'), id: z.number().int() }),
  z.object({ kind: z.literal('probed'), id: z.number().int(), reading: probeReadingSchema, evidence: evidenceSchema.nullable() }),
  z.object({ kind: z.literal('published'), id: z.number().int(), sent: publishedSchema }),
  z.object({ kind: z.literal('tools'), id: z.number().int(), tools: mediaToolsSchema }),
  z.object({ kind: z.literal('failed'), id: z.number().int(), error: mediaErrorSchema }),
])
export type FromMedia = z.infer<typeof fromMediaSchema>

/** Environment variables passed on; none of them can hold a secret. */
const passedOn = ['PATH', 'SystemRoot', 'TEMP', 'TMP', 'TMPDIR', 'LANG', 'TZ', 'LD_LIBRARY_PATH'] as const

/** Purpose of a media process. Probes have their own, so that they cannot starve snapshots, nor fail them when a stream crashes the process. */
const mediaUses = ['pictures', 'probes'] as const
export type MediaUse = (typeof mediaUses)[number]
/**
 * Size of libuv's thread pool in a media process: each blocked read holds a thread, and name lookups need some too. A probe only blocks while its
 * stream is opened, at a host that accepts connections, and for the first packet after each of its pauses: 1,000 probes hold about 150 threads. A
 * larger pool would cost memory, because libuv uses all threads in turn and each keeps up to 90 kB.
 */
const threads = { pictures: 32, probes: 256 } as const
/**
 * Makes glibc return freed memory to the system. By default it keeps what native code freed, mostly packets queued while streams were inspected.
 * Other systems ignore these variables.
 */
const sparing = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '131072', MALLOC_MMAP_THRESHOLD_: '4096' } as const
/** Node flags for a media process. For probes, V8's young generation would otherwise grow larger than all live data. */
export const mediaFlags: Readonly<Record<MediaUse, readonly string[]>> = { pictures: [], probes: ['--max-semi-space-size=1', '--v8-pool-size=1'] }

/** The minimal environment for programs that read untrusted streams, taken from `env`. */
export function plainEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(passedOn.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])))
}

/** Folder of Node's compile cache. With it, a process that runs from sources does not load the TypeScript compiler, which takes 13 MB. */
export const compileCacheVariable = 'NODE_COMPILE_CACHE'

/** The environment for a media process, taken from `env`. */
export function mediaEnvironment(env: Readonly<Record<string, string | undefined>>, use: MediaUse): Record<string, string> {
  const further = [mediaBackendVariable, mediaSandboxVariable, compileCacheVariable].flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]))
  return { ...plainEnvironment(env), UV_THREADPOOL_SIZE: String(threads[use]), ...(use === 'probes' && sparing), ...Object.fromEntries(further) }
}
