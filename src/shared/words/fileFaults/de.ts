import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { FileFaultWords } from './fileFaultWords.ts'

const say = sayIn('de')
const held = { samples: 'Messwerte', minutes: 'Minutenwerte', quarterHours: 'Viertelstundenwerte', twoHours: 'Zweistundenwerte', bundle: 'ein Bündel' }
const stored = { server: 'Server', host: 'Rechner', probe: 'Messpunkt', limit: 'die Grenze für' }
const missing = { layout: 'Layout', subject: 'Gegenstand', seal: 'Abschnitt', column: 'Spalte', rounds: 'Abfragen', server: 'Server' }
const some = {
  alarms: (n: string) => `nicht lesbare Alarme: ${n}`,
  sessions: (n: string) => `nicht lesbare Blöcke von Sitzungen: ${n}`,
  configurations: (n: string) => `nicht lesbare aufbewahrte Konfigurationen von Servern: ${n}`,
  pictures: (n: string) => `Bilder, die fehlen oder nicht mehr sind wie geschrieben: ${n}`,
}

export const de: Rest<FileFaultWords> = {
  faults: {
    quoted: ({ text }) => `„${text}“`,
    otherPeriod: ({ of, period }) => `nach eigener Angabe: ${[held[of], period].filter(Boolean).join(' ')}`,
    missing: ({ what, no }) => `nennt etwas, das es nicht gibt: ${missing[what]}${no === null ? '' : ` ${no}`}`,
    unreadable: ({ of, name }) => `${stored[of]} ${name} ist nicht lesbar`,
    someUnreadable: ({ of, count }) => some[of](say.number(count)),
  },
  held,
  ofSeal: (seal) => ` in Abschnitt ${seal}`,
}
