import { z } from 'zod'

/** What the media process is asked and what it answers: the whole border between native code and the rest. */

/** Schemes that may be opened; anything else (files, pipes, concatenations) is refused before FFmpeg sees it. */
export const mediaSchemes = ['rtsp', 'rtsps', 'rtmp', 'rtmps', 'srt', 'http', 'https'] as const

/** The machine's own ffmpeg, as the operator named it; empty: whichever is on the PATH. */
export const ffmpegPathSchema = z.string().trim().max(4096)

/** What can make pictures: node-av, FFmpeg as a library in the media process, or the machine's own `ffmpeg`. */
export const mediaBackends = ['node-av', 'ffmpeg'] as const
export type MediaBackend = (typeof mediaBackends)[number]
/** Environment variable that has pictures made by one backend alone, for tests and support. */
export const mediaBackendVariable = 'MTXDECK_MEDIA'

export const snapshotRequestSchema = z.object({
  /** A stream's address; checked again by whoever opens it. */
  url: z.string().min(1).max(4096),
  /** Width of the picture; the height follows, and nothing is enlarged. */
  widthPx: z.number().int().min(16).max(3840),
  /** For everything together: waiting for a turn, connecting, the first key frame, the picture. */
  timeoutMs: z.number().int().min(1).max(60_000),
  /** How we name ourselves, so that a server's lists tell our readers from others'. */
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

/** What is wrong with an address that is not opened. */
export const addressFaults = [
  'characters',
  'notAnAddress',
  'scheme',
  /** `rtsp:/x`. */
  'notInFull',
  'noHost',
  /** Of SRT: parameters that are not a reader's. */
  'parameters',
  'notCaller',
  'linkLocal',
  'otherForm',
] as const
export type AddressFault = (typeof addressFaults)[number]

/** What FFmpeg was doing when it failed. */
const mediaSteps = ['opening', 'inspecting', 'reading', 'decoding'] as const
export type MediaStep = (typeof mediaSteps)[number]

/** Why an ffmpeg cannot be used. `path`: as it was named, or found. */
export const toolProblemSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('notOnPath') }),
  z.object({ kind: z.enum(['notAbsolute', 'notFfmpeg', 'notRunnable', 'noVersion', 'noAnswer']), path: z.string() }),
  z.object({ kind: z.literal('tooOld'), path: z.string(), version: z.string() }),
  /** `part`: such as `demuxer rtsp`. */
  z.object({ kind: z.literal('lacks'), path: z.string(), part: z.string() }),
])
export type ToolProblem = z.infer<typeof toolProblemSchema>

/** Why no picture could be made. `said`: FFmpeg's own words, without secrets. */
export const mediaErrorSchema = z.discriminatedUnion('kind', [
  /** Not an address that may be opened. */
  z.object({ kind: z.literal('refusedAddress'), because: z.enum(addressFaults) }),
  z.object({ kind: z.literal('timedOut'), limitMs: z.number() }),
  /** No connection, or it broke. */
  z.object({ kind: z.literal('unreachable'), doing: z.enum(mediaSteps), said: z.string() }),
  /** The server wants credentials, or other ones. */
  z.object({ kind: z.literal('unauthorized') }),
  /** There is no such stream, or nothing is published to it. */
  z.object({ kind: z.literal('notFound') }),
  /** Sound only, or a kind of data that has no picture. */
  z.object({ kind: z.literal('noVideo') }),
  /** Something came that could not be read as pictures. */
  z.object({ kind: z.literal('undecodable'), because: z.enum(['notMedia', 'noDecoder', 'endedEarly', 'noWholePicture']) }),
  z.object({ kind: z.literal('decoderFailed'), said: z.string() }),
  /** The media process died while it worked on this. */
  z.object({ kind: z.literal('crashed') }),
  /** It died repeatedly on this address, which is left alone for a while. */
  z.object({ kind: z.literal('setAside'), untilMs: z.number() }),
  /** There is neither node-av nor an ffmpeg here that can be used; `install` is a command. */
  z.object({ kind: z.literal('noFfmpeg'), problem: toolProblemSchema, install: z.string() }),
  /** `noProcess`: none runs beside this console; `keepsEnding`: it was started again too often; `onlyNodeAv`: node-av does not load, and was the only one allowed. */
  z.object({ kind: z.literal('unavailable'), because: z.enum(['noProcess', 'keepsEnding', 'onlyNodeAv']) }),
  z.object({ kind: z.literal('cancelled') }),
])
export type MediaError = z.infer<typeof mediaErrorSchema>

/** Why no ffmpeg can be used, or could be looked for. */
export const pictureProblemSchema = z.discriminatedUnion('kind', [...toolProblemSchema.options, ...mediaErrorSchema.options])
export type PictureProblem = z.infer<typeof pictureProblemSchema>

/** To the media process. */
export const toMediaSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('snapshot'), id: z.number().int(), request: snapshotRequestSchema }),
  z.object({ kind: z.literal('tools'), id: z.number().int(), ffmpeg: ffmpegPathSchema }),
  z.object({ kind: z.literal('cancel'), id: z.number().int() }),
])
export type ToMedia = z.input<typeof toMediaSchema>

export const snapshotSchema = z.object({
  jpeg: z.instanceof(Uint8Array),
  widthPx: z.number().int(),
  heightPx: z.number().int(),
  /** FFmpeg's short name, such as h264. */
  codec: z.string(),
  tookMs: z.number(),
})
export type Snapshot = z.infer<typeof snapshotSchema>

/** What pictures are made with here. */
export const mediaToolsSchema = z.object({
  /** null: nothing can make any. */
  uses: z.enum(mediaBackends).nullable(),
  /** The machine's ffmpeg, also where it is not the one that is used; null: there is none that could be. */
  ffmpeg: z
    .object({
      path: z.string(),
      version: z.string(),
      /** What some streams would need of it, such as `decoder hevc`. */
      lacks: z.array(z.string()),
    })
    .nullable(),
  /** Why there is none. */
  problem: toolProblemSchema.nullable(),
  /** How one installs it on this system. */
  install: z.string(),
})
export type MediaTools = z.infer<typeof mediaToolsSchema>

/** From the media process: `ready` once, then an answer for each request. */
export const fromMediaSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('snapshot'), id: z.number().int(), snapshot: snapshotSchema }),
  z.object({ kind: z.literal('tools'), id: z.number().int(), tools: mediaToolsSchema }),
  z.object({ kind: z.literal('failed'), id: z.number().int(), error: mediaErrorSchema }),
])
export type FromMedia = z.infer<typeof fromMediaSchema>

/** Nothing that could hold a secret. */
const passedOn = ['PATH', 'SystemRoot', 'TEMP', 'TMP', 'TMPDIR', 'LANG', 'TZ', 'LD_LIBRARY_PATH'] as const
/** Threads of libuv's pool in there: each blocked read holds one, name lookups need some too. */
const threads = 32

/** What of one's own environment programs are started with that read streams of strangers. */
export const plainEnvironment = (env: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(passedOn.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])))

/** The environment that the media process is started with, out of one's own. */
export function mediaEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const backend = env[mediaBackendVariable]
  return { ...plainEnvironment(env), UV_THREADPOOL_SIZE: String(threads), ...(backend !== undefined && { [mediaBackendVariable]: backend }) }
}
