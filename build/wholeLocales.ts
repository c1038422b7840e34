import { readFileSync } from 'node:fs'
import type { Plugin } from 'vite'
import { languages } from '../src/i18n/languages.ts'
import { type Catalogue, filledIn } from '../src/locales/filledIn.ts'

/** Puts the sentences of each language beside what is built for Node, which reads them where it needs them (`src/locales/onDisk.ts`). */
export const localesBeside: Plugin = {
  name: 'locales-beside',
  generateBundle() {
    for (const language of languages) {
      const { sentences } = JSON.parse(readFileSync(new URL(`../src/locales/${language}.json`, import.meta.url), 'utf8')) as Catalogue
      this.emitFile({ type: 'asset', fileName: `${language}.json`, source: JSON.stringify({ sentences }) })
    }
  },
}

/** Completes each language with English when the window is built, so that it fetches one catalogue. */
export const wholeLocales: Plugin = {
  name: 'whole-locales',
  enforce: 'pre',
  load(id) {
    const [, language] = /\/src\/locales\/(\w+)\.json$/.exec(id) ?? []
    if (language === undefined) return null
    const read = (tag: string) => JSON.parse(readFileSync(new URL(`../src/locales/${tag}.json`, import.meta.url), 'utf8')) as Catalogue
    return JSON.stringify(filledIn(read(language), read('en'), language))
  },
}
