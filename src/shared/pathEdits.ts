import { z } from 'zod'
import { actReasonSchema } from './actReasons.ts'
import { enteredText } from './entered.ts'
import { serverErrorSchema } from './errors.ts'
import { mistaken } from './mistakes.ts'
import { pathChanges, pathEditOutcomes } from './pathChanges.ts'
import { changedSettingsSchema, pathInterruptions, pathSettingKinds } from './pathSettings.ts'
import { administer, view } from './permissions.ts'
import { otherSettingSchema, refused, serverNotChangedSchema } from './refusals.ts'
import { serverIdSchema } from './servers.ts'
import { epochMs } from './time.ts'

// Settings of paths that are changed by the API of their server. It does not write them into its file: they last until it reads that again or is restarted.

/** Longest name of a path; MediaMTX can't be asked for a longer one. */
const longestPathName = 1_024
/** Most changes in one answer. */
export const mostPathEdits = 200
/** Most streams that a preview names. */
export const mostInterrupted = 20

const pathName = z
  .string()
  .min(1)
  .max(longestPathName)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what no name has.
  .regex(/^[^\u0000-\u001f\u007f]+$/)

const changeSchema = z.object({
  id: serverIdSchema,
  /** An entry of the configuration, such as `cam1`, `~^site/` or `all_others`. */
  path: pathName,
  change: z.enum(pathChanges),
  /** New values: for `remove` none. */
  settings: changedSettingsSchema.default({}),
})
const hasSettings = ({ change, settings }: z.infer<typeof changeSchema>) => change === 'add' || (change === 'set') === Object.keys(settings).length > 0
const unfit = { path: ['settings'], message: mistaken({ kind: 'settingsUnfit' }) }

/** A setting whose value another one takes the place of. Secrets are hidden in both. */
export const settingLineSchema = z.object({
  setting: z.string(),
  /** As text, cut where it is long; null: it is not there. */
  before: z.string().nullable(),
  after: z.string().nullable(),
})
export type SettingLine = z.infer<typeof settingLineSchema>

/** One setting of a path as its server has it. */
const editableSettingSchema = z.object({
  name: z.string(),
  kind: z.enum(pathSettingKinds),
  /** Its secrets hidden. */
  value: z.unknown(),
  /** Something of the value is hidden: it can be replaced as a whole, and is kept where it is not named. */
  hidden: z.boolean(),
  /** It is not as the defaults of all paths have it; null: that is not known. */
  own: z.boolean().nullable(),
})
export const editablePathSchema = z.object({
  path: z.string(),
  /** It has an entry; if not, `settings` are the defaults that a new one would have. */
  configured: z.boolean(),
  version: z.string().nullable(),
  settings: z.array(editableSettingSchema),
})
export type EditablePath = z.infer<typeof editablePathSchema>

const previewSchema = z.object({
  /** What the preview was made of: handed back, it says whether the server's configuration of the path is still the same. */
  basis: z.string(),
  lines: z.array(settingLineSchema),
  interrupts: z.enum(pathInterruptions),
  /** How many streams the entry has on air, and how many read them; null: the server does not answer. */
  streams: z.number().int().nullable(),
  readers: z.number().int().nullable(),
  /** Some of them, those with the most readers first. */
  named: z.array(z.object({ path: z.string(), readers: z.number().int() })),
  /** Settings that can't be set back afterwards, because their present value is hidden by the server, or can't be kept here. */
  notKept: z.array(z.string()),
  /** In words, in the requested language: what is interrupted, and how long the change lasts. Sent over REST only. */
  words: z.array(z.string()).optional(),
})
export type PathPreview = z.infer<typeof previewSchema>

const pathEditSchema = z.object({
  id: z.number().int(),
  at: epochMs,
  by: z.string(),
  reason: actReasonSchema,
  path: z.string(),
  change: z.enum(pathChanges),
  lines: z.array(settingLineSchema),
  outcome: z.enum(pathEditOutcomes),
  /** What the server said, or why it could not be asked. */
  error: serverErrorSchema.nullable(),
  /** What it did not take: `before` is what was asked for, `after` what it has. */
  notTaken: z.array(settingLineSchema),
  /** What changed with it. */
  alsoChanged: z.array(settingLineSchema),
  /** What it hides when it is read back. */
  notVerified: z.array(z.string()),
  /** It set this one back. */
  undoes: z.number().int().nullable(),
  undoneBy: z.number().int().nullable(),
  /** What stood before is kept. */
  canUndo: z.boolean(),
  /** `error` in words, in the requested language. Sent over REST only. */
  words: z.string().nullable().optional(),
})
export type PathEdit = z.infer<typeof pathEditSchema>

const reason = enteredText('reason', 200, z.string().trim())
const tags = ['servers']
const ofServer = { id: serverIdSchema }
const noServer = { NOT_FOUND: refused(404, 'noSuchServer') }
const failing = {
  ...noServer,
  NOT_CHANGED: { status: 502, message: 'the server could not be asked', data: serverNotChangedSchema },
}
const unfitChange = {
  ...failing,
  NO_SUCH_PATH: refused(404, 'noSuchConfiguredPath'),
  PATH_EXISTS: refused(409, 'pathConfiguredAlready'),
  OTHER_SETTING: { status: 422, message: 'the server has no such setting', data: otherSettingSchema },
  NOTHING_CHANGES: refused(422, 'nothingChanges'),
}
const busy = { CHANGED_MEANWHILE: refused(409, 'pathChangedMeanwhile'), RUNNING: refused(409, 'pathEditRunning') }

export const pathEditsContract = {
  /** Read from the server now. */
  read: administer
    .errors(failing)
    .route({ method: 'GET', path: '/servers/{id}/configuration/path', tags, summary: 'The settings of a path, as its server has them now' })
    .input(z.object({ ...ofServer, path: pathName }))
    .output(editablePathSchema),
  preview: administer
    .errors(unfitChange)
    .route({ method: 'POST', path: '/servers/{id}/configuration/path/preview', tags, summary: 'What a change of path settings would do; changes nothing' })
    .input(changeSchema.refine(hasSettings, unfit))
    .output(previewSchema),
  apply: administer
    .errors({ ...unfitChange, ...busy })
    .route({ method: 'POST', path: '/servers/{id}/configuration/path', tags, summary: 'Change, add or remove the settings of a path, as previewed' })
    .input(changeSchema.extend({ reason, basis: z.string().min(1).max(200) }).refine(hasSettings, unfit))
    .output(pathEditSchema),
  /** Newest first. */
  list: view
    .errors(noServer)
    .route({ method: 'GET', path: '/servers/{id}/configuration/edits', tags, summary: 'Changes of path settings that were made through this console' })
    .input(z.object({ ...ofServer, limit: z.coerce.number().int().min(1).max(mostPathEdits).default(50) }))
    .output(z.array(pathEditSchema)),
  /** Sets back what a change replaced, unless that has been changed again. */
  undo: administer
    .errors({ ...unfitChange, ...busy, NO_SUCH_EDIT: refused(404, 'noSuchPathEdit'), NOT_KEPT: refused(409, 'pathEditNotKept') })
    .route({ method: 'POST', path: '/servers/{id}/configuration/edits/{edit}/undo', tags, summary: 'Set a change of path settings back' })
    .input(z.object({ ...ofServer, edit: z.coerce.number().int().min(1), reason }))
    .output(pathEditSchema),
}
