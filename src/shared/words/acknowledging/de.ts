import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { AcknowledgingWords } from './acknowledgingWords.ts'

const say = sayIn('de')

export const de: Rest<AcknowledgingWords> = {
  byLink: ({ by, link }) => (by === '' ? `jemandem per Link von ${link}` : `${by} (per Link von ${link})`),
  members: (count) => say.count(count, { one: 'Alarm', other: 'Alarme' }),
  more: (count) => `und ${say.number(count)} weitere`,
  partlyTaken: (count) => `Davon hat noch niemand ${say.count(count, { one: 'Alarm', other: 'Alarme' })} quittiert.`,
  over: (moment) => `Das ist seit ${say.momentOf(moment)} vorbei. Es gibt nichts mehr zu quittieren.`,
}
