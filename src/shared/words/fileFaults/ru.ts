import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { FileFaultWords } from './fileFaultWords.ts'

const say = sayIn('ru')
const held = { samples: 'измерения', minutes: 'минутные значения', quarterHours: 'значения за 15 мин', twoHours: 'значения за 2 ч', bundle: 'пакет' }
const stored = { server: 'сервер', host: 'хост', probe: 'проба', limit: 'срок хранения' }
const missing = { layout: 'раскладка', subject: 'объект', seal: 'сегмент', column: 'столбец', rounds: 'опросы', server: 'сервер' }
const some = {
  alarms: (n: string) => `тревоги, которые не читаются: ${n}`,
  sessions: (n: string) => `блоки сеансов, которые не читаются: ${n}`,
  configurations: (n: string) => `сохранённые конфигурации серверов, которые не читаются: ${n}`,
  pictures: (n: string) => `картинки, которых нет или которые изменились: ${n}`,
}

export const ru: Rest<FileFaultWords> = {
  faults: {
    quoted: ({ text }) => `«${text}»`,
    otherPeriod: ({ of, period }) => `по собственным данным это ${[held[of], period].filter(Boolean).join(' ')}`,
    missing: ({ what, no }) => `указано то, чего нет: ${missing[what]}${no === null ? '' : ` ${no}`}`,
    unreadable: ({ of, name }) => `${stored[of]} ${name} не читается`,
    someUnreadable: ({ of, count }) => some[of](say.number(count)),
  },
  held,
  ofSeal: (seal) => ` в сегменте ${seal}`,
}
