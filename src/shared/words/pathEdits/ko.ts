import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { PathEditWords } from './pathEditWords.ts'

const say = sayIn('ko')

export const ko: Rest<PathEditWords> = {
  streams: (streams, readers) =>
    streams === null
      ? '서버가 경로를 닫으므로 송신하거나 수신하는 모든 연결이 끊깁니다. 지금은 그 수를 알 수 없습니다.'
      : streams === 0 && readers === 0
        ? '서버가 경로를 다시 엽니다. 지금 송신하거나 수신하는 연결은 없습니다.'
        : `서버가 스트림 ${say.number(streams)}개를 닫으므로 소스와 수신자 ${say.number(readers)}명의 연결이 끊깁니다.`,
  notKept: (settings) => `여기서 되돌릴 수 없습니다. ${settings}의 현재 값을 서버가 숨기거나 이 콘솔이 보관할 수 없습니다.`,
}
