import { z } from 'zod'
import { askedFlag } from './askedFlag.ts'
import { settingChangeSchema } from './configurationLevels.ts'
import { configurationLimitsSchema } from './configurationLimits.ts'
import { upgradeChangeSchema } from './configurationUpgrades.ts'
import { mistaken } from './mistakes.ts'
import { view } from './permissions.ts'
import { refused } from './refusals.ts'
import { said } from './said.ts'
import { serverConfigurationSchema, serverIdSchema } from './servers.ts'
import { askedMs, epochMs } from './time.ts'

// Configurations of servers over time. Secrets are removed on reading: a change from one hidden value to another is not detected.

/** Maximum number of configuration changes in one response. */
export const mostConfigurationChanges = 200
/** Maximum number of settings per change in lists. */
export const mostNamedSettings = 5
/** Maximum number of settings in one difference. */
export const mostDifferences = 2_000

/** Replacement of a configuration by another one. */
export const configurationChangeSchema = z.object({
  /** When the new one was first read. */
  at: epochMs,
  /** When the previous one was last read: the change happened after that. */
  after: epochMs,
  /** Number of settings that differ, and the first of them. */
  count: z.number().int(),
  settings: z.array(settingChangeSchema),
  /** The server was restarted in between, as far as history shows. */
  restarted: z.boolean(),
  /** The server was upgraded (or downgraded) in between; null: not as far as history shows. */
  upgrade: z.object({ before: z.string(), after: z.string() }).nullable(),
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

const configurationUpgradeSchema = z.object({
  /** Version of the server; null: not reported, and only roughly known from what it lists. */
  version: z.string().nullable(),
  /** The newest version covered by the known changes. */
  newest: z.string(),
  changes: z.array(
    z.object({
      change: upgradeChangeSchema,
      /** In words, in the requested language. Sent over REST only. */
      text: said('upgradeChange', z.string().optional()),
    }),
  ),
})
export type ConfigurationUpgrade = z.infer<typeof configurationUpgradeSchema>

/** Maximum number of servers in a comparison. */
export const mostCompared = 50
/** Maximum number of rows of a comparison or a search in one response. */
export const mostComparedSettings = 2_000
/** Maximum number of deviating servers listed per usual value. */
export const mostOddServers = 50
export const longestConfigurationSearch = 200

const placeSchema = settingChangeSchema.pick({ level: true, path: true, setting: true })
const comparedServerSchema = z.object({ id: serverIdSchema, name: z.string(), version: z.string().nullable() })
const comparedSchema = {
  /** Servers whose configuration is known, in the order of `values`. */
  servers: z.array(comparedServerSchema),
  /** Names of servers whose configuration is not known. */
  unknown: z.array(z.string()),
  /** Total number of rows; `settings` has the first of them. */
  total: z.number().int(),
}
const comparisonSchema = z.object({
  ...comparedSchema,
  /** `values` in the order of `servers`; null: the server has no such setting. */
  settings: z.array(placeSchema.extend({ values: z.array(z.string().nullable()), same: z.boolean() })),
})
export type Comparison = z.infer<typeof comparisonSchema>

const oddSettingsSchema = z.object({
  ...comparedSchema,
  settings: z.array(
    placeSchema.extend({
      /** The value that most servers with the setting have, how many agree on it, and how many have the setting. */
      usual: z.string(),
      agree: z.number().int(),
      of: z.number().int(),
      others: z.array(z.object({ id: serverIdSchema, value: z.string() })),
      /** Number of further deviating servers not listed in `others`. */
      moreOthers: z.number().int(),
    }),
  ),
})
export type OddSettings = z.infer<typeof oddSettingsSchema>

const foundSettingsSchema = z.object({
  ...comparedSchema,
  settings: z.array(placeSchema.extend({ id: serverIdSchema, value: z.string() })),
})
export type FoundSettings = z.infer<typeof foundSettingsSchema>

const text = z.string().max(longestConfigurationSearch).optional()
const tag = z.string().min(1).max(100).optional()
const serverName = z.string().min(1).max(200)
const chosen = {
  /** Servers with this tag; default: all. */
  tag,
  q: text,
  /** Include settings that naturally differ between servers: addresses, names, files. */
  own: askedFlag,
  /** Time for which to compare; default: now. */
  at: askedMs.optional(),
}

const ofServer = z.object({ id: serverIdSchema })
const tags = ['servers']
const viewConfigurations = view.errors({ NOT_FOUND: refused(404, 'noSuchServer'), NOT_KEPT: refused(404, 'configurationNotKept') })

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
        .refine(({ since, until }) => since === undefined || until === undefined || since <= until, mistaken({ kind: 'rangeReversed' })),
    )
    .output(configurationChangesSchema),
  /** The configuration last read at or before that time. */
  at: viewConfigurations
    .route({ method: 'GET', path: '/servers/{id}/configuration/at', tags, summary: 'The configuration of a server as it stood at a moment' })
    .input(ofServer.extend({ at: askedMs }))
    .output(configurationThenSchema),
  limits: viewConfigurations
    .route({
      method: 'GET',
      path: '/servers/{id}/configuration/limits',
      tags,
      summary: 'Who may use a server, and how near its paths are to the readers that they may have',
    })
    .input(ofServer)
    .output(configurationLimitsSchema),
  /** For its current configuration. */
  upgrade: viewConfigurations
    .route({ method: 'GET', path: '/servers/{id}/configuration/upgrade', tags, summary: 'What an upgrade would change for the configuration of a server' })
    .input(ofServer)
    .output(configurationUpgradeSchema),
  difference: viewConfigurations
    .route({
      method: 'GET',
      path: '/servers/{id}/configuration/difference',
      tags,
      summary: 'What differs in the configuration of a server between two moments',
    })
    .input(ofServer.extend({ from: askedMs, to: askedMs }))
    .output(configurationDifferenceSchema),
  /** For paths, compares only what at least one of the servers sets for them. */
  compare: view
    .route({ method: 'GET', path: '/configurations/compare', tags, summary: 'Configurations of servers side by side' })
    .input(
      z.object({
        ...chosen,
        /** Ids or names, compared in this order, before those with the tag. */
        server: z.union([serverName.transform((one) => [one]), z.array(serverName).max(mostCompared)]).optional(),
        /** Include settings that are equal on all servers. */
        same: askedFlag,
      }),
    )
    .output(comparisonSchema),
  /** Servers that deviate from settings and path defaults on which most servers agree. */
  odd: view
    .route({ method: 'GET', path: '/configurations/odd', tags, summary: 'Which servers are configured otherwise than most' })
    .input(z.object(chosen).optional())
    .output(oddSettingsSchema),
  search: view
    .route({ method: 'GET', path: '/configurations/search', tags, summary: 'Settings and values in the configurations of all servers' })
    .input(
      z
        .object({
          ...chosen,
          q: z.string().min(1).max(longestConfigurationSearch),
          limit: z.coerce.number().int().min(1).max(mostComparedSettings).default(500),
        })
        .omit({ own: true }),
    )
    .output(foundSettingsSchema),
}
