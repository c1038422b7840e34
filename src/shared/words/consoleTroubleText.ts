import type { ConsoleTrouble } from '../consoleTroubles.ts'
import type { Language } from './languages.ts'
import { notices } from './secretsText.ts'
import { textOf } from './texts.ts'

/** What is wrong with the console itself, and what to do. */
export const consoleTroubleText = (trouble: ConsoleTrouble, language: Language): string => textOf(notices[language].troubles, trouble)
