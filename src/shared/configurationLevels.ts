import { z } from 'zod'
import { goDurationMs } from './goDuration.ts'
import { secretMark } from './redact.ts'

// A server's configuration in little room, and what two of them differ in. Secrets were removed when it was read.

export type Settings = Readonly<Record<string, unknown>>

/** A configuration as MediaMTX's API tells it: each path with all of its settings. */
export interface ConfigurationLevels {
  readonly global: Settings
  readonly pathDefaults: Settings
  readonly paths: readonly Settings[]
}

const settingsSchema = z.record(z.string(), z.unknown())
/** The same as it is kept: of each path only what differs from the defaults. */
export const packedConfigurationSchema = z.object({
  global: settingsSchema,
  pathDefaults: settingsSchema,
  /** By name. */
  paths: z.array(z.object({ name: z.string(), own: settingsSchema })),
  /** Paths beyond those that have room. */
  pathsLeftOut: z.number().int(),
})
export type PackedConfiguration = z.infer<typeof packedConfigurationSchema>
export type PackedPath = PackedConfiguration['paths'][number]

const settingLevels = ['global', 'pathDefaults', 'path'] as const

/** Longest text of a value in an answer, in UTF-16 units. */
export const longestValue = 300
/** Most characters of all paths together: some 10,000 paths with five settings of their own. */
const mostPathsText = 4 << 20
/** Most settings of one level, and longest name of one; MediaMTX 1.20 has 150, of 33 characters. */
const mostSettings = 1_000
const longestSetting = 100
/** Longest value of one setting, as JSON. */
const longestKept = 64 << 10
const tooLong = '…'

const isObject = (value: unknown): value is Settings => typeof value === 'object' && value !== null && !Array.isArray(value)
const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** The same value, the keys of its objects in order: equal values have equal JSON. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.keys(value)
      .sort(byText)
      .map((key) => [key, inOrder(value[key])]),
  )
}

function keptSettings(settings: Settings): Settings {
  const names = Object.keys(settings)
    .filter((name) => name.length <= longestSetting && settings[name] !== undefined)
    .sort(byText)
    .slice(0, mostSettings)
  return Object.fromEntries(
    names.map((name) => {
      const value = settings[name]
      if (typeof value !== 'object' && typeof value !== 'string') return [name, value]
      const kept = inOrder(value)
      return [name, (JSON.stringify(kept)?.length ?? 0) > longestKept ? tooLong : kept]
    }),
  )
}

const isSame = (a: unknown, b: unknown): boolean => a === b || (typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b))

/** Packs a configuration step by step: a server may have 10,000 paths of a hundred settings. Each step is one path. */
export function* packConfiguration({ global, pathDefaults, paths }: ConfigurationLevels): Generator<undefined, PackedConfiguration, undefined> {
  const defaults = keptSettings(pathDefaults)
  const named: PackedPath[] = []
  let room = mostPathsText
  let left = 0
  const sorted = paths.filter(({ name }) => typeof name === 'string').sort((a, b) => byText(String(a.name), String(b.name)))
  for (const path of sorted) {
    yield
    // Most settings are those of the defaults: what they are not is looked at closely.
    const other: Record<string, unknown> = {}
    for (const name of Object.keys(path))
      if (name !== 'name' && !(Object.hasOwn(defaults, name) && isSame(path[name], pathDefaults[name]))) other[name] = path[name]
    const own = Object.fromEntries(
      Object.entries(keptSettings(other)).filter(([name, value]) => !Object.hasOwn(defaults, name) || !isSame(value, defaults[name])),
    )
    const packed = { name: String(path.name), own }
    room -= JSON.stringify(packed).length
    if (room >= 0) named.push(packed)
    else left++
  }
  return { global: keptSettings(global), pathDefaults: defaults, paths: named, pathsLeftOut: left }
}

/** The configuration as the API would tell it, its settings and paths in order. */
export function unpackConfiguration({ global, pathDefaults, paths }: PackedConfiguration): ConfigurationLevels {
  return {
    global,
    pathDefaults,
    paths: paths.map(({ name, own }) => ({ ...pathDefaults, ...own, name })),
  }
}

