import { sayIn } from '../say.ts'
import type { CalendarWords } from './calendarWords.ts'

const say = sayIn('en')

export const en: CalendarWords = {
  unreachable: ({ code }) => `The calendar cannot be reached (${code}). What was read last still applies.`,
  status: ({ status }) => `The calendar’s server answered with status ${status}. What was read last still applies.`,
  redirected: ({ to }) => `The calendar’s server leads to ${to}. If that is right, enter the address there. What was read last still applies.`,
  tooLarge: ({ mostBytes }) => `The calendar has more than ${say.number(mostBytes / 1e6)} MB. Name a smaller one.`,
  tooManyEvents: ({ most }) => `The calendar has more than ${say.number(most)} events. Name a smaller one.`,
  notACalendar: () => 'This is no calendar: it is to begin with BEGIN:VCALENDAR and to end with END:VCALENDAR.',
  damaged: ({ events }) => `${say.number(events)} of its events could not be understood or take too long to work out, and are left out.`,
}
