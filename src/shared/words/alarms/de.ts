import { formatSpan } from '../../units.ts'
import { takerName } from '../acknowledgingText.ts'
import type { Rest } from '../catalogue.ts'
import { reasonText } from '../reasonText.ts'
import { sayIn } from '../say.ts'
import type { AlarmWords } from './alarmWords.ts'

const say = sayIn('de')
const because = {
  server: 'nicht beurteilbar: Der Server ist selbst gestört',
  host: 'nicht beurteilbar: Der Rechner ist nicht lesbar',
  probe: 'nicht beurteilbar: Die Messpunkt kann den Stream nicht lesen',
  paused: 'außer Betrieb: Die Abfrage des Servers ist angehalten',
  console: 'nicht beurteilbar: Diese Konsole läuft erst seit eben, war im Ruhezustand oder hat kein Netz',
  maintenance: 'in Wartung: wird beurteilt und bis zum Ende des Fensters nicht gemeldet',
}

const closings = {
  healed: 'abgeschlossen: behoben und zur Kenntnis genommen',
  removed: 'abgeschlossen: wird nicht mehr überwacht',
  rule: 'abgeschlossen: Die Regel wurde geändert und betrifft ihn nicht mehr',
}

export const de: Rest<AlarmWords> = {
  raised: ({ trouble, severity }, names) => `begann: ${names.trouble(trouble)}, ${names.severity(severity)}`,
  returned: ({ trouble, severity }, names) => `kam wieder: ${names.trouble(trouble)}, ${names.severity(severity)}`,
  turned: ({ trouble, severity }, names) => `wurde zu: ${names.trouble(trouble)}, ${names.severity(severity)}`,
  why: ({ why }) => `besagt nun: ${reasonText(why, 'de')}`,
  healed: ({ unexpected }) => (unexpected === true ? 'vorbei: Der Stream ist nicht mehr auf Sendung und wird nicht erwartet' : 'behoben'),
  suppressed: (change) => because[change.because],
  acknowledged: ({ by, link, until }) => `quittiert von ${takerName({ by, link }, 'de')}${until === null ? '' : ` bis ${say.moment(until)}`}`,
  unacknowledged: ({ by }) => (by === null ? 'die Quittierung endete von selbst' : `Quittierung zurückgenommen von ${by}`),
  shelved: ({ by, until, reason, endsHealedForMs }) =>
    `zurückgestellt von ${by} bis ${say.moment(until)}${endsHealedForMs === null ? '' : ` oder bis ${formatSpan(endsHealedForMs, 'de')} nach der Behebung`}: „${reason}“`,
  unshelved: ({ by }) => (by === null ? 'die Zurückstellung endete von selbst' : `Zurückstellung aufgehoben von ${by}`),
  closed: (change) => closings[change.because],
}
