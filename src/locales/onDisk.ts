import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Catalogue, filledIn } from './filledIn.ts'

/** The catalogues lie beside this file, and beside what is built (`build/wholeLocales.ts`). */
const folder = dirname(fileURLToPath(import.meta.url))
const read = (language: string) => (JSON.parse(readFileSync(join(folder, `${language}.json`), 'utf8')) as { readonly sentences: Catalogue }).sentences

/** What the engine says in a language, read when it is first asked for: few processes say something, and few consoles more than two languages. */
export function sentencesIn(language: string): Catalogue | null {
  return language === 'en' ? read('en') : filledIn(read(language), read('en'), language)
}
