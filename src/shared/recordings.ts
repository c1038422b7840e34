import { z } from 'zod'
import { enteredText } from './entered.ts'
import { serverErrorSchema } from './errors.ts'
import { isPlainPath } from './isPlainPath.ts'
import { patternSchema } from './patterns.ts'
import { administer, view } from './permissions.ts'
import { refused } from './refusals.ts'
import { said } from './said.ts'
import { serverIdSchema } from './servers.ts'
import { askedMs, epochMs, zoneNamed } from './time.ts'
import { invalid } from './validationErrors.ts'

// Recordings that servers keep of streams as files, and which recordings should exist.

export const mostRecordedPaths = 200
/** Maximum number of pieces of one stream's period; later ones are omitted. */
export const mostRecordingPieces = 5_000
export const mostRecordingSegments = 2_000
export const mostDeletedSegments = 500
const dayMs = 86_400_000
export const longestRecordingsMs = 31 * dayMs

/**
 * Recording status of a period of a stream:
 * - recorded: a recording exists
 * - slate: a recording exists, and the slate was on air
 * - gap: the stream was on air and, by the current configuration, should have been recorded, but no recording exists
 * - none: there was nothing to record: it was off air, or nothing says that it should have been recorded
 * - unknown: whether the stream was on air is unknown, how much of a segment that was not followed by another at once exists, or what there is of segments that
 *   were listed and are not any more
 */
const recordingPieces = ['recorded', 'slate', 'gap', 'none', 'unknown'] as const
export type RecordingPieceKind = (typeof recordingPieces)[number]
const recordingPieceSchema = z.object({ from: epochMs, to: epochMs, is: z.enum(recordingPieces) })
export type RecordingPiece = z.infer<typeof recordingPieceSchema>

/** Durations within a period by recording status, ms. */
const recordingSumsSchema = z.object({
  /** Includes slates. */
  recordedMs: z.number(),
  slateMs: z.number(),
  gaps: z.number().int(),
  gapMs: z.number(),
  /** From the oldest segment on, or since it was seen that some should exist. */
  unknownMs: z.number(),
})
export type RecordingSums = z.infer<typeof recordingSumsSchema>

/** How a stream is recorded, by the last read configuration of its server. */
const recordingPlanSchema = z.object({
  /** `fmp4`, `mpegts`; MediaMTX's name from an open list. null: not reported. */
  format: z.string().nullable(),
  /** Length of a segment, ms; null: not reported. */
  segmentMs: z.number().nullable(),
  /** Age at which the server deletes segments, ms; 0: never. null: not reported. */
  deleteAfterMs: z.number().nullable(),
  /** Codecs of the present stream if none of its tracks can be recorded in this format; otherwise empty. */
  unrecordable: z.array(z.string()),
})
export type RecordingPlan = z.infer<typeof recordingPlanSchema>

/** What MediaMTX up to 1.20 leaves out of its recordings, by format. */
const leftOut: Readonly<Record<string, readonly string[]>> = {
  fmp4: ['VP8', 'G722', 'G726', 'Speex', 'Vorbis', 'FLAC', 'KLV', 'MPEG-TS', 'Generic'],
  mpegts: ['AV1', 'VP9', 'VP8', 'M-JPEG', 'G711', 'G722', 'G726', 'LPCM', 'Speex', 'Vorbis', 'FLAC', 'MPEG-TS', 'Generic'],
}
/** Codecs of a stream of which none can be recorded in this format; empty: some can, or nothing is known of it. */
export function unrecordable(format: string | null, tracks: readonly { readonly codec: string }[]): string[] {
  const never = leftOut[format ?? '']
  return never !== undefined && tracks.every(({ codec }) => never.includes(codec)) ? [...new Set(tracks.map(({ codec }) => codec))] : []
}

