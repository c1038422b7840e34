import { z } from 'zod'
import { enteredText } from './entered.ts'
import { serverErrorSchema } from './errors.ts'
import { hostIdSchema } from './hosts.ts'
import { mistaken } from './mistakes.ts'
import { patternSchema } from './patterns.ts'
import { administer, view } from './permissions.ts'
import { refused } from './refusals.ts'
import { serverIdSchema } from './servers.ts'
import { askedMs, epochMs } from './time.ts'

// What servers keep of streams as files, and what of them should be there.

/** Most recorded streams in one answer. */
export const mostRecordedPaths = 200
/** Most pieces of one stream's period: those after them are left out. */
export const mostRecordingPieces = 5_000
/** Most segments of one stream that are named. */
export const mostRecordingSegments = 2_000
/** Most segments that one call deletes. */
export const mostDeletedSegments = 500
const dayMs = 86_400_000
/** Longest period of one question, ms. */
export const longestRecordingsMs = 31 * dayMs

/**
 * What a piece of time is:
 * - recorded: there is a recording of it
 * - slate: the same, and what was on air was the slate
 * - gap: it was on air and should have been recorded, by the configuration as it is now, and there is nothing
 * - notMeant: it was on air, and nothing says that it should have been recorded
 * - offAir: there was nothing to record
 * - unknown: nobody knows whether it was on air, or the recording may or may not reach so far
 */
export const recordingPieces = ['recorded', 'slate', 'gap', 'notMeant', 'offAir', 'unknown'] as const
export type RecordingPieceKind = (typeof recordingPieces)[number]
export const recordingPieceSchema = z.object({ from: epochMs, to: epochMs, is: z.enum(recordingPieces) })
export type RecordingPiece = z.infer<typeof recordingPieceSchema>

/** How much of a period is what, ms. */
const recordingSums = {
  /** Slates included. */
  recordedMs: z.number(),
  slateMs: z.number(),
  gaps: z.number().int(),
  gapMs: z.number(),
  /** It was on air, recorded or not. */
  onAirMs: z.number(),
  unknownMs: z.number(),
}
export const recordingSumsSchema = z.object(recordingSums)
export type RecordingSums = z.infer<typeof recordingSumsSchema>

/** How a stream is recorded, by its server's configuration as last read. */
export const recordingPlanSchema = z.object({
  /** `fmp4`, `mpegts`; MediaMTX's word, an open list. null: not told. */
  format: z.string().nullable(),
  /** Length of a segment, ms; null: not told. */
  segmentMs: z.number().nullable(),
  /** The server deletes segments that are older, ms; 0: never. null: not told. */
  deleteAfterMs: z.number().nullable(),
})
export type RecordingPlan = z.infer<typeof recordingPlanSchema>

/** A disk that a server records to, as its host tells. */
const recordingDiskSchema = z.object({
  hostId: hostIdSchema,
  host: z.string(),
  mount: z.string(),
  freeBytes: z.number(),
  /** Streams that are recorded to it now, and their bit rate together. */
  streams: z.number().int(),
  bitrateBps: z.number(),
  /** After how long it is full if all goes on as now, ms; null: never, as by then as much is deleted as is recorded. */
  fullInMs: z.number().nullable(),
})
export type RecordingDisk = z.infer<typeof recordingDiskSchema>

/** What is known of the recordings of one server. */
const recordingServerSchema = z.object({
  serverId: serverIdSchema,
  server: z.string(),
  /** When its recordings were last listed; null: never. */
  readAt: epochMs.nullable(),
  /** Why they cannot be listed now: it does not answer, or the last try failed; null: they were. */
  error: serverErrorSchema.nullable(),
  /** `error` in words, in the requested language. Sent over REST only. */
  words: z.string().nullable().optional(),
  /** Whether its playback server is on; null: its configuration was not read. */
  playback: z.boolean().nullable(),
  /** It has more segments or paths than are kept here: those are left out. */
  cut: z.boolean(),
  /** Only of now: none at a moment of the past, where no host is linked to it, or it is not known to which disk it records. */
  disks: z.array(recordingDiskSchema),
})
export type RecordingServer = z.infer<typeof recordingServerSchema>

export const recordedPathSchema = z.object({
  serverId: serverIdSchema,
  server: z.string(),
  path: z.string(),
  /** null: its configuration does not say that it is recorded. */
  plan: recordingPlanSchema.nullable(),
  /** All segments that the server has of it. */
  segments: z.number().int(),
  /** When the oldest and the newest segment begin; null: there is none. */
  oldest: epochMs.nullable(),
  newest: epochMs.nullable(),
  /** Within the period; null: nothing is known of it, as its server was not asked yet. */
  sums: recordingSumsSchema.nullable(),
})
export type RecordedPath = z.infer<typeof recordedPathSchema>

export const recordingListSchema = z.object({
  from: epochMs,
  to: epochMs,
  /** Times are exact to so many ms. */
  resolutionMs: z.number(),
  servers: z.array(recordingServerSchema),
  /** How many streams are meant; `paths` are some of them. */
  total: z.number().int(),
  paths: z.array(recordedPathSchema),
})
export type RecordingList = z.infer<typeof recordingListSchema>

