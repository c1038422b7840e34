import { formatFixed, formatSpan } from '../../units.ts'
import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { SizingWords } from './sizingWords.ts'

const say = sayIn('ko')

export const ko: Rest<SizingWords> = {
  why: {
    needsData: ({ minutes }) => `호스트와 서버의 데이터가 ${say.number(minutes)}분 더 필요합니다.`,
  },
  readers: (count) => `수신자 ${count}명`,
  usual: (load) => `; 일반 스트림: ${load}`,
  now: (value) => `현재 ${value}`,
  nowOf: (value, total) => `현재 ${total} 중 ${value}`,
  limit: (percent) => `한계 ${percent}`,
  growth: {
    notKnown: ({ ms }) => `이력이 ${formatSpan(ms, 'ko')} 미만이라 증가율을 알 수 없음`,
    grows: ({ percentADay, spanMs }) => `하루에 한계의 ${formatFixed(percentADay, 2, 'ko')} %씩 증가(Theil–Sen, ${say.duration(spanMs)})`,
  },
  oneStream: (cost) => `스트림 하나: ${cost}`,
  disk: (used, size) => `현재 ${size} 중 ${used}; 최대 7일의 기울기(Theil–Sen)가 100 %에 이르면 가득 참`,
}
