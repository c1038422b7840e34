import i18next from 'i18next'
import type { HostFailure } from '../../shared/errors.ts'
import { messageOf } from '../../shared/messageOf.ts'
import { hostErrorText } from '../../shared/words/errorText.ts'
import { languageOf } from '../../shared/words/languages.ts'
import { thrownRefusalText } from '../../shared/words/refusalText.ts'

// In the language that is shown: who calls these in a component uses `useTranslation` beside them, which draws it again when that changes.
// Before the words are there it is none, and English is spoken.
const shownLanguage = () => languageOf(i18next.languages ?? [])

/** Why a call failed: what the engine refused in words of ours, anything else in its own. */
export const failureWords = (thrown: unknown): string => thrownRefusalText(thrown, shownLanguage()) ?? messageOf(thrown)

/** Why a host cannot be read, and what to do. */
export const hostFailureWords = (error: HostFailure): string => hostErrorText(error, shownLanguage())
