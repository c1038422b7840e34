import type { ConsoleTrouble } from '../consoleTroubles.ts'
import type { Language } from './languages.ts'
import { notices } from './secretsText.ts'
import { textOf } from './texts.ts'

/** What is wrong with the console itself, and what to do. */
export function consoleTroubleText(trouble: ConsoleTrouble, language: Language): string {
  return textOf(notices[language].troubles, trouble)
}
