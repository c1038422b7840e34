import type { ServerError } from '../errors.ts'
import type { VantageError } from '../vantages.ts'
import { catalogueOf } from './catalogue.ts'
import { serverErrorWords, type Words } from './errorText.ts'
import type { Language } from './languages.ts'
import { textOf } from './texts.ts'
import type { VantageWords } from './vantages/vantageWords.ts'

const catalogues = catalogueOf<VantageWords>('vantages', null, ['what.*', 'todo.*'])

/** What to do about a certificate is the same for all servers; other advice is for media servers. */
const isOfCertificate = ({ kind }: ServerError): boolean => kind.startsWith('certificate') || kind === 'fingerprintChanged'

/** Why another console can't be read, and what to do about it. */
export function vantageErrorWords(error: VantageError, language: Language): Words {
  const { what, todo, reach } = catalogues[language]
  if (error.kind === 'connection') {
    const words = serverErrorWords(error.error, language)
    return isOfCertificate(error.error) ? words : { what: words.what, todo: reach }
  }
  return { what: textOf(what, error), todo: textOf(todo, error) }
}
