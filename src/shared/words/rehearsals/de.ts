import { sayIn } from '../say.ts'
import type { RehearsalWords } from './rehearsalWords.ts'

const say = sayIn('de')
const alarms = (count: number) => say.count(count, { one: 'Alarm', other: 'Alarme' })

export const de: RehearsalWords = {
  instead: (after, before) => (after === before ? `${alarms(after)}, so viele wie bisher.` : `${alarms(after)} statt ${say.number(before)}.`),
  alarms: (after) => `${alarms(after)}.`,
  unrehearsed: {
    notKeptAsFigures: () => 'Diese Regel lässt sich nicht proben: Was sie überwacht, ist nicht als Messwert gespeichert.',
    keptSince: ({ from }) => `Vor ${say.moment(from)} ist nichts gespeichert.`,
    tooMany: ({ subjects, of }) => `Geprobt an den ersten ${say.number(subjects)} von ${say.number(of)}.`,
    coarse: ({ stepMs }) => `Beurteilt nach Werten über je ${say.duration(stepMs)}: Kürzeres kann fehlen oder länger erscheinen.`,
    plans: () => 'Sendezeiten und Wartungsfenster von damals sind nicht berücksichtigt.',
  },
}
