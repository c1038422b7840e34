import { sayIn } from '../say.ts'
import type { PlanWords } from './planWords.ts'

const say = sayIn('ru')

export const ru: PlanWords = {
  mbit: 'Мбит/с',
  megabyte: 'МБ',
  gigabyte: 'ГБ',
  range: (from, to) => `${from}–${to}`,
  and: ' и ',
  streams: (count) => say.count(count, { one: 'поток', few: 'потока', many: 'потоков', other: 'потока' }),
  readers: (count) => say.count(count, { one: 'читатель', few: 'читателя', many: 'читателей', other: 'читателя' }),
  guideFor: (streams) => `ориентир: ${streams}`,
  received: (traffic) => `приём ${traffic}`,
  sent: (traffic) => `отдача ${traffic}`,
  leastOne: 'не меньше 1 на машину',
  system: (memory, others) => `${memory} на систему каждой ${others ? 'прочей ' : ''}машины`,
  second: (bitrate) => `секунда ${bitrate}`,
  link: (fullest, share, link) => `${fullest} в более загруженном направлении / ${share} помещается в ${link}`,
  encoding: (guide) => `${guide}: на одной машине с 13 стоит подумать, с 17 рекомендуется, с 25 нужен; снимает с ЦП от 50 до 70 % нагрузки`,
  notEncoded: 'То, что передаётся без изменений, не кодируется',
  machines: (traffic, cores, encoded) =>
    `наибольшее из: ${traffic}; ядра на передачу ${cores}${encoded === null ? '' : `; кодирование на одной машине ${encoded}`}; с округлением вверх`,
  sources: {
    guide:
      'Ориентиры одного проекта MediaServer для RTSP в WebRTC с кодированием, от 1 до 40 потоков на машину (январь 2026). Битрейт не указан: речь об обычных камерах.',
    measured:
      'MediaMTX 1.20.1 на ядре AMD EPYC 2,6 ГГц, потоки по 5 Мбит/с: 6 источников по RTSP через TCP занимали 0,136 % ядра на Мбит/с; 24 читателя по RTSP через TCP 0,079 %, 12 по SRT 0,29 % на Мбит/с; 46 МБ памяти без читателей, на читателя ещё 0,12 МБ по RTSP, 1,6 МБ по SRT.',
    arithmetic: 'Расчёт по введённым данным.',
  },
}
