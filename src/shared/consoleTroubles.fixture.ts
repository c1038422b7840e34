import type { ConsoleTrouble } from './consoleTroubles.ts'
import { consoleTroubleText } from './words/consoleTroubleText.ts'

/** For tests: a trouble in English; '' if there is none. */
export function inEnglish(trouble: ConsoleTrouble | null): string {
  return trouble === null ? '' : consoleTroubleText(trouble, 'en')
}
