import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { FileFaultWords } from './fileFaultWords.ts'

const say = sayIn('en')
const held = { samples: 'samples', minutes: 'minutes', quarterHours: 'quarter hours', twoHours: 'two hours', bundle: 'a bundle' }
const stored = { server: 'server', host: 'host', probe: 'probe', limit: 'the limit of' }
const some = {
  alarms: (n: string) => `${n} alarms cannot be read`,
  sessions: (n: string) => `${n} blocks of sessions cannot be read`,
  configurations: (n: string) => `${n} kept configurations of servers cannot be read`,
  pictures: (n: string) => `${n} pictures are missing, or not as they were written`,
}

export const en: Rest<FileFaultWords> = {
  faults: {
    quoted: ({ text }) => text,
    otherPeriod: ({ of, period }) => `it says of itself that it is ${[held[of], period].filter(Boolean).join(' of ')}`,
    missing: ({ what, no }) => `there ${what === 'rounds' ? 'are' : 'is'} no ${what}${no === null ? '' : ` ${no}`}`,
    unreadable: ({ of, name }) => `what is stored of ${stored[of]} ${name} cannot be read`,
    someUnreadable: ({ of, count }) => some[of](say.number(count)),
  },
  held,
  ofSeal: (seal) => ` of seal ${seal}`,
}
