import { z } from 'zod'
import { askedFlag } from './asked.ts'
import { enteredName, enteredOrEmpty, enteredText, nameOrEmpty } from './entered.ts'
import { compare } from './naturalOrder.ts'
import { pathEditFields, pathPreviewFields, pushErrors } from './pathEdits.ts'
import { moderate, operate, signedIn, view } from './permissions.ts'
import { previewSchema } from './previews.ts'
import { probeInputSchema } from './probes.ts'
import { reasonSchema } from './reasons.ts'
import { refused } from './refusals.ts'
import { said } from './said.ts'
import { serverIdSchema } from './servers.ts'
import { severitySchema } from './severities.ts'
import { keptPictureSchema, mostPictures } from './snapshots.ts'
import { epochMs } from './time.ts'
import { invalid, validationErrorSchema } from './validationErrors.ts'
import { streamStateSchema } from './watchedStates.ts'

// Cameras: what people call by a name, whose streams are on the watched servers or at an address.

/** Maximum number of cameras, of cameras changed at once, and of rows of one import. */
export const mostCameras = 20_000
export const mostCamerasAtOnce = 5_000
export const mostImportedRows = 5_000
export const longestImport = 12_000_000
/** The last removal or change of an operator can be undone for this long. */
export const undoKeptMs = 600_000

export const cameraUses = ['main', 'sub'] as const
export const importances = ['low', 'normal', 'high'] as const

/** Order of cameras that have the same stream: the first has it, in engine and window. The most important one, then by name. */
export function compareSharing(one: Sharing, other: Sharing): number {
  const rank = ({ importance }: Sharing) => importances.indexOf(importance)
  return rank(other) - rank(one) || compare(one.name, other.name) || compare(one.project, other.project) || one.createdAt - other.createdAt
}
type Sharing = Pick<CameraInput, 'importance' | 'name' | 'project'> & { readonly createdAt: number }

const cameraOwnerSchema = z.discriminatedUnion('kind', [
  /** `id`: of an account. */
  z.object({ kind: z.literal('account'), id: z.string().min(1).max(100) }),
  z.object({ kind: z.literal('group'), name: enteredName(100) }),
])
export type CameraOwner = z.infer<typeof cameraOwnerSchema>

const streamPathSchema = enteredText(2_048)
/** A stream of a camera: at a server by its path, or at an address, of which answers hide user and password. An address entered as it is shown keeps them. */
const cameraStreamSchema = z.union([
  z.object({ use: z.enum(cameraUses), serverId: serverIdSchema, path: streamPathSchema }),
  z.object({ use: z.enum(cameraUses), address: probeInputSchema.shape.url }),
])
export type CameraStream = z.infer<typeof cameraStreamSchema>

export const mostStreams = 4
const mostTags = 20

const cameraFields = {
  /** Cameras of different projects may have the same name. */
  name: enteredName(100),
  project: nameOrEmpty(100),
  place: nameOrEmpty(200),
  /** Who sees it without being a moderator; null: nobody. */
  owner: cameraOwnerSchema.nullable(),
  importance: z.enum(importances),
  notes: enteredOrEmpty(4_000),
  /** Whom to call. */
  telephone: nameOrEmpty(100),
  tags: z.array(enteredName(60)).max(mostTags),
  /** The first main stream is the one that is shown. */
  streams: z.array(cameraStreamSchema).max(mostStreams),
  /** When it should be on air: `always`, or the times of a plan by its id (`onAir`); null: nothing is said of it here. */
  expected: z.union([z.literal('always'), z.string().min(1).max(100)]).nullable(),
}
export const cameraInputSchema = z.object({
  ...cameraFields,
  project: cameraFields.project.default(''),
  place: cameraFields.place.default(''),
  owner: cameraFields.owner.default(null),
  importance: cameraFields.importance.default('normal'),
  notes: cameraFields.notes.default(''),
  telephone: cameraFields.telephone.default(''),
  tags: cameraFields.tags.default([]),
  streams: cameraFields.streams.default([]),
  expected: cameraFields.expected.default(null),
})
export type CameraInput = z.infer<typeof cameraInputSchema>
const cameraChangeSchema = z.object(cameraFields).partial()
export type CameraChange = z.infer<typeof cameraChangeSchema>
/** What can be changed of many at once. */
const commonChangeSchema = z.object(cameraFields).omit({ name: true, streams: true }).partial()
export type CommonCameraChange = z.infer<typeof commonChangeSchema>

