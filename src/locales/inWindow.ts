import type { Catalogue } from './filledIn.ts'

/** A window fetches the one language that it shows (`src/renderer/app/start.tsx`). */
export function sentencesIn(_language: string): Catalogue | null {
  return null
}
