import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { CalendarWords } from './calendarWords.ts'

const say = sayIn('zh')

export const zh: Rest<CalendarWords> = {
  tooLarge: ({ mostBytes }) => `日历超过 ${say.number(mostBytes / 1e6)} MB。请指定更小的日历。`,
}