/** What is known about the recordings of one server. */
const recordingServerSchema = z.object({
  serverId: serverIdSchema,
  server: z.string(),
  /** When its recordings were last listed; null: never. */
  readAt: epochMs.nullable(),
  /** Why they can't be listed now: the server does not answer, or the last attempt failed; null: the last attempt succeeded. */
  error: serverErrorSchema.nullable(),
  words: said('serverError', z.string().nullable().optional()),
  /** Whether its playback server is on; null: its configuration was not read. */
  playback: z.boolean().nullable(),
  /** It has more segments or paths than are kept here; the excess is omitted. */
  cut: z.boolean(),
})
export type RecordingServer = z.infer<typeof recordingServerSchema>

const recordedPathSchema = z.object({
  serverId: serverIdSchema,
  server: z.string(),
  path: z.string(),
  /** null: its configuration does not say that it is recorded. */
  plan: recordingPlanSchema.nullable(),
  /** Number of all its segments on the server. */
  segments: z.number().int(),
  /** Starts of the oldest and the newest segment; null: there is none. */
  oldest: epochMs.nullable(),
  newest: epochMs.nullable(),
  /** Within the period; null: unknown, because the server was not queried yet. */
  sums: recordingSumsSchema.nullable(),
})
export type RecordedPath = z.infer<typeof recordedPathSchema>

const recordingListSchema = z.object({
  from: epochMs,
  to: epochMs,
  /** Accuracy of the times, ms. */
  resolutionMs: z.number(),
  servers: z.array(recordingServerSchema),
  /** Number of matching streams; `paths` is one page of them. */
  total: z.number().int(),
  paths: z.array(recordedPathSchema),
})
export type RecordingList = z.infer<typeof recordingListSchema>

const recordingDaySchema = recordingSumsSchema.extend({
  /** Such as `2026-10-24`, in the requested time zone. */
  day: z.string(),
  from: epochMs,
  to: epochMs,
})
const recordingCalendarSchema = z.object({
  zone: z.string(),
  resolutionMs: z.number(),
  /** When the server was last queried; null: never, so nothing is known. */
  readAt: epochMs.nullable(),
  days: z.array(recordingDaySchema),
})
export type RecordingCalendar = z.infer<typeof recordingCalendarSchema>

const recordingLaneSchema = z.object({
  from: epochMs,
  to: epochMs,
  resolutionMs: z.number(),
  readAt: epochMs.nullable(),
  plan: recordingPlanSchema.nullable(),
  pieces: z.array(recordingPieceSchema),
  /** Starts of the segments. If there are too many, the newest are omitted. */
  segments: z.array(epochMs),
  sums: recordingSumsSchema,
})
export type RecordingLane = z.infer<typeof recordingLaneSchema>

/** What a deletion would delete: whole segments that start within the period. */
const deletableSchema = z.object({
  /** Starts as written by the server: they identify its files. */
  segments: z.array(z.string()),
  /** Starts of the first and the last of them; null: there is none. */
  first: epochMs.nullable(),
  last: epochMs.nullable(),
  /** Number of segments omitted because the server may still be writing them. */
  beingWritten: z.number().int(),
  /** Number of further segments in the period beyond the maximum of one call. */
  more: z.number().int(),
})
export type Deletable = z.infer<typeof deletableSchema>

const deletedRecordingsSchema = z.object({
  /** They do not exist any more. */
  deleted: z.number().int(),
  /** Not deleted because the server may still be writing them. */
  beingWritten: z.number().int(),
  /** Not deleted, or not attempted because the server failed to delete an earlier one. */
  failed: z.number().int(),
  /** Why the first of them failed. */
  error: serverErrorSchema.nullable(),
  words: said('serverError', z.string().nullable().optional()),
})
export type DeletedRecordings = z.infer<typeof deletedRecordingsSchema>

const period = {
  /** Default: a day before `until`. */
  since: askedMs.optional(),
  /** Default: now. */
  until: askedMs.optional(),
}
const serverText = z.string().min(1).max(200)
const isInOrder = ({ since, until }: { since?: number | undefined; until?: number | undefined }): boolean =>
  since === undefined || until === undefined || since <= until
const pathText = z.string().min(1).max(1_024)
/** The longest existing zone name has 32 characters. */
const zoneText = z
  .string()
  .max(64)
  .refine((zone) => zoneNamed(zone) !== null, invalid({ kind: 'notSuchAs', example: 'Europe/Berlin, UTC' }))

