import { sayIn } from '../say.ts'
import type { RehearsalWords } from './rehearsalWords.ts'

const say = sayIn('en')
const alarms = (count: number) => say.count(count, { one: 'alarm', other: 'alarms' })

export const en: RehearsalWords = {
  instead: (after, before) => (after === before ? `${alarms(after)}, as many as now.` : `${alarms(after)} instead of ${say.number(before)}.`),
  alarms: (after) => `${alarms(after)}.`,
  unrehearsed: {
    notKeptAsFigures: () => 'This rule can’t be rehearsed: what it watches is not kept as figures.',
    keptSince: ({ from }) => `Nothing is kept before ${say.moment(from)}.`,
    tooMany: ({ subjects, of }) => `Tried on the first ${say.number(subjects)} of ${say.number(of)}.`,
    coarse: ({ stepMs }) => `Judged by values of ${say.duration(stepMs)} each: what is shorter may be missing, or seem longer.`,
    plans: () => 'Times on air and maintenance of then are left aside.',
  },
}
