import type { Problem, ValidationError } from '../shared/validationErrors.ts'
import type { Language } from './languages.ts'
import { type Facts, type Say, sayIn } from './say.ts'

/** What is wrong with a value that was entered. Without a full stop, because it may follow its key. */
export function validationErrorText(validationError: ValidationError, language: Language): string {
  const say = sayIn(language)
  if (validationError.kind === 'said') return validationError.text
  return say(`validationErrors.${validationError.kind}`, { ...validationError, ...withTexts(validationError, say) })
}

/** The form of the sentence, and facts that need words. */
function withTexts(validationError: Exclude<ValidationError, { readonly kind: 'said' }>, say: Say): Facts {
  switch (validationError.kind) {
    case 'notPem':
      return { context: validationError.what }
    case 'notOfType':
      return { context: validationError.type }
    case 'clearOnWrongSide':
      return { context: validationError.side }
    case 'scopeUnfit':
      return { of: say(`validationErrors.ofSubject.${validationError.of}`) }
    case 'unknownKey':
    case 'noSuchRule':
    case 'noSuchName':
      return { context: validationError.meant !== null ? 'meant' : validationError.known.length > 0 ? 'known' : 'none' }
    case 'fileUnreadable':
      return { because: unreadableText(validationError.code, say) }
    default:
      return {}
  }
}

const knownCodes = ['ENOENT', 'EACCES', 'EINVAL', 'EFBIG'] as const

/** Why a file can't be read, by the code of the system. */
function unreadableText(code: string, say: Say): string {
  const known = knownCodes.find((one) => one === (code === 'EISDIR' ? 'EINVAL' : code))
  return known === undefined ? code : say(`validationErrors.unreadable.${known}`)
}

/** A mistake after its location: `mtxdeck.yaml:7:5: servers[0].intervalSeconds: expected a number`. */
export function problemText({ at, key, validationError }: Problem, language: Language): string {
  return [at, key, validationErrorText(validationError, language)].filter((part) => part !== '').join(': ')
}
export function problemsText(problems: readonly Problem[], language: Language): string {
  return problems.map((problem) => problemText(problem, language)).join('\n')
}
