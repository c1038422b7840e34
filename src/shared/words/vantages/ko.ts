import type { VantageWords } from './vantageWords.ts'

export const ko: VantageWords = {
  what: {
    tokenRefused: () => '토큰을 거부합니다.',
    notMtxdeck: ({ status }) => `그곳에서 응답하는 것(상태 ${status})은 관측 결과를 알려 주는 mtxdeck이 아닙니다.`,
    unreadable: () => '응답을 읽을 수 없습니다.',
    sameAnswer: () => '같은 응답을 계속 반복합니다.',
    secretUnreadable: () => '토큰을 복호화할 수 없습니다.',
    itself: () => '이 콘솔 자신의 주소입니다.',
  },
  todo: {
    tokenRefused: () => '그 콘솔의 로그인 토큰이나 probesTokenFile의 토큰을 입력하세요. 5분마다 다시 시도합니다.',
    notMtxdeck: () => '주소와 포트(기본 8787)를 확인하세요. 이전 버전의 mtxdeck은 업그레이드해야 합니다.',
    unreadable: () => '두 콘솔 중 이전 버전을 업그레이드하세요.',
    sameAnswer: () => '두 콘솔 사이에 응답을 캐시하는 프록시가 있는지 확인하세요. 모든 요청을 그대로 전달해야 합니다.',
    secretUnreadable: () => '토큰을 다시 입력하세요.',
    itself: () => '두 번째 관측 지점은 다른 장소에 있는 mtxdeck입니다.',
  },
  reach: '주소와 포트, 실행 여부, 외부 접속을 받는지(listen), 사이의 네트워크를 확인하세요.',
}
