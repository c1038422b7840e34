import { z } from 'zod'
import { serverErrorSchema } from './errors.ts'
import { ffmpegPathSchema, mediaErrorSchema, mediaToolsSchema, pictureProblemSchema } from './media.ts'
import { administer, view } from './permissions.ts'
import { refused, toolUnusableSchema } from './refusals.ts'
import { serverIdSchema } from './servers.ts'
import { isOffAir, type Stream } from './streams.ts'

/** At most this many live pictures an operator; one more closes the oldest. */
export const livePicturesLimit = 4
/** Kept behind the playhead by hls.js, seconds. Its default is unbounded. */
export const backBufferSeconds = 10

/** Why a picture can't or should not play. */
export const previewObstacleSchema = z.enum(['notLive', 'slate', 'onDemand', 'hlsOff', 'codecH265', 'codecUnsupported', 'serverDown', 'noFfmpeg'])
export type PreviewObstacle = z.infer<typeof previewObstacleSchema>
/** What of these the stream itself tells. */
export type StreamObstacle = Exclude<PreviewObstacle, 'noFfmpeg'>

/** Why there is no picture, where the kind says it all. */
export const plainPictureReasons = [
  'notLive',
  'slate',
  'onDemand',
  'hlsOff',
  'codecH265',
  'serverDown',
  // Of the relay.
  'closed',
  'settingsChanged',
  /** This user may not read the stream. */
  'readRefused',
  'hlsNotEncrypted',
  'noPictureNow',
  'redirectUnreadable',
  'redirectsInCircle',
  'playlistTooLong',
  'playlistElsewhere',
  /** Watching on would be all that keeps its source running. */
  'lastViewerLeft',
  'viewersUnknown',
  'noSuchPart',
  'onlyGet',
  // Of stills.
  'rtspOff',
  'rtspReadRefused',
  'rtspPasswordMissing',
  'rtspPasswordWithheld',
  // Of the player.
  'notDecoded',
  'tooLate',
  'brokeOff',
  'notPlayable',
  'browserWithoutHls',
] as const
export type PlainPictureReason = (typeof plainPictureReasons)[number]

/** Why there is no picture, or what is to be known about one. `pictureText` puts it into words. */
export const pictureReasonSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(plainPictureReasons) }),
  z.object({ kind: z.literal('codecUnsupported'), codecs: z.array(z.string()) }),
  /** The address that was entered for it. */
  z.object({ kind: z.literal('badAddress'), of: z.enum(['hls', 'rtsp']), address: z.string() }),
  z.object({ kind: z.literal('notHls'), host: z.string() }),
  z.object({ kind: z.literal('serverError'), error: serverErrorSchema }),
  ...mediaErrorSchema.options,
])
export type PictureReason = z.infer<typeof pictureReasonSchema>

/** Over REST alone, in the language that was asked for; else `pictureText` makes them. */
const words = z.string().nullable().optional()

export const previewSchema = z.object({
  /** Path of the playlist under the console's own origin: `/relay/<ticket>/…/index.m3u8`. null where it can't play. */
  url: z.string().nullable(),
  /** Names this picture when it is closed. */
  previewId: z.string().nullable(),
  obstacle: previewObstacleSchema.nullable(),
  /** Why it does not play, or what is to be known about it (a holding picture). */
  why: pictureReasonSchema.nullable(),
  words,
  /** A preview that had to be closed for this one (the oldest of the operator). */
  closed: z.string().nullable(),
})
export type Preview = z.infer<typeof previewSchema>

/**
 * What stands in the way of playing `stream` over HLS, or null. HLS carries no G711 and no PCM; whether H265
 * plays is for the browser to say (`playsH265`). B-frames play in HLS, unlike WebRTC.
 */
