import type { ConsoleTrouble } from './consoleTroubles.ts'
import { consoleTroubleText } from './words/consoleTroubleText.ts'

/** For tests: a trouble in English; '' if there is none. */
export const inEnglish = (trouble: ConsoleTrouble | null): string => (trouble === null ? '' : consoleTroubleText(trouble, 'en'))
