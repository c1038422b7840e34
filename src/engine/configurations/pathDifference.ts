import { shownValue } from '../../shared/configurationLevels.ts'
import type { SettingLine } from '../../shared/pathEdits.ts'
import { hasMask, meantBy } from '../../shared/pathSettings.ts'
import type { RawSettings } from './pathEditRows.ts'

// What differs between settings of a path. They come with their secrets; what is said of them does not have any.

/** Settings as they may be shown. */
export type ShowSettings = (settings: RawSettings) => RawSettings

const textOf = (value: unknown): string | null =>
  value === undefined ? null : (shownValue(value === '' ? '""' : typeof value === 'string' ? value : JSON.stringify(value)) ?? null)
export function settingLine(setting: string, before: RawSettings | null, after: RawSettings | null, show: ShowSettings): SettingLine {
  const shown = (settings: RawSettings | null) =>
    settings !== null && Object.hasOwn(settings, setting) ? textOf(show({ [setting]: settings[setting] })[setting]) : null
  return { setting, before: shown(before), after: shown(after) }
}

export function isSame(setting: string, one: RawSettings, other: RawSettings): boolean {
  return Object.hasOwn(one, setting) === Object.hasOwn(other, setting) && meantBy(setting, one[setting]) === meantBy(setting, other[setting])
}

/** Those of an entry that are not as the defaults have them; without these, all. Names are no settings. */
export function ownSettings(entry: RawSettings, defaults: RawSettings | null): RawSettings {
  return Object.fromEntries(
    Object.entries(entry).filter(
      ([name, value]) => name !== 'name' && value !== null && value !== undefined && (defaults === null || !isSame(name, entry, defaults)),
    ),
  )
}

export function pick(settings: RawSettings, names: readonly string[]): RawSettings {
  return Object.fromEntries(names.flatMap((name) => (Object.hasOwn(settings, name) ? [[name, settings[name]]] : [])))
}

/** Whether something in the value of a setting is not shown. */
export function isHidden(setting: string, settings: RawSettings, show: ShowSettings): boolean {
  return JSON.stringify(show({ [setting]: settings[setting] })[setting]) !== JSON.stringify(settings[setting])
}

/** What came of asking for settings, by what the server says afterwards. */
export function comparedWithAsked(asked: RawSettings, before: RawSettings, after: RawSettings, show: ShowSettings) {
  const names = Object.keys(asked)
  const notVerified = names.filter((name) => hasMask(after[name]))
  const notTaken = names.filter((name) => !hasMask(after[name]) && !isSame(name, asked, after))
  const others = new Set([...Object.keys(before), ...Object.keys(after)])
  const alsoChanged = [...others].filter((name) => name !== 'name' && !Object.hasOwn(asked, name) && !isSame(name, before, after))
  return {
    notVerified,
    notTaken: notTaken.map((name) => settingLine(name, asked, after, show)),
    alsoChanged: alsoChanged.sort().map((name) => settingLine(name, before, after, show)),
  }
}

/** A text of the server without what it may quote of secrets that it was sent. */
export function withoutSecrets(text: string, sent: RawSettings, show: ShowSettings): string {
  const secrets: string[] = []
  const collect = (value: unknown): void => {
    if (typeof value === 'string' && value.length > 2) secrets.push(value)
    else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) collect(inner)
  }
  for (const name of Object.keys(sent)) if (isHidden(name, sent, show)) collect(sent[name])
  return secrets.sort((a, b) => b.length - a.length).reduce((said, secret) => said.replaceAll(secret, '***'), text)
}
