import { sayIn } from '../say.ts'
import type { PathEditWords } from './pathEditWords.ts'

const say = sayIn('ko')

export const ko: PathEditWords = {
  nothing: () => '송신자와 수신자의 연결은 유지됩니다.',
  recording: () => '송신자와 수신자의 연결은 유지됩니다. 녹화가 시작되거나 끝나거나 새 파일로 이어집니다.',
  streams: (streams, readers) =>
    streams === null
      ? '서버가 경로를 닫으므로 송신하거나 수신하는 모든 연결이 끊깁니다. 지금은 그 수를 알 수 없습니다.'
      : streams === 0 && readers === 0
        ? '서버가 경로를 다시 엽니다. 지금 송신하거나 수신하는 연결은 없습니다.'
        : `서버가 스트림 ${say.number(streams)}개를 닫으므로 소스와 수신자 ${say.number(readers)}명의 연결이 끊깁니다.`,
  lasts: () => '변경은 서버가 구성 파일을 다시 읽거나 다시 시작될 때까지 유지됩니다. 서버의 API는 파일에 쓰지 않습니다.',
  notKept: (settings) => `여기서 되돌릴 수 없습니다. ${settings}의 현재 값을 서버가 숨기거나 이 콘솔이 보관할 수 없습니다.`,
  outcomes: {
    applied: () => '완료했습니다. 서버에서 다시 읽은 결과가 요청과 같습니다.',
    partly: () => '서버가 일부만 적용했습니다.',
    refused: () => '서버가 거부했습니다. 변경된 것은 없습니다.',
    unknown: () => '서버가 적용했는지 알 수 없습니다. 다시 시도하기 전에 서버의 설정을 확인하세요.',
  },
}
