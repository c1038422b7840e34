import { i18n, readSentences } from '../../i18n/say.ts'
import type { Catalogue } from '../../locales/filledIn.ts'
import { type Language, languages } from './languages.ts'

/** Sentences that are still functions: all but those in `src/locales`. */
export type Rest<Words> = {
  readonly [K in keyof Words]?: Words[K] extends string | ((...facts: never[]) => unknown) ? Words[K] : Rest<Words[K]>
}
interface Tree {
  [key: string]: unknown
}

function sentencesOf(language: Language): Catalogue | null {
  readSentences(language)
  return (i18n.getResourceBundle(language, 'sentences') ?? null) as Catalogue | null
}

const fill = (text: string, facts: object, language: Language) => i18n.services.interpolator.interpolate(text, facts, language, {})

/**
 * The words of a family in each language: its sentences in `src/locales`, and `rest`. `functions` names the sentences
 * that take facts, by their ids: `failures.inUse`, `failures.*` for a whole group, `*` for those of no group.
 */
export function catalogueOf<Words>(
  family: string,
  rest: Readonly<Record<Language, object>> | null = null,
  functions: readonly string[] = [],
): Readonly<Record<Language, Words>> {
  const takesFacts = new Set(functions)
  const wordsIn = (language: Language, group: Catalogue, at: string, more: Tree): Tree => ({
    ...more,
    ...Object.fromEntries(
      Object.entries(group).map(([key, text]) => {
        const id = at === '' ? key : `${at}.${key}`
        if (typeof text !== 'string') return [key, wordsIn(language, text, id, (more[key] ?? {}) as Tree)]
        return [key, takesFacts.has(at === '' ? '*' : `${at}.*`) || takesFacts.has(id) ? (facts: object = {}) => fill(text, facts, language) : text]
      }),
    ),
  })
  const made = new Map<Language, Words>()
  const all: Partial<Record<Language, Words>> = {}
  for (const language of languages)
    Object.defineProperty(all, language, {
      enumerable: true,
      get: () => {
        const there = made.get(language)
        if (there !== undefined) return there
        const sentences = sentencesOf(language)?.[family]
        const words = wordsIn(language, typeof sentences === 'object' ? sentences : {}, '', (rest?.[language] ?? {}) as Tree) as Words
        // In a window whose language has not come, nothing is kept: it is asked again.
        if (sentences !== undefined) made.set(language, words)
        return words
      },
    })
  return all as Readonly<Record<Language, Words>>
}
