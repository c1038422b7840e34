import type { SubjectKind } from '../../subjects.ts'
import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { RehearsalWords } from './rehearsalWords.ts'

const say = sayIn('ko')
const alarms = (count: number) => `경보 ${say.number(count)}건`
const ofAll: Readonly<Record<SubjectKind, (count: number) => string>> = {
  stream: (count) => `스트림 ${say.number(count)}개`,
  server: (count) => `서버 ${say.number(count)}대`,
  host: (count) => `호스트 ${say.number(count)}대`,
  device: (count) => `호스트 구성 요소 ${say.number(count)}개`,
  probe: (count) => `프로브 ${say.number(count)}개`,
}

export const ko: Rest<RehearsalWords> = {
  instead: (after, before) => (after === before ? `${alarms(after)}, 지금과 같습니다.` : `${alarms(after)} (지금은 ${say.number(before)}건).`),
  alarms: (after) => `${alarms(after)}.`,
  beyond: ({ beyond, standing, known, of, by }) => {
    const what = by === 'absence' ? '이 수치가 없습니다' : '한계값을 벗어나 있습니다'
    const would = by === 'absence' ? '이 수치가 없게 됩니다' : '한계값을 벗어나게 됩니다'
    if (standing === null || standing === beyond) return `지금 ${ofAll[of](known)} 중 ${say.number(beyond)}개가 ${what}.`
    return `지금 ${ofAll[of](known)} 중 ${say.number(beyond)}개가 ${would}(현재 규칙으로는 ${say.number(standing)}개).`
  },
  noneKnown: (by) => (by === 'unusual' ? '평소 값이 아직 하나도 알려지지 않았습니다.' : '적용 대상의 수치가 지금은 하나도 없습니다.'),
  unknown: (count, by) =>
    by === 'unusual' ? `${say.number(count)}개는 평소 값이 아직 알려지지 않았습니다.` : `${say.number(count)}개는 지금 수치가 없습니다.`,
}
