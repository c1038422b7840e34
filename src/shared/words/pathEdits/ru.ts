import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { PathEditWords } from './pathEditWords.ts'

const say = sayIn('ru')

export const ru: Rest<PathEditWords> = {
  streams: (streams, readers) =>
    streams === null
      ? 'Сервер закроет путь и тем самым отключит всех, кто его публикует или читает. Сколько их, сейчас неизвестно.'
      : streams === 0 && readers === 0
        ? 'Сервер откроет путь заново. Сейчас его никто не публикует и не читает.'
        : `Сервер закроет ${say.count(streams, { one: 'поток', few: 'потока', many: 'потоков', other: 'потока' })} и тем самым отключит источник и ${say.count(readers, { one: 'читателя', few: 'читателей', many: 'читателей', other: 'читателя' })}.`,
  notKept: (settings) => `Отменить это здесь нельзя: нынешнее значение ${settings} сервер скрывает или консоль не может его сохранить.`,
}
