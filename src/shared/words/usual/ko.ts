import { sayIn } from '../say.ts'
import type { UsualWords } from './usualWords.ts'

const say = sayIn('ko')
const days = ['월요일', '화요일', '수요일', '목요일', '금요일', '토요일', '일요일']
const other = { level: '비트레이트 수준', codec: '코덱', size: '화면 크기' } as const

export const ko: UsualWords = {
  on: ({ weekday, hour, zone }) => `${days[weekday - 1]} ${hour}시(${zone})`,
  usually: (figures, on, weeks) => `${on}에는 보통 ${figures}입니다(${say.number(weeks)}주 기준).`,
  notKnown: (on, weeks, needed) => `${on}의 평소 값은 아직 알 수 없습니다: ${say.number(needed)}주 중 ${say.number(weeks)}주.`,
  forgotten: ({ at, because }) => `${say.moment(at)}에 ${other[because]}이(가) 바뀌어 그때부터 다시 학습합니다.`,
}
