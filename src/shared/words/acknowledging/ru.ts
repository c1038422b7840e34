import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { AcknowledgingWords } from './acknowledgingWords.ts'

const say = sayIn('ru')
const alarms = { one: 'тревога', few: 'тревоги', many: 'тревог', other: 'тревоги' }

export const ru: Rest<AcknowledgingWords> = {
  byLink: ({ by, link }) => (by === '' ? `по ссылке из ${link}` : `${by} (по ссылке из ${link})`),
  members: (count) => say.count(count, alarms),
  more: (count) => `и ещё ${say.number(count)}`,
  partlyTaken: (count) => `Ещё не квитировано: ${say.count(count, alarms)}.`,
  over: (moment) => `Это закончилось ${say.momentOf(moment)}. Квитировать больше нечего.`,
}