export const recordingDaySchema = recordingSumsSchema.extend({
  /** As `2026-10-24`, in the asked zone. */
  day: z.string(),
  from: epochMs,
  to: epochMs,
})
export const recordingCalendarSchema = z.object({
  zone: z.string(),
  resolutionMs: z.number(),
  /** When its server was last asked; null: never, and nothing is known. */
  readAt: epochMs.nullable(),
  days: z.array(recordingDaySchema),
})
export type RecordingCalendar = z.infer<typeof recordingCalendarSchema>

export const recordingLaneSchema = z.object({
  from: epochMs,
  to: epochMs,
  resolutionMs: z.number(),
  readAt: epochMs.nullable(),
  plan: recordingPlanSchema.nullable(),
  /**
   * By what the ends of recordings are known: `playback`: the playback server tells how long each is. `starts`: only starts of segments are known,
   * and a segment reaches to the next one, to its configured length, or to the end of its stream, whichever is first.
   */
  by: z.enum(['playback', 'starts']),
  pieces: z.array(recordingPieceSchema),
  /** Starts of the segments, the newest left out where there are too many. */
  segments: z.array(epochMs),
  sums: recordingSumsSchema,
})
export type RecordingLane = z.infer<typeof recordingLaneSchema>

/** What a deletion would delete: whole segments that begin within the time. */
export const deletableSchema = z.object({
  /** Starts as the server wrote them: they name its files. */
  segments: z.array(z.string()),
  /** When the first and the last of them begin; null: there is none. */
  first: epochMs.nullable(),
  last: epochMs.nullable(),
  /** How many are left out because the server may still write them. */
  beingWritten: z.number().int(),
  /** How many more begin within the time than one call deletes. */
  more: z.number().int(),
})
export type Deletable = z.infer<typeof deletableSchema>

export const deletedRecordingsSchema = z.object({
  deleted: z.number().int(),
  /** They were not there any more. */
  gone: z.number().int(),
  /** Left alone because the server may still write them. */
  beingWritten: z.number().int(),
  failed: z.number().int(),
  /** Left alone because the server failed at another one before. */
  notAsked: z.number().int(),
  /** Why the first of them failed. */
  error: serverErrorSchema.nullable(),
  /** `error` in words, in the requested language. Sent over REST only. */
  words: z.string().nullable().optional(),
})
export type DeletedRecordings = z.infer<typeof deletedRecordingsSchema>

const period = {
  /** Default: a day before `until`. */
  since: askedMs.optional(),
  /** Default: now. */
  until: askedMs.optional(),
}
/** Name or id. */
const serverText = z.string().min(1).max(200)
const isInOrder = ({ since, until }: { since?: number | undefined; until?: number | undefined }): boolean =>
  since === undefined || until === undefined || since <= until
const pathText = z.string().min(1).max(1_024)
function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}
/** Longest name of a zone that there is has 32 letters. */
const zoneText = z
  .string()
  .max(64)
  .refine(isZone, mistaken({ kind: 'notAZone' }))

const tags = ['recordings']
const ofPath = view.errors({ NOT_FOUND: refused(404, 'noSuchRecordings') })

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
        .refine(isInOrder, mistaken({ kind: 'rangeReversed' }))
        .optional(),
    )
    .output(recordingListSchema),
  calendar: ofPath
    .route({ method: 'GET', path: '/recordings/calendar', tags, summary: 'Of one stream, by day: recorded, on air, gaps' })
    .input(z.object({ server: serverText, path: pathText, ...period, zone: zoneText.default('UTC') }).refine(isInOrder, mistaken({ kind: 'rangeReversed' })))
    .output(recordingCalendarSchema),
  lane: ofPath
    .route({ method: 'GET', path: '/recordings/lane', tags, summary: 'Of one stream: which times are recorded, which are gaps' })
    .input(z.object({ server: serverText, path: pathText, ...period }).refine(isInOrder, mistaken({ kind: 'rangeReversed' })))
    .output(recordingLaneSchema),
  /** For the question before it. */
  deletable: administer
    .errors({ NOT_FOUND: refused(404, 'noSuchRecordings'), UNREADABLE: { status: 502, data: serverErrorSchema } })
    .route({ method: 'GET', path: '/recordings/deletable', tags, summary: 'Which segments of one stream begin within a time, as its server names them' })
    .input(z.object({ server: serverText, path: pathText, since: askedMs, until: askedMs }).refine(isInOrder, mistaken({ kind: 'rangeReversed' })))
    .output(deletableSchema),
  /** Deletes exactly these segments, one after the other. They are gone for ever. */
  delete: administer
    .errors({ NOT_FOUND: refused(404, 'noSuchRecordings') })
    .route({ method: 'POST', path: '/recordings/delete', tags, summary: 'Delete segments of one stream' })
    .input(
      z.object({
        server: serverText,
        path: pathText,
        /** As `deletable` names them. */
        segments: z.array(z.string().min(1).max(64)).min(1).max(mostDeletedSegments),
        reason: enteredText('reason', 200, z.string().trim()),
      }),
    )
    .output(deletedRecordingsSchema),
}
