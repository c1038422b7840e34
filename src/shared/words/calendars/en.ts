import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { CalendarWords } from './calendarWords.ts'

const say = sayIn('en')

export const en: Rest<CalendarWords> = {
  tooLarge: ({ mostBytes }) => `The calendar has more than ${say.number(mostBytes / 1e6)} MB. Name a smaller one.`,
}
