import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { RemedyWords } from './remedyWords.ts'

const say = sayIn('en')

export const en: Rest<RemedyWords> = {
  reason: (rule) => `remedy of rule ${rule}`,
  why: {
    ended: ({ code, said }) => {
      const what = code === null ? 'The command was killed' : code === 0 ? 'The command succeeded' : `The command failed with exit code ${code}`
      return said === '' ? `${what}.` : `${what}: ${said}`
    },
  },
  rehearsed: ({ alarms, acts, held, from }) => {
    const all = `Since ${say.moment(from)}: ${say.count(alarms, { one: 'alarm', other: 'alarms' })}, ${say.count(acts, { one: 'act', other: 'acts' })}.`
    return held === 0 ? all : `${all} ${say.count(held, { one: 'more act was', other: 'more acts were' })} held back by the limit per hour.`
  },
}
