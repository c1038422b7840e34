import type { Catalogue } from './filledIn.ts'

/** A window fetches the one language that it shows (`src/renderer/app/language.ts`). */
export const given: Readonly<Record<string, Catalogue>> = {}
