import { oc } from '@orpc/contract'
import { z } from 'zod'
import { serverIdSchema } from './servers.ts'
import type { Stream } from './streams.ts'

/** At most this many live pictures an operator; one more closes the oldest. */
export const livePicturesLimit = 4
/** Kept behind the playhead by hls.js, seconds. Its default is unbounded. */
export const backBufferSeconds = 10

/** Why a picture can't or should not play. */
export const previewObstacleSchema = z.enum([
  'notLive',
  'slate',
  'onDemand',
  'hlsOff',
  'codecH265',
  'codecUnsupported',
  'bFrames',
  'serverDown',
  'unknownCodec',
])
export type PreviewObstacle = z.infer<typeof previewObstacleSchema>

export const previewSchema = z.object({
  /** Path of the playlist under the console's own origin: `/relay/<ticket>/…/index.m3u8`. null where it can't play. */
  url: z.string().nullable(),
  /** Names this picture when it is closed. */
  previewId: z.string().nullable(),
  obstacle: previewObstacleSchema.nullable(),
  /** In words, for the tile. */
  words: z.string().nullable(),
  /** A preview that had to be closed for this one (the oldest of the operator). */
  closed: z.string().nullable(),
})
export type Preview = z.infer<typeof previewSchema>

/**
 * What stands in the way of playing `stream` over HLS, or null. HLS carries no G711 and no PCM; whether H265
 * plays is for the browser to say (`playsH265`). B-frames play in HLS, unlike WebRTC.
 */
export const hlsObstacle = (stream: Pick<Stream, 'state' | 'tracks' | 'onDemand'>, hlsEnabled: boolean, playsH265: boolean): PreviewObstacle | null => {
  if (!hlsEnabled) return 'hlsOff'
  if (stream.state === 'unknown') return 'serverDown'
  if (stream.onDemand && stream.state === 'waiting') return 'onDemand'
  if (stream.state === 'gone' || stream.state === 'waiting') return 'notLive'
  const codecs = stream.tracks.map((track) => track.codec)
  if (codecs.some((codec) => codec === 'H265') && !playsH265) return 'codecH265'
  const playable = /^(H264|H265|AV1|VP9|MPEG-4 Audio|Opus|AAC)/
  if (codecs.length > 0 && !codecs.some((codec) => playable.test(codec))) return 'codecUnsupported'
  return null
}

export const previewsContract = {
  /** Opens a live picture. `wake` confirms that an on-demand source may be started. */
  open: oc
    .errors({ NOT_FOUND: { status: 404, message: 'There is no such stream' } })
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
  close: oc.route({ method: 'DELETE', path: '/previews/{previewId}', successStatus: 204, tags: ['previews'] }).input(z.object({ previewId: z.string() })),
}
