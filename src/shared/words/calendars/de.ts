import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { CalendarWords } from './calendarWords.ts'

const say = sayIn('de')

export const de: Rest<CalendarWords> = {
  tooLarge: ({ mostBytes }) => `Der Kalender ist größer als ${say.number(mostBytes / 1e6)} MB. Geben Sie einen kleineren an.`,
}
