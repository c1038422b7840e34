import i18next from 'i18next'
import type { HostFailure } from '../../shared/errors.ts'
import { messageOf } from '../../shared/messageOf.ts'
import { hostErrorText } from '../../shared/words/errorText.ts'
import { languageOf } from '../../shared/words/languages.ts'
import { thrownRefusalText } from '../../shared/words/refusalText.ts'

// Uses the language of the window. A component that calls these also needs `useTranslation`, which redraws it when the language
// changes. Before the catalogue has loaded, the text is English.
const shownLanguage = () => languageOf(i18next.languages ?? [])

/** Why a call failed: our own sentence for a refusal, the error's message otherwise. */
export const failureWords = (thrown: unknown): string => thrownRefusalText(thrown, shownLanguage()) ?? messageOf(thrown)

/** Why a host cannot be read, and what to do. */
export const hostFailureWords = (error: HostFailure): string => hostErrorText(error, shownLanguage())
