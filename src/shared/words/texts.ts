import { sayIn } from '../../i18n/say.ts'
import type { Language } from './languages.ts'

/** A function per kind that makes a sentence from the facts. `More`: further arguments; `Text`: the result type if it is not a plain string. */
export type Texts<Facts extends { readonly kind: string }, More extends readonly unknown[] = [], Text = string> = {
  readonly [K in Facts['kind']]: (facts: Facts & { readonly kind: K }, ...more: More) => Text
}

/** The sentence for some facts; '' for an unknown kind. */
export function textOf<Facts extends { readonly kind: string }, More extends readonly unknown[], Text>(
  texts: Texts<Facts, More, Text>,
  facts: Facts,
  ...more: More
): Text | '' {
  // Kind and facts match, but the compiler can't infer that from a map of kinds.
  const text = texts[facts.kind as Facts['kind']] as ((facts: Facts, ...more: More) => Text) | undefined
  return text?.(facts, ...more) ?? ''
}

/** Builds a phrase from a text, or '' if there is none. */
export function where(text: string | null | undefined, words: (text: string) => string): string {
  return text ? words(text) : ''
}
export function inBrackets(text: string | null): string {
  return where(text, (words) => ` (${words})`)
}
export function behindColon(text: string | null): string {
  return where(text, (words) => `: ${words}`)
}

/** Joins sentences, with spaces where the one before has no full stop with a space of its own (Chinese). Skips missing ones. */
export function joined(...sentences: readonly (string | false)[]): string {
  return sentences.filter(Boolean).join(' ').replaceAll('。 ', '。')
}

/** A sentence that begins with a capital letter. */
export function begun(text: string): string {
  return `${text.charAt(0).toLocaleUpperCase()}${text.slice(1)}`
}

/** Names, and how many more of them there are: "a, b and 3 more". */
export function namesText(names: readonly string[], all: number, language: Language): string {
  return sayIn(language)('lists.more', { context: all > names.length ? undefined : 'none', names, more: all - names.length })
}
