import type { SubjectKind } from '../../subjects.ts'
import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { RehearsalWords } from './rehearsalWords.ts'

const say = sayIn('de')
const alarms = (count: number) => say.count(count, { one: 'Alarm', other: 'Alarme' })
const ofAll: Readonly<Record<SubjectKind, (count: number) => string>> = {
  stream: (count) => say.count(count, { one: 'Stream', other: 'Streams' }),
  server: (count) => say.count(count, { one: 'Server', other: 'Servern' }),
  host: (count) => say.count(count, { one: 'Rechner', other: 'Rechnern' }),
  device: (count) => say.count(count, { one: 'Teil eines Rechners', other: 'Teilen von Rechnern' }),
  probe: (count) => say.count(count, { one: 'Messpunkt', other: 'Messpunkten' }),
}

export const de: Rest<RehearsalWords> = {
  instead: (after, before) => (after === before ? `${alarms(after)}, so viele wie bisher.` : `${alarms(after)} statt ${say.number(before)}.`),
  alarms: (after) => `${alarms(after)}.`,
  beyond: ({ beyond, standing, known, of, by }) => {
    const all = `${say.number(beyond)} von ${ofAll[of](known)}`
    const where = by === 'absence' ? 'ohne diesen Messwert' : 'jenseits der Grenze'
    if (standing === null || standing === beyond) return `Jetzt ${beyond === 1 ? 'ist' : 'sind'} ${all} ${where}.`
    return `Jetzt wären ${all} ${where}; mit der Regel, wie sie ist, ${standing === 1 ? 'ist' : 'sind'} es ${say.number(standing)}.`
  },
  noneKnown: (by) => (by === 'unusual' ? 'Was üblich ist, ist noch von keinem bekannt.' : 'Von dem, wofür sie gilt, ist jetzt kein Messwert bekannt.'),
  unknown: (count, by) =>
    by === 'unusual'
      ? `Von ${say.number(count)} weiteren ist noch nicht bekannt, was üblich ist.`
      : `${say.number(count)} ${count === 1 ? 'weiterer hat' : 'weitere haben'} jetzt keinen Messwert.`,
}
