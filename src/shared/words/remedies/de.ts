import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { RemedyWords } from './remedyWords.ts'

const say = sayIn('de')

export const de: Rest<RemedyWords> = {
  reason: (rule) => `Eingriff der Regel ${rule}`,
  why: {
    ended: ({ code, said }) => {
      const what =
        code === null ? 'Der Befehl wurde abgebrochen' : code === 0 ? 'Der Befehl war erfolgreich' : `Der Befehl ist mit Exit-Code ${code} gescheitert`
      return said === '' ? `${what}.` : `${what}: ${said}`
    },
  },
  rehearsed: ({ alarms, acts, held, from }) => {
    const all = `Seit ${say.moment(from)}: ${say.count(alarms, { one: 'Alarm', other: 'Alarme' })}, ${say.count(acts, { one: 'Eingriff', other: 'Eingriffe' })}.`
    return held === 0 ? all : `${all} ${say.count(held, { one: 'weiteren Eingriff', other: 'weitere Eingriffe' })} hat die Grenze pro Stunde verhindert.`
  },
}