/** What the console knows of a camera's main stream now, or of the probe that reads its address. */
const cameraNowSchema = z.object({
  /** Of the stream that is meant; null: it is read by a probe, or nothing watches it. */
  serverId: serverIdSchema.nullable(),
  serverName: z.string().nullable(),
  path: z.string().nullable(),
  probeId: z.string().nullable(),
  /** null: not known, never false instead. */
  onAir: z.boolean().nullable(),
  /** null: no watched server lists it. */
  state: streamStateSchema.nullable(),
  why: reasonSchema.nullable(),
  reason: said('reason', z.string().nullable().optional()),
  since: epochMs.nullable(),
  onDemand: z.boolean(),
  readers: z.number().nullable(),
  bitrateInBps: z.number().nullable(),
  /** Of the worst ongoing alarm of any of its streams that is not shelved; null: none. */
  severity: severitySchema.nullable(),
})
export type CameraNow = z.infer<typeof cameraNowSchema>
/** null: not known. */
export function isOnAir(state: z.infer<typeof streamStateSchema>): boolean | null {
  return state === 'unknown' ? null : state === 'live' || state === 'slate'
}

export const cameraSchema = z.object({
  id: z.string(),
  ...cameraFields,
  /** Of the account or group; null: it has none, or the account is gone. */
  ownerName: z.string().nullable(),
  /** The path that this console made of its address on a server; null: none. It is its main stream meanwhile. */
  pushed: z.object({ serverId: serverIdSchema, path: z.string(), at: epochMs, by: z.string() }).nullable(),
  createdAt: epochMs,
  changedAt: epochMs,
  by: z.string(),
  /** Number of changes so far. */
  revision: z.number().int(),
  isFavourite: z.boolean(),
  now: cameraNowSchema,
})
export type Camera = z.infer<typeof cameraSchema>

const askedText = z.string().max(200).default('')
const paged = { limit: z.coerce.number().int().min(1).max(1_000).default(200), offset: z.coerce.number().int().min(0).max(mostCameras).default(0) }
const listInputSchema = z
  .object({
    /** Words of name, project, place, tags, notes, telephone or paths, all of which must occur. */
    text: askedText,
    favourites: askedFlag,
    ...paged,
  })
  .prefault({})
export type CameraListInput = z.infer<typeof listInputSchema>

const cameraListSchema = z.object({
  cameras: z.array(cameraSchema),
  total: z.number().int(),
})
export type CameraList = z.infer<typeof cameraListSchema>

const proposedStreamSchema = z.object({
  serverId: serverIdSchema,
  serverName: z.string(),
  path: z.string(),
  state: streamStateSchema,
  /** A name made of its path, with that of its server where a camera or another of these streams has it. */
  name: z.string(),
})
export type ProposedStream = z.infer<typeof proposedStreamSchema>

/** A search is kept for this long, so that what it found can become cameras. */
export const searchKeptMs = 600_000
const networkSchema = z.object({ id: z.string(), /** Of the interface, such as `eth0`. */ name: z.string(), address: z.string() })
/**
 * Why the streams of a device are not known.
 * - `refused`: it wants a name and password, or others
 * - `elsewhere`: it says that they are at another address than the one it answered from, which is not followed
 * - `failed`: it did not answer, or not as ONVIF says
 */
