import { sayIn } from '../say.ts'
import type { CalendarWords } from './calendarWords.ts'

const say = sayIn('zh')

export const zh: CalendarWords = {
  unreachable: ({ code }) => `无法访问日历（${code}）。沿用上次读取的内容。`,
  status: ({ status }) => `日历服务器返回状态 ${status}。沿用上次读取的内容。`,
  redirected: ({ to }) => `日历服务器重定向到 ${to}。如果无误，请直接填写该处的地址。沿用上次读取的内容。`,
  tooLarge: ({ mostBytes }) => `日历超过 ${say.number(mostBytes / 1e6)} MB。请指定更小的日历。`,
  tooManyEvents: ({ most }) => `日历中的事件超过 ${say.number(most)} 个。请指定更小的日历。`,
  notACalendar: () => '这不是日历：应以 BEGIN:VCALENDAR 开头，以 END:VCALENDAR 结尾。',
  damaged: ({ events }) => `有 ${say.number(events)} 个事件无法理解或计算量过大，已略过。`,
}
