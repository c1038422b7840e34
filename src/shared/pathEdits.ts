import { z } from 'zod'
import { enteredText } from './entered.ts'
import { serverErrorSchema } from './errors.ts'
import { changedSettingsSchema, pathChanges, pathEditOutcomes, pathInterruptions, pathSettingKinds } from './pathSettings.ts'
import { administer } from './permissions.ts'
import { otherSettingSchema, refused, serverNotChangedSchema } from './refusals.ts'
import { said } from './said.ts'
import { serverIdSchema } from './servers.ts'
import { invalid } from './validationErrors.ts'

// Path settings changed through the API of their server. The server does not write them to its file: they last until it rereads the file or restarts.

/** A stream that a server lists: its path, the entry of the configuration that it goes by, and how many read it, by the server's own count. */
export interface ListedReaders {
  readonly path: string
  readonly entry: string | null
  /** It is on air. */
  readonly live: boolean
  readonly readers: number
}

/** Name of a configuration entry, such as `cam1`, `~^site/` or `all_others`. MediaMTX does not accept longer ones in requests. */
const pathName = z
  .string()
  .min(1)
  .max(1_024)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what no name has.
  .regex(/^[^\u0000-\u001f\u007f]+$/)

const changeSchema = z.object({
  id: serverIdSchema,
  path: pathName,
  change: z.enum(pathChanges),
  /** New values; empty for `remove`. */
  settings: changedSettingsSchema.default({}),
})
/** A change needs settings, a removal takes none. */
function checkSettings({ change, settings }: z.infer<typeof changeSchema>, ctx: z.core.$RefinementCtx): void {
  const hasSettings = Object.keys(settings).length > 0
  if (change === 'set' && !hasSettings) ctx.addIssue({ code: 'custom', path: ['settings'], message: invalid({ kind: 'missing', key: 'settings' }) })
  if (change === 'remove' && hasSettings) ctx.addIssue({ code: 'custom', path: ['settings'], message: invalid({ kind: 'notHere' }) })
}

/** A changed setting, with its values before and after. Secrets are hidden in both. */
const settingLineSchema = z.object({
  setting: z.string(),
  /** The value as text, truncated if long; null: the setting does not exist. */
  before: z.string().nullable(),
  after: z.string().nullable(),
})
export type SettingLine = z.infer<typeof settingLineSchema>

const editablePathSchema = z.object({
  path: z.string(),
  /** The path has an entry; if not, `settings` are the defaults for a new one. */
  configured: z.boolean(),
  settings: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(pathSettingKinds),
      /** With secrets hidden. */
      value: z.unknown(),
      /** Part of the value is hidden: it can only be replaced as a whole, and stays unchanged if a change does not name it. */
      hidden: z.boolean(),
      /** The value differs from the path defaults; null: unknown. */
      own: z.boolean().nullable(),
    }),
  ),
})
export type EditablePath = z.infer<typeof editablePathSchema>

const previewSchema = z.object({
  /** Identifies the configuration that the preview is based on. Passed to `apply`, which refuses if the path's configuration has changed since. */
  basis: z.string(),
  lines: z.array(settingLineSchema),
  interrupts: z.enum(pathInterruptions),
  /** Number of streams of the entry that are on air, and of their readers; null: the server does not answer. */
  streams: z.number().int().nullable(),
  readers: z.number().int().nullable(),
  /** In words, in the requested language: what is interrupted, and how long the change lasts. Sent over REST only. */
  words: said('pathPreview', z.array(z.string()).optional()),
})
export type PathPreview = z.infer<typeof previewSchema>
export const pathPreviewFields = previewSchema.shape

const pathEditSchema = z.object({
  lines: z.array(settingLineSchema),
  outcome: z.enum(pathEditOutcomes),
  /** The server's error, or why it could not be reached. */
  error: serverErrorSchema.nullable(),
  /** Settings that the server did not apply: `before` is the requested value, `after` the actual one. */
  notTaken: z.array(settingLineSchema),
  words: said('serverError', z.string().nullable().optional()),
})
export type PathEdit = z.infer<typeof pathEditSchema>
export const pathEditFields = pathEditSchema.shape

const tags = ['servers']
const failing = {
  NOT_FOUND: refused(404, 'noSuch'),
  NOT_CHANGED: { status: 502, message: 'the server could not be asked', data: serverNotChangedSchema },
}
const unfitChange = {
  ...failing,
  NO_SUCH_PATH: refused(404, 'noSuch'),
  PATH_EXISTS: refused(409, 'pathConfiguredAlready'),
  OTHER_SETTING: { status: 422, message: 'the server has no such setting', data: otherSettingSchema },
  NOTHING_CHANGES: refused(422, 'nothingChanges'),
}
const unfitNow = { ...unfitChange, CHANGED_MEANWHILE: refused(409, 'changed'), RUNNING: refused(409, 'running') }
/** Of a camera that becomes a path, and stops being one. */
export const pushErrors = { ...unfitNow, NO_ADDRESS: refused(422, 'cameraWithoutAddress'), PUSHED_ALREADY: refused(409, 'cameraPushedAlready') }

export const pathEditsContract = {
  /** Read from the server now. */
  read: administer
    .errors(failing)
    .route({ method: 'GET', path: '/servers/{id}/configuration/path', tags, summary: 'The settings of a path, as its server has them now' })
    .input(z.object({ id: serverIdSchema, path: pathName }))
    .output(editablePathSchema),
  preview: administer
    .meta({ isReading: true })
    .errors(unfitChange)
    .route({ method: 'POST', path: '/servers/{id}/configuration/path/preview', tags, summary: 'What a change of path settings would do; changes nothing' })
    .input(changeSchema.superRefine(checkSettings))
    .output(previewSchema),
  apply: administer
    .errors(unfitNow)
    .route({ method: 'POST', path: '/servers/{id}/configuration/path', tags, summary: 'Change, add or remove the settings of a path, as previewed' })
    .input(changeSchema.extend({ reason: enteredText(200, z.string().trim()), basis: z.string().min(1).max(200) }).superRefine(checkSettings))
    .output(pathEditSchema),
}
