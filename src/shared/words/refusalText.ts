import { type Refusal, refusalSchema } from '../refusals.ts'
import { formatMomentInZone } from '../units.ts'
import { catalogueOf } from './catalogue.ts'
import { hostErrorText, serverErrorWords } from './errorText.ts'
import type { Language } from './languages.ts'
import { problemText } from './mistakeText.ts'
import { toolProblemText } from './pictureText.ts'
import { de } from './refusals/de.ts'
import { en } from './refusals/en.ts'
import { ko } from './refusals/ko.ts'
import type { RefusalWords } from './refusals/refusalWords.ts'
import { ru } from './refusals/ru.ts'
import { zh } from './refusals/zh.ts'
import { textOf } from './texts.ts'

const refusals = catalogueOf<RefusalWords>('refusals', { en, de, zh, ru, ko }, ['*'])

/** Why a call is refused, in a sentence or two. */
export function refusalText(refusal: Refusal, language: Language): string {
  const words = refusals[language]
  switch (refusal.kind) {
    case 'notAccepted':
      return words.notAccepted(refusal.mistakes.map(({ field, mistake }) => problemText({ at: '', key: field, mistake }, language)).join('; '), refusal.more)
    case 'hostNotAsked':
      return refusal.error === null ? words.hostNotAsked(refusal.name) : hostErrorText(refusal.error, language)
    case 'serverNotChanged':
      return words.serverNotChanged(refusal.name, refusal.error && serverErrorWords(refusal.error, language).what)
    case 'toolUnusable':
      return words.toolUnusable(toolProblemText(refusal.problem, language))
    case 'alarmsNotKept':
      return words.alarmsNotKept(formatMomentInZone(refusal.since, language))
    default:
      return textOf(words, refusal)
  }
}

/** The refusal that anything thrown carries; null: none. */
export function refusalIn(thrown: unknown): Refusal | null {
  return typeof thrown === 'object' && thrown !== null && 'data' in thrown ? (refusalSchema.safeParse(thrown.data).data ?? null) : null
}

/** The same for anything thrown; null if it carries no refusal. */
export function thrownRefusalText(thrown: unknown, language: Language): string | null {
  const refusal = refusalIn(thrown)
  return refusal && refusalText(refusal, language)
}
