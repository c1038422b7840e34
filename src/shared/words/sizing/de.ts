import { formatFixed, formatSpan } from '../../units.ts'
import { sayIn } from '../say.ts'
import type { SizingWords } from './sizingWords.ts'

const say = sayIn('de')

export const de: SizingWords = {
  why: {
    notTied: () => 'Der Rechner ist keinem Medienserver zugeordnet: Wählen Sie den, der dort läuft.',
    noInterface: () => 'Keine Netzwerkschnittstelle wurde gelesen.',
    steady: () => 'Die Last des Servers schwankte zu wenig, um zu sehen, was ein Stream kostet.',
    needsData: ({ minutes }) => `Es fehlen noch ${say.count(minutes, { one: 'Minute', other: 'Minuten' })} mit Daten von Rechner und Server.`,
  },
  each: { streams: 'Stream', traffic: 'Mbit/s', readers: 'Leser' },
  readers: (count) => `${count} Leser`,
  usual: (load) => `; ein üblicher Stream hat ${load}`,
  cost: ({ line, moments, explains, perStream }) => `${line} (Theil–Sen, ${moments} Zeitpunkte, erklärt ${explains}) = ${perStream} je Stream`,
  costOf: { cpu: 'CPU: ', memory: 'Speicher: ', network: 'gesendet: ' },
  now: (value) => `jetzt ${value}`,
  nowOf: (value, total) => `jetzt ${value} von ${total}`,
  limit: (percent) => `Grenze ${percent}`,
  growth: {
    notKnown: ({ ms }) => `Wachstum erst ab ${formatSpan(ms, 'de')} Verlauf bekannt`,
    none: () => 'kein Wachstum',
    hardly: () => 'kaum Wachstum',
    grows: ({ percentADay, spanMs }) => `wächst täglich um ${formatFixed(percentADay, 2, 'de')} % davon (Theil–Sen über ${say.duration(spanMs)})`,
  },
  oneStream: (cost) => `ein Stream: ${cost}`,
  disk: (used, size) => `jetzt ${used} von ${size}; voll, wo die Steigung von bis zu 7 Tagen (Theil–Sen) 100 % erreicht`,
}
