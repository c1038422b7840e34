import { mediaSchemes } from '../../media.ts'
import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import { addressExamples, doorNames, type PictureWords } from './pictureWords.ts'

const say = sayIn('ko')
const steps = { opening: '여는', inspecting: '분석하는', reading: '읽는', decoding: '디코딩하는', publishing: '송출하는' }
const address = {
  characters: '공백이나 주소에 쓸 수 없는 문자가 있습니다',
  notAnAddress: '주소가 아닙니다',
  scheme: `프로토콜이 ${mediaSchemes.join(', ')} 중 하나가 아닙니다`,
  notInFull: '주소가 완전하지 않습니다',
  noHost: '호스트 이름이 없습니다',
  parameters: '수신용이 아닌 매개변수가 있습니다',
  notCaller: 'SRT는 caller로만 읽습니다',
  awaitsCaller: '송신 측이 이 콘솔을 호출하므로 닫으면 송신이 끊깁니다. 계속 읽기만 할 수 있습니다',
  linkLocal: '링크 로컬 주소입니다',
  leadsInside: '리디렉션이나 재생 목록을 통해 내부 네트워크나 이 컴퓨터로 연결됩니다',
  otherForm: '요청 형식이 다릅니다',
}
const unavailable = {
  noProcess: '이 콘솔에 미디어 프로세스가 없습니다',
  keepsEnding: '미디어 프로세스가 계속 종료됩니다. 이유는 로그에 있습니다',
  onlyNodeAv: 'node-av를 불러올 수 없고 다른 것은 쓸 수 없게 되어 있습니다',
  needsNodeAv: '여기서는 node-av를 불러올 수 없고, 송출은 그것으로만 할 수 있습니다',
}
const undecodable = {
  notMedia: '미디어 데이터가 아닙니다',
  noDecoder: '맞는 디코더가 없습니다',
  endedEarly: '첫 화면이 나오기 전에 끝났습니다',
  noWholePicture: '온전한 화면을 받지 못했습니다',
  playlistTooLarge: '재생목록이 너무 크거나 너무 많은 목록을 가리킵니다',
  webPage: '대신 로그인 화면 같은 웹 페이지가 왔습니다',
}
const permission = 'mediamtx.yml에서 "action: read" 권한을 부여하세요.'

export const ko: Rest<PictureWords> = {
  reasons: {
    readRefused: () => `서버가 이 사용자의 스트림 수신을 허용하지 않습니다. ${permission}`,
    otherMethod: ({ methods }) => `여기서는 ${methods.join(', ')}만 받습니다.`,
    webrtcCodecs: ({ codecs }) => `WebRTC는 ${codecs.join(', ')} 코덱을 전송하지 못합니다.`,
    iceLoopbackOnly: ({ addresses }) =>
      `서버가 WebRTC 미디어용으로 자기 장비의 주소(${addresses.join(', ')})만 제공하며, 여기서는 도달할 수 없습니다. 여기서 도달 가능한 주소를 mediamtx.yml의 "webrtcAdditionalHosts"에 추가하세요.`,
    icePrivateOnly: ({ addresses }) =>
      `서버가 WebRTC 미디어용으로 사설 주소(${addresses.join(', ')})만 제공하고 TURN 서버도 제공하지 않으며, 여기서는 연결되지 않았습니다. mediamtx.yml의 "webrtcAdditionalHosts"에 공인 주소를 추가하거나 "webrtcICEServers2"에 TURN 서버를 추가하세요.`,
    iceNamesOnly: ({ addresses }) =>
      `서버가 WebRTC 미디어용으로 자기 네트워크 안에서만 알 수 있는 이름(${addresses.join(', ')})만 제공합니다. 여기서 도달 가능한 주소를 mediamtx.yml의 "webrtcAdditionalHosts"에 추가하세요.`,
    iceBlocked: ({ addresses, tcp, relay }) =>
      `서버가 WebRTC 미디어용으로 제공하는 ${addresses.join(', ')} 주소에서 응답이 없었습니다. ${relay ? '경로의 방화벽에서 이 포트를 열고 TURN 서버가 동작하는지 확인하세요.' : tcp ? '경로의 방화벽에서 이 포트를 UDP와 TCP로 여세요.' : '경로의 방화벽에서 UDP 포트를 열거나 서버가 TCP도 제공하게 하세요: mediamtx.yml의 "webrtcLocalTCPAddress: :8189".'}`,
    rtspReadRefused: () => `서버가 이 사용자의 RTSP 수신을 허용하지 않습니다. ${permission}`,
    codecUnsupported: ({ codecs }) => `HLS는 ${codecs.join(', ')}을(를) 지원하지 않습니다.`,
    badAddress: ({ of, address }) => `"${address}"은(는) ${doorNames[of]} 주소가 아닙니다. ${addressExamples[of]} 형식으로 입력하세요.`,
    refusedAddress: ({ because }) => `이 주소는 열지 않습니다: ${address[because]}.`,
    timedOut: ({ limitMs }) => `${say.number(limitMs / 1000)}초 안에 화면이 나오지 않았습니다.`,
    undecodable: ({ because }) => `스트림을 디코딩하지 못했습니다: ${undecodable[because]}.`,
    unavailable: ({ because }) => `여기서는 화면을 만들 수 없습니다: ${unavailable[because]}.`,
  },
  unreachable: (doing, said) => `스트림을 읽지 못했습니다. ${steps[doing]} 중에 나온 FFmpeg 메시지: "${said}".`,
  unread: (fault) => `스트림을 읽지 못했습니다: ${fault}.`,
  noFfmpeg: (problem, install) => `여기서는 화면을 만들 수 없습니다. ${problem} FFmpeg를 설치하거나(${install}) 설정의 영상에서 지정하세요.`,
  tools: {
    lacks: ({ path }, part) => `"${path}"에 ${part}이(가) 빠져 있습니다.`,
  },
}
