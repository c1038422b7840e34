import { languages } from './languages.ts'

/** The language to show: what the operator chose, else the first of the system's (BCP 47 tags, best first) that there is, else English. */
export function fittingLanguage(chosen: string | null, ofSystem: readonly string[]): string {
  const there = (tag: string) => Object.hasOwn(languages, tag)
  if (chosen !== null && there(chosen)) return chosen
  return ofSystem.map((tag) => tag.toLowerCase().split('-')[0] ?? '').find(there) ?? 'en'
}
