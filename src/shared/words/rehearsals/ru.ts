import { sayIn } from '../say.ts'
import type { RehearsalWords } from './rehearsalWords.ts'

const say = sayIn('ru')
const alarms = (count: number) => say.count(count, { one: 'тревога', few: 'тревоги', many: 'тревог', other: 'тревоги' })

export const ru: RehearsalWords = {
  instead: (after, before) => (after === before ? `${alarms(after)}, столько же, сколько сейчас.` : `${alarms(after)} вместо ${say.number(before)}.`),
  alarms: (after) => `${alarms(after)}.`,
  unrehearsed: {
    notKeptAsFigures: () => 'Это правило нельзя проверить на прошлом: то, за чем оно следит, не хранится в виде значений.',
    keptSince: ({ from }) => `До ${say.moment(from)} ничего не хранится.`,
    tooMany: ({ subjects, of }) => `Проверено на первых: ${say.number(subjects)} из ${say.number(of)}.`,
    coarse: ({ stepMs }) => `Оценка по значениям с шагом ${say.duration(stepMs)}: более короткое могло не попасть в неё или показаться длиннее.`,
    plans: () => 'Время эфира и окна обслуживания того времени не учтены.',
  },
}
