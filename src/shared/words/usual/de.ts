import { sayIn } from '../say.ts'
import type { UsualWords } from './usualWords.ts'

const say = sayIn('de')
const days = ['montags', 'dienstags', 'mittwochs', 'donnerstags', 'freitags', 'samstags', 'sonntags']
const other = { level: 'ihre Höhe', codec: 'der Codec', size: 'die Bildgröße' } as const

export const de: UsualWords = {
  on: ({ weekday, hour, zone }) => `${days[weekday - 1]} um ${hour} Uhr (${zone})`,
  usually: (figures, on, weeks) => `Üblich sind ${on} ${figures}, aus ${say.count(weeks, { one: 'Woche', other: 'Wochen' })}.`,
  notKnown: (on, weeks, needed) =>
    `Was ${on} üblich ist, ist noch nicht bekannt: ${say.number(weeks)} von ${say.count(needed, { one: 'Woche', other: 'Wochen' })}.`,
  forgotten: ({ at, because }) => `Neu gelernt seit ${say.moment(at)}: Da änderte sich ${other[because]}.`,
}
