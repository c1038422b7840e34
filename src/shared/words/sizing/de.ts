import { formatFixed, formatSpan } from '../../units.ts'
import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { SizingWords } from './sizingWords.ts'

const say = sayIn('de')

export const de: Rest<SizingWords> = {
  why: {
    needsData: ({ minutes }) => `Es fehlen noch ${say.count(minutes, { one: 'Minute', other: 'Minuten' })} mit Daten von Rechner und Server.`,
  },
  readers: (count) => `${count} Leser`,
  usual: (load) => `; ein üblicher Stream hat ${load}`,
  now: (value) => `jetzt ${value}`,
  nowOf: (value, total) => `jetzt ${value} von ${total}`,
  limit: (percent) => `Grenze ${percent}`,
  growth: {
    notKnown: ({ ms }) => `Wachstum erst ab ${formatSpan(ms, 'de')} Verlauf bekannt`,
    grows: ({ percentADay, spanMs }) => `wächst täglich um ${formatFixed(percentADay, 2, 'de')} % davon (Theil–Sen über ${say.duration(spanMs)})`,
  },
  oneStream: (cost) => `ein Stream: ${cost}`,
  disk: (used, size) => `jetzt ${used} von ${size}; voll, wo die Steigung von bis zu 7 Tagen (Theil–Sen) 100 % erreicht`,
}
