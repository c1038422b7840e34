import { sayIn } from '../../i18n/say.ts'
import type { ServerError } from '../errors.ts'
import type { VantageError } from '../vantages.ts'
import { serverErrorWords, type Words } from './errorText.ts'
import type { Language } from './languages.ts'

/** What to do about a certificate is the same for all servers; other advice is for media servers. */
const isOfCertificate = ({ kind }: ServerError): boolean => kind.startsWith('certificate') || kind === 'fingerprintChanged'

/** Why another console can't be read, and what to do about it. */
export function vantageErrorWords(error: VantageError, language: Language): Words {
  const say = sayIn(language)
  if (error.kind === 'connection') {
    const words = serverErrorWords(error.error, language)
    return isOfCertificate(error.error) ? words : { what: words.what, todo: say('vantages.reach') }
  }
  return { what: say(`vantages.what.${error.kind}`, { ...error }), todo: say(`vantages.todo.${error.kind}`, { ...error }) }
}
