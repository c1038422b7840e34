import type { Language } from './languages.ts'
import { sayIn } from './say.ts'

/** Joins sentences, with spaces where the one before has no full stop with a space of its own (Chinese). Skips missing ones. */
export function joined(...sentences: readonly (string | false)[]): string {
  return sentences.filter(Boolean).join(' ').replaceAll('。 ', '。')
}

/** A sentence, or what a server said, as a part of another sentence. */
export function withoutStop(text: string): string {
  return text.replace(/[.。]\s*$/, '')
}

/** A sentence that begins with a capital letter. */
export function begun(text: string): string {
  return `${text.charAt(0).toLocaleUpperCase()}${text.slice(1)}`
}

/** A name of ours within a line, where English and Russian begin it small. */
export function inLine(name: string, language: Language): string {
  return (language === 'en' || language === 'ru') && /^\p{Lu}[^\p{Lu}]/u.test(name) ? `${name.charAt(0).toLowerCase()}${name.slice(1)}` : name
}

/** Names, and how many more of them there are: "a, b and 3 more". */
export function namesText(names: readonly string[], all: number, language: Language): string {
  return sayIn(language)('lists.more', { context: all > names.length ? undefined : 'none', names, more: all - names.length })
}
