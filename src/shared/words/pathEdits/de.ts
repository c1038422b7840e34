import { sayIn } from '../say.ts'
import type { PathEditWords } from './pathEditWords.ts'

const say = sayIn('de')

export const de: PathEditWords = {
  nothing: () => 'Sender und Leser bleiben verbunden.',
  recording: () => 'Sender und Leser bleiben verbunden. Die Aufzeichnung beginnt, endet oder geht in einer neuen Datei weiter.',
  streams: (streams, readers) =>
    streams === null
      ? 'Der Server schließt den Pfad und trennt damit alle, die ihn senden oder lesen. Wie viele das sind, ist jetzt nicht bekannt.'
      : streams === 0 && readers === 0
        ? 'Der Server öffnet den Pfad neu. Zurzeit sendet oder liest ihn niemand.'
        : `Der Server schließt ${say.count(streams, { one: 'Stream', other: 'Streams' })} und trennt damit die Quelle und ${say.count(readers, { one: 'Leser', other: 'Leser' })}.`,
  lasts: () => 'Die Änderung gilt, bis der Server seine Konfigurationsdatei neu liest oder neu gestartet wird: Seine API schreibt nicht in die Datei.',
  notKept: (settings) =>
    `Dies lässt sich hier nicht zurücknehmen: Der Server verbirgt den jetzigen Wert von ${settings}, oder diese Konsole kann ihn nicht aufbewahren.`,
  outcomes: {
    applied: () => 'Erledigt. Vom Server zurückgelesen, ist es wie verlangt.',
    partly: () => 'Der Server hat nicht alles übernommen.',
    refused: () => 'Der Server hat abgelehnt. Es wurde nichts geändert.',
    unknown: () => 'Ob der Server es übernommen hat, ist nicht bekannt. Sehen Sie sich seine Einstellungen an, bevor Sie es erneut versuchen.',
  },
}
