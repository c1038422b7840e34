import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { NotificationWords } from './notificationWords.ts'

const say = sayIn('ru')

export const ru: Rest<NotificationWords> = {
  endedAfter: ({ minMs, maxMs }) => `ЗАВЕРШЕНО через ${say.interval(minMs, maxMs)}`,
  summary: (messages) => `${say.count(messages, { one: 'сообщение', few: 'сообщения', many: 'сообщений', other: 'сообщения' })} в одном`,
  since: (moment) => `С ${say.momentOf(moment)}.`,
  endedAt: (moment) => `Завершено ${say.momentOf(moment)}.`,
  returned: ({ returns, ms }) => `Повторилось ${say.count(returns, { one: 'раз', few: 'раза', many: 'раз', other: 'раза' })} за ${say.duration(ms)}.`,
  calm: (moment) => `С ${say.momentOf(moment)} всё в порядке, но ещё недостаточно долго, чтобы считать это завершённым.`,
}
