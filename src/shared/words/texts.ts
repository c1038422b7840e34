/** A sentence for each kind, made of its facts. `More`: what it takes beside them; `Text`: what comes of it, where that is no plain sentence. */
export type Texts<Facts extends { readonly kind: string }, More extends readonly unknown[] = [], Text = string> = {
  readonly [K in Facts['kind']]: (facts: Facts & { readonly kind: K }, ...more: More) => Text
}

/** The sentence of its kind; '' for a kind that no language knows. */
export function textOf<Facts extends { readonly kind: string }, More extends readonly unknown[], Text>(
  texts: Texts<Facts, More, Text>,
  facts: Facts,
  ...more: More
): Text | '' {
  // Kind and facts belong together, which a map of kinds can't tell the compiler.
  const text = texts[facts.kind as Facts['kind']] as ((facts: Facts, ...more: More) => Text) | undefined
  return text?.(facts, ...more) ?? ''
}

/** Text in a sentence where there is any. */
export const where = (text: string | null | undefined, words: (text: string) => string): string => (text ? words(text) : '')
export const inBrackets = (text: string | null): string => where(text, (words) => ` (${words})`)
export const behindColon = (text: string | null): string => where(text, (words) => `: ${words}`)

/** Sentences one behind the other, without those that are not there. */
export const joined = (...sentences: readonly (string | false)[]): string => sentences.filter(Boolean).join(' ')
