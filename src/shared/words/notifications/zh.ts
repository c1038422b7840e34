import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { NotificationWords } from './notificationWords.ts'

const say = sayIn('zh')

export const zh: Rest<NotificationWords> = {
  endedAfter: ({ minMs, maxMs }) => `已结束，持续 ${say.interval(minMs, maxMs)}`,
  summary: (messages) => `${say.number(messages)} 条消息合并`,
  since: (moment) => `开始于 ${say.momentOf(moment)}。`,
  endedAt: (moment) => `结束于 ${say.momentOf(moment)}。`,
  returned: ({ returns, ms }) => `${say.duration(ms)}内再次出现 ${say.number(returns)} 次。`,
  calm: (moment) => `自 ${say.momentOf(moment)} 起恢复正常，但时间还不够长，尚未结束。`,
}
