import { isPassing } from '../../channels.ts'
import type { SendFailureWords } from './sendFailureWords.ts'

export const ko: SendFailureWords = {
  unreachable: ({ code }) => `채널에 연결할 수 없습니다 (${code}). URL과 네트워크를 확인하세요.`,
  noAnswer: ({ code }) => `채널이 연결을 받았지만 제때 응답하지 않았습니다 (${code}). 메시지를 다시 보냅니다.`,
  status: ({ status }) =>
    isPassing(status)
      ? `채널이 상태 코드 ${status}로 응답했습니다. 메시지를 다시 보냅니다.`
      : `채널이 메시지를 거부했습니다 (상태 코드 ${status}). URL과 토큰을 확인하세요.`,
  removed: () => '메시지를 보내기 전에 채널이 설정에서 제거되었습니다.',
}
