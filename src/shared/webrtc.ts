import { z } from 'zod'
import { view } from './permissions.ts'
import { type PictureReason, pictureReasonSchema, pictureWordsSchema } from './previews.ts'
import { refused } from './refusals.ts'
import { serverIdSchema } from './servers.ts'
import type { Track } from './streams.ts'
import { epochMs } from './time.ts'

/** Longest offer, answer or fragment of candidates, in bytes. Those of browsers have 3 to 20 kB. */
export const mostSdpBytes = 65_536

/** A server that helps to find a way between client and media server. MediaMTX gives its credentials to everyone who may read or publish. */
const iceServerSchema = z.object({
  /** `stun:…` or `turn:…`. */
  url: z.string(),
  username: z.string().nullable(),
  credential: z.string().nullable(),
})
export type IceServer = z.infer<typeof iceServerSchema>

/** What a window saw before it gave WebRTC up: no way to the server; a way, and no picture; a picture, and then none. */
export const webrtcEnds = ['notConnected', 'noFrames', 'stopped'] as const
export type WebrtcEnd = (typeof webrtcEnds)[number]

/** What WebRTC carries of a stream's tracks, as far as its codecs say. */
const carriedVideo = /^(?:H264|H265|VP8|VP9|AV1)$/
const carriedAudio = /^(?:Opus|G711|G722)$/
const isVideo = ({ kind }: Pick<Track, 'kind'>): boolean => kind === 'video'

/** Why a window does not even try WebRTC; null: it does. `playsH265`: by WebRTC, which browsers say apart from other media. */
export function webrtcObstacle(tracks: readonly Pick<Track, 'codec' | 'kind'>[], playsH265: boolean): PictureReason | null {
  if (tracks.length === 0) return null
  const video = tracks.filter(isVideo)
  if (video.length === 0) return { kind: 'noVideo' }
  if (!video.some(({ codec }) => carriedVideo.test(codec))) return { kind: 'webrtcCodecs', codecs: video.map(({ codec }) => codec) }
  return video.some(({ codec }) => codec === 'H265') && !playsH265 ? { kind: 'webrtcH265' } : null
}

/** The codec of sound that a stream has and WebRTC does not carry; null: nothing is lost. */
export function soundNotByWebrtc(tracks: readonly Pick<Track, 'codec' | 'kind'>[]): string | null {
  const sound = tracks.filter(({ kind }) => kind === 'audio')
  return sound.length === 0 || sound.some(({ codec }) => carriedAudio.test(codec)) ? null : (sound[0]?.codec ?? null)
}

/** Whether HLS has sound of it: it carries neither G711 nor PCM. */
export const hasSoundByHls = (tracks: readonly Pick<Track, 'codec'>[]): boolean => tracks.some(({ codec }) => /^(?:MPEG-4 Audio|AAC|Opus)/.test(codec))

/** Whether the WebRTC door of a server answers. It says nothing of whether media gets through. */
const webrtcStandingSchema = z.object({
  serverId: serverIdSchema,
  server: z.string(),
  /** Where WHEP and WHIP are; null: switched off. */
  address: z.string().nullable(),
  /** off: by its configuration. */
  state: z.enum(['answers', 'failing', 'off']),
  /** Time to its answer, ms; null: there was none. */
  answerMs: z.number().nullable(),
  why: pictureReasonSchema.nullable(),
  words: pictureWordsSchema,
})
export type WebrtcStanding = z.infer<typeof webrtcStandingSchema>
const webrtcHealthSchema = z.object({ at: epochMs, servers: z.array(webrtcStandingSchema) })
export type WebrtcHealth = z.infer<typeof webrtcHealthSchema>

const wishSchema = z.object({ serverId: serverIdSchema, path: z.string().min(1), wake: z.boolean().default(false) })
const watchedSchema = z.union([
  z.object({
    /** For `PUT /previews/{previewId}/figures`, and to close it. */
    previewId: z.string(),
    /** SDP. */
    answer: z.string(),
    why: z.null(),
    words: pictureWordsSchema,
    /** The operator's oldest preview if it was closed to make room for this one. */
    closed: z.string().nullable(),
  }),
  z.object({ previewId: z.null(), answer: z.null(), why: pictureReasonSchema, words: pictureWordsSchema, closed: z.null() }),
])
export type WebrtcWatched = z.infer<typeof watchedSchema>

/**
 * WebRTC of the servers. Beside these procedures the console speaks WHEP and WHIP itself: `POST /webrtc/whep`, `POST /webrtc/whip`, and
 * PATCH and DELETE of the sessions that they name (docs/webrtc.md).
 */
export const webrtcContract = {
  /** Asks each server, at most every 5 s. `server`: id or name; left out: all. */
  health: view
    .errors({ NOT_FOUND: refused(404, 'noSuchServer') })
    .route({ method: 'GET', path: '/webrtc/health', tags: ['previews'] })
    .input(z.object({ server: z.string().min(1).max(200).optional() }).optional())
    .output(webrtcHealthSchema),
  /** Before an offer: by which ICE servers a way to the media server may be found, or why it makes no sense to offer. */
  prepare: view
    .errors({ NOT_FOUND: refused(404, 'noSuchStream') })
    .route({ method: 'POST', path: '/webrtc/prepare', tags: ['previews'] })
    .input(wishSchema)
    .output(z.object({ iceServers: z.array(iceServerSchema), why: pictureReasonSchema.nullable(), words: pictureWordsSchema })),
  /** Opens a live picture by WebRTC: the answer to the offer of its player. `viewer` as in `POST /previews`. */
  watch: view
    .errors({ NOT_FOUND: refused(404, 'noSuchStream') })
    .route({ method: 'POST', path: '/webrtc/pictures', tags: ['previews'] })
    .input(wishSchema.extend({ viewer: z.string().min(1).max(64), offer: z.string().min(1).max(mostSdpBytes) }))
    .output(watchedSchema),
  /** Closes a picture by WebRTC that did not come, and says why not. `besideConsole`: the player runs on the machine of this console. */
  giveUp: view
    .route({ method: 'POST', path: '/webrtc/pictures/{previewId}/give-up', tags: ['previews'] })
    .input(z.object({ previewId: z.string(), saw: z.enum(webrtcEnds), besideConsole: z.boolean().default(false) }))
    .output(z.object({ why: pictureReasonSchema, words: pictureWordsSchema })),
}

/** What WHIP and WHEP of the console lead to where a request names neither server nor stream, as an application says by its variables. */
export interface UsualStreams {
  /** Name of the server. */
  readonly server: string
  readonly whip: string | null
  readonly whep: string | null
}
