import type { CalendarProblem } from '../maintenance.ts'
import type { CalendarWords } from './calendars/calendarWords.ts'
import { de } from './calendars/de.ts'
import { en } from './calendars/en.ts'
import { ko } from './calendars/ko.ts'
import { ru } from './calendars/ru.ts'
import { zh } from './calendars/zh.ts'
import { catalogueOf } from './catalogue.ts'
import type { Language } from './languages.ts'
import { textOf } from './texts.ts'

const catalogues = catalogueOf<CalendarWords>('calendars', { en, de, zh, ru, ko }, ['*'])

/** Why a calendar can't be read or not whole, and what counts instead. */
export function calendarText(problem: CalendarProblem, language: Language): string {
  return textOf(catalogues[language], problem)
}
