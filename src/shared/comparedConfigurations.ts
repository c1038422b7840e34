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
  shownValue,
  topOf,
} from './configurationLevels.ts'
import { searchText, searchWords } from './searchText.ts'

// Comparison of the configurations of several servers, and search in them.

/** Location of a setting. */
export type SettingPlace = Pick<SettingChange, 'level' | 'path' | 'setting'>

/** Settings that naturally differ between servers: addresses and hosts, local files, names. */
const ownSettings =
  /^(?:\w*(?<!authHTTP)Address|\w*ServerKey|\w*ServerCert|serverKey|serverCert|logFile|sysLogPrefix|recordPath|hlsDirectory|multicastIPRange|webrtcAdditionalHosts|webrtcICEHostNAT1To1IPs|webrtcIPsFromInterfacesList|\w*TrustedProxies|source|name)$/
export function isOwnSetting(setting: string): boolean {
  return ownSettings.test(topOf(setting))
}

/** One setting of several servers, in the order of the servers. */
export interface ComparedSetting extends SettingPlace {
  /** As text; null: this server does not have it. */
  readonly values: readonly (string | null)[]
  readonly same: boolean
}

type Texts = ReadonlyMap<string, string>
const allSame = (values: readonly (string | null)[]) => values.every((value) => meaningOf(value) === meaningOf(values[0] ?? null))
const inOrder = (names: Iterable<string>) => [...new Set(names)].sort((a, b) => (a < b ? -1 : 1))

function* comparedTexts(place: Pick<SettingPlace, 'level' | 'path'>, texts: readonly (Texts | null)[]): Generator<ComparedSetting> {
  for (const setting of inOrder(texts.flatMap((one) => (one === null ? [] : [...one.keys()])))) {
    const values = texts.map((one) => one?.get(setting) ?? null)
    yield { ...place, setting, values, same: allSame(values) }
  }
}

/**
 * Yields all settings for comparison: global ones, path defaults, and those of paths that any server sets for them. A path that some servers lack is
 * represented by its source, with `setting` null. A yielded null is only an opportunity for the caller to pause.
 */
export function* comparedSettings(configurations: readonly PackedConfiguration[]): Generator<ComparedSetting | null> {
  yield* comparedTexts(
    { level: 'global', path: null },
    configurations.map(({ global }) => settingTexts(global)),
  )
  const defaults = configurations.map(({ pathDefaults }) => settingTexts(pathDefaults))
  yield* comparedTexts({ level: 'pathDefaults', path: null }, defaults)
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
    if (found.includes(null)) {
      const values = found.map((path, index) => (path === null ? null : String(path.own.source ?? configurations[index]?.pathDefaults.source ?? '')))
      yield { ...place, setting: null, values, same: false }
    }
    const tops = ownTops(found.filter((path) => path !== null))
    const texts = found.map((path, index) => path && effectiveTexts(path, byTop[index] as GroupedDefaults, tops))
    // Servers that lack the whole path were handled above.
    const have = texts.filter((one) => one !== null)
    for (const row of comparedTexts(place, texts)) {
      const values = row.values.filter((_, index) => texts[index] !== null)
      yield { ...row, same: have.length < 2 || allSame(values) }
    }
  }
}

/** Returns a predicate: whether each word of a search occurs in the name or the values of a setting. */
export function settingTest(text: string): (place: SettingPlace, values: readonly (string | null)[]) => boolean {
  const words = searchWords(text)
  return (place, values) => {
    if (words.length === 0) return true
    const in_ = searchText([settingName(place), ...values.filter((value) => value !== null)].join(' '))
    return words.every((word) => in_.includes(word))
  }
}

/** A setting that most servers agree on, and some do not. */
export interface OddSetting extends SettingPlace {
  /** Value of the majority; `agree` of the `of` servers that have the setting have this value. */
  readonly usual: string
  readonly agree: number
  readonly of: number
  /** Servers with other values, by index. */
  readonly others: readonly { readonly server: number; readonly value: string }[]
}

/** How a few servers differ from the majority in a setting; null: they do not, or there is no majority. */
export function oddSetting({ values, ...place }: ComparedSetting): OddSetting | null {
  const counts = new Map<string | null, { readonly value: string; count: number }>()
  for (const value of values) {
    const same = counts.get(meaningOf(value))
    if (same !== undefined) same.count++
    else if (value !== null) counts.set(meaningOf(value), { value, count: 1 })
  }
  const of = [...counts.values()].reduce((sum, { count }) => sum + count, 0)
  const { value: usual, count: agree } = [...counts.values()].reduce((best, one) => (one.count > best.count ? one : best), { value: '', count: 0 })
  // Without a majority, no server is odd.
  if (counts.size < 2 || agree * 2 <= of) return null
  const others = values.flatMap((value, server) => (value === null || meaningOf(value) === meaningOf(usual) ? [] : [{ server, value }]))
  return { level: place.level, path: place.path, setting: place.setting, usual, agree, of, others }
}

/** Yields the settings of one server; for paths, only those that override the defaults. */
export function* eachSetting({ global, pathDefaults, paths }: PackedConfiguration): Generator<SettingPlace & { readonly value: string }> {
  for (const [setting, value] of settingTexts(global)) yield { level: 'global', path: null, setting, value }
  for (const [setting, value] of settingTexts(pathDefaults)) yield { level: 'pathDefaults', path: null, setting, value }
  for (const { name, own } of paths) {
    const texts = settingTexts(own)
    // Makes a path without its own settings searchable by name.
    if (texts.size === 0) yield { level: 'path', path: name, setting: null, value: shownValue(String(pathDefaults.source ?? '')) ?? '' }
    for (const [setting, value] of texts) yield { level: 'path', path: name, setting, value }
  }
}
