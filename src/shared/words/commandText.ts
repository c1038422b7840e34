import type { Failure, Fault, Progress, StartWarning } from '../commands.ts'
import type { CommandWords } from './commands/commandWords.ts'
import { de } from './commands/de.ts'
import { en } from './commands/en.ts'
import { ko } from './commands/ko.ts'
import { ru } from './commands/ru.ts'
import { zh } from './commands/zh.ts'
import { consoleTroubleText } from './consoleTroubleText.ts'
import type { Language } from './languages.ts'
import { problemsText } from './mistakeText.ts'
import { sayIn } from './say.ts'
import { secretsText } from './secretsText.ts'
import { textOf } from './texts.ts'

export const commandWords: Readonly<Record<Language, CommandWords>> = { en, de, zh, ru, ko }

/** Why a command could not do what it was asked for, and what to do. */
export function failureText(failure: Failure, language: Language): string {
  switch (failure.kind) {
    case 'problems':
      return problemsText(failure.problems, language)
    case 'console':
      return consoleTroubleText(failure.trouble, language)
    case 'inUse':
      return `${consoleTroubleText(failure.trouble, language)} ${commandWords[language].inUse}`
    default:
      return textOf(commandWords[language].failures, failure)
  }
}

export function progressText(progress: Progress, language: Language): string {
  return progress.kind === 'copying' ? copyingText(progress, language) : textOf(commandWords[language].progress, progress)
}

/** "history.db (12 MB) …", "history/samples-2026-11-14.db (2/7) …". Only the figures depend on the language. */
function copyingText({ name, bytes, no, of }: Extract<Progress, { kind: 'copying' }>, language: Language): string {
  const say = sayIn(language)
  const detail = bytes !== undefined ? say.size(bytes) : no !== undefined && of !== undefined ? `${say.number(no)}/${say.number(of)}` : null
  return `${name}${detail === null ? '' : ` (${detail})`} …`
}

export function startWarningText(warning: StartWarning, language: Language): string {
  return warning.kind === 'secrets' ? secretsText(warning.secrets, language) : textOf(commandWords[language].warnings, warning)
}
/** What is wrong with a file of the data folder. */
export function faultText(fault: Fault, language: Language): string {
  return textOf(commandWords[language].faults, fault)
}
