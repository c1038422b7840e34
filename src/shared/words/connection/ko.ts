import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import { joined } from '../texts.ts'
import type { ConnectionWords } from './connectionWords.ts'

const say = sayIn('ko')
const useAddress = (api: string) => `API는 ${api}에서 응답합니다. 이 주소를 사용하세요.`
const notNeeded = '이 콘솔에는 필요하지 않습니다.'

export const ko: Rest<ConnectionWords> = {
  without: { api: '', webrtc: notNeeded, metrics: notNeeded },
  found: {
    apiAnswers: ({ version, paths, open, passwordInClear }) =>
      joined(
        `MediaMTX ${version ?? '(1.15.2 이전)'} 응답함, 경로 ${say.number(paths)}개.`,
        open === 'alsoWithout' && '암호 없이도 응답합니다. 이 서버에 접속할 수 있으면 누구나 API를 쓸 수 있습니다.',
        open === 'noPassword' && '암호를 요구하지 않았습니다. 이 서버에 접속할 수 있으면 누구나 API를 쓸 수 있습니다.',
        passwordInClear && '암호가 평문으로 전송됩니다. https://를 권장합니다.',
      ),
    otherProtocol: ({ port, protocol, api, apiPort }) => [
      `포트 ${port}은(는) MediaMTX의 ${protocol}이며 API가 아닙니다.`,
      api === null ? `API 포트는 ${apiPort}이지만 아직 응답이 없습니다. API를 켜세요.` : useAddress(api),
    ],
    notTheApi: ({ apiPort }) => ['MediaMTX이지만 API가 아닙니다.', `API 포트는 ${apiPort}입니다(mediamtx.yml의 apiAddress).`],
    apiOff: () => [
      '이 호스트에서 MediaMTX가 실행 중이지만 여기서는 API가 응답하지 않습니다.',
      'mediamtx.yml에서 켜야 하거나("api: yes") 다른 포트를 쓰고 있습니다.',
    ],
    answers: (_, { port }) => `${port}: 응답함.`,
    switchedOff: (_, { port, key, without }) => `${port}: 서버에서 꺼져 있습니다("${key}: no"). ${without}`,
    notAnAddress: () => ['주소가 아닙니다.', 'http://10.0.0.5:8888 형식으로 입력하세요.'],
    noAnswer: (_, { port }) => `${port}: 기본 포트에서 응답이 없습니다.`,
    loopbackOnly: ({ address }, { port, without }) => `${port}: 서버 자신에서만 접속할 수 있습니다(${address}). ${without}`,
  },
  useAddress,
  wrongPassword: ['서버가 이 사용자 또는 암호를 거부합니다.', '고친 뒤 다시 테스트하거나 아래 줄로 이 사용자에게 권한을 주세요.'],
  usualPort: (port) => `API의 기본 포트는 ${port}이며 그곳에서도 응답이 없습니다.`,
}
