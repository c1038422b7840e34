import { z } from 'zod'
import { patternSchema } from './patterns.ts'
import { operate, view } from './permissions.ts'
import { type PictureReason, pictureReasonSchema, pictureWordsSchema } from './previews.ts'
import { refused } from './refusals.ts'
import { serverIdSchema } from './servers.ts'
import type { Track } from './streams.ts'
import { epochMs } from './time.ts'

/** Maximum size of an SDP offer, answer or candidate fragment, bytes. Browsers send 3 to 20 kB. */
export const mostSdpBytes = 65_536

/** A STUN or TURN server. MediaMTX discloses its credentials to everyone who may read or publish. */
const iceServerSchema = z.object({
  /** `stun:…` or `turn:…`. */
  url: z.string(),
  username: z.string().nullable(),
  credential: z.string().nullable(),
})
export type IceServer = z.infer<typeof iceServerSchema>

/** How WebRTC failed in a window: no connection to the server; connected without a picture; the picture stopped. */
const webrtcEnds = ['notConnected', 'noFrames', 'stopped'] as const
export type WebrtcEnd = (typeof webrtcEnds)[number]

/** Codecs that WebRTC can carry. */
const carriedVideo = /^(?:H264|H265|VP8|VP9|AV1)$/
const carriedAudio = /^(?:Opus|G711|G722)$/
const isVideo = ({ kind }: Pick<Track, 'kind'>): boolean => kind === 'video'

/** Why a window does not attempt WebRTC; null: it does. `playsH265`: over WebRTC, which browsers report separately from other media. */
export function webrtcObstacle(tracks: readonly Pick<Track, 'codec' | 'kind'>[], playsH265: boolean): PictureReason | null {
  if (tracks.length === 0) return null
  const video = tracks.filter(isVideo)
  if (video.length === 0) return { kind: 'noVideo' }
  if (!video.some(({ codec }) => carriedVideo.test(codec))) return { kind: 'webrtcCodecs', codecs: video.map(({ codec }) => codec) }
  return video.some(({ codec }) => codec === 'H265') && !playsH265 ? { kind: 'webrtcH265' } : null
}

/** The audio codec of a stream whose sound WebRTC can't carry; null: no sound is lost. */
export function soundNotByWebrtc(tracks: readonly Pick<Track, 'codec' | 'kind'>[]): string | null {
  const sound = tracks.filter(({ kind }) => kind === 'audio')
  return sound.length === 0 || sound.some(({ codec }) => carriedAudio.test(codec)) ? null : (sound[0]?.codec ?? null)
}

/** Whether the stream has sound over HLS, which carries neither G711 nor PCM. */
export function hasSoundByHls(tracks: readonly Pick<Track, 'codec'>[]): boolean {
  return tracks.some(({ codec }) => /^(?:MPEG-4 Audio|AAC|Opus)/.test(codec))
}

/** Whether the WebRTC listener of a server answers. This does not show whether media gets through. */
const serverWebrtcSchema = z.object({
  serverId: serverIdSchema,
  server: z.string(),
  /** Base address of WHEP and WHIP; null: disabled. */
  address: z.string().nullable(),
  /** off: disabled by its configuration. */
  state: z.enum(['answers', 'failing', 'off']),
  /** Response time, ms; null: no answer. */
  answerMs: z.number().nullable(),
  why: pictureReasonSchema.nullable(),
  words: pictureWordsSchema,
})
export type ServerWebrtc = z.infer<typeof serverWebrtcSchema>
const webrtcHealthSchema = z.object({ at: epochMs, servers: z.array(serverWebrtcSchema) })
export type WebrtcHealth = z.infer<typeof webrtcHealthSchema>

const wishSchema = z.object({ serverId: serverIdSchema, path: z.string().min(1), wake: z.boolean().default(false) })
const watchedSchema = z.union([
  z.object({
    /** Used for `PUT /previews/{previewId}/figures` and to close the preview. */
    previewId: z.string(),
    /** SDP. */
    answer: z.string(),
    why: z.null(),
    words: pictureWordsSchema,
  }),
  z.object({ previewId: z.null(), answer: z.null(), why: pictureReasonSchema, words: pictureWordsSchema }),
])
export type WebrtcWatched = z.infer<typeof watchedSchema>

/**
 * WebRTC of the servers. In addition to these procedures the console itself implements WHEP and WHIP: `POST /webrtc/whep`, `POST /webrtc/whip`, and
 * PATCH and DELETE of the sessions that they return (docs/webrtc.md).
 */
/** The longest that a token of an application is good for, s. */
const longestGrantSeconds = 30 * 86_400

const tags = ['previews']
const viewStream = view.errors({ NOT_FOUND: refused(404, 'noSuch') })
export const webrtcContract = {
  /** A token for an application, which may publish or play these streams by the console and nothing else. Sessions that it began end with it. */
  grant: operate
    .errors({ NOT_FOUND: refused(404, 'noSuch') })
    .route({ method: 'POST', path: '/webrtc/tokens', successStatus: 201, tags, summary: 'A token that may only publish, or only play' })
    .input(
      z.object({
        may: z.enum(['publish', 'play']),
        /** Name or id; not needed where one server is watched. */
        server: z.string().min(1).max(200).optional(),
        /** Names or patterns of streams. */
        paths: z.array(patternSchema).min(1).max(20),
        seconds: z.number().int().min(10).max(longestGrantSeconds),
      }),
    )
    .output(z.object({ token: z.string(), until: epochMs })),
  /** Queries each server at most every 5 s. `server`: id or name; omitted: all. */
  health: view
    .errors({ NOT_FOUND: refused(404, 'noSuch') })
    .route({ method: 'GET', path: '/webrtc/health', tags })
    .input(z.object({ server: z.string().min(1).max(200).optional() }).optional())
    .output(webrtcHealthSchema),
  /** To be called before an offer: returns the ICE servers to use, or why an offer makes no sense. */
  prepare: viewStream
    .route({ method: 'POST', path: '/webrtc/prepare', tags })
    .input(wishSchema)
    .output(z.object({ iceServers: z.array(iceServerSchema), why: pictureReasonSchema.nullable(), words: pictureWordsSchema })),
  /** Opens a live picture over WebRTC: returns the SDP answer to the player's offer. `viewer` as in `POST /previews`. */
  watch: viewStream
    .route({ method: 'POST', path: '/webrtc/pictures', tags })
    .input(wishSchema.extend({ viewer: z.string().min(1).max(64), offer: z.string().min(1).max(mostSdpBytes) }))
    .output(watchedSchema),
  /** Closes a WebRTC picture that failed, and returns the reason. `besideConsole`: the player runs on the console's machine. */
  giveUp: view
    .route({ method: 'POST', path: '/webrtc/pictures/{previewId}/give-up', tags })
    .input(z.object({ previewId: z.string(), saw: z.enum(webrtcEnds), besideConsole: z.boolean().default(false) }))
    .output(z.object({ why: pictureReasonSchema, words: pictureWordsSchema })),
}

/** Default server and paths of the console's WHIP and WHEP endpoints, set by environment variables; used if a request names neither server nor stream. */
export interface DefaultStreams {
  readonly server: string
  readonly whip: string | null
  readonly whep: string | null
}
