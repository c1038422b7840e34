import type { Slices } from '../../clock/slices.ts'
import { serverOf } from '../../shared/askedServer.ts'
import {
  comparedSettings,
  eachSetting,
  isOwnSetting,
  type OddSetting,
  oddSetting,
  type SettingPlace,
  settingTest,
} from '../../shared/comparedConfigurations.ts'
import { type PackedConfiguration, packConfiguration, shownValue } from '../../shared/configurationLevels.ts'
import { type ConfigurationLimits, configurationLimits, type ListedReaders } from '../../shared/configurationLimits.ts'
import {
  type Comparison,
  type ConfigurationUpgrade,
  type FoundSettings,
  mostCompared,
  mostComparedSettings,
  mostOddServers,
  type OddSettings,
} from '../../shared/configurations.ts'
import { upgradeChanges } from '../../shared/configurationUpgrades.ts'
import { newestKnownVersion } from '../../shared/judgedVersion.ts'
import type { Server, ServerConfiguration } from '../../shared/servers.ts'
import { type ConfigurationLog, inSlices } from './configurationLog.ts'

export interface CompareDeps {
  readonly log: Pick<ConfigurationLog, 'rows' | 'newest'>
  readonly slices: Slices
  readonly servers: () => readonly Pick<Server, 'id' | 'name' | 'tags' | 'version'>[]
  /** As `listedReaders` of streams. */
  readonly listedReaders: (serverId: string) => readonly ListedReaders[] | null
  /** As last read, without secrets; null: not at all. */
  readonly configuration: (serverId: string) => ServerConfiguration | null
}

interface Chosen {
  readonly tag?: string | undefined
  readonly q?: string | undefined
  readonly own?: boolean
  readonly at?: number | undefined
}
interface Known {
  readonly servers: Comparison['servers']
  readonly configurations: readonly PackedConfiguration[]
  readonly unknown: string[]
}

export interface CompareConfigurations {
  readonly compare: (asked: Chosen & { readonly server?: readonly string[] | undefined; readonly same: boolean }, signal: AbortSignal) => Promise<Comparison>
  readonly odd: (asked: Chosen, signal: AbortSignal) => Promise<OddSettings>
  /** What an upgrade would change for a server; null: its configuration is not known. */
  readonly upgrade: (server: Pick<Server, 'id' | 'version'>, signal: AbortSignal) => Promise<ConfigurationUpgrade | null>
  /** Who may use a server, and how near its paths are to their limits now; null: its configuration is not known. */
  readonly limits: (serverId: string, signal: AbortSignal) => Promise<ConfigurationLimits | null>
  readonly search: (asked: Chosen & { readonly q: string; readonly limit: number }, signal: AbortSignal) => Promise<FoundSettings>
}

/** Configurations of several servers: compared, searched, and where one is not as most. */
export function createCompareConfigurations({ log, slices, servers, listedReaders, configuration }: CompareDeps): CompareConfigurations {
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
  const known = async (chosen: readonly ReturnType<CompareDeps['servers']>[number][], at: number | undefined, signal: AbortSignal): Promise<Known> => {
    const found: { servers: Known['servers']; configurations: PackedConfiguration[]; unknown: string[] } = { servers: [], configurations: [], unknown: [] }
    for (const { id, name, version } of chosen) {
      const packed = await packedOf(id, at, signal)
      if (packed === null) found.unknown.push(name)
      else {
        found.servers.push({ id, name, version })
        found.configurations.push(packed)
      }
    }
    return found
  }
  const tagged = (tag: string | undefined) => servers().filter(({ tags }) => tag === undefined || tags.includes(tag))
  const isMeant = ({ q = '', own = false }: Chosen) => {
    const isFound = settingTest(q)
    return (place: SettingPlace, values: readonly (string | null)[]) =>
      (own || place.setting === null || !isOwnSetting(place.setting)) && isFound(place, values)
  }

  return {
    compare: async (asked, signal) => {
      const all = servers()
      const named = (asked.server ?? []).flatMap((wanted) => serverOf(wanted, all) ?? [])
      const others = asked.server === undefined || asked.tag !== undefined ? tagged(asked.tag) : []
      const { servers: compared, configurations, unknown } = await known([...new Set([...named, ...others])].slice(0, mostCompared), asked.at, signal)
      const test = isMeant(asked)
      const slice = slices.begin()
      const settings: Comparison['settings'] = []
      let total = 0
      for (const found of comparedSettings(configurations)) {
        if (slice.isOver()) await slice.next(signal)
        if (found === null) continue
        const { values, ...row } = found
        if ((row.same && !asked.same) || !test(row, values)) continue
        total++
        if (settings.length < mostComparedSettings) settings.push({ ...row, values: values.map((value) => shownValue(value ?? undefined)) })
      }
      return { servers: compared, unknown, total, settings }
    },
    odd: async (asked, signal) => {
      const { servers: compared, configurations, unknown } = await known(tagged(asked.tag), asked.at, signal)
      const test = isMeant(asked)
      const slice = slices.begin()
      const found: OddSetting[] = []
      // Paths are those of each server.
      for (const row of comparedSettings(configurations.map((one) => ({ ...one, paths: [] })))) {
        if (slice.isOver()) await slice.next(signal)
        const odd = row === null || row.same ? null : oddSetting(row)
        if (row !== null && odd !== null && test(odd, row.values)) found.push(odd)
      }
      found.sort((a, b) => a.others.length - b.others.length)
      return {
        ...{ servers: compared, unknown, total: found.length },
        settings: found.slice(0, mostComparedSettings).map(({ others, usual, ...odd }) => ({
          ...odd,
          usual: shownValue(usual) ?? '',
          others: others.slice(0, mostOddServers).map(({ server, value }) => ({ id: compared[server]?.id ?? '', value: shownValue(value) ?? '' })),
          moreOthers: Math.max(0, others.length - mostOddServers),
        })),
      }
    },
    limits: async (serverId, signal) => {
      const packed = await packedOf(serverId, undefined, signal)
      return packed && configurationLimits(packed, listedReaders(serverId))
    },
    upgrade: async ({ id, version }, signal) => {
      const packed = await packedOf(id, undefined, signal)
      const listed = (listedReaders(id) ?? []).map(({ path }) => path)
      return packed && { version, newest: newestKnownVersion, changes: upgradeChanges(version, packed, listed).map((change) => ({ change })) }
    },
    search: async ({ q, limit, tag, at }, signal) => {
      const { servers: looked, configurations, unknown } = await known(tagged(tag), at, signal)
      const isFound = settingTest(q)
      const slice = slices.begin()
      const settings: FoundSettings['settings'] = []
      let total = 0
      for (const [index, one] of configurations.entries())
        for (const { value, ...place } of eachSetting(one)) {
          if (slice.isOver()) await slice.next(signal)
          if (!isFound(place, [value])) continue
          total++
          if (settings.length < limit) settings.push({ ...place, id: looked[index]?.id ?? '', value: shownValue(value) ?? '' })
        }
      return { servers: looked, unknown, total, settings }
    },
  }
}
