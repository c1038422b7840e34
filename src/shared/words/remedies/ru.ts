import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { RemedyWords } from './remedyWords.ts'

const say = sayIn('ru')

export const ru: Rest<RemedyWords> = {
  reason: (rule) => `действие правила ${rule}`,
  why: {
    ended: ({ code, said }) => {
      const what = code === null ? 'Команда прервана' : code === 0 ? 'Команда выполнена успешно' : `Команда завершилась с кодом ${code}`
      return said === '' ? `${what}.` : `${what}: ${said}`
    },
  },
  rehearsed: ({ alarms, acts, held, from }) => {
    const all = `С ${say.moment(from)}: ${say.count(alarms, { one: 'тревога', few: 'тревоги', many: 'тревог', other: 'тревоги' })}, ${say.count(acts, { one: 'действие', few: 'действия', many: 'действий', other: 'действия' })}.`
    return held === 0 ? all : `${all} Из-за предела за час не выполнено бы ещё: ${say.number(held)}.`
  },
}
