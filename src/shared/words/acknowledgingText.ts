import type { Alarm } from '../alarms.ts'
import type { AcknowledgingWords } from './acknowledging/acknowledgingWords.ts'
import { de } from './acknowledging/de.ts'
import { en } from './acknowledging/en.ts'
import { ko } from './acknowledging/ko.ts'
import { ru } from './acknowledging/ru.ts'
import { zh } from './acknowledging/zh.ts'
import { catalogueOf } from './catalogue.ts'
import type { Language } from './languages.ts'

/** What the page of a link to acknowledge says. */
export const acknowledgingWords = catalogueOf<AcknowledgingWords>('acknowledging', { en, de, zh, ru, ko }, ['taken'])

/** Who acknowledged: the operator, or whoever used a link of a message. */
export function takerName({ by, link }: Pick<NonNullable<Alarm['acknowledged']>, 'by' | 'link'>, language: Language): string {
  return link === undefined ? by : acknowledgingWords[language].byLink({ by, link })
}
