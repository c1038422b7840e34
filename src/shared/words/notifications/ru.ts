import { sayIn } from '../say.ts'
import type { NotificationWords } from './notificationWords.ts'

const say = sayIn('ru')

export const ru: NotificationWords = {
  severity: { critical: 'критическая', major: 'значительная', minor: 'незначительная', warning: 'предупреждение' },
  state: {
    unacknowledged: 'не квитирована',
    acknowledged: 'квитирована',
    healedUnseen: 'устранена',
    shelved: 'отложена',
    suppressed: 'подавлена',
    outOfService: 'выведена из работы',
  },
  ended: 'завершено',
  worse: 'хуже',
  eased: 'легче',
  changed: 'изменение',
  endedAfter: ({ minMs, maxMs }) => `ЗАВЕРШЕНО через ${say.interval(minMs, maxMs)}`,
  stillAfter: ({ severity, ms }) => `ВСЁ ЕЩЁ ${severity}, уже ${say.duration(ms)}`,
  summary: (messages) => `${say.count(messages, { one: 'сообщение', few: 'сообщения', many: 'сообщений', other: 'сообщения' })} в одном`,
  summed: ({ began, changed, ended }) => `Началось: ${say.number(began)}, изменилось: ${say.number(changed)}, завершилось: ${say.number(ended)}.`,
  test: 'проверка',
  unreadable: 'Тревога завершена. О чём она была, прочитать уже нельзя.',
  tested: 'Это проверка mtxdeck. Ничего не случилось.',
  drilled: 'Это регулярная учебная тревога mtxdeck. Ничего не случилось.',
  since: (moment) => `С ${say.momentOf(moment)}.`,
  endedAt: (moment) => `Завершено ${say.momentOf(moment)}.`,
  returned: ({ returns, ms }) => `Повторилось ${say.count(returns, { one: 'раз', few: 'раза', many: 'раз', other: 'раза' })} за ${say.duration(ms)}.`,
  calm: (moment) => `С ${say.momentOf(moment)} всё в порядке, но ещё недостаточно долго, чтобы считать это завершённым.`,
  escalated: 'До сих пор никто этого не квитировал.',
  startMissed: 'Сообщение о начале не удалось отправить вовремя.',
  mayRepeat: 'Возможно, вы уже получали это сообщение.',
  open: 'Открыть в mtxdeck',
  take: 'Квитировать',
}
