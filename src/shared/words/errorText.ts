import type { HostCause, HostFailure, ReplyFault, SecretFault, ServerError } from '../errors.ts'
import { catalogueOf } from './catalogue.ts'
import { de } from './errors/de.ts'
import { en } from './errors/en.ts'
import type { ErrorWords } from './errors/errorWords.ts'
import { ko } from './errors/ko.ts'
import { ru } from './errors/ru.ts'
import { zh } from './errors/zh.ts'
import type { Language } from './languages.ts'
import { secretsText } from './secretsText.ts'
import { joined, textOf } from './texts.ts'

const catalogues = catalogueOf<ErrorWords>('errors', { en, de, zh, ru, ko }, [
  'server.*',
  'serverTodo.*',
  'serverDetails.*',
  'host.*',
  'hostTodo.*',
  'hostCauses.*',
])

/** What went wrong in one sentence, and what to do about it in another. */
export interface Words {
  readonly what: string
  readonly todo: string
}

/** Puts a server error into words. Never contains a secret. */
export function serverErrorWords(error: ServerError, language: Language): Words {
  const words = catalogues[language]
  return { what: textOf(words.server, error, 'detail' in error ? detailText(error.detail, words) : ''), todo: textOf(words.serverTodo, error) }
}

function detailText(detail: ReplyFault | SecretFault | string, { serverDetails }: ErrorWords): string {
  if (typeof detail === 'string') return detail
  return detail.kind === 'quoted' ? detail.text : textOf(serverDetails, detail)
}

function hostCauseText(cause: HostCause, language: Language): string {
  switch (cause.kind) {
    case 'quoted':
      return cause.text
    case 'secretsClosed':
      return withoutStop(secretsText(cause.secrets, language))
    default:
      return textOf(catalogues[language].hostCauses, cause, 'because' in cause && cause.because !== null ? hostCauseText(cause.because, language) : null)
  }
}

const withoutStop = (text: string): string => text.replace(/[.。]$/, '')

/** The cause of a failure, which for one on a jump host is that failure. */
const causeOf = ({ said, cause }: HostFailure, language: Language): string | null =>
  cause !== undefined ? withoutStop(hostErrorText(cause, language)) : said !== null ? hostCauseText(said, language) : null

/** Why a host cannot be read, and what to do about it. */
export function hostErrorWords(error: HostFailure, language: Language): Words {
  return {
    what: textOf(catalogues[language].host, error, causeOf(error, language)),
    todo: textOf(catalogues[language].hostTodo, error, causeOf(error, language)),
  }
}
export function hostErrorWhat(error: HostFailure, language: Language): string {
  return hostErrorWords(error, language).what
}
export function hostErrorText(error: HostFailure, language: Language): string {
  const { what, todo } = hostErrorWords(error, language)
  return joined(what, todo)
}
