import { searchTerms } from '../../shared/searchText.ts'

/** `text` is what is searched, made with `searchText`. */
export interface Named {
  readonly text: string
}

/**
 * Items whose text contains every word of the query, best first: those that start with the first word, then those in which it
 * starts a word, then the rest. Within each group, items in trouble come first, then the given order. Collects up to `limit`
 * items but counts all. Pure.
 */
export function findByName<T extends Named>(
  things: readonly T[],
  query: string,
  limit: number,
  isInTrouble: (thing: T) => boolean = () => false,
): { readonly found: readonly T[]; readonly total: number } {
  const words = searchTerms(query)
  const lead = words[0]
  if (lead === undefined) return { found: things.slice(0, limit), total: things.length }
  const ranked: readonly T[][] = [[], [], [], [], [], []]
  let total = 0
  for (const thing of things) {
    if (!words.every((word) => thing.text.includes(word))) continue
    total++
    const place = thing.text.indexOf(lead)
    const rank = place === 0 ? 0 : /[\p{L}\p{N}]/u.test(thing.text[place - 1] ?? '') ? 2 : 1
    const list = ranked[2 * rank + (isInTrouble(thing) ? 0 : 1)]
    if (list && list.length < limit) list.push(thing)
  }
  return { found: ranked.flat().slice(0, limit), total }
}
