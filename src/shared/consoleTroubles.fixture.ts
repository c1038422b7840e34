import { consoleTroubleText } from '../i18n/consoleTroubleText.ts'
import type { ConsoleTrouble } from './consoleTroubles.ts'

/** For tests: a trouble in English; '' if there is none. */
export function inEnglish(trouble: ConsoleTrouble | null): string {
  return trouble === null ? '' : consoleTroubleText(trouble, 'en')
}
