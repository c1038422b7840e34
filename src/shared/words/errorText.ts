import type { HostFailure, ServerError } from '../errors.ts'
import { sentences } from './eventText.ts'
import type { Language } from './languages.ts'
import { hostErrorWhole, serverErrorWhat } from './sentences.ts'

/** What went wrong in one sentence, and what to do about it in another. */
export interface Words {
  readonly what: string
  readonly todo: string
}

/** Puts a server error into words. Never contains a secret. */
export function serverErrorWords(error: ServerError, language: Language): Words {
  const words = sentences[language]
  // Kind and facts belong together, which a map of kinds can't tell the compiler.
  return { what: serverErrorWhat(error, words), todo: (words.advice.serverErrors[error.kind] as (of: ServerError) => string)(error) }
}

/** Why a host cannot be read, and what to do about it. */
export const hostErrorText = (error: HostFailure, language: Language): string => hostErrorWhole(error, sentences[language])
