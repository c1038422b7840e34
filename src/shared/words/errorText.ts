import type { HostFailure, ServerError } from '../errors.ts'
import { de } from './errors/de.ts'
import { en } from './errors/en.ts'
import type { ErrorWords } from './errors/errorWords.ts'
import { ko } from './errors/ko.ts'
import { ru } from './errors/ru.ts'
import { zh } from './errors/zh.ts'
import type { Language } from './languages.ts'
import { joined, textOf } from './texts.ts'

const catalogues: Readonly<Record<Language, ErrorWords>> = { en, de, zh, ru, ko }

/** What went wrong in one sentence, and what to do about it in another. */
export interface Words {
  readonly what: string
  readonly todo: string
}

/** Puts a server error into words. Never contains a secret. */
export function serverErrorWords(error: ServerError, language: Language): Words {
  const words = catalogues[language]
  return { what: textOf(words.server, error), todo: textOf(words.serverTodo, error) }
}

/** For a failure on a jump host, uses that failure's text as the cause. */
const withCause = (error: HostFailure, language: Language): HostFailure =>
  error.cause === undefined ? error : { ...error, said: hostErrorText(error.cause, language).replace(/[.。]$/, '') }

/** Why a host cannot be read. */
export const hostErrorWhat = (error: HostFailure, language: Language): string => textOf(catalogues[language].host, withCause(error, language))

/** Why a host cannot be read, and what to do about it. */
export const hostErrorText = (error: HostFailure, language: Language): string =>
  joined(hostErrorWhat(error, language), textOf(catalogues[language].hostTodo, error))
