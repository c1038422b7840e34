import { sayIn } from '../say.ts'
import type { CalendarWords } from './calendarWords.ts'

const say = sayIn('de')

export const de: CalendarWords = {
  unreachable: ({ code }) => `Der Kalender ist nicht erreichbar (${code}). Es gilt, was zuletzt gelesen wurde.`,
  status: ({ status }) => `Der Server des Kalenders hat mit Status ${status} geantwortet. Es gilt, was zuletzt gelesen wurde.`,
  redirected: ({ to }) =>
    `Der Server des Kalenders leitet zu ${to} weiter. Wenn das stimmt, geben Sie die dortige Adresse an. Es gilt, was zuletzt gelesen wurde.`,
  tooLarge: ({ mostBytes }) => `Der Kalender ist größer als ${say.number(mostBytes / 1e6)} MB. Geben Sie einen kleineren an.`,
  tooManyEvents: ({ most }) => `Der Kalender hat mehr als ${say.number(most)} Termine. Geben Sie einen kleineren an.`,
  notACalendar: () => 'Das ist kein Kalender: Er muss mit BEGIN:VCALENDAR beginnen und mit END:VCALENDAR enden.',
  damaged: ({ events }) => `Ausgelassene Termine, die nicht verstanden wurden oder zu aufwendig sind: ${say.number(events)}.`,
}
