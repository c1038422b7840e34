import type { SubjectKind } from '../../subjects.ts'
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

export const de: RehearsalWords = {
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
  unrehearsed: {
    notKeptAsFigures: () => 'Diese Regel lässt sich nicht proben: Was sie überwacht, ist nicht als Messwert gespeichert.',
    byAlarms: () => 'Gespielt über die Alarme, die die Regel in dieser Zeit gab: Was sie prüft, wird nicht als Werte aufbewahrt.',
    keptSince: ({ from }) => `Vor ${say.moment(from)} ist nichts gespeichert.`,
    tooMany: ({ subjects, of }) => `Geprobt an den ersten ${say.number(subjects)} von ${say.number(of)}.`,
    coarse: ({ stepMs }) => `Beurteilt nach Werten über je ${say.duration(stepMs)}: Kürzeres kann fehlen oder länger erscheinen.`,
    plans: () => 'Sendezeiten und Wartungsfenster von damals sind nicht berücksichtigt.',
  },
}
