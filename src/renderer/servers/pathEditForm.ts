import type { EditablePath } from '../../shared/pathEdits.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { searchTerms, searchText } from '../../shared/searchText.ts'
import type { ValidationError } from '../../shared/validationErrors.ts'

export type EditableSetting = EditablePath['settings'][number]
export type EnteredSettings = Readonly<Record<string, string>>

/** The initial text of a setting in the form. Empty if part of it is hidden: it is then re-entered as a whole, or kept. */
export function textOfSetting({ kind, value, hidden }: EditableSetting): string {
  if (hidden || value === null || value === undefined) return ''
  return kind === 'json' ? JSON.stringify(value) : String(value)
}

function readSetting({ kind }: EditableSetting, text: string): Result<unknown, ValidationError> {
  if (kind === 'switch') return ok(text === 'true')
  if (kind === 'number') return /^-?\d+(?:\.\d+)?$/.test(text.trim()) ? ok(Number(text)) : err({ kind: 'notOfType', type: 'number' })
  if (kind === 'text') return ok(text.trim())
  try {
    return ok(JSON.parse(text))
  } catch {
    return err({ kind: 'notSuchAs', example: '["10.0.0.0/8"], {"a": 1}, 5, "text"' })
  }
}

export function readSettings(settings: readonly EditableSetting[], entered: EnteredSettings): Result<Record<string, unknown>, Record<string, ValidationError>> {
  const values: Record<string, unknown> = {}
  const wrong: Record<string, ValidationError> = {}
  for (const setting of settings) {
    const text = entered[setting.name]
    if (text === undefined || text === textOfSetting(setting)) continue
    const read = readSetting(setting, text)
    if (read.ok) values[setting.name] = read.value
    else wrong[setting.name] = read.error
  }
  return Object.keys(wrong).length > 0 ? err(wrong) : ok(values)
}

/** Maximum number of settings shown at once: no server has so many own settings on one path. */
const mostShown = 60
/** Settings found by the search, and those being edited; without a search, the path's own settings instead of found ones. */
export function shownSettings(settings: readonly EditableSetting[], search: string, entered: EnteredSettings): readonly EditableSetting[] {
  const words = searchTerms(search)
  const isFound = ({ name, own }: EditableSetting) => (words.length === 0 ? own !== false : words.every((word) => searchText(name).includes(word)))
  return settings.filter((setting) => Object.hasOwn(entered, setting.name) || isFound(setting)).slice(0, mostShown)
}
