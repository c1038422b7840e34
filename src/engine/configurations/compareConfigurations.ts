import type { Slices } from '../../clock/slices.ts'
import { serverOf } from '../../shared/asked.ts'
import {
  effectiveTexts,
  meaningOf,
  ownSettings,
  type PackedConfiguration,
  type PackedPath,
  packConfiguration,
  type SettingChange,
  settingName,
  settingTexts,
  shownValue,
} from '../../shared/configurationLevels.ts'
import { type ComparedAsked, type Comparison, mostComparedSettings } from '../../shared/configurations.ts'
import { searchTerms, searchText } from '../../shared/searchText.ts'
import type { Server, ServerConfiguration } from '../../shared/servers.ts'
import { type ConfigurationLog, inSlices } from './configurationLog.ts'

interface CompareDeps {
  readonly log: Pick<ConfigurationLog, 'readAt' | 'newest'>
  readonly slices: Slices
  readonly servers: () => readonly Pick<Server, 'id' | 'name' | 'tags' | 'version'>[]
  /** As last read, without secrets; null: not at all. */
  readonly configuration: (serverId: string) => ServerConfiguration | null
}
export type CompareConfigurations = ReturnType<typeof createCompareConfigurations>

/** Compares the configurations of servers, and finds who has a setting. */
export function createCompareConfigurations({ log, slices, servers, configuration }: CompareDeps) {
  const packedOf = async (serverId: string, at: number | undefined, signal: AbortSignal): Promise<PackedConfiguration | null> => {
    if (at !== undefined) return (await log.readAt(serverId, at))?.configuration ?? null
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
    const words = searchTerms(q)
    const isSearch = words.length > 0
    const isPair = compared.length <= 2
    const isMeant = (row: ComparedSetting): boolean => {
      if (!isSearch) return !(row.setting !== null && isOfOneServer(row.setting)) && row.values.filter(({ value }) => isPair || value !== null).length > 1
      const text = searchText([settingName(row), ...row.values.flatMap(({ value }) => value ?? [])].join(' '))
      return words.every((word) => text.includes(word))
    }
    const slice = slices.begin()
    const found: ComparedSetting[] = []
    for (const row of comparedSettings(configurations, isSearch || isPair)) {
      if (slice.isOver()) await slice.next(signal)
      if (row !== null && isMeant(row)) found.push(row)
    }
    // Of many servers, those that are alone with a value first.
    const others = ({ values }: ComparedSetting) => values.slice(1).reduce((sum, one) => sum + one.servers.length, 0)
    if (!isSearch && !isPair) found.sort((a, b) => others(a) - others(b))
    const settings = found
      .slice(0, mostComparedSettings)
      .map((row) => ({ ...row, values: row.values.map((one) => ({ ...one, value: shownValue(one.value) })) }))
    return { servers: compared, unknown, total: found.length, settings }
  }
}

/** Settings that naturally differ between servers: addresses and hosts, local files, names. */
const ofOneServer =
  /^(?:\w*(?<!authHTTP)Address|\w*ServerKey|\w*ServerCert|serverKey|serverCert|logFile|sysLogPrefix|recordPath|hlsDirectory|multicastIPRange|webrtcAdditionalHosts|webrtcICEHostNAT1To1IPs|webrtcIPsFromInterfacesList|\w*TrustedProxies|source|name)(?![^.[])/
export function isOfOneServer(setting: string): boolean {
  return ofOneServer.test(setting)
}

/**
 * One setting of several servers: the value of most first, each with the indices of its servers; null: these do not have it. Values that are only spelled
 * differently are one, as the first server spells it.
 */
type ComparedSetting = Comparison['settings'][number]

function grouped(values: readonly (string | null)[]): ComparedSetting['values'] {
  const found = new Map<string | null, ComparedSetting['values'][number]>()
  for (const [server, value] of values.entries()) {
    const one = found.get(meaningOf(value))
    if (one === undefined) found.set(meaningOf(value), { value, servers: [server] })
    else one.servers.push(server)
  }
  return [...found.values()].sort((a, b) => b.servers.length - a.servers.length)
}

type Texts = ReadonlyMap<string, string>
function* comparedTexts(place: Pick<SettingChange, 'level' | 'path'>, texts: readonly (Texts | null)[]): Generator<ComparedSetting> {
  const names = new Set(texts.flatMap((one) => (one === null ? [] : [...one.keys()])))
  for (const setting of [...names].sort((a, b) => (a < b ? -1 : 1))) yield { ...place, setting, values: grouped(texts.map((one) => one?.get(setting) ?? null)) }
}

/**
 * Yields all settings for comparison: global ones, path defaults, and those of paths that any server sets for them; of each path also its source, with
 * `setting` null. A yielded null is only an opportunity for the caller to pause.
 */
export function* comparedSettings(configurations: readonly PackedConfiguration[], withPaths: boolean): Generator<ComparedSetting | null> {
  for (const level of ['global', 'pathDefaults'] as const)
    yield* comparedTexts(
      { level, path: null },
      configurations.map((one) => settingTexts(one[level])),
    )
  if (!withPaths) return
  const paths: ReadonlyMap<string, PackedPath>[] = []
  // Each server's paths are sorted; in total there may be half a million.
  const names = new Set<string>()
  for (const configuration of configurations) {
    paths.push(new Map(configuration.paths.map((path) => [path.name, path])))
    for (const { name } of configuration.paths) names.add(name)
    yield null
  }
  for (const name of names) {
    yield null
    const place = { level: 'path', path: name } as const
    const found = paths.map((named) => named.get(name) ?? null)
    const defaultsOf = (index: number) => configurations[index]?.pathDefaults ?? {}
    yield { ...place, setting: null, values: grouped(found.map((path, index) => path && String(path.own.source ?? defaultsOf(index).source ?? ''))) }
    const settings = ownSettings(found.filter((path) => path !== null))
    const texts = found.map((path, index) => path && effectiveTexts(path, defaultsOf(index), settings))
    // That servers lack the whole path was said by its source.
    for (const row of comparedTexts(place, texts)) {
      const values = row.values.map((one) => ({ ...one, servers: one.servers.filter((server) => texts[server] !== null) }))
      yield { ...row, values: values.filter(({ servers }) => servers.length > 0) }
    }
  }
}
