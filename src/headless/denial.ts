import type { Language } from '../i18n/languages.ts'
import { refusalText } from '../i18n/refusalText.ts'
import type { Refusal } from '../shared/refusals.ts'
import type { Problem } from '../shared/validationErrors.ts'

/** Why a request was denied before it reached a procedure of the contract. */
export interface Denial {
  readonly status: 400 | 401 | 403 | 404 | 411 | 413 | 429 | 500 | 503
  readonly code: string
  readonly refusal: Refusal
}

/** The denial's body, in the form of the contract's errors. */
export function denialBody({ status, code, refusal }: Denial, language: Language) {
  return {
    defined: false,
    code,
    status,
    message: refusalText(refusal, language),
    data: refusal,
  }
}

/** Denies a request with invalid parameters. */
export function notAccepted(status: 400 | 404, problems: readonly Problem[]): Denial {
  return {
    status,
    code: status === 400 ? 'BAD_REQUEST' : 'NOT_FOUND',
    refusal: { kind: 'notAccepted', validationErrors: problems.map(({ key, validationError }) => ({ field: key, validationError })), more: 0 },
  }
}
