import { readFileSync } from 'node:fs'
import type { Language } from '../../src/i18n/languages.ts'

export interface Catalogue {
  readonly [key: string]: string | Catalogue | undefined
}
/** Read from its file: neither Node nor Playwright bundles JSON. */
export const catalogueOf = (language: Language) => JSON.parse(readFileSync(new URL(`../../src/locales/${language}.json`, import.meta.url), 'utf8')) as Catalogue

/** A word of a catalogue by its key, such as `past.goTo`, as the window shows it. */
export function said(words: Catalogue, key: string): string {
  let found: string | Catalogue | undefined = words
  for (const part of key.split('.')) found = typeof found === 'object' ? found[part] : undefined
  if (typeof found !== 'string') throw new Error(`no word ${key}`)
  return found
}
