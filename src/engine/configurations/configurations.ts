import type { Slices } from '../../clock/slices.ts'
import { configurationDifference, type PackedConfiguration, type SettingChange, unpackConfiguration } from '../../shared/configurationLevels.ts'
import {
  type ConfigurationChange,
  type ConfigurationChanges,
  type ConfigurationDifference,
  type ConfigurationThen,
  mostDifferences,
} from '../../shared/configurations.ts'
import type { DeckEvent } from '../../shared/events.ts'
import { serverSubject } from '../../shared/subjectNames.ts'
import type { History } from '../history/history.ts'
import { type ConfigurationLog, inSlices } from './configurationLog.ts'
import type { ConfigurationSpan } from './configurationRows.ts'

export interface ConfigurationsDeps {
  readonly log: Pick<ConfigurationLog, 'rows' | 'seenAt'>
  readonly slices: Slices
  readonly events: History['events']
  readonly signal: AbortSignal
}

interface Asked {
  readonly id: string
  readonly since?: number | undefined
  readonly until?: number | undefined
  readonly limit: number
}

/** What is kept of configurations of servers. */
export interface Configurations {
  readonly changes: (asked: Asked) => Promise<ConfigurationChanges>
  /** null: none is kept of that time. */
  readonly at: (id: string, moment: number) => Promise<ConfigurationThen | null>
  /** null: none is kept of one of both times. */
  readonly difference: (id: string, from: number, to: number) => Promise<ConfigurationDifference | null>
  /** Settings that changed in a period, oldest first, `most` at most: each with when it was first read so. */
  readonly changedSettings: (id: string, period: { readonly from: number; readonly to: number }, most: number) => Promise<readonly DatedChange[]>
}
export interface DatedChange extends SettingChange {
  readonly at: number
}

/** A restart is noticed by the API's start time or by publishers who leave, up to this long before or after the configuration is read, ms. */
const noticedWithinMs = 120_000
const latest = 8.64e15

/** A restart or an upgrade between the last reading of one configuration and the first of the next one. */
function whatElse({ since, seenBefore }: ConfigurationSpan, events: readonly DeckEvent[]): Pick<ConfigurationChange, 'restarted' | 'upgrade'> {
  const near = events.filter(({ at }) => at >= (seenBefore ?? since) - noticedWithinMs && at <= since + noticedWithinMs)
  const upgrade = near.find(({ kind }) => kind === 'serverUpgraded')?.facts
  return {
    restarted: near.some(({ kind }) => kind === 'serverRestarted'),
    upgrade: typeof upgrade?.before === 'string' && typeof upgrade.after === 'string' ? { before: upgrade.before, after: upgrade.after } : null,
  }
}

export function createConfigurations({ log: { rows, seenAt }, slices, events, signal }: ConfigurationsDeps): Configurations {
  const readAt = async (id: string, moment: number): Promise<{ readonly span: ConfigurationSpan; readonly configuration: PackedConfiguration } | null> => {
    const span = rows.at(id, moment)
    const configuration = span && (await rows.read(span.textNo))
    return span && configuration && { span, configuration }
  }
  const difference: Configurations['difference'] = async (id, from, to) => {
    const [before, after] = [await readAt(id, from), await readAt(id, to)]
    if (before === null || after === null) return null
    const settings = await inSlices(configurationDifference(before.configuration, after.configuration), slices.begin(), signal)
    return { from: before.span.since, to: after.span.since, count: settings.length, settings: settings.slice(0, mostDifferences) }
  }
  return {
    changes: async ({ id, since = 0, until = latest, limit }) => {
      const spans = rows.changed(id, since, until, limit + 1)
      const shown = spans.slice(0, limit)
      const [last] = shown.slice(-1)
      const [first] = shown
      const around =
        first === undefined || last === undefined
          ? []
          : await events({
              of: serverSubject(id),
              kinds: ['serverRestarted', 'serverUpgraded'],
              from: (last.seenBefore ?? last.since) - noticedWithinMs,
              to: first.since + noticedWithinMs,
              limit: 1_000,
            })
      return {
        since: rows.keptFrom(id),
        changes: shown.map((span) => ({
          at: span.since,
          after: span.seenBefore ?? span.since,
          count: span.changes,
          settings: [...span.some],
          ...whatElse(span, around),
        })),
        more: spans.length > limit,
      }
    },
    at: async (id, moment) => {
      const found = await readAt(id, moment)
      if (found === null) return null
      const { span, configuration } = found
      const { global, pathDefaults, paths } = unpackConfiguration(configuration)
      const isNewest = rows.newest(id)?.no === span.no
      return {
        ...{ global, pathDefaults, paths: [...paths] },
        since: span.since,
        until: isNewest ? Math.max(span.until, seenAt(id) ?? 0) : span.until,
        pathsLeftOut: configuration.pathsLeftOut,
      }
    },
    difference,
    changedSettings: async (id, { from, to }, most) => {
      const found: DatedChange[] = []
      for (const { since, seenBefore, some, changes } of rows.changed(id, from, to, most).toReversed()) {
        if (seenBefore === null || found.length >= most) continue
        const settings = some.length === changes ? some : ((await difference(id, seenBefore, since))?.settings ?? [])
        for (const setting of settings) found.push({ ...setting, at: since })
      }
      return found.slice(0, most)
    },
  }
}
