import type { Catalogue } from './filledIn.ts'

/** A window fetches the one language that it shows (`src/renderer/app/startLanguage.ts`). */
export function sentencesIn(_language: string): Catalogue | null {
  return null
}
