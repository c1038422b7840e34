import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { messageOf } from '../shared/result.ts'
import { type Catalogue, filledIn } from './filledIn.ts'

/** The catalogues lie beside this file, and beside what is built (`build/wholeLocales.ts`). */
const folder = dirname(fileURLToPath(import.meta.url))
const read = (language: string) => (JSON.parse(readFileSync(join(folder, `${language}.json`), 'utf8')) as { readonly sentences: Catalogue }).sentences

/** What the engine says in a language, read when it is first asked for: few processes say something, and few consoles more than two languages. */
export function sentencesIn(language: string): Catalogue | null {
  const english = read('en')
  return language === 'en' ? english : filledIn(readOr(language, {}), english, language)
}

/** A language whose file is missing or damaged is said in English. */
function readOr(language: string, instead: Catalogue): Catalogue {
  try {
    return read(language)
  } catch (error) {
    process.emitWarning(`${language}.json cannot be read, so that English stands in its place: ${messageOf(error)}`)
    return instead
  }
}
