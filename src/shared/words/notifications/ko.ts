import { sayIn } from '../say.ts'
import type { NotificationWords } from './notificationWords.ts'

const say = sayIn('ko')

export const ko: NotificationWords = {
  severity: { critical: '심각', major: '주요', minor: '경미', warning: '경고' },
  state: {
    unacknowledged: '미확인',
    acknowledged: '확인됨',
    healedUnseen: '복구됨',
    shelved: '보류됨',
    suppressed: '억제됨',
    outOfService: '운영 제외',
  },
  ended: '종료',
  worse: '악화',
  eased: '완화',
  changed: '갱신',
  endedAfter: ({ minMs, maxMs }) => `종료, ${say.interval(minMs, maxMs)} 지속`,
  stillAfter: ({ severity, ms }) => `여전히 ${severity}, ${say.duration(ms)} 경과`,
  summary: (messages) => `메시지 ${say.number(messages)}건 모음`,
  summed: ({ began, changed, ended }) => `시작 ${say.number(began)}건, 변경 ${say.number(changed)}건, 종료 ${say.number(ended)}건.`,
  test: '시험',
  unreadable: '종료되었습니다. 어떤 내용이었는지는 더 이상 읽을 수 없습니다.',
  tested: 'mtxdeck의 시험 메시지입니다. 아무 이상이 없습니다.',
  drilled: 'mtxdeck의 정기 훈련 메시지입니다. 아무 이상이 없습니다.',
  since: (moment) => `시작: ${say.momentOf(moment)}.`,
  endedAt: (moment) => `종료: ${say.momentOf(moment)}.`,
  returned: ({ returns, ms }) => `${say.duration(ms)} 동안 ${say.number(returns)}회 재발했습니다.`,
  calm: (moment) => `${say.momentOf(moment)}부터 정상이지만, 종료로 보기에는 아직 이릅니다.`,
  escalated: '아직 아무도 확인하지 않았습니다.',
  startMissed: '시작 메시지를 제때 보내지 못했습니다.',
  mayRepeat: '이미 받은 메시지일 수 있습니다.',
  open: 'mtxdeck에서 열기',
  take: '확인하기',
}
