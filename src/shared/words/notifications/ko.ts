import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { NotificationWords } from './notificationWords.ts'

const say = sayIn('ko')

export const ko: Rest<NotificationWords> = {
  endedAfter: ({ minMs, maxMs }) => `종료, ${say.interval(minMs, maxMs)} 지속`,
  summary: (messages) => `메시지 ${say.number(messages)}건 모음`,
  since: (moment) => `시작: ${say.momentOf(moment)}.`,
  endedAt: (moment) => `종료: ${say.momentOf(moment)}.`,
  returned: ({ returns, ms }) => `${say.duration(ms)} 동안 ${say.number(returns)}회 재발했습니다.`,
  calm: (moment) => `${say.momentOf(moment)}부터 정상이지만, 종료로 보기에는 아직 이릅니다.`,
}
