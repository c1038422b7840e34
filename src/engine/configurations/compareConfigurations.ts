import type { Slices } from '../../clock/slices.ts'
import { serverOf } from '../../shared/askedServer.ts'
import { type ComparedSetting, comparedSettings, isOwnSetting, settingTest } from '../../shared/comparedConfigurations.ts'
import { type PackedConfiguration, packConfiguration, shownValue } from '../../shared/configurationLevels.ts'
import { type ComparedAsked, type Comparison, mostComparedSettings } from '../../shared/configurations.ts'
import type { Server, ServerConfiguration } from '../../shared/servers.ts'
import { type ConfigurationLog, inSlices } from './configurationLog.ts'

interface CompareDeps {
  readonly log: Pick<ConfigurationLog, 'rows' | 'newest'>
  readonly slices: Slices
  readonly servers: () => readonly Pick<Server, 'id' | 'name' | 'tags' | 'version'>[]
  /** As last read, without secrets; null: not at all. */
  readonly configuration: (serverId: string) => ServerConfiguration | null
}
export type CompareConfigurations = ReturnType<typeof createCompareConfigurations>

/** Compares the configurations of servers, and finds who has a setting. */
export function createCompareConfigurations({ log, slices, servers, configuration }: CompareDeps) {
  const packedOf = async (serverId: string, at: number | undefined, signal: AbortSignal): Promise<PackedConfiguration | null> => {
    if (at !== undefined) {
      const span = log.rows.at(serverId, at)
      return span && log.rows.read(span.textNo)
    }
    const newest = log.newest(serverId)
    if (newest !== null) return newest
    const read = configuration(serverId)
    return read === null || read.readAt === null ? null : inSlices(packConfiguration(read), slices.begin(), signal)
  }

  return async ({ server, tag, q = '', at }: ComparedAsked, signal: AbortSignal): Promise<Comparison> => {
    const all = servers()
    const named = server === undefined ? all : [...new Set(server.flatMap((wanted) => serverOf(wanted, all) ?? []))]
    const compared: Comparison['servers'] = []
    const configurations: PackedConfiguration[] = []
    const unknown: string[] = []
    for (const { id, name, version, tags } of named) {
      if (tag !== undefined && !tags.includes(tag)) continue
      const packed = await packedOf(id, at, signal)
      if (packed === null) unknown.push(name)
      else {
        compared.push({ id, name, version })
        configurations.push(packed)
      }
    }
    const isSearch = q.trim() !== ''
    const isPair = compared.length <= 2
    const isFound = settingTest(q)
    const isMeant = (row: ComparedSetting): boolean =>
      isSearch ? isFound(row) : !(row.setting !== null && isOwnSetting(row.setting)) && row.values.filter(({ value }) => isPair || value !== null).length > 1
    const slice = slices.begin()
    const found: ComparedSetting[] = []
    for (const row of comparedSettings(configurations, isSearch || isPair)) {
      if (slice.isOver()) await slice.next(signal)
      if (row !== null && isMeant(row)) found.push(row)
    }
    // Of many servers, those that are alone with a value first.
    const others = ({ values }: ComparedSetting) => values.slice(1).reduce((sum, one) => sum + one.servers.length, 0)
    if (!isSearch && !isPair) found.sort((a, b) => others(a) - others(b))
    const settings = found.slice(0, mostComparedSettings).map(({ values, ...place }) => ({
      ...place,
      values: values.map((one) => ({ value: shownValue(one.value ?? undefined), servers: [...one.servers] })),
    }))
    return { servers: compared, unknown, total: found.length, settings }
  }
}
