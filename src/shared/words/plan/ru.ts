import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { PlanWords } from './planWords.ts'

const say = sayIn('ru')

export const ru: Rest<PlanWords> = {
  range: (from, to) => `${from}–${to}`,
  streams: (count) => say.count(count, { one: 'поток', few: 'потока', many: 'потоков', other: 'потока' }),
  readers: (count) => say.count(count, { one: 'читатель', few: 'читателя', many: 'читателей', other: 'читателя' }),
  guideFor: (streams) => `ориентир: ${streams}`,
  received: (traffic) => `приём ${traffic}`,
  sent: (traffic) => `отдача ${traffic}`,
  system: (memory, others) => `${memory} на систему каждой ${others ? 'прочей ' : ''}машины`,
  second: (bitrate) => `секунда ${bitrate}`,
  link: (fullest, share, link) => `${fullest} в более загруженном направлении / ${share} помещается в ${link}`,
  encoding: (guide) => `${guide}: на одной машине с 13 стоит подумать, с 17 рекомендуется, с 25 нужен; снимает с ЦП от 50 до 70 % нагрузки`,
  machines: (traffic, cores, encoded) =>
    `наибольшее из: ${traffic}; ядра на передачу ${cores}${encoded === null ? '' : `; кодирование на одной машине ${encoded}`}; с округлением вверх`,
}
