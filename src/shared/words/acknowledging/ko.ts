import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { AcknowledgingWords } from './acknowledgingWords.ts'

const say = sayIn('ko')

export const ko: Rest<AcknowledgingWords> = {
  byLink: ({ by, link }) => (by === '' ? `${link} 링크 사용자` : `${by}(${link} 링크)`),
  members: (count) => `경보 ${say.number(count)}건`,
  more: (count) => `외 ${say.number(count)}건`,
  partlyTaken: (count) => `이 중 경보 ${say.number(count)}건은 아직 아무도 확인하지 않았습니다.`,
  over: (moment) => `${say.momentOf(moment)}에 끝났습니다. 더 확인할 것이 없습니다.`,
}
