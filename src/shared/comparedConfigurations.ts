import {
  effectiveTexts,
  type GroupedDefaults,
  groupedDefaults,
  meaningOf,
  ownTops,
  type PackedConfiguration,
  type PackedPath,
  type SettingChange,
  settingName,
  settingTexts,
  topOf,
} from './configurationLevels.ts'
import { searchTerms, searchText } from './searchText.ts'

// Comparison of the configurations of several servers, and search in them.

/** Location of a setting. */
type SettingPlace = Pick<SettingChange, 'level' | 'path' | 'setting'>

/** Settings that naturally differ between servers: addresses and hosts, local files, names. */
const ownSettings =
  /^(?:\w*(?<!authHTTP)Address|\w*ServerKey|\w*ServerCert|serverKey|serverCert|logFile|sysLogPrefix|recordPath|hlsDirectory|multicastIPRange|webrtcAdditionalHosts|webrtcICEHostNAT1To1IPs|webrtcIPsFromInterfacesList|\w*TrustedProxies|source|name)$/
export function isOwnSetting(setting: string): boolean {
  return ownSettings.test(topOf(setting))
}

/** A value, and the servers that have it, by their indices. */
interface ComparedValue {
  /** As text; null: these servers do not have the setting. */
  readonly value: string | null
  readonly servers: readonly number[]
}
/** One setting of several servers. */
export interface ComparedSetting extends SettingPlace {
  /** The value of most servers first. Values that are only spelled differently are one, as the first server spells it. */
  readonly values: readonly ComparedValue[]
}

function grouped(values: readonly (string | null)[]): readonly ComparedValue[] {
  const found = new Map<string | null, { readonly value: string | null; readonly servers: number[] }>()
  for (const [server, value] of values.entries()) {
    const one = found.get(meaningOf(value))
    if (one === undefined) found.set(meaningOf(value), { value, servers: [server] })
    else one.servers.push(server)
  }
  return [...found.values()].sort((a, b) => b.servers.length - a.servers.length)
}

type Texts = ReadonlyMap<string, string>
function* comparedTexts(place: Pick<SettingPlace, 'level' | 'path'>, texts: readonly (Texts | null)[]): Generator<ComparedSetting> {
  const names = new Set(texts.flatMap((one) => (one === null ? [] : [...one.keys()])))
  for (const setting of [...names].sort((a, b) => (a < b ? -1 : 1))) yield { ...place, setting, values: grouped(texts.map((one) => one?.get(setting) ?? null)) }
}

/**
 * Yields all settings for comparison: global ones, path defaults, and those of paths that any server sets for them; of each path also its source, with
 * `setting` null. A yielded null is only an opportunity for the caller to pause.
 */
export function* comparedSettings(configurations: readonly PackedConfiguration[], withPaths: boolean): Generator<ComparedSetting | null> {
  yield* comparedTexts(
    { level: 'global', path: null },
    configurations.map(({ global }) => settingTexts(global)),
  )
  const defaults = configurations.map(({ pathDefaults }) => settingTexts(pathDefaults))
  yield* comparedTexts({ level: 'pathDefaults', path: null }, defaults)
  if (!withPaths) return
  const byTop = defaults.map(groupedDefaults)
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
    const sources = found.map((path, index) => (path === null ? null : String(path.own.source ?? configurations[index]?.pathDefaults.source ?? '')))
    yield { ...place, setting: null, values: grouped(sources) }
    const tops = ownTops(found.filter((path) => path !== null))
    const texts = found.map((path, index) => path && effectiveTexts(path, byTop[index] as GroupedDefaults, tops))
    // That servers lack the whole path was said by its source.
    for (const row of comparedTexts(place, texts))
      yield {
        ...row,
        values: row.values
          .map(({ value, servers }) => ({ value, servers: servers.filter((server) => texts[server] !== null) }))
          .filter(({ servers }) => servers.length > 0),
      }
  }
}

/** Returns a predicate: whether each word of a search occurs in the name or the values of a setting. */
export function settingTest(text: string): (setting: ComparedSetting) => boolean {
  const words = searchTerms(text)
  return (setting) => {
    const in_ = searchText([settingName(setting), ...setting.values.flatMap(({ value }) => value ?? [])].join(' '))
    return words.every((word) => in_.includes(word))
  }
}