export const deviceObstacles = ['refused', 'elsewhere', 'failed'] as const
/** A camera of a device that answered a search; a recorder has several. */
const foundCameraSchema = z.object({
  id: z.string(),
  address: z.string(),
  /** As it calls itself, else its address. */
  name: z.string(),
  make: z.string().nullable(),
  model: z.string().nullable(),
  /** Without user, password and other secrets. Empty: they are not known. */
  streams: z.array(z.object({ use: z.enum(cameraUses), address: z.string() })),
  why: z.enum(deviceObstacles).nullable(),
  /** The camera that has one of these streams or, where they are not known, one at this address; null: none that the operator may see. */
  camera: z.object({ id: z.string(), name: z.string() }).nullable(),
})
export type FoundCamera = z.infer<typeof foundCameraSchema>
const networkSearchSchema = z.object({
  found: z.array(foundCameraSchema),
  /** More devices answered than are listed. */
  more: z.boolean(),
  /** Why nothing could be sent, as the system calls it, such as `ENETUNREACH`; null: it was sent. */
  notSent: z.string().nullable(),
})
export type NetworkSearchResult = z.infer<typeof networkSearchSchema>

/** What a column of a sheet may be. `server` and `path` name a stream, or `address` does, or `make` (or a template) with `ip`, `user`, `password`, `channel`. */
export const importFields = [
  'id',
  'name',
  'project',
  'place',
  'owner',
  'group',
  'importance',
  'notes',
  'telephone',
  'tags',
  'expected',
  'server',
  'path',
  'subServer',
  'subPath',
  'address',
  'subAddress',
  'make',
  'ip',
  'user',
  'password',
  'channel',
] as const
export type ImportField = (typeof importFields)[number]

/**
 * RTSP addresses of common makes, as their manufacturers document them; `{channel}` is 1 where a row names none, and `{channel2}` the same in two digits.
 * - Hikvision: ISAPI guide, `/Streaming/Channels/<channel><stream>`, stream 01 is the main one
 * - Dahua: HTTP API, `/cam/realmonitor?channel=<n>&subtype=<0: main, 1: sub>`
 * - Axis: VAPIX video streaming, `/axis-media/media.amp`, with `camera=<n>` for devices of several channels
 * - Uniview: addresses of streams, `/unicast/c<channel>/s<0: main, 1: sub>/live`
 * - Hanwha: support.hanwhavision.eu, article 4414178841746: `/profile<n>/media.smp`; devices of several sensors have the sensor before it, from 0
 * - Reolink: support.reolink.com, article 900000630706: `/h264Preview_<two digits>_<main|sub>`, of later firmware `/Preview_…` too
 */
export const addressTemplates: Readonly<Record<string, string>> = {
  Hikvision: 'rtsp://{user}:{password}@{ip}:554/Streaming/Channels/{channel}01',
  Dahua: 'rtsp://{user}:{password}@{ip}:554/cam/realmonitor?channel={channel}&subtype=0',
  Axis: 'rtsp://{user}:{password}@{ip}:554/axis-media/media.amp?camera={channel}',
  Uniview: 'rtsp://{user}:{password}@{ip}:554/unicast/c{channel}/s0/live',
  Hanwha: 'rtsp://{user}:{password}@{ip}:554/profile2/media.smp',
  Reolink: 'rtsp://{user}:{password}@{ip}:554/h264Preview_{channel2}_main',
}
const mostColumns = 100
const longestCell = 5_000

const column = z.string().max(200)
/** Strict: templates were given beside the rows before they stood in them. */
const importInputSchema = z.strictObject({
  /** Rows of a sheet without its head: texts by the column's heading. */
  rows: z.array(z.record(column, z.string().max(longestCell))).max(mostImportedRows),
  /** What each column is, by its heading; those that are not named are left out. */
  mapping: z
    .record(column, z.enum(importFields))
    .refine((mapping) => Object.keys(mapping).length <= mostColumns, invalid({ kind: 'tooManyAtOnce', most: mostColumns })),
  /** Changes no camera that there is: a row with the project and name of one is a duplicate. */
  adds: z.boolean().default(false),
  /** Changes nothing, and tells what would happen. */
  preview: z.boolean().default(false),
})
export type CameraImportInput = z.infer<typeof importInputSchema>

