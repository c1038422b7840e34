import { z } from 'zod'
import { settingChangeSchema } from './configurationLevels.ts'
import { view } from './permissions.ts'
import { refused } from './refusals.ts'
import { said } from './said.ts'
import { serverConfigurationSchema, serverIdSchema } from './servers.ts'
import { askedMs, epochMs } from './time.ts'
import { invalid, validationErrorSchema } from './validationErrors.ts'

// Configurations of servers over time. Secrets are removed on reading: a change from one hidden value to another is not detected.

const mostConfigurationChanges = 200
export const mostNamedSettings = 5
export const mostDifferences = 2_000

/** Replacement of a configuration by another one. */
const configurationChangeSchema = z.object({
  /** When the new one was first read. */
  at: epochMs,
  /** When the previous one was last read: the change happened after that. */
  after: epochMs,
  count: z.number().int(),
  settings: z.array(settingChangeSchema),
})
export type ConfigurationChange = z.infer<typeof configurationChangeSchema>

const configurationChangesSchema = z.object({
  /** Since when configurations of this server are stored; null: none is. */
  since: epochMs.nullable(),
  /** Newest first. */
  changes: z.array(configurationChangeSchema),
  /** Whether the period has further, older changes. */
  more: z.boolean(),
})
export type ConfigurationChanges = z.infer<typeof configurationChangesSchema>

const configurationThenSchema = serverConfigurationSchema.pick({ global: true, pathDefaults: true, paths: true }).extend({
  /** When it was first and last read. */
  since: epochMs,
  until: epochMs,
  /** Number of paths omitted for lack of space. */
  pathsLeftOut: z.number().int(),
})
export type ConfigurationThen = z.infer<typeof configurationThenSchema>

const configurationDifferenceSchema = z.object({
  /** When the two configurations were first read. */
  from: epochMs,
  to: epochMs,
  /** Number of settings that differ; `settings` has the first of them. */
  count: z.number().int(),
  settings: z.array(settingChangeSchema),
})
export type ConfigurationDifference = z.infer<typeof configurationDifferenceSchema>

const mostCompared = 200
export const mostComparedSettings = 500
export const longestConfigurationSearch = 200

const comparisonSchema = z.object({
  /** Servers whose configuration is known. */
  servers: z.array(z.object({ id: serverIdSchema, name: z.string(), version: z.string().nullable() })),
  /** Names of servers whose configuration is not known. */
  unknown: z.array(z.string()),
  /** Total number of settings that differ or were found; `settings` has the first of them. */
  total: z.number().int(),
  settings: z.array(
    settingChangeSchema.pick({ level: true, path: true, setting: true }).extend({
      /** The value of most servers first. `servers`: indices; `value` null: these do not have the setting. */
      values: z.array(z.object({ value: z.string().nullable(), servers: z.array(z.number().int()) })),
    }),
  ),
})
export type Comparison = z.infer<typeof comparisonSchema>

const serverName = z.string().min(1).max(200)
const comparedSchema = z.object({
  server: z.union([serverName.transform((one) => [one]), z.array(serverName).max(mostCompared)]).optional(),
  /** Of these only servers with this tag. */
  tag: z.string().min(1).max(100).optional(),
  /**
   * Words in the name or a value of a setting, to find who has it, whether it differs or not. Without, only what differs is listed, and not what naturally
   * does: addresses, names, files, and (of more than two servers) paths and settings that some do not have.
   */
  q: z.string().max(longestConfigurationSearch).optional(),
  /** Time for which to compare; default: now. */
  at: askedMs.optional(),
})
export type ComparedAsked = z.output<typeof comparedSchema>

/** Most characters of a configuration file that is sent to be checked: it is read while everything else waits. */
export const longestCheckedFile = 100_000
/** A version of MediaMTX, such as 1.20.1 or v1.20. */
export const versionPattern = /^v?\d{1,3}\.\d{1,3}(?:\.\d{1,3})?$/
const checkedFileSchema = z.object({
  version: z.string(),
  /** The versions whose keys are known and were used: the same, or those before and after it. */
  comparedWith: z.array(z.string()),
  mistakes: z.array(
    z.object({
      line: z.number().int(),
      column: z.number().int(),
      /** Such as `paths.cam1.record`; '': it concerns the whole file. */
      key: z.string(),
      validationError: validationErrorSchema,
      words: said('validationError', z.string().optional()),
    }),
  ),
  more: z.number().int(),
})
export type CheckedFile = z.infer<typeof checkedFileSchema>

const ofServer = z.object({ id: serverIdSchema })
const tags = ['servers']
const viewConfigurations = view.errors({ NOT_FOUND: refused(404, 'noSuch'), NOT_KEPT: refused(404, 'configurationNotKept') })

export const configurationsContract = {
  changes: viewConfigurations
    .route({
      method: 'GET',
      path: '/servers/{id}/configuration/changes',
      tags,
      summary: 'When the configuration of a server was changed, and what: newest first',
    })
    .input(
      ofServer
        .extend({
          since: askedMs.optional(),
          until: askedMs.optional(),
          limit: z.coerce.number().int().min(1).max(mostConfigurationChanges).default(100),
        })
        .refine(({ since, until }) => since === undefined || until === undefined || since <= until, invalid({ kind: 'rangeReversed' })),
    )
    .output(configurationChangesSchema),
  /** The configuration last read at or before that time. */
  at: viewConfigurations
    .route({ method: 'GET', path: '/servers/{id}/configuration/at', tags, summary: 'The configuration of a server as it stood at a moment' })
    .input(ofServer.extend({ at: askedMs }))
    .output(configurationThenSchema),
  difference: viewConfigurations
    .route({
      method: 'GET',
      path: '/servers/{id}/configuration/difference',
      tags,
      summary: 'What differs in the configuration of a server between two moments',
    })
    .input(ofServer.extend({ from: askedMs, to: askedMs }))
    .output(configurationDifferenceSchema),
  compare: view
    .route({ method: 'GET', path: '/configurations/compare', tags, summary: 'Configurations of servers compared, and searched' })
    .input(comparedSchema.optional())
    .output(comparisonSchema),
  check: view
    .route({ method: 'POST', path: '/configurations/check', tags, summary: 'The keys of a mediamtx.yml checked before a server reads it' })
    .input(
      z.object({
        text: z.string().max(longestCheckedFile),
        /** Default: the newest known. */
        version: z
          .string()
          .regex(versionPattern, invalid({ kind: 'notSuchAs', example: '1.20.1' }))
          .optional(),
      }),
    )
    .output(checkedFileSchema),
}
