import type { Rest } from '../catalogue.ts'
import type { CanaryWords } from './canaryWords.ts'

export const ko: Rest<CanaryWords> = {
  what: {
    protocolOff: (_, by) => `이 서버에서 ${by} 프로토콜이 꺼져 있거나 주소를 알 수 없습니다.`,
    sameDoor: (_, by) => `이 서버의 ${by} 주소가 감시 중인 다른 서버의 주소와 같아 어느 서버의 것인지 알 수 없습니다.`,
    badAddress: (_, by) => `${by} 주소가 올바르지 않습니다.`,
    credentialsUnfit: (_, by) => `사용자 이름과 비밀번호 또는 토큰이 ${by}에 쓰기에는 너무 길거나 콜론이 들어 있습니다.`,
    refused: (_, by) => `서버가 이 사용자의 ${by} 카나리아 스트림 송출을 허용하지 않습니다.`,
    withheld: (_, by) =>
      `이 서버의 ${by} 접속에는 비밀번호가 필요합니다. 비밀번호는 보내지 않습니다. 주소가 API와 다른 호스트이거나, API는 암호화되어 있는데 이 주소로는 평문으로 전송되기 때문입니다.`,
    notPublished: (_, by, because) => `카나리아 스트림을 ${by} 프로토콜로 송출하지 못했습니다. ${because}`,
  },
}