const tags = ['recordings']
const ofPath = view.errors({ NOT_FOUND: refused(404, 'noSuch') })

export const recordingsContract = {
  list: view
    .route({ method: 'GET', path: '/recordings', tags, summary: 'Streams with recordings, or that should have some: how much, the newest, gaps' })
    .input(
      z
        .object({
          server: serverText.optional(),
          path: patternSchema.optional(),
          ...period,
          offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
          limit: z.coerce.number().int().min(0).max(mostRecordedPaths).default(100),
        })
        .refine(isInOrder, invalid({ kind: 'rangeReversed' }))
        .optional(),
    )
    .output(recordingListSchema),
  calendar: ofPath
    .route({ method: 'GET', path: '/recordings/calendar', tags, summary: 'Of one stream, by day: recorded, on air, gaps' })
    .input(z.object({ server: serverText, path: pathText, ...period, zone: zoneText.default('UTC') }).refine(isInOrder, invalid({ kind: 'rangeReversed' })))
    .output(recordingCalendarSchema),
  lane: ofPath
    .route({ method: 'GET', path: '/recordings/lane', tags, summary: 'Of one stream: which times are recorded, which are gaps' })
    .input(z.object({ server: serverText, path: pathText, ...period }).refine(isInOrder, invalid({ kind: 'rangeReversed' })))
    .output(recordingLaneSchema),
  /** For the confirmation prompt before a deletion. */
  deletable: administer
    .errors({ NOT_FOUND: refused(404, 'noSuch'), UNREADABLE: { status: 502, data: serverErrorSchema } })
    .route({ method: 'GET', path: '/recordings/deletable', tags, summary: 'Which segments of one stream begin within a time, as its server names them' })
    .input(z.object({ server: serverText, path: pathText, since: askedMs, until: askedMs }).refine(isInOrder, invalid({ kind: 'rangeReversed' })))
    .output(deletableSchema),
  /** Permanently deletes exactly these segments, one after the other. */
  delete: administer
    .errors({ NOT_FOUND: refused(404, 'noSuch') })
    .route({ method: 'POST', path: '/recordings/delete', tags, summary: 'Delete segments of one stream' })
    .input(
      z.object({
        server: serverText,
        path: pathText,
        /** Starts as returned by `deletable`. */
        segments: z.array(z.string().min(1).max(64)).min(1).max(mostDeletedSegments),
        reason: enteredText(200, z.string().trim()),
      }),
    )
    .output(deletedRecordingsSchema),
}

// Recordings as they are played or downloaded: a plain address under the console's own origin.

/** Longest piece of a recording in one answer, ms. */
export const longestPlaybackMs = 6 * 3_600_000
const longestPath = 1_024
const longestServer = 200

/** A piece of a stream's recording. */
export interface PlaybackPiece {
  /** Name or id. */
  readonly server: string
  readonly path: string
  /** Epoch ms. */
  readonly since: number
  readonly until: number
  /** As a file, and not to be watched at once. */
  readonly download: boolean
}

/** Its address. */
export function playbackAddress({ server, path, since, until, download }: PlaybackPiece): string {
  const asked = { server, path, since: String(Math.round(since)), until: String(Math.round(until)), ...(download && { download: 'true' }) }
  const query = Object.entries(asked).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return `/relay/recordings?${query.join('&')}`
}

/** What an address asks for; null: it names no stream, or no time that is one. */
export function playbackAsked(params: { readonly get: (name: string) => string | null }): PlaybackPiece | null {
  const server = params.get('server') ?? ''
  const path = params.get('path') ?? ''
  const [since, until] = [askedMs.safeParse(params.get('since') ?? ''), askedMs.safeParse(params.get('until') ?? '')]
  if (server === '' || server.length > longestServer || !isPathName(path) || !since.success || !until.success) return null
  const lengthMs = until.data - since.data
  return lengthMs > 0 && lengthMs <= longestPlaybackMs
    ? { server, path, since: since.data, until: until.data, download: params.get('download') === 'true' }
    : null
}

const isPathName = (path: string): boolean => path !== '' && path.length <= longestPath && isPlainPath(path)
