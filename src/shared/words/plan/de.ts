import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { PlanWords } from './planWords.ts'

const say = sayIn('de')

export const de: Rest<PlanWords> = {
  range: (from, to) => `${from} bis ${to}`,
  streams: (count) => say.count(count, { one: 'Stream', other: 'Streams' }),
  readers: (count) => say.count(count, { one: 'Leser', other: 'Leser' }),
  guideFor: (streams) => `Richtwert für ${streams}`,
  received: (traffic) => `${traffic} ein`,
  sent: (traffic) => `${traffic} aus`,
  system: (memory, others) => `${memory} für das System jedes ${others ? 'weiteren ' : ''}Rechners`,
  second: (bitrate) => `eine Sekunde von ${bitrate}`,
  link: (fullest, share, link) => `${fullest} in der volleren Richtung / ${share} passt in ${link}`,
  encoding: (guide) => `${guide}: Auf einem Rechner ist ab 13 eine GPU zu erwägen, ab 17 empfohlen, ab 25 nötig; sie nimmt der CPU 50 bis 70 % der Last ab`,
  machines: (traffic, cores, encoded) =>
    encoded === null
      ? `das Größere von ${traffic} und ${cores} Kernen zum Weitergeben, aufgerundet`
      : `das Größte von ${traffic}, ${cores} Kernen zum Weitergeben und ${encoded} mit Kodierung auf einem Rechner, aufgerundet`,
}
