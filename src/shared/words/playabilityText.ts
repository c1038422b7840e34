import type { PlayabilityReason, PlayabilityRow } from '../playability.ts'
import { catalogueOf } from './catalogue.ts'
import { serverErrorWords } from './errorText.ts'
import type { Language } from './languages.ts'
import { de } from './playability/de.ts'
import { en } from './playability/en.ts'
import { ko } from './playability/ko.ts'
import type { PlayabilityWords } from './playability/playabilityWords.ts'
import { ru } from './playability/ru.ts'
import { zh } from './playability/zh.ts'
import { textOf } from './texts.ts'

const catalogues = catalogueOf<PlayabilityWords>('playability', { en, de, zh, ru, ko }, ['reasons.*'])

/** A kind of player, such as `Browser · WebRTC`. */
export function clientName({ client }: Pick<PlayabilityRow, 'client'>, language: Language): string {
  return catalogues[language].clients[client]
}

/** Whether it plays, in a word or two. */
export function playabilityVerdictText({ verdict }: Pick<PlayabilityRow, 'verdict'>, language: Language): string {
  return catalogues[language].verdicts[verdict]
}

/** Why it does not play, or not all of it. */
export function playabilityReasonText(reason: PlayabilityReason, language: Language): string {
  return reason.kind === 'doorFails' ? serverErrorWords(reason.error, language).what : textOf(catalogues[language].reasons, reason)
}
