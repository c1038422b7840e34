import type { Problem } from '../shared/mistakes.ts'
import type { Refusal } from '../shared/refusals.ts'
import type { Language } from '../shared/words/languages.ts'
import { refusalText } from '../shared/words/refusalText.ts'

/** Why a request is not answered that reached no procedure of the contract. */
export interface Denial {
  readonly status: 400 | 401 | 403 | 404 | 411 | 413 | 429 | 500 | 503
  readonly code: string
  readonly refusal: Refusal
}

/** Its body, in the form in which the contract's own errors are written. */
export const denialBody = ({ status, code, refusal }: Denial, language: Language) => ({
  defined: false,
  code,
  status,
  message: refusalText(refusal, language),
  data: refusal,
})

/** What is wrong with the parameters of a question. */
export const notAccepted = (status: 400 | 404, problems: readonly Problem[]): Denial => ({
  status,
  code: status === 400 ? 'BAD_REQUEST' : 'NOT_FOUND',
  refusal: { kind: 'notAccepted', mistakes: problems.map(({ key, mistake }) => ({ field: key, mistake })), more: 0 },
})
