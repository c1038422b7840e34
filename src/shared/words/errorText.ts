import type { HostFailure, ServerError } from '../errors.ts'
import { sentences } from './eventText.ts'
import type { Language } from './languages.ts'
import { hostErrorWhole, serverErrorWhat } from './sentences.ts'
import { textOf } from './texts.ts'

/** What went wrong in one sentence, and what to do about it in another. */
export interface Words {
  readonly what: string
  readonly todo: string
}

/** Puts a server error into words. Never contains a secret. */
export function serverErrorWords(error: ServerError, language: Language): Words {
  const words = sentences[language]
  return { what: serverErrorWhat(error, words), todo: textOf(words.advice.serverErrors, error) }
}

/** Why a host cannot be read, and what to do about it. */
export const hostErrorText = (error: HostFailure, language: Language): string => hostErrorWhole(error, sentences[language])
