import { sayIn } from '../../i18n/say.ts'
import { isPassing, type SendFailure } from '../sendFailures.ts'
import type { Language } from './languages.ts'

function formOf(failure: SendFailure): string | undefined {
  if (failure.kind === 'certificate') return failure.problem
  const passes = failure.kind === 'answer' ? failure.isPassing : failure.kind === 'status' && isPassing(failure.status)
  return passes ? 'passing' : undefined
}

/** Why a channel did not accept a message, and what to do, in a sentence or two. */
export function sendFailureText(failure: SendFailure, language: Language): string {
  return sayIn(language)(`sendFailures.${failure.kind}`, { context: formOf(failure), ...failure })
}
