import { isPassing, type SendFailure } from '../shared/sendFailures.ts'
import type { Language } from './languages.ts'
import { sayIn } from './say.ts'
import { withoutStop } from './texts.ts'

/** Why a channel did not accept a message, and what to do, in a sentence or two. */
export function sendFailureText(failure: SendFailure, language: Language): string {
  if (failure.kind === 'status') return sendFailureText({ kind: 'answer', said: `HTTP ${failure.status}`, isPassing: isPassing(failure.status) }, language)
  const said = 'said' in failure && { said: withoutStop(failure.said) }
  return sayIn(language)(`sendFailures.${failure.kind}`, {
    context: failure.kind === 'answer' && failure.isPassing ? 'passing' : undefined,
    ...failure,
    ...said,
  })
}
