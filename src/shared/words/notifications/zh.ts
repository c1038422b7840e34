import { sayIn } from '../say.ts'
import type { NotificationWords } from './notificationWords.ts'

const say = sayIn('zh')

export const zh: NotificationWords = {
  severity: { critical: '紧急', major: '重要', minor: '次要', warning: '提示' },
  state: {
    unacknowledged: '未确认',
    acknowledged: '已确认',
    healedUnseen: '已恢复',
    shelved: '已搁置',
    suppressed: '已抑制',
    outOfService: '停用',
  },
  ended: '已结束',
  worse: '加重',
  eased: '减轻',
  changed: '更新',
  endedAfter: ({ minMs, maxMs }) => `已结束，持续 ${say.interval(minMs, maxMs)}`,
  stillAfter: ({ severity, ms }) => `仍为${severity}，已 ${say.duration(ms)}`,
  summary: (messages) => `${say.number(messages)} 条消息合并`,
  summed: ({ began, changed, ended }) => `开始 ${say.number(began)}，更新 ${say.number(changed)}，结束 ${say.number(ended)}。`,
  test: '测试',
  unreadable: '已结束。其内容已无法读取。',
  tested: '这是 mtxdeck 的测试消息，没有任何故障。',
  drilled: '这是 mtxdeck 的定期演练，没有任何故障。',
  since: (moment) => `开始于 ${say.momentOf(moment)}。`,
  endedAt: (moment) => `结束于 ${say.momentOf(moment)}。`,
  returned: ({ returns, ms }) => `${say.duration(ms)}内再次出现 ${say.number(returns)} 次。`,
  calm: (moment) => `自 ${say.momentOf(moment)} 起恢复正常，但时间还不够长，尚未结束。`,
  escalated: '至今无人确认。',
  startMissed: '其开始的消息未能及时发送。',
  mayRepeat: '您可能已收到过此消息。',
  open: '在 mtxdeck 中打开',
  take: '确认',
}
