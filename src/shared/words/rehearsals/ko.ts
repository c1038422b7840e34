import { sayIn } from '../say.ts'
import type { RehearsalWords } from './rehearsalWords.ts'

const say = sayIn('ko')
const alarms = (count: number) => `경보 ${say.number(count)}건`

export const ko: RehearsalWords = {
  instead: (after, before) => (after === before ? `${alarms(after)}, 지금과 같습니다.` : `${alarms(after)} (지금은 ${say.number(before)}건).`),
  alarms: (after) => `${alarms(after)}.`,
  unrehearsed: {
    notKeptAsFigures: () => '이 규칙은 미리 시험할 수 없습니다. 감시 대상이 수치로 저장되지 않습니다.',
    keptSince: ({ from }) => `${say.moment(from)} 이전에는 저장된 것이 없습니다.`,
    tooMany: ({ subjects, of }) => `${say.number(of)}개 중 처음 ${say.number(subjects)}개로 시험했습니다.`,
    coarse: ({ stepMs }) => `${say.duration(stepMs)} 단위의 값으로 판단했습니다. 더 짧은 것은 빠지거나 더 길게 보일 수 있습니다.`,
    plans: () => '당시의 방송 시간과 유지보수 시간은 고려하지 않았습니다.',
  },
}
