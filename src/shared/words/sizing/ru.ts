import { formatFixed, formatSpan } from '../../units.ts'
import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { SizingWords } from './sizingWords.ts'

const say = sayIn('ru')

export const ru: Rest<SizingWords> = {
  why: {
    needsData: ({ minutes }) =>
      `Нужны данные машины и её сервера ещё за ${say.count(minutes, { one: 'минуту', few: 'минуты', many: 'минут', other: 'минуты' })}.`,
  },
  readers: (count) => `читателей: ${count}`,
  usual: (load) => `; обычный поток: ${load}`,
  now: (value) => `сейчас ${value}`,
  nowOf: (value, total) => `сейчас ${value} из ${total}`,
  limit: (percent) => `предел ${percent}`,
  growth: {
    notKnown: ({ ms }) => `рост неизвестен, пока истории меньше ${formatSpan(ms, 'ru')}`,
    grows: ({ percentADay, spanMs }) => `растёт на ${formatFixed(percentADay, 2, 'ru')} % от предела в день (Theil–Sen за ${say.duration(spanMs)})`,
  },
  oneStream: (cost) => `один поток: ${cost}`,
  disk: (used, size) => `сейчас ${used} из ${size}; полон, когда наклон за последние 7 дней или меньше (Theil–Sen) дойдёт до 100 %`,
}
