import { sayIn } from '../say.ts'
import type { UsualWords } from './usualWords.ts'

const say = sayIn('ru')
const days = ['понедельникам', 'вторникам', 'средам', 'четвергам', 'пятницам', 'субботам', 'воскресеньям']
const other = { level: 'изменился уровень', codec: 'изменился кодек', size: 'изменился размер кадра' } as const

export const ru: UsualWords = {
  on: ({ weekday, hour, zone }) => `по ${days[weekday - 1]} в ${hour} ч (${zone})`,
  usually: (figures, on, weeks) =>
    `Обычно ${figures} ${on}, по данным за ${say.count(weeks, { one: 'неделю', few: 'недели', many: 'недель', other: 'недели' })}.`,
  notKnown: (on, weeks, needed) =>
    `Что обычно ${on}, пока неизвестно: есть ${say.number(weeks)} из ${say.count(needed, { one: 'недели', few: 'недель', many: 'недель', other: 'недель' })}.`,
  forgotten: ({ at, because }) => `Изучается заново с ${say.moment(at)}: тогда ${other[because]}.`,
}
