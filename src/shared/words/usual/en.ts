import { sayIn } from '../say.ts'
import type { UsualWords } from './usualWords.ts'

const say = sayIn('en')
const days = ['Mondays', 'Tuesdays', 'Wednesdays', 'Thursdays', 'Fridays', 'Saturdays', 'Sundays']
const other = { level: 'level', codec: 'codec', size: 'picture size' } as const

export const en: UsualWords = {
  on: ({ weekday, hour, zone }) => `on ${days[weekday - 1]} at ${hour} h (${zone})`,
  usually: (figures, on, weeks) => `Usually ${figures} ${on}, from ${say.count(weeks, { one: 'week', other: 'weeks' })}.`,
  notKnown: (on, weeks, needed) => `What is usual ${on} is not known yet: ${say.number(weeks)} of ${say.count(needed, { one: 'week', other: 'weeks' })}.`,
  forgotten: ({ at, because }) => `Learned anew since ${say.moment(at)}, when its ${other[because]} changed.`,
}
