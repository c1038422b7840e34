import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { NotificationWords } from './notificationWords.ts'

const say = sayIn('en')

export const en: Rest<NotificationWords> = {
  endedAfter: ({ minMs, maxMs }) => `ENDED after ${say.interval(minMs, maxMs)}`,
  summary: (messages) => `${say.count(messages, { one: 'message', other: 'messages' })} as one`,
  since: (moment) => `Since ${say.momentOf(moment)}.`,
  endedAt: (moment) => `Ended ${say.momentOf(moment)}.`,
  returned: ({ returns, ms }) => `It has returned ${say.count(returns, { one: 'time', other: 'times' })} in ${say.duration(ms)}.`,
  calm: (moment) => `Well since ${say.momentOf(moment)}, but not for long enough to be over.`,
}