/** `duplicate`: left out, because an earlier row or another camera has its name and project, or its stream. */
export const importOutcomes = ['added', 'changed', 'same', 'duplicate', 'mistake'] as const
const importedRowSchema = z.object({
  /** Number of the row in `rows`, from 1. */
  row: z.number().int(),
  outcome: z.enum(importOutcomes),
  name: z.string(),
  /** For a duplicate: the earlier row. */
  ofRow: z.number().int().nullable(),
  /** The camera that is changed, the same, or the one that it duplicates. */
  camera: z.object({ id: z.string(), name: z.string() }).nullable(),
  /** The fields that are changed. */
  fields: z.array(z.string()),
})
export type ImportedRow = z.infer<typeof importedRowSchema>
const importMistakeSchema = z.object({
  row: z.number().int(),
  /** Heading of the column; null: the row as a whole. */
  column: z.string().nullable(),
  validationError: validationErrorSchema,
  words: said('validationError', z.string().optional()),
})
export type ImportMistake = z.infer<typeof importMistakeSchema>
const importedCamerasSchema = z.object({
  /** Something was stored. With a mistake in any row, nothing is. */
  done: z.boolean(),
  added: z.number().int(),
  changed: z.number().int(),
  same: z.number().int(),
  duplicates: z.number().int(),
  /** Number of rows with mistakes. */
  mistaken: z.number().int(),
  rows: z.array(importedRowSchema),
  mistakes: z.array(importMistakeSchema),
})
export type ImportedCameras = z.infer<typeof importedCamerasSchema>

export const exportFormats = ['csv', 'xlsx'] as const
export const exportedFileSchema = z.object({ fileName: z.string(), mediaType: z.string(), /** The file in base64. */ base64: z.string() })

const one = z.object({ id: z.string().min(1).max(100) })
const many = z.object({
  ids: z.array(one.shape.id).min(1).max(mostCamerasAtOnce),
})
const NOT_FOUND = refused(404, 'noSuch')
const errors = { NOT_FOUND } as const
const changeErrors = {
  ...errors,
  CONFLICT: refused(409, 'changed'),
  TOO_MANY: refused(409, 'tooMany'),
  FORBIDDEN: refused(403, 'cameraOutsideLimit'),
  SECRETS_HIDDEN: refused(422, 'secretsHidden'),
  KEY_UNAVAILABLE: refused(503, 'secretsUnavailable'),
} as const
const tags = ['cameras']
/** Of one camera: not a pattern (`~…`, `all`, `all_others`), which would take the names of others. */
const pathOnServer = z
  .string()
  .min(1)
  .max(1_024)
  .regex(/^(?!~|all(?:_others)?$)[\w\-/.~:]+$/, invalid({ kind: 'notSuchAs', example: 'site/camera-1' }))
const pushTarget = one.extend({ serverId: serverIdSchema, /** Left out: made of project and name. */ path: pathOnServer.optional() })
/**
 * `yaml`: for the server's own file, because what is changed by API lasts until that is read again. User and password are hidden in it.
 * Empty: nothing is to be added there.
 */
const yaml = z.string()