export function hlsObstacle(stream: Pick<Stream, 'state' | 'tracks' | 'onDemand'>, hlsEnabled: boolean, playsH265: boolean): StreamObstacle | null {
  if (!hlsEnabled) return 'hlsOff'
  if (stream.state === 'unknown') return 'serverDown'
  if (stream.onDemand && stream.state === 'waiting') return 'onDemand'
  if (isOffAir(stream.state)) return 'notLive'
  const codecs = stream.tracks.map((track) => track.codec)
  if (codecs.some((codec) => codec === 'H265') && !playsH265) return 'codecH265'
  const playable = /^(H264|H265|AV1|VP9|MPEG-4 Audio|Opus|AAC)/
  if (codecs.length > 0 && !codecs.some((codec) => playable.test(codec))) return 'codecUnsupported'
  return null
}

/** Width of a still, px; the height follows, and nothing is enlarged. */
export const stillWidthPx = 640

export const stillSchema = z.object({
  /** The JPEG in base64; null where none could be made. */
  jpeg: z.string().nullable(),
  /** When it was taken, epoch ms. */
  at: z.number().nullable(),
  /** Why there is none, or what is to be known about it (a holding picture). */
  why: pictureReasonSchema.nullable(),
  words,
  /** What stands in the way, where it is known before asking; `onDemand` wants `wake`. */
  obstacle: previewObstacleSchema.nullable(),
})
export type Still = z.infer<typeof stillSchema>

/**
 * What stands in the way of a still of `stream`, or null. FFmpeg decodes what browsers do not, so codecs are no
 * obstacle here; a source that sleeps is started only where the operator said so (`wake`).
 */
export function stillObstacle(stream: Pick<Stream, 'state' | 'onDemand'>, wake: boolean): 'serverDown' | 'notLive' | 'onDemand' | null {
  if (stream.state === 'unknown') return 'serverDown'
  if (!isOffAir(stream.state)) return null
  if (!stream.onDemand) return 'notLive'
  return wake ? null : 'onDemand'
}

export const pictureToolsSchema = mediaToolsSchema.extend({
  problem: pictureProblemSchema.nullable(),
  words,
  /** The ffmpeg that was named in the console; empty: none. */
  named: z.string(),
  /** The one of the configuration file; empty: none. */
  configured: z.string(),
})
export type PictureTools = z.infer<typeof pictureToolsSchema>

export const previewsContract = {
  /** Opens a live picture. `wake` confirms that an on-demand source may be started. */
  open: view
    .errors({ NOT_FOUND: refused(404, 'noSuchStream') })
    .route({ method: 'POST', path: '/previews', tags: ['previews'] })
    .input(
      z.object({
        serverId: serverIdSchema,
        path: z.string().min(1),
        wake: z.boolean().default(false),
        playsH265: z.boolean().default(false),
        viewer: z.string().min(1).max(64),
      }),
    )
    .output(previewSchema),
  /** One picture of a live stream, read by RTSP: for what can't be played live. Takes up to 10 s, and 20 s with `wake`. */
  still: view
    .errors({ NOT_FOUND: refused(404, 'noSuchStream') })
    .route({ method: 'GET', path: '/previews/still', tags: ['previews'] })
    .input(z.object({ serverId: serverIdSchema, path: z.string().min(1), wake: z.boolean().default(false) }))
    .output(stillSchema),
  /** What stills are made with here. */
  tools: view.route({ method: 'GET', path: '/previews/tools', tags: ['previews'] }).output(pictureToolsSchema),
  /** Names the ffmpeg that makes stills; it is run first, and kept only if it can be used. Empty: the one of the configuration file, or on the PATH. */
  keepFfmpeg: administer
    .errors({ UNUSABLE: { status: 422, data: toolUnusableSchema } })
    .route({ method: 'PUT', path: '/previews/tools', tags: ['previews'] })
    .input(z.object({ ffmpeg: ffmpegPathSchema }))
    .output(pictureToolsSchema),
  close: view.route({ method: 'DELETE', path: '/previews/{previewId}', successStatus: 204, tags: ['previews'] }).input(z.object({ previewId: z.string() })),
}
