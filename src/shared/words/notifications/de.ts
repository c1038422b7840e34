import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { NotificationWords } from './notificationWords.ts'

const say = sayIn('de')

export const de: Rest<NotificationWords> = {
  endedAfter: ({ minMs, maxMs }) => `BEENDET nach ${say.interval(minMs, maxMs)}`,
  summary: (messages) => `${say.count(messages, { one: 'Meldung', other: 'Meldungen' })} in einer`,
  since: (moment) => `Seit ${say.momentOf(moment)}.`,
  endedAt: (moment) => `Beendet ${say.momentOf(moment)}.`,
  returned: ({ returns, ms }) => `In ${say.duration(ms)} ${say.number(returns)}-mal wiedergekehrt.`,
  calm: (moment) => `Seit ${say.momentOf(moment)} in Ordnung, aber noch nicht lange genug, um beendet zu sein.`,
}
