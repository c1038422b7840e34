import { sayIn } from '../say.ts'
import type { CalendarWords } from './calendarWords.ts'

const say = sayIn('ru')

export const ru: CalendarWords = {
  unreachable: ({ code }) => `Календарь недоступен (${code}). Действует то, что прочитано в последний раз.`,
  status: ({ status }) => `Сервер календаря ответил кодом ${status}. Действует то, что прочитано в последний раз.`,
  redirected: ({ to }) => `Сервер календаря перенаправляет на ${to}. Если это верно, укажите адрес там. Действует то, что прочитано в последний раз.`,
  tooLarge: ({ mostBytes }) => `Календарь больше ${say.number(mostBytes / 1e6)} МБ. Укажите календарь меньшего размера.`,
  tooManyEvents: ({ most }) => `В календаре больше событий, чем можно прочитать (${say.number(most)}). Укажите календарь поменьше.`,
  notACalendar: () => 'Это не календарь: он должен начинаться с BEGIN:VCALENDAR и заканчиваться END:VCALENDAR.',
  damaged: ({ events }) => `Пропущено событий, которые не удалось разобрать или слишком долго вычислять: ${say.number(events)}.`,
}
