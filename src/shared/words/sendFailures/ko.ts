import { isPassing } from '../../sendFailures.ts'
import type { Rest } from '../catalogue.ts'
import type { SendFailureWords } from './sendFailureWords.ts'

export const ko: Rest<SendFailureWords> = {
  certificate: ({ problem, code }) =>
    ({
      expired: `채널의 인증서가 만료되었습니다 (${code}). 인증서를 갱신하세요. 그때까지 메시지는 대기합니다.`,
      otherName: `채널의 인증서가 URL과 다른 이름의 것입니다 (${code}). URL이나 인증서를 바로잡으세요. 그때까지 메시지는 대기합니다.`,
      untrusted: `이 컴퓨터는 채널의 인증서를 신뢰하지 않습니다 (${code}). 발급자를 신뢰하도록 설정하세요. 그때까지 메시지는 대기합니다.`,
    })[problem],
  status: ({ status }) =>
    isPassing(status)
      ? `채널이 상태 코드 ${status}로 응답했습니다. 메시지를 다시 보냅니다.`
      : `채널이 메시지를 거부했습니다 (상태 코드 ${status}). URL과 토큰을 확인하세요.`,
  answer: ({ said, isPassing }) => (isPassing ? `채널의 응답: ${said}. 메시지를 다시 보냅니다.` : `채널이 메시지를 거부했습니다: ${said}.`),
}