const seeCamera = signedIn.errors(errors)
const changeCameras = moderate.errors(changeErrors)
const removeCameras = moderate.errors(errors)
export const camerasContract = {
  /** Those that the operator may see: favourites first, then by name. */
  list: signedIn.route({ method: 'GET', path: '/cameras', tags, summary: 'Cameras that the caller may see' }).input(listInputSchema).output(cameraListSchema),
  get: seeCamera.route({ method: 'GET', path: '/cameras/{id}', tags }).input(one).output(cameraSchema),
  add: changeCameras.route({ method: 'POST', path: '/cameras', successStatus: 201, tags }).input(cameraInputSchema).output(cameraSchema),
  /** With `revision`: only if it has not changed since that revision. */
  update: changeCameras
    .route({ method: 'PATCH', path: '/cameras/{id}', tags })
    .input(one.extend({ change: cameraChangeSchema, revision: z.number().int().optional() }))
    .output(cameraSchema),
  /** All of them, or none if one does not exist. */
  updateMany: changeCameras
    .route({ method: 'PATCH', path: '/cameras', tags, summary: 'Change the same fields of many cameras' })
    .input(many.extend({ change: commonChangeSchema }))
    .output(z.object({ changed: z.number().int() })),
  remove: removeCameras.route({ method: 'DELETE', path: '/cameras/{id}', successStatus: 204, tags }).input(one),
  removeMany: removeCameras
    .route({ method: 'POST', path: '/cameras/remove', tags, summary: 'Remove many cameras: all of them, or none if one does not exist' })
    .input(many)
    .output(z.object({ removed: z.number().int() })),
  /** Takes back the caller's last removal, change or import of the last 10 minutes. Cameras that somebody else has changed since stay as they are. */
  restore: moderate
    .errors({ NOT_FOUND: refused(404, 'nothingToUndo') })
    .route({ method: 'POST', path: '/cameras/restore', tags, summary: "Undo the caller's last removal, change or import" })
    .output(z.object({ restored: z.number().int(), removed: z.number().int(), left: z.number().int() })),
  /** Those of an account: its own and those of its groups. */
  ofAccount: moderate
    .route({ method: 'GET', path: '/cameras/of-account/{accountId}', tags, summary: 'Cameras of an account and its groups' })
    .input(z.object({ accountId: z.string().min(1).max(100), ...paged }))
    .output(z.object({ cameras: z.array(cameraSchema), total: z.number().int() })),
  /** Who can own a camera. */
  owners: moderate
    .route({ method: 'GET', path: '/cameras/owners', tags, summary: 'Accounts and groups that can own a camera' })
    .output(z.object({ accounts: z.array(z.object({ id: z.string(), name: z.string(), fullName: z.string() })), groups: z.array(z.string()) })),
  favourite: signedIn
    .errors({ ...errors, TOO_MANY: refused(409, 'tooMany') })
    .route({ method: 'PUT', path: '/cameras/{id}/favourite', successStatus: 204, tags, summary: 'Mark a camera as a favourite of the caller, or not' })
    .input(one.extend({ on: z.boolean() })),
  /** The newest kept picture of its main stream; null: there is none. */
  picture: seeCamera
    .route({ method: 'GET', path: '/cameras/{id}/picture', tags, summary: 'Newest kept picture of a camera' })
    .input(one)
    .output(keptPictureSchema.nullable()),
  /** The camera to which each stream belongs; null: none that the caller may see. */
  ofStreams: view
    .route({ method: 'POST', path: '/cameras/of-streams', tags, summary: 'The camera to which each stream belongs' })
    .input(z.object({ streams: z.array(z.object({ serverId: serverIdSchema, path: streamPathSchema })).max(mostPictures) }))
    .output(z.array(cameraSchema.pick({ id: true, name: true, expected: true }).nullable())),
  /** Opens a live picture, as `previews.open` does, for the caller alone. `wake` confirms that an on-demand source may be started. */
  play: seeCamera
    .route({ method: 'POST', path: '/cameras/{id}/play', tags, summary: 'Open a live picture of a camera' })
    .input(
      one.extend({
        use: z.enum(cameraUses).default('main'),
        wake: z.boolean().default(false),
        playsH265: z.boolean().default(false),
        /** Of the same viewer, four pictures play at most. */
        viewer: z.string().min(1).max(64),
      }),
    )
    .output(previewSchema),
  /** Closes a picture that the caller opened with `play`. */
  stop: signedIn
    .route({ method: 'DELETE', path: '/cameras/playing/{previewId}', successStatus: 204, tags, summary: 'Close a live picture of a camera' })
    .input(z.object({ previewId: z.string().max(100) })),
  /** Streams of all servers that no camera has, by server and path. */
  proposals: moderate
    .route({ method: 'GET', path: '/cameras/proposals', tags, summary: 'Streams that no camera has' })
    .input(z.object({ text: askedText, serverId: serverIdSchema.optional(), ...paged }).prefault({}))
    .output(z.object({ streams: z.array(proposedStreamSchema), total: z.number().int() })),
  /** Networks of the console's machine in which cameras can be searched for. */
  networks: moderate
    .route({ method: 'GET', path: '/cameras/networks', tags, summary: 'Networks in which cameras can be searched for' })
    .output(z.array(networkSchema)),
  /** Asks all ONVIF devices of a network for themselves and, by `user` and `password`, for their streams. Takes 5 s and more; one search at a time. Adds nothing. */
  searchNetwork: moderate
    .errors({ NOT_FOUND: refused(404, 'noSuch'), CONFLICT: refused(409, 'running') })
    .route({ method: 'POST', path: '/cameras/networks/search', tags, summary: 'Search a network for ONVIF cameras; adds nothing' })
    .input(z.object({ networkId: z.string().min(1).max(200), user: enteredOrEmpty(100).default(''), password: enteredOrEmpty(256).default('') }))
    .output(networkSearchSchema),
  /** Makes cameras of what the caller's last search found, in the last 10 minutes: all of them, or none. */
  addFound: moderate
    .errors({ ...changeErrors, NOT_FOUND: refused(404, 'searchForgotten') })
    .route({ method: 'POST', path: '/cameras/networks/add', tags, summary: 'Make cameras of what a search of a network found' })
    .input(z.object({ ids: z.array(z.string().max(100)).min(1).max(1_000), project: cameraFields.project.default('') }))
    .output(z.object({ added: z.number().int() })),
  /** Cameras none of whose streams was ever seen by this console. */
  unseen: moderate
    .route({ method: 'GET', path: '/cameras/unseen', tags, summary: 'Cameras whose streams were never seen' })
    .input(z.object(paged).prefault({}))
    .output(z.object({ cameras: z.array(cameraSchema), total: z.number().int() })),
  /** Adds and changes cameras from the rows of a sheet: all of them, or none if a row has a mistake. */
  import: moderate
    .errors({ KEY_UNAVAILABLE: changeErrors.KEY_UNAVAILABLE, TOO_MANY: changeErrors.TOO_MANY })
    .route({ method: 'POST', path: '/cameras/import', tags, summary: 'Add and change cameras from the rows of a sheet' })
    .input(importInputSchema)
    .output(importedCamerasSchema),
  /** Over REST, the file itself. Without passwords. */
  export: moderate
    .route({ method: 'GET', path: '/cameras/export', tags, summary: 'Cameras as a sheet; over REST, the file itself' })
    .input(z.object({ format: z.enum(exportFormats).default('xlsx') }).prefault({}))
    .output(exportedFileSchema),
  /** What `push` would do; changes nothing. */
  pushPreview: operate
    .meta({ isReading: true })
    .errors({ ...errors, ...pushErrors })
    .route({ method: 'POST', path: '/cameras/{id}/push/preview', tags, summary: 'What pushing a camera to a server would do' })
    .input(pushTarget)
    .output(z.object({ path: z.string(), ...pathPreviewFields, yaml })),
  /** Makes an on-demand path of its address on a server, and that its main stream. `basis`: as returned by the preview; left out: whatever the server has now. */
  push: operate
    .errors({ ...errors, ...pushErrors })
    .route({ method: 'POST', path: '/cameras/{id}/push', tags, summary: 'Make a camera an on-demand path of a server' })
    .input(pushTarget.extend({ reason: enteredText(200, z.string().trim()), basis: z.string().min(1).max(200).optional() }))
    .output(z.object({ camera: cameraSchema, ...pathEditFields, yaml })),
  /** Takes that path away again. */
  withdraw: operate
    .errors({ ...errors, ...pushErrors, NOT_PUSHED: refused(409, 'cameraNotPushed') })
    .route({ method: 'POST', path: '/cameras/{id}/withdraw', tags, summary: 'Take the path of a camera away from its server' })
    .input(one.extend({ reason: enteredText(200, z.string().trim()) }))
    .output(z.object({ camera: cameraSchema, ...pathEditFields, yaml })),
}
