import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { CalendarWords } from './calendarWords.ts'

const say = sayIn('ko')

export const ko: Rest<CalendarWords> = {
  tooLarge: ({ mostBytes }) => `캘린더가 ${say.number(mostBytes / 1e6)} MB보다 큽니다. 더 작은 캘린더를 지정하세요.`,
}
