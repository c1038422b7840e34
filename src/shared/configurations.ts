import { z } from 'zod'
import { askedFlag } from './askedFlag.ts'
import { settingChangeSchema } from './configurationLevels.ts'
import { configurationLimitsSchema } from './configurationLimits.ts'
import { upgradeChangeSchema } from './configurationUpgrades.ts'
import { mistaken } from './mistakes.ts'
import { view } from './permissions.ts'
import { refused } from './refusals.ts'
import { serverConfigurationSchema, serverIdSchema } from './servers.ts'
import { askedMs, epochMs } from './time.ts'

// Configurations of servers over time. Secrets are removed when they are read: a hidden value that was changed into another hidden one is the same here.

/** Most changes of a configuration in one answer. */
export const mostConfigurationChanges = 200
/** Most settings of one change in lists. */
export const mostNamedSettings = 5
/** Most settings in one difference. */
export const mostDifferences = 2_000

/** A configuration that took the place of another one. */
export const configurationChangeSchema = z.object({
  /** When it was first read. */
  at: epochMs,
  /** When the one before was last read: it was changed after that. */
  after: epochMs,
  /** How many settings differ, and the first of these. */
  count: z.number().int(),
  settings: z.array(settingChangeSchema),
  /** The server was restarted between both, as far as history knows. */
  restarted: z.boolean(),
  /** It was upgraded (or set back) between both; null: not as far as history knows. */
  upgrade: z.object({ before: z.string(), after: z.string() }).nullable(),
})
export type ConfigurationChange = z.infer<typeof configurationChangeSchema>

const configurationChangesSchema = z.object({
  /** Since when configurations of this server are kept; null: none is. */
  since: epochMs.nullable(),
  /** Newest first. */
  changes: z.array(configurationChangeSchema),
  /** There are older ones in the period. */
  more: z.boolean(),
})
export type ConfigurationChanges = z.infer<typeof configurationChangesSchema>

const configurationThenSchema = serverConfigurationSchema.pick({ global: true, pathDefaults: true, paths: true }).extend({
  /** When it was first and last read. */
  since: epochMs,
  until: epochMs,
  /** Paths that had no room. */
  pathsLeftOut: z.number().int(),
})
export type ConfigurationThen = z.infer<typeof configurationThenSchema>

const configurationDifferenceSchema = z.object({
  /** When the two configurations were first read. */
  from: epochMs,
  to: epochMs,
  /** All that differ; `settings` has the first of them. */
  count: z.number().int(),
  settings: z.array(settingChangeSchema),
})
export type ConfigurationDifference = z.infer<typeof configurationDifferenceSchema>

const configurationUpgradeSchema = z.object({
  /** What the server runs; null: it does not tell, and what it lists tells roughly. */
  version: z.string().nullable(),
  /** The newest version that these facts are known of. */
  newest: z.string(),
  changes: z.array(
    z.object({
      change: upgradeChangeSchema,
      /** In words, in the requested language. Sent over REST only. */
      text: z.string().optional(),
    }),
  ),
})
export type ConfigurationUpgrade = z.infer<typeof configurationUpgradeSchema>

/** Most servers side by side. */
export const mostCompared = 50
/** Most rows of a comparison or a search in one answer. */
export const mostComparedSettings = 2_000
/** Most servers that are named beside a usual value. */
export const mostOddServers = 50
export const longestConfigurationSearch = 200

const placeSchema = settingChangeSchema.pick({ level: true, path: true, setting: true })
const comparedServerSchema = z.object({ id: serverIdSchema, name: z.string(), version: z.string().nullable() })
const comparedSchema = {
  /** Whose configuration is known, in the order of their values. */
  servers: z.array(comparedServerSchema),
  /** Names of servers whose configuration is not known. */
  unknown: z.array(z.string()),
  /** How many rows there are; the first of them follow. */
  total: z.number().int(),
}
const comparisonSchema = z.object({
  ...comparedSchema,
  /** `values` in the order of the servers; null: it has no such setting. */
  settings: z.array(placeSchema.extend({ values: z.array(z.string().nullable()), same: z.boolean() })),
})
export type Comparison = z.infer<typeof comparisonSchema>

const oddSettingsSchema = z.object({
  ...comparedSchema,
  settings: z.array(
    placeSchema.extend({
      /** What most servers that have the setting say, and how many of them. */
      usual: z.string(),
      agree: z.number().int(),
      of: z.number().int(),
      others: z.array(z.object({ id: serverIdSchema, value: z.string() })),
      /** Others beyond those. */
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
  /** Also what differs because they are different servers: addresses, names, files. */
  own: askedFlag,
  /** As it was at a moment; default: now. */
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
  /** As it was last read by that moment. */
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
  /** Of its present configuration. */
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
  /** Of paths, what some of the servers set for them. */
  compare: view
    .route({ method: 'GET', path: '/configurations/compare', tags, summary: 'Configurations of servers side by side' })
    .input(
      z.object({
        ...chosen,
        /** Ids or names, compared in this order, before those with the tag. */
        server: z.union([serverName.transform((one) => [one]), z.array(serverName).max(mostCompared)]).optional(),
        /** Also what is the same. */
        same: askedFlag,
      }),
    )
    .output(comparisonSchema),
  /** Settings of servers and path defaults that most servers agree on: who does not. */
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
