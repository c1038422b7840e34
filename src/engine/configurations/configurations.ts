import type { Slices } from '../../clock/slices.ts'
import { configurationDifference, type PackedConfiguration, type SettingChange, unpackConfiguration } from '../../shared/configurationLevels.ts'
import { type ConfigurationChanges, type ConfigurationDifference, type ConfigurationThen, mostDifferences } from '../../shared/configurations.ts'
import { type ConfigurationLog, inSlices } from './configurationLog.ts'
import type { ConfigurationSpan } from './configurationRows.ts'

interface AskedChanges {
  readonly id: string
  readonly since?: number | undefined
  readonly until?: number | undefined
  readonly limit: number
}
export interface DatedChange extends SettingChange {
  readonly at: number
}
export type Configurations = ReturnType<typeof createConfigurations>

const latest = 8.64e15

/** What is kept of configurations of servers. */
export function createConfigurations({ rows, seenAt }: Pick<ConfigurationLog, 'rows' | 'seenAt'>, slices: Slices, signal: AbortSignal) {
  const readAt = async (id: string, moment: number): Promise<{ readonly span: ConfigurationSpan; readonly configuration: PackedConfiguration } | null> => {
    const span = rows.at(id, moment)
    const configuration = span && (await rows.read(span.textNo))
    return span && configuration && { span, configuration }
  }
  /** null: none is kept of one of both times. */
  const difference = async (id: string, from: number, to: number): Promise<ConfigurationDifference | null> => {
    const [before, after] = [await readAt(id, from), await readAt(id, to)]
    if (before === null || after === null) return null
    const settings = await inSlices(configurationDifference(before.configuration, after.configuration), slices.begin(), signal)
    return { from: before.span.since, to: after.span.since, count: settings.length, settings: settings.slice(0, mostDifferences) }
  }
  return {
    changes: ({ id, since = 0, until = latest, limit }: AskedChanges): ConfigurationChanges => {
      const spans = rows.changed(id, since, until, limit + 1)
      return {
        since: rows.keptFrom(id),
        changes: spans.slice(0, limit).map((span) => ({ at: span.since, after: span.seenBefore ?? span.since, count: span.changes, settings: [...span.some] })),
        more: spans.length > limit,
      }
    },
    /** null: none is kept of that time. */
    at: async (id: string, moment: number): Promise<ConfigurationThen | null> => {
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
    /** Settings that changed in a period, oldest first, `most` at most: each with when it was first read so. */
    changedSettings: async (id: string, { from, to }: { readonly from: number; readonly to: number }, most: number): Promise<readonly DatedChange[]> => {
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
