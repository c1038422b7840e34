import type { ConsoleTrouble } from './consoleTroubles.ts'
import { consoleTroubleText } from './words/noticeText.ts'

/** For tests: what is wrong, in English; '' where nothing is. */
export const inEnglish = (trouble: ConsoleTrouble | null): string => (trouble === null ? '' : consoleTroubleText(trouble, 'en'))