/** `read cam1`, or `read` of all paths. */
const permissionText = (one: unknown): string => shownValue([Object(one).action, Object(one).path].filter(Boolean).join(' ')) ?? ''

/**
 * Entries of a list under their names: users are known by theirs, wherever they stand, and those whose names are hidden by what they may;
 * all others by their place.
 */
function namedEntries(list: readonly unknown[]): readonly (readonly [name: string, entry: unknown])[] {
  const nameOf = (entry: unknown) => {
    if (!isObject(entry) || typeof entry.user !== 'string') return null
    if (entry.user !== secretMark || !Array.isArray(entry.permissions)) return entry.user
    return `${secretMark} (${entry.permissions.map(permissionText).sort().join(', ')})`
  }
  if (list.some((entry) => nameOf(entry) === null)) return list.map((entry, index) => [String(index + 1), entry])
  const seen = new Map<string, number>()
  return list
    .toSorted((a, b) => byText(JSON.stringify(a), JSON.stringify(b)))
    .map((entry) => {
      const name = String(nameOf(entry))
      const count = (seen.get(name) ?? 0) + 1
      seen.set(name, count)
      return [count === 1 ? name : `${name} ${count}`, entry]
    })
}

/** Settings with the text of their values; of lists of objects entry by entry, `forward[1]`, and of users each permission, `authInternalUsers[any].permissions[read]`. */
export function settingTexts(settings: Settings): ReadonlyMap<string, string> {
  const texts = new Map<string, string>()
  const put = (name: string, value: unknown): void => {
    if (isObject(value)) for (const [key, inner] of Object.entries(value)) put(`${name}.${key}`, inner)
    else if (Array.isArray(value) && value.some(isObject)) for (const [entry, inner] of namedEntries(value)) putEntry(`${name}[${entry}]`, inner)
    else texts.set(name, Array.isArray(value) ? `[${value.map(plainText).join(', ')}]` : plainText(value))
  }
  const putEntry = (name: string, entry: unknown): void => {
    // The name of one whose name is hidden says what it may.
    if (!isObject(entry) || typeof entry.user !== 'string' || entry.user === secretMark || !Array.isArray(entry.permissions)) {
      texts.set(name, entryText(entry))
      return
    }
    for (const one of entry.permissions) texts.set(`${name}.permissions[${permissionText(one)}]`, 'yes')
    for (const [key, value] of Object.entries(entry)) if (key !== 'user' && key !== 'permissions') put(`${name}.${key}`, value)
  }
  for (const [name, value] of Object.entries(settings)) put(name, value)
  return texts
}
/** `user: any, ips: [], permissions: [action: read, path: ""]`. */
function entryText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(entryText).join('; ')}]`
  return isObject(value)
    ? Object.entries(value)
        .map(([key, inner]) => `${key}: ${entryText(inner)}`)
        .join(', ')
    : plainText(value)
}
const noText = '""'
export function plainText(value: unknown): string {
  return value === '' ? noText : typeof value === 'string' ? value : (JSON.stringify(value) ?? 'null')
}

/** What a value means: equal durations are spelled otherwise by other versions, `24h0m0s` and `1d`, `0s` and nothing. */
export function meaningOf(text: string | null): string | null {
  const ms = text === null ? null : goDurationMs(text === noText ? '' : text)
  return ms === null ? text : `${ms} ms`
}

/** A value as it is sent; null: there is none. */
export function shownValue(text: string | null): string | null {
  return text === null ? null : text.length > longestValue ? `${text.slice(0, longestValue).replace(/[\uD800-\uDBFF]$/, '')}…` : text
}

export const settingChangeSchema = z.object({
  level: z.enum(settingLevels),
  /** The path; null: it is of the server, or of all paths. */
  path: z.string().nullable(),
  /** null: the path itself is only in one of both. */
  setting: z.string().nullable(),
  /** Values as text, cut where they are long; null: it is not there. Of a path that is only in one of both, its source. */
  before: z.string().nullable(),
  after: z.string().nullable(),
})
export type SettingChange = z.infer<typeof settingChangeSchema>

/** How one writes where a setting is: `readTimeout`, `pathDefaults.maxReaders`, `paths.cam1.record`, `paths.cam1`. */
export function settingName({ level, path, setting }: Pick<SettingChange, 'level' | 'path' | 'setting'>): string {
  return [level === 'pathDefaults' ? 'pathDefaults' : level === 'path' ? `paths.${path ?? ''}` : null, setting].filter((part) => part !== null).join('.')
}

/** The change in signs that need no language: `readTimeout: 10s → 30s`, `+ paths.cam1: publisher`. */
export function settingChangeText(setting: string, before: string | null, after: string | null): string {
  return before === null ? `+ ${setting}: ${after ?? ''}` : after === null ? `− ${setting}: ${before}` : `${setting}: ${before} → ${after}`
}

/** A list that was empty, and is filled, is described by what is in it. */
function dropEmptied(changes: SettingChange[]): SettingChange[] {
  const places = changes.map(({ setting }) => setting ?? '')
  const isFilled = (change: SettingChange) =>
    ((change.before === '[]' && change.after === null) || (change.after === '[]' && change.before === null)) &&
    places.some((place) => place.startsWith(`${change.setting}[`))
  return changes.some(isFilled) ? changes.filter((change) => !isFilled(change)) : changes
}

function changedTexts(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>, place: Pick<SettingChange, 'level' | 'path'>): SettingChange[] {
  const found: SettingChange[] = []
  for (const setting of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(setting) ?? null, after.get(setting) ?? null]
    if (old !== now && meaningOf(old) !== meaningOf(now)) found.push({ ...place, setting, before: shownValue(old), after: shownValue(now) })
  }
  return dropEmptied(found.sort((a, b) => byText(a.setting ?? '', b.setting ?? '')))
}

const sourceOf = ({ own }: PackedPath, { pathDefaults }: PackedConfiguration): string => shownValue(plainText(own.source ?? pathDefaults.source ?? '')) ?? ''
/** The settings that some of these paths set for themselves. */
export function ownSettings(paths: readonly PackedPath[]): readonly string[] {
  return [...new Set(paths.flatMap(({ own }) => Object.keys(own)))]
}
/** Of these settings the texts that a path has, as its own or by the defaults. */
export function effectiveTexts({ own }: PackedPath, defaults: Settings, settings: readonly string[]): ReadonlyMap<string, string> {
  const effective = settings.flatMap((name) => (Object.hasOwn(own, name) ? [[name, own[name]]] : Object.hasOwn(defaults, name) ? [[name, defaults[name]]] : []))
  return settingTexts(Object.fromEntries(effective))
}

/**
 * What differs, step by step (each is one path): first of the server, then of the defaults, then of paths. A setting that a path has
 * from the defaults is listed once, at the defaults.
 */
export function* configurationDifference(before: PackedConfiguration, after: PackedConfiguration): Generator<undefined, SettingChange[], undefined> {
  const changes = changedTexts(settingTexts(before.global), settingTexts(after.global), { level: 'global', path: null })
  const changedDefaults = changedTexts(settingTexts(before.pathDefaults), settingTexts(after.pathDefaults), { level: 'pathDefaults', path: null })
  const ofPaths: SettingChange[] = []
  const old = new Map(before.paths.map((path) => [path.name, path]))
  for (const path of after.paths) {
    yield
    const was = old.get(path.name)
    old.delete(path.name)
    const place = { level: 'path', path: path.name } as const
    if (was === undefined) {
      ofPaths.push({ ...place, setting: null, before: null, after: sourceOf(path, after) })
      continue
    }
    const settings = ownSettings([was, path])
    ofPaths.push(...changedTexts(effectiveTexts(was, before.pathDefaults, settings), effectiveTexts(path, after.pathDefaults, settings), place))
  }
  for (const path of old.values()) ofPaths.push({ level: 'path', path: path.name, setting: null, before: sourceOf(path, before), after: null })
  return [...changes, ...changedDefaults, ...ofPaths]
}
