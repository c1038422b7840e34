import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { DossierWords } from './dossierWords.ts'

const say = sayIn('ru')

export const ru: Rest<DossierWords> = {
  made: (moment, version, zone, isHidden) =>
    `Создано ${moment}, mtxdeck ${version}. Время: ${zone}. ${isHidden ? 'Секретов нет; адреса и пользователи клиентов заменены условными именами.' : 'Секретов нет; адреса клиентов есть.'}`,
  more: (count, isLeast) => `и ещё ${isLeast ? 'не менее ' : ''}${say.number(count)}`,
  sessionsSince: (moment) => `Завершённые сеансы хранятся с ${moment}; более ранние неизвестны.`,
  hit: ({ servers, streams, readers }) =>
    [
      say.count(servers, { one: 'сервер', few: 'сервера', many: 'серверов', other: 'сервера' }),
      streams === null ? 'потоки неизвестны' : say.count(streams, { one: 'поток', few: 'потока', many: 'потоков', other: 'потока' }),
      readers === null ? 'читатели неизвестны' : say.count(readers, { one: 'читатель', few: 'читателя', many: 'читателей', other: 'читателя' }),
    ].join(', '),
}
