import { z } from 'zod'
import { signedIn, view } from './permissions.ts'
import { pictureReasonSchema, pictureWordsSchema } from './previews.ts'
import { momentErrors, refused } from './refusals.ts'
import { serverIdSchema } from './servers.ts'
import { askedMs, epochMs } from './time.ts'
import { invalid } from './validationErrors.ts'

// Who watches: what the viewers of servers watched, and what people watched through this console.

export const mostViewingDays = 93
/** Maximum number of streams examined, and of rows in an answer. */
export const mostViewed = 20_000
/** What a row of a report by cameras stands for. */
export const cameraViewingGroupings = ['camera', 'project', 'owner'] as const
export type CameraViewingGrouping = (typeof cameraViewingGroupings)[number]
/** Who watched how much. Times are sums over all who watched at once: two people for an hour are two hours. null: unknown. */
const watched = {
  peopleMs: z.number().nullable(),
  /** Recorders, exporters, other media servers, and CDNs, each of which counts as one because its viewers are not known. Previews of this console count nowhere. */
  othersMs: z.number().nullable(),
  /** Time in which the number of people was known; all other time counts neither as watched nor as unwatched. */
  observedMs: z.number(),
}
const viewingRowSchema = z.object({
  /** Of a stream. */
  serverId: serverIdSchema.nullable(),
  server: z.string().nullable(),
  path: z.string().nullable(),
  /** What the row stands for; null: the streams of no camera, project or owner. */
  name: z.string().nullable(),
  /** Of a camera. */
  cameraId: z.string().nullable(),
  project: z.string().nullable(),
  /** Of an owner. */
  ownerKind: z.enum(['account', 'group']).nullable(),
  streams: z.number().int(),
  ...watched,
  /** Most people at once; null: unknown. */
  most: z.number().nullable(),
  /** Several streams were added up whose highest numbers need not have come at the same moment: there were at most so many. */
  mostIsBound: z.boolean(),
  /** Servers before 1.18 do not list viewers of HLS, who are missing here. */
  hlsUncounted: z.boolean(),
  /** People at once on average over time, in at most 48 columns of equal length; null: unknown. The first 500 rows of an answer have it. */
  over: z.array(z.number().nullable()),
})
export type ViewingRow = z.infer<typeof viewingRowSchema>

export const viewingReportSchema = z.object({
  from: epochMs,
  to: epochMs,
  rows: z.array(viewingRowSchema),
  total: z.number().int(),
  /** Number of streams beyond the maximum, which are not examined. */
  left: z.number().int(),
  all: z.object(watched),
})
export type ViewingReport = z.infer<typeof viewingReportSchema>

const period = {
  /** Default: `lastMs` before `to`; without `lastMs`: a day. */
  from: askedMs.optional(),
  /** Default: now. */
  to: askedMs.optional(),
  lastMs: z.coerce
    .number()
    .int()
    .min(60_000)
    .max(mostViewingDays * 86_400_000)
    .default(86_400_000),
}
const isInOrder = ({ from, to }: { readonly from?: number | undefined; readonly to?: number | undefined }) =>
  from === undefined || to === undefined || from < to
const orderWrong = invalid({ kind: 'rangeReversed' })

const page = {
  /** REST only; CSV is sent as a file. */
  format: z.enum(['json', 'csv']).optional(),
  limit: z.coerce.number().int().min(1).max(mostViewed).default(1_000),
  offset: z.coerce.number().int().min(0).max(mostViewed).default(0),
}
const reportInputSchema = z
  .object({ ...period, ...page })
  .refine(isInOrder, orderWrong)
  .prefault({})
export type ViewingInput = z.output<typeof reportInputSchema>

const camerasInputSchema = z
  .object({ ...period, ...page, by: z.enum(cameraViewingGroupings).default('camera') })
  .refine(isInOrder, orderWrong)
  .prefault({})
export type CamerasViewingInput = z.output<typeof camerasInputSchema>

