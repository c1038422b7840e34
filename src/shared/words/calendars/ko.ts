import { sayIn } from '../say.ts'
import type { CalendarWords } from './calendarWords.ts'

const say = sayIn('ko')

export const ko: CalendarWords = {
  unreachable: ({ code }) => `캘린더에 연결할 수 없습니다(${code}). 마지막으로 읽은 내용이 적용됩니다.`,
  status: ({ status }) => `캘린더 서버가 상태 ${status}(으)로 응답했습니다. 마지막으로 읽은 내용이 적용됩니다.`,
  redirected: ({ to }) => `캘린더 서버가 ${to}(으)로 리디렉션합니다. 맞다면 그곳의 주소를 입력하세요. 마지막으로 읽은 내용이 적용됩니다.`,
  tooLarge: ({ mostBytes }) => `캘린더가 ${say.number(mostBytes / 1e6)} MB보다 큽니다. 더 작은 캘린더를 지정하세요.`,
  tooManyEvents: ({ most }) => `캘린더의 일정이 ${say.number(most)}개보다 많습니다. 더 작은 캘린더를 지정하세요.`,
  notACalendar: () => '캘린더가 아닙니다. BEGIN:VCALENDAR로 시작하고 END:VCALENDAR로 끝나야 합니다.',
  damaged: ({ events }) => `이해할 수 없거나 계산이 너무 오래 걸리는 일정 ${say.number(events)}개를 제외했습니다.`,
}
