import type { HostFailure } from '../../shared/errors.ts'
import { hostErrorText } from '../../shared/words/errorText.ts'
import { shownLanguage } from '../app/failureWords.ts'

/** Why a host cannot be read, and what to do. A component that calls it also needs `useTranslation`, as `failureWords` does. */
export function hostFailureWords(error: HostFailure): string {
  return hostErrorText(error, shownLanguage())
}
