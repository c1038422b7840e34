import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { CalendarWords } from './calendarWords.ts'

const say = sayIn('ru')

export const ru: Rest<CalendarWords> = {
  tooLarge: ({ mostBytes }) => `Календарь больше ${say.number(mostBytes / 1e6)} МБ. Укажите календарь меньшего размера.`,
}
