import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { PathEditWords } from './pathEditWords.ts'

const say = sayIn('de')

export const de: Rest<PathEditWords> = {
  streams: (streams, readers) =>
    streams === null
      ? 'Der Server schließt den Pfad und trennt damit alle, die ihn senden oder lesen. Wie viele das sind, ist jetzt nicht bekannt.'
      : streams === 0 && readers === 0
        ? 'Der Server öffnet den Pfad neu. Zurzeit sendet oder liest ihn niemand.'
        : `Der Server schließt ${say.count(streams, { one: 'Stream', other: 'Streams' })} und trennt damit die Quelle und ${say.count(readers, { one: 'Leser', other: 'Leser' })}.`,
  notKept: (settings) =>
    `Dies lässt sich hier nicht zurücknehmen: Der Server verbirgt den jetzigen Wert von ${settings}, oder diese Konsole kann ihn nicht aufbewahren.`,
}
