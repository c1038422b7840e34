import { formatFixed, formatSpan } from '../../units.ts'
import { sayIn } from '../say.ts'
import type { SizingWords } from './sizingWords.ts'

const say = sayIn('ru')

export const ru: SizingWords = {
  why: {
    notTied: () => 'Машина не связана с медиасервером: выберите тот, который на ней работает.',
    noInterface: () => 'Сетевые интерфейсы не прочитаны.',
    steady: () => 'Нагрузка сервера менялась слишком мало, чтобы увидеть цену одного потока.',
    needsData: ({ minutes }) =>
      `Нужны данные машины и её сервера ещё за ${say.count(minutes, { one: 'минуту', few: 'минуты', many: 'минут', other: 'минуты' })}.`,
  },
  each: { streams: 'поток', traffic: 'Мбит/с', readers: 'читатель' },
  readers: (count) => `читателей: ${count}`,
  usual: (load) => `; обычный поток: ${load}`,
  cost: ({ line, moments, explains, perStream }) => `${line} (Theil–Sen, моментов: ${moments}, объясняет ${explains}) = ${perStream} на поток`,
  costOf: { cpu: 'ЦП: ', memory: 'память: ', network: 'отправка: ' },
  now: (value) => `сейчас ${value}`,
  nowOf: (value, total) => `сейчас ${value} из ${total}`,
  limit: (percent) => `предел ${percent}`,
  growth: {
    notKnown: ({ ms }) => `рост неизвестен, пока истории меньше ${formatSpan(ms, 'ru')}`,
    none: () => 'роста нет',
    hardly: () => 'почти не растёт',
    grows: ({ percentADay, spanMs }) => `растёт на ${formatFixed(percentADay, 2, 'ru')} % от предела в день (Theil–Sen за ${say.duration(spanMs)})`,
  },
  oneStream: (cost) => `один поток: ${cost}`,
  disk: (used, size) => `сейчас ${used} из ${size}; полон, когда наклон за последние 7 дней или меньше (Theil–Sen) дойдёт до 100 %`,
}