const viewingOverTimeSchema = z.object({ from: epochMs, to: epochMs, row: viewingRowSchema })
export type ViewingOverTime = z.infer<typeof viewingOverTimeSchema>

/** How a view ended. open: it goes on. unknown: this console ended without noting it. */
export const viewEnds = ['open', 'closed', 'failed', 'unknown'] as const
export type ViewEnd = (typeof viewEnds)[number]
const viewSchema = z.object({
  no: z.number().int(),
  personId: z.string(),
  person: z.string(),
  serverId: serverIdSchema,
  server: z.string(),
  path: z.string(),
  way: z.enum(['hls', 'webrtc']),
  began: epochMs,
  /** null: it goes on, or its end is unknown. */
  ended: epochMs.nullable(),
  end: z.enum(viewEnds),
  /** Why it failed; null: it did not, or that is not known. */
  why: pictureReasonSchema.nullable(),
  words: pictureWordsSchema,
  /** Number of attempts; above 1 if one failed again and again. */
  tries: z.number().int(),
})
export type View = z.infer<typeof viewSchema>
export const viewsSchema = z.object({
  /** Newest first. */
  views: z.array(viewSchema),
  more: z.boolean(),
  /** For how many days they are kept, like sessions; 0: not at all. */
  keepDays: z.number().int(),
})
export type Views = z.infer<typeof viewsSchema>
export const mostViews = 5_000

const viewsInputSchema = z
  .object({
    ...period,
    serverId: serverIdSchema.optional(),
    path: z.string().min(1).max(2_048).optional(),
    /** Only of its streams. */
    cameraId: z.string().min(1).max(100).optional(),
    /** Name or id of a person. */
    person: z.string().min(1).max(200).optional(),
    /** For the next page: only views with a smaller `no`. */
    before: z.coerce.number().int().min(0).optional(),
    format: z.enum(['json', 'csv']).optional(),
    limit: z.coerce.number().int().min(1).max(mostViews).default(1_000),
  })
  .refine(isInOrder, orderWrong)
  .prefault({})
export type ViewsInput = z.output<typeof viewsInputSchema>

const tags = ['viewing']
const errors = { NOT_FOUND: refused(404, 'noSuch') } as const
const viewMoment = view.errors(momentErrors)
export const viewingContract = {
  report: viewMoment
    .route({ method: 'GET', path: '/viewing', tags, summary: 'What people watched in a period, by stream: hours, most at once' })
    .input(reportInputSchema)
    .output(viewingReportSchema),
  stream: viewMoment
    .route({ method: 'GET', path: '/viewing/stream', tags, summary: 'People at once on one stream over time' })
    .input(z.object({ ...period, serverId: serverIdSchema, path: z.string().min(1).max(2_048) }).refine(isInOrder, orderWrong))
    .output(viewingOverTimeSchema),
  /** Only cameras that the caller may see; streams without one for whoever may see the fleet. */
  cameras: signedIn
    .errors(momentErrors)
    .route({ method: 'GET', path: '/viewing/cameras', tags, summary: 'What people watched in a period, by camera, project or owner' })
    .input(camerasInputSchema)
    .output(viewingReportSchema),
  /** Of all its streams together; null: it has none on a watched server. */
  camera: signedIn
    .errors({ ...errors, ...momentErrors })
    .route({ method: 'GET', path: '/viewing/cameras/{id}', tags, summary: 'People at once on one camera over time' })
    .input(z.object({ ...period, id: z.string().min(1).max(100) }).refine(isInOrder, orderWrong))
    .output(viewingOverTimeSchema.nullable()),
  views: view
    .errors({ ...errors, NOT_READ: refused(503, 'viewsUnreadable') })
    .route({ method: 'GET', path: '/viewing/views', tags, summary: 'Who watched which stream through this console, and when' })
    .input(viewsInputSchema)
    .output(viewsSchema),
}
