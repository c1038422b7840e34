import type { Rest } from '../catalogue.ts'
import type { RefusalWords } from './refusalWords.ts'

const because = {
  full: 'Диск консоли переполнен, ничего не сохранено. Освободите место и повторите.',
  notWritable: 'В папку данных консоли нельзя писать, ничего не сохранено. Подробности в её журнале.',
  busy: 'База консоли занята другой программой, ничего не сохранено. Повторите попытку.',
}

export const ru: Rest<RefusalWords> = {
  notAllowed: ({ name, needs, has }) =>
    `Для этого нужно право «${needs}»; у ${name} ${has === null ? 'нет никакого' : `право «${has}»`}. Обратитесь к тому, кто управляет этой консолью.`,
  notStored: (facts) => because[facts.because],
  notAccepted: (mistakes, more) => `Не принято. ${mistakes}${more > 0 ? ` (и ещё ${more})` : ''}`,
  hostNotAsked: (name) => `${name} сейчас не наблюдается.`,
  toolUnusable: (problem) => `Не сохранено. ${problem}`,
  serverNotChanged: (name, error) => `На сервере ${name} ничего не изменено. ${error ?? 'Сейчас он не опрашивается.'}`,
  alarmsNotKept: (since) => `Тревоги хранятся начиная с ${since}.`,
}
