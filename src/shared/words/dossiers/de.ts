import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { DossierWords } from './dossierWords.ts'

const say = sayIn('de')

export const de: Rest<DossierWords> = {
  made: (moment, version, zone, isHidden) =>
    `Erstellt am ${moment} mit mtxdeck ${version}. Zeiten: ${zone}. ${isHidden ? 'Geheimnisse sind weggelassen, ebenso Adressen und Benutzer von Clients: An ihrer Stelle stehen Namen.' : 'Geheimnisse fehlen; Adressen von Clients sind enthalten.'}`,
  more: (count, isLeast) => `und ${isLeast ? 'mindestens ' : ''}${say.number(count)} weitere`,
  sessionsSince: (moment) => `Beendete Sitzungen sind seit ${moment} aufbewahrt; frühere sind nicht bekannt.`,
  hit: ({ servers, streams, readers }) =>
    [
      say.count(servers, { other: 'Server' }),
      streams === null ? 'Streams unbekannt' : say.count(streams, { one: 'Stream', other: 'Streams' }),
      readers === null ? 'Leser unbekannt' : say.count(readers, { other: 'Leser' }),
    ].join(', '),
}
