import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { DailyWords } from './dailyWords.ts'

const say = sayIn('ru')
const cameras = { one: 'камеры', other: 'камер' }

export const ru: Rest<DailyWords> = {
  faults: {
    offAir: ({ since }) => (since === null ? 'Ничего не публикуется и не публиковалось.' : `Ничего не публикуется с ${say.moment(since)}.`),
  },
  differs: (what) => `Не как согласовано: ${what}.`,
  title: (day, { fault, cameras: all }) =>
    fault === 0
      ? `Ежедневная проверка ${day}: без неисправностей у ${say.count(all, cameras)}`
      : `Ежедневная проверка ${day}: неисправно ${say.number(fault)} из ${say.count(all, cameras)}`,
  missed: (day) => `Ежедневная проверка ${day}: пропущена`,
  stillFault: (since) => `с ${say.moment(since)}`,
  mended: (names) => `Исправлено: ${names}.`,
  gone: (names) => `Больше нет: ${names}.`,
  new: (names) => `Новые камеры: ${names}.`,
}
